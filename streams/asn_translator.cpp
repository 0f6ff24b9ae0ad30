#include <cmath>
#include <cstring>

#include <nlohmann/json.hpp>

#include "core/log.hpp"
#include "streams/bridge_translator.hpp"
#include "streams/das_header.hpp"
#include "streams/das_layouts.hpp"

namespace geod::streams {
namespace {

using nlohmann::json;
constexpr std::size_t kStampBytes = 8;

double number(const json& header, const char* key, double otherwise) {
  const auto found = header.find(key);
  return found != header.end() && found->is_number() ? found->get<double>() : otherwise;
}

/// Whole, from 1 to a bound; 0 when it is anything else.
std::int64_t count(const json& header, const char* key) {
  const double value = number(header, key, 0.0);
  return value >= 1.0 && value <= 1e9 && value == std::floor(value)
             ? static_cast<std::int64_t>(value)
             : 0;
}

std::optional<DasSampleType> type_of(const json& header) {
  const std::string word = header.value("dataType", "");
  if (word == "short") return DasSampleType::kInt16;
  if (word == "int") return DasSampleType::kInt32;
  if (word == "float") return DasSampleType::kFloat32;
  if (word == "double") return DasSampleType::kFloat64;
  return std::nullopt;
}

double seconds_per(const std::string& unit) {
  return unit == "ns" ? 1e-9 : unit == "us" ? 1e-6 : unit == "ms" ? 1e-3 : unit == "s" ? 1.0 : 0.0;
}

/// One region, evenly decimated, that gives exactly the channels stated.
Result<void> take_region(const json& header, FibreGeometry& geometry) {
  const auto table = header.find("roiTable");
  if (table == header.end() || !table->is_array() || table->size() != 1 ||
      !table->front().is_object()) {
    return fail(Errc::kUnsupported, "ASN header: roiTable is not one region of interest");
  }
  const json& region = table->front();
  const double start = number(region, "roiStart", -1.0);
  const double end = number(region, "roiEnd", -1.0);
  const double step = number(region, "roiDec", 1.0);
  const bool is_whole = start == std::floor(start) && end == std::floor(end);
  if (!is_whole || !(start >= 0.0) || !(end >= start) || !(step >= 1.0) || end > 1e9 ||
      std::floor((end - start) / step) + 1.0 != static_cast<double>(geometry.channels)) {
    return fail(Errc::kUnsupported,
                "ASN header: region {} to {} by {} does not give {} channels",
                start,
                end,
                step,
                geometry.channels);
  }
  geometry.first_channel = static_cast<std::int64_t>(start);
  geometry.channel_stride = static_cast<std::int64_t>(step);
  return {};
}

/// Scale and unit belong together: with one alone the samples are counts.
void take_scale(const json& header, FibreGeometry& geometry) {
  const double scale = number(header, "dataScale", 0.0);
  const auto unit = parse_das_unit(header.value("unit", ""));
  if (scale != 0.0 && std::isfinite(scale) && unit) {
    geometry.scale = scale * unit->second;
    geometry.unit = unit->first;
  } else {
    spdlog::warn("bridge=asn the header lacks dataScale or a known unit: samples go out as counts");
  }
}

}  // namespace

Result<std::vector<DasBlock>> AsnTranslator::take(std::span<const Frame> message) {
  if (message.size() != 1) {
    return fail(Errc::kProtocol, "{} frames where ASN sends one", message.size());
  }
  const Frame bytes = message.front();
  const bool has_block_length =
      geometry_ != nullptr &&
      bytes.size() == kStampBytes + static_cast<std::size_t>(samples_ * geometry_->channels) *
                                        bytes_of(geometry_->type);
  if (!has_block_length) {
    if (bytes.empty() || bytes.front() != std::byte{'{'}) {
      return fail(Errc::kProtocol,
                  "a message of {} bytes that is neither a header nor as long as the header in "
                  "force says",
                  bytes.size());
    }
    auto taken = take_header({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return taken ? Result<std::vector<DasBlock>>{} : tl::unexpected(std::move(taken.error()));
  }
  std::int64_t start_ns = 0;
  std::memcpy(&start_ns, bytes.data(), sizeof(start_ns));
  DasBlock block;
  block.geometry = geometry_;
  block.start = time_from_ns(start_ns);
  block.samples = samples_;
  const std::shared_ptr<std::byte[]> raw(new std::byte[block.bytes()]);
  std::memcpy(raw.get(), bytes.data() + kStampBytes, block.bytes());
  block.raw = raw;
  return std::vector<DasBlock>{std::move(block)};
}

Result<void> AsnTranslator::take_header(std::string_view text) {
  geometry_.reset();
  const json header = text.size() <= kMaxHeaderBytes ? json::parse(text, nullptr, false) : json();
  if (!header.is_object()) {
    return fail(Errc::kProtocol, "ASN header: not JSON of at most {} bytes", kMaxHeaderBytes);
  }
  FibreGeometry geometry;
  geometry.fibre_id = fibre_id_;
  geometry.channels = count(header, "nChannels");
  const std::int64_t samples = count(header, "nPackagesPerMessage");
  const auto type = header.contains("dataType") && header["dataType"].is_string() ? type_of(header)
                                                                                  : std::nullopt;
  const std::int64_t row_bytes = count(header, "bytesPerPackage");
  if (!type || geometry.channels < 1 || geometry.channels > kMaxBlockChannels || samples < 1 ||
      samples > kMaxBlockSamples ||
      row_bytes != geometry.channels * static_cast<std::int64_t>(bytes_of(*type))) {
    return fail(Errc::kUnsupported,
                "ASN header: {} channels, {} rows a message of {} bytes are no known shape",
                geometry.channels,
                samples,
                row_bytes);
  }
  geometry.type = *type;
  const auto time_unit = header.find("dtUnit");
  const double period_s =
      number(header, "dt", 0.0) * seconds_per(time_unit != header.end() && time_unit->is_string()
                                                  ? time_unit->get<std::string>()
                                                  : "s");
  const auto rate = rate_of_period(period_s);
  if (!rate || rate->hz() > kMaxFibreRateHz) {
    return fail(Errc::kUnsupported, "ASN header: dt is no sample period");
  }
  geometry.rate = *rate;
  if (auto region = take_region(header, geometry); !region) {
    return region;
  }
  geometry.channel_spacing_m = std::max(number(header, "dx", 0.0), 0.0);
  geometry.gauge_length_m = std::max(number(header, "gaugeLength", 0.0), 0.0);
  const auto unit = header.find("unit");
  take_scale(unit == header.end() || unit->is_string() ? header : json::object(), geometry);
  header_text_ = text;
  samples_ = samples;
  geometry_ = std::make_shared<const FibreGeometry>(std::move(geometry));
  return {};
}

}  // namespace geod::streams
