#include "trainer/das_tiles.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/das_block.hpp"
#include "streams/fibre_conditioner.hpp"
#include "streams/fibre_tiler.hpp"
#include "streams/time_grid.hpp"

namespace geod::trainer {
namespace {

constexpr double kLeastDataShare = 0.25;

streams::FibrePiece piece_of(const DasScene& scene, SampleRate rate, Time start) {
  auto geometry = std::make_shared<FibreGeometry>();
  geometry->fibre_id = "SY.SYNTH";
  geometry->rate = rate;
  geometry->channels = scene.samples.columns;
  geometry->channel_spacing_m = scene.path.spacing_m;
  geometry->gauge_length_m = scene.gauge_m;
  geometry->unit = DasUnit::kStrainRate;
  streams::FibrePiece piece;
  piece.block.geometry = geometry;
  piece.block.start = start;
  piece.block.samples = scene.samples.rows;
  for (const std::int64_t channel : scene.dead_channels) {
    piece.block.dead.emplace_back(channel, channel + 1);
  }
  const std::size_t bytes = scene.samples.values.size() * sizeof(float);
  const std::shared_ptr<std::byte[]> raw(new std::byte[bytes]);
  std::memcpy(raw.get(), scene.samples.values.data(), bytes);
  piece.block.raw = raw;
  piece.to = scene.samples.rows;
  piece.start = start;
  piece.begins_segment = true;
  return piece;
}

DasTile labelled(FibreTile tile, const DasScene& scene, std::int64_t scene_row) {
  DasTile out;
  out.rows = tile.rows;
  out.columns = tile.columns;
  out.first_row = tile.first_row - scene_row;
  out.data_share = static_cast<double>(tile.data_rows.end - tile.data_rows.begin) /
                   static_cast<double>(tile.rows);
  out.values = std::move(tile.values);
  out.labels.assign(out.values.size(), 0);
  for (std::int64_t row = tile.data_rows.begin; row < tile.data_rows.end; ++row) {
    const std::int64_t from = (out.first_row + row) * scene.samples.columns + tile.first_column;
    std::copy_n(
        scene.labels.begin() + from, tile.data_columns, out.labels.begin() + row * tile.columns);
  }
  return out;
}

}  // namespace

Result<std::vector<DasTile>> cut_tiles(const DasScene& scene,
                                       const models::DasSettings& settings,
                                       Time start,
                                       std::int64_t rows,
                                       std::int64_t columns) {
  const auto rate = SampleRate::from_hz(settings.sampling_rate_hz);
  if (!rate) {
    return tl::unexpected(rate.error());
  }
  const streams::TimeGrid grid(*rate);
  const std::int64_t scene_row = grid.ceil_index(start);
  streams::FibreConditioning conditioning;
  conditioning.rate = *rate;
  conditioning.channel_spacing_m = settings.channel_spacing_m;
  conditioning.band_low = settings.band_low;
  conditioning.band_high = settings.band_high;
  conditioning.clip_sigmas = settings.clip_sigmas;
  streams::FibreConditioner conditioner(conditioning);
  std::vector<FibreRows> conditioned;
  if (auto pushed = conditioner.push(piece_of(scene, *rate, grid.time_of(scene_row)), conditioned);
      !pushed) {
    return tl::unexpected(pushed.error());
  }
  conditioner.finish(conditioned);
  streams::FibreTiler tiler({rows, columns, rows, columns});
  std::vector<FibreTile> tiles;
  for (const FibreRows& each : conditioned) {
    tiler.push(each, tiles);
  }
  tiler.finish(tiles);
  std::vector<DasTile> out;
  for (FibreTile& tile : tiles) {
    DasTile each = labelled(std::move(tile), scene, scene_row);
    if (each.data_share >= kLeastDataShare) {
      out.push_back(std::move(each));
    }
  }
  return out;
}

}  // namespace geod::trainer
