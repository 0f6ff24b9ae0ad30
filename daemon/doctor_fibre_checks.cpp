#include <algorithm>

#include <fmt/format.h>

#include "daemon/bundles.hpp"
#include "daemon/doctor_checks.hpp"
#include "daemon/engine_options.hpp"
#include "daemon/fibre_pipeline.hpp"
#include "daemon/installation.hpp"
#include "storage/reader.hpp"
#include "streams/channel_range.hpp"
#include "streams/fibre_conditioner.hpp"
#include "streams/fibre_tiler.hpp"

namespace geod {
namespace {

/// Of what the network could carry: load is uneven, and picking goes first.
constexpr double kPlannedShare = 0.5;
constexpr const char* kName = "fibres";

streams::FibreTiling tiling_of(const models::Manifest& network) {
  return {network.segmenter.rows,
          network.segmenter.columns,
          network.segments.das.row_hop,
          network.segments.das.column_hop};
}

/// Rows of tiles a second.
double rows_per_s(const models::DasSettings& das) {
  return das.sampling_rate_hz / static_cast<double>(das.row_hop);
}

}  // namespace

Result<double> tiles_needed_per_s(const FibreGeometry& geometry,
                                  const config::FibreConfig& fibre,
                                  const models::Manifest& network) {
  const models::DasSettings das = segment_settings(network, fibre).das;
  const auto rate = SampleRate::from_hz(das.sampling_rate_hz);
  if (!rate) {
    return tl::unexpected(rate.error());
  }
  FibreGeometry wanted = geometry;
  wanted.channels = streams::ChannelRange(fibre.first_channel, fibre.last_channel).wanted(geometry);
  const auto grid = streams::FibreConditioner::grid_of(
      wanted, {*rate, das.channel_spacing_m, das.band_low, das.band_high, das.clip_sigmas});
  if (!grid) {
    return tl::unexpected(grid.error());
  }
  return rows_per_s(das) *
         static_cast<double>(
             streams::FibreTiler::column_starts(tiling_of(network), grid->columns).size());
}

std::vector<KnownFibre> known_fibres(const config::Config& config) {
  std::vector<KnownFibre> known;
  auto reader = storage::Reader::open(config::database_path(config));
  if (!reader) {
    return known;  // check_database speaks of it
  }
  for (const auto& [fibre_id, unused] : config.fibres.each) {
    const auto geometries = reader->fibre_geometries(fibre_id);
    const config::FibreConfig fibre = config.fibres.of(fibre_id);
    if (geometries && !geometries->empty() && fibre.enabled) {
      known.push_back({geometries->back().geometry, fibre});
    }
  }
  return known;
}

Check judge_fibres(double tiles_per_s,
                   const models::Manifest& network,
                   const std::vector<KnownFibre>& fibres) {
  double needed = 0.0;
  for (const KnownFibre& fibre : fibres) {
    const auto tiles = tiles_needed_per_s(fibre.geometry, fibre.config, network);
    if (!tiles) {
      return {kName,
              Verdict::kFail,
              fmt::format("{}: {}", fibre.geometry.fibre_id, tiles.error().what),
              "set its sampling_rate_hz and channel_spacing_m in fibres.each"};
    }
    needed += *tiles;
  }
  if (fibres.empty()) {
    const models::DasSettings& das = network.segments.das;
    const double columns =
        tiles_per_s * kPlannedShare / rows_per_s(das) * static_cast<double>(das.column_hop);
    return {kName,
            Verdict::kOk,
            fmt::format("{:.1f} tiles/s: about {:.0f} channels at {:g} Hz and {:g} m with room to "
                        "spare",
                        tiles_per_s,
                        columns,
                        das.sampling_rate_hz,
                        das.channel_spacing_m),
            ""};
  }
  Check check{kName,
              Verdict::kOk,
              fmt::format("{} configured fibres ask for {:.1f} tiles/s, this host does {:.1f}",
                          fibres.size(),
                          needed,
                          tiles_per_s),
              ""};
  if (needed > tiles_per_s * kPlannedShare) {
    check.verdict = Verdict::kWarn;
    check.remedy =
        needed > tiles_per_s
            ? "part of them will be shed: take fewer channels (first_channel, last_channel, a "
              "wider "
              "channel_spacing_m) or a lower sampling_rate_hz, or a host with a GPU"
            : "more than half of what it can do: picking and a backlog leave less; plan for a GPU";
  }
  return check;
}

std::vector<Check> check_fibres(const config::Config& config) {
  const auto directory = find_segmenter(config.models.segmenter);
  if (!directory) {
    return {{"segmenter", Verdict::kFail, directory.error().what, ""}};
  }
  if (!*directory || !is_wanted(config.models, models::Task::kDas)) {
    return {};
  }
  std::vector<Check> checks;
  std::optional<models::Manifest> manifest;
  Check model = check_model(**directory, manifest);
  model.name = "segmenter";
  checks.push_back(std::move(model));
  if (!manifest || manifest->family != models::kSegmenterFamily ||
      manifest->task != models::Task::kDas) {
    return checks;
  }
  const auto module = models::ComputeModule::load();
  if (!module) {
    return checks;  // check_engine speaks of it
  }
  models::EngineOptions options = segmenter_options(config.models, **directory);
  options.task = models::Task::kDas;
  const auto engine = module->open_segmenter(options);
  if (!engine) {
    checks.push_back({kName, Verdict::kFail, engine.error().what, "see models.segmenter"});
    return checks;
  }
  checks.push_back(judge_fibres((*engine)->info().windows_per_s, *manifest, known_fibres(config)));
  return checks;
}

}  // namespace geod
