#include <array>
#include <cmath>
#include <cstring>

#include "streams/bridge_translator.hpp"
#include "streams/das_header.hpp"
#include "streams/das_layouts.hpp"

namespace geod::streams {
namespace {

constexpr double kMilli = 1e-3;
constexpr std::size_t kStampBytes = 12;
constexpr std::size_t kShapeBytes = 76;

template <class T>
T read_at(Frame bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof(value));
  return value;
}

}  // namespace

struct FebusTranslator::Header {
  std::int64_t set = 0;
  double epoch_s = 0.0;
  std::int64_t samples = 0;
  Time start;
  FibreGeometry geometry;
};

Result<FebusTranslator::Header> FebusTranslator::read_header(std::span<const Frame> message) const {
  if (message.size() != 3 || message[0].size() != kStampBytes || message[1].size() != kShapeBytes) {
    return fail(Errc::kProtocol, "not the three frames of a Febus A1 (12 and 76 bytes, samples)");
  }
  const Frame shape = message[1];
  const auto real = [shape](std::size_t i) { return read_at<double>(shape, 8 * i); };
  const auto index = [shape](std::size_t i) { return read_at<std::int32_t>(shape, 48 + 4 * i); };
  Header header;
  header.set = read_at<std::int32_t>(message[0], 0);
  header.epoch_s = read_at<double>(message[0], 4);
  header.samples = std::int64_t{index(3)} + 1;
  header.geometry.channels = std::int64_t{index(1)} + 1;
  const auto rate = rate_of_period(real(1) * kMilli);
  const std::int64_t bytes = header.samples * header.geometry.channels * 4;
  const bool is_shape = header.samples >= 1 && header.samples <= kMaxBlockSamples &&
                        header.geometry.channels >= 1 &&
                        header.geometry.channels <= kMaxBlockChannels &&
                        bytes == static_cast<std::int64_t>(message[2].size());
  if (!is_shape || !rate || rate->hz() > kMaxFibreRateHz ||
      !(header.epoch_s > 0.0 && header.epoch_s < 7e9) || !std::isfinite(real(0))) {
    return fail(Errc::kProtocol,
                "Febus block of {} samples x {} channels in {} bytes, stamped {}: no known shape",
                header.samples,
                header.geometry.channels,
                message[2].size(),
                header.epoch_s);
  }
  FibreGeometry& geometry = header.geometry;
  geometry.fibre_id = fibre_id_;
  geometry.rate = *rate;
  geometry.channel_spacing_m = std::clamp(real(0), 0.0, 10'000.0);
  geometry.unit = DasUnit::kStrainRate;
  geometry.scale = 1e-9;  // nanostrain a second
  // Origin [ms] is negative where the stamp lies inside the block.
  const double origin_s = real(4) * kMilli;
  const Duration to_first = origin_s < 0.0 && origin_s > -3600.0 ? duration_from_seconds(origin_s)
                            : stamp_ == FebusStamp::kMiddle ? -rate->span_of(header.samples / 2)
                                                            : Duration{0};
  header.start = time_from_seconds(header.epoch_s) + to_first;
  return header;
}

Result<std::vector<DasBlock>> FebusTranslator::take(std::span<const Frame> message) {
  auto header = read_header(message);
  if (!header) {
    return tl::unexpected(std::move(header.error()));
  }
  if (header->epoch_s == last_epoch_s_) {
    return std::vector<DasBlock>{};  // the newest we have is the newest there is
  }
  if (last_set_ >= 0 && header->set > last_set_ + 1) {
    skipped_sets_ += static_cast<std::uint64_t>(header->set - last_set_ - 1);
  }
  last_set_ = header->set;
  last_epoch_s_ = header->epoch_s;
  samples_ = header->samples;
  std::int64_t first = 0;
  if (geometry_ == nullptr || *geometry_ != header->geometry) {
    geometry_ = std::make_shared<const FibreGeometry>(header->geometry);
    line_ = FibreTimeLine(header->start, geometry_->rate);
  } else {
    const auto verdict = line_.judge(header->start, header->samples);
    if (verdict.kind == FibreTimeLine::Kind::kCovered) {
      return std::vector<DasBlock>{};
    }
    if (verdict.kind == FibreTimeLine::Kind::kOverlap) {
      first = verdict.samples;
    } else if (verdict.kind != FibreTimeLine::Kind::kContiguous) {
      line_.set_anchor(header->start);
    }
  }
  DasBlock block;
  block.geometry = geometry_;
  block.start = line_.expected();
  block.samples = header->samples - first;
  const std::shared_ptr<std::byte[]> raw(new std::byte[block.bytes()]);
  const Frame samples = message[2];
  std::memcpy(raw.get(), samples.data() + (samples.size() - block.bytes()), block.bytes());
  block.raw = raw;
  line_.advance(block.samples);
  return std::vector<DasBlock>{std::move(block)};
}

std::string FebusTranslator::metadata() const {
  return geometry_ == nullptr ? "{}" : acquisition_json(*geometry_, "Febus A1");
}

Duration FebusTranslator::block_length() const {
  return geometry_ == nullptr ? Duration{0} : geometry_->rate.span_of(samples_);
}

}  // namespace geod::streams
