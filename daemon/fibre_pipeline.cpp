#include "daemon/fibre_pipeline.hpp"

#include <algorithm>
#include <utility>

namespace geod {
namespace {

template <class Value>
void overlay(Value& value, const std::optional<Value>& configured) {
  value = configured.value_or(value);
}

}  // namespace

models::SegmentSettings segment_settings(const models::Manifest& network,
                                         const config::FibreConfig& fibre) {
  models::SegmentSettings settings = network.segments;
  models::DasSettings& das = settings.das;
  overlay(das.sampling_rate_hz, fibre.sampling_rate_hz);
  overlay(das.channel_spacing_m, fibre.channel_spacing_m);
  overlay(das.threshold_on, fibre.threshold_on);
  overlay(das.threshold_off, fibre.threshold_off);
  overlay(das.min_probability, fibre.min_probability);
  overlay(das.min_channels, fibre.min_channels);
  overlay(das.min_velocity_m_s, fibre.min_velocity_m_s);
  // Where only one threshold is configured, the network's other one must not turn them over.
  das.threshold_off = std::min(das.threshold_off, das.threshold_on);
  return settings;
}

void FibreWork::clear() {
  tiles.clear();
  gaps.clear();
  geometries.clear();
}

Result<FibrePipeline> FibrePipeline::make(std::string fibre_id,
                                          const config::FibreConfig& config,
                                          const models::Manifest& network,
                                          models::FibreDecoderSettings ids,
                                          std::size_t max_bytes) {
  ids.segments = segment_settings(network, config);
  ids.aperture_m = config.aperture_m.value_or(ids.aperture_m);
  const models::DasSettings& das = ids.segments.das;
  const auto rate = SampleRate::from_hz(das.sampling_rate_hz);
  if (!rate) {
    return fail_with(rate.error(), fibre_id);
  }
  const streams::FibreConditioning conditioning{
      *rate, das.channel_spacing_m, das.band_low, das.band_high, das.clip_sigmas};
  const streams::FibreTiling tiling{
      network.segmenter.rows, network.segmenter.columns, das.row_hop, das.column_hop};
  auto decoder = models::FibreDecoder::make(
      std::make_shared<const models::FibreDecoderSettings>(std::move(ids)));
  if (!decoder) {
    return tl::unexpected(decoder.error());
  }
  return FibrePipeline(
      std::move(fibre_id), config, max_bytes, conditioning, tiling, std::move(*decoder));
}

FibrePipeline::FibrePipeline(std::string fibre_id,
                             const config::FibreConfig& config,
                             std::size_t max_bytes,
                             streams::FibreConditioning conditioning,
                             const streams::FibreTiling& tiling,
                             models::FibreDecoder decoder)
    : config_(config),
      range_(config.first_channel, config.last_channel),
      buffer_(fibre_id, max_bytes),
      conditioner_(conditioning),
      tiler_(tiling),
      decoder_(std::move(decoder)) {
  status_.fibre_id = std::move(fibre_id);
}

void FibrePipeline::push(DasBlock block, FibreWork& out) {
  status_.channels = block.geometry->channels;
  status_.sampling_rate_hz = block.geometry->rate.hz();
  status_.last_sample = block.end();
  status_.bytes += block.bytes();
  auto wanted = range_.crop(block);
  if (!wanted) {
    out.gaps.push_back({status_.fibre_id,
                        FibreGap::Kind::kShed,
                        block.start,
                        block.end(),
                        "no channel of it is configured"});
    status_.refused_s += to_seconds(block.end() - block.start);
    return;
  }
  buffer_.push(std::move(*wanted), out.gaps);
  while (const auto piece = buffer_.next()) {
    condition(*piece, out);
  }
}

void FibrePipeline::condition(const streams::FibrePiece& piece, FibreWork& out) {
  if (told_ == nullptr || *told_ != piece.geometry()) {
    told_ = piece.block.geometry;
    out.geometries.push_back({*told_, piece.start});
  }
  if (auto pushed = conditioner_.push(piece, rows_); !pushed) {
    out.gaps.push_back(
        {status_.fibre_id, FibreGap::Kind::kShed, piece.start, piece.end(), pushed.error().what});
    status_.refused_s += to_seconds(piece.end() - piece.start);
  }
  cut(out);
}

void FibrePipeline::cut(FibreWork& out) {
  for (const FibreRows& rows : rows_) {
    tiler_.push(rows, out.tiles);
  }
  rows_.clear();
}

void FibrePipeline::note(const FibreGap& gap) {
  if (gap.kind == FibreGap::Kind::kShed) {
    status_.shed_s += to_seconds(gap.to - gap.from);
  }
  buffer_.announce(gap);
}

void FibrePipeline::end(FibreWork& out) {
  buffer_.end();
  conditioner_.finish(rows_);
  cut(out);
  tiler_.finish(out.tiles);
}

void FibrePipeline::score(const FibreTile& tile,
                          const models::SegmentBatch& batch,
                          std::size_t n,
                          models::FibreDecoderOutput& out) {
  decoder_.push(tile, batch, n, out);
}

Result<void> FibrePipeline::change_network(const models::Manifest& network,
                                           models::FibreDecoderSettings ids) {
  ids.segments = segment_settings(network, config_);
  ids.aperture_m = config_.aperture_m.value_or(ids.aperture_m);
  return decoder_.change_network(
      std::make_shared<const models::FibreDecoderSettings>(std::move(ids)));
}

FibreStatus FibrePipeline::status() const {
  FibreStatus status = status_;
  status.stream = buffer_.counters();
  status.decoder = decoder_.counters();
  return status;
}

}  // namespace geod
