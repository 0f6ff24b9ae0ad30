#include "streams/das_header.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace geod::streams {
namespace {

constexpr std::uint64_t kMaxRateTerm = 1'000'000'000'000;
constexpr std::uint64_t kMaxChannelNumber = 1ULL << 31;
constexpr std::uint64_t kMaxChannelStride = 1'000'000;
constexpr double kMaxSpacingM = 10'000.0;
constexpr double kMaxScale = 1e30;
/// 2200-01-01: a time from 1970 to here can be subtracted from any other.
constexpr std::int64_t kMaxStartNs = 7'258'118'400'000'000'000;

template <class T, std::size_t N>
using Words = std::array<std::pair<std::string_view, T>, N>;

constexpr Words<DasSampleType, 4> kTypes{{{"i2", DasSampleType::kInt16},
                                          {"i4", DasSampleType::kInt32},
                                          {"f4", DasSampleType::kFloat32},
                                          {"f8", DasSampleType::kFloat64}}};
constexpr Words<DasOrder, 2> kOrders{
    {{"tc", DasOrder::kTimeMajor}, {"ct", DasOrder::kChannelMajor}}};
constexpr Words<DasUnit, 7> kUnits{{{"count", DasUnit::kCount},
                                    {"m/m", DasUnit::kStrain},
                                    {"m/m/s", DasUnit::kStrainRate},
                                    {"m/s", DasUnit::kVelocity},
                                    {"rad", DasUnit::kPhase},
                                    {"rad/s", DasUnit::kPhaseRate},
                                    {"rad/m/s", DasUnit::kPhaseRatePerDistance}}};
constexpr Words<DasClock, 4> kClocks{{{"locked", DasClock::kLocked},
                                      {"holdover", DasClock::kHoldover},
                                      {"free", DasClock::kFree},
                                      {"unknown", DasClock::kUnknown}}};
constexpr Words<DasCompression, 3> kCompressions{{{"none", DasCompression::kNone},
                                                  {"lz4", DasCompression::kLz4},
                                                  {"zstd", DasCompression::kZstd}}};

template <class T, std::size_t N>
std::string_view word_of(const Words<T, N>& words, T value) {
  return std::ranges::find(words, value, &std::pair<std::string_view, T>::second)->first;
}

/// One of a list of words.
template <class T, std::size_t N>
std::optional<T> take_word(FieldReader& reader, std::string_view key, const Words<T, N>& words) {
  const auto text = reader.take_text(key);
  if (!text) {
    return std::nullopt;
  }
  const auto found =
      std::ranges::find(words, std::string_view(*text), &std::pair<std::string_view, T>::first);
  if (found == words.end()) {
    std::string all;
    for (const auto& [word, value] : words) {
      all += fmt::format(" {}", word);
    }
    reader.refuse(key, fmt::format("not one of{}", all));
    return std::nullopt;
  }
  return found->second;
}

template <class T>
T required(FieldReader& reader, std::string_view key, const std::optional<T>& value) {
  if (!value) {
    reader.refuse(key, "lacks");
  }
  return value.value_or(T{});
}

std::int64_t take_count(FieldReader& reader, std::string_view key, std::int64_t most) {
  const auto value = reader.take_unsigned(key, static_cast<std::uint64_t>(most));
  if (value == 0) {
    reader.refuse(key, "0");
  }
  return static_cast<std::int64_t>(required(reader, key, value));
}

/// [num, den] or a number.
SampleRate take_rate(FieldReader& reader) {
  constexpr std::string_view kKey = "fs";
  const auto settle = [&](const Result<SampleRate>& rate) {
    if (!rate || rate->hz() > kMaxFibreRateHz) {
      reader.refuse(kKey, fmt::format("not a rate of up to {} Hz", kMaxFibreRateHz));
      return SampleRate{};
    }
    return *rate;
  };
  if (reader.is_number(kKey)) {
    return settle(SampleRate::from_hz(
        reader.take_number(kKey, 0.0, std::numeric_limits<double>::max()).value_or(0.0)));
  }
  const JsonArray* const terms = reader.take_array(kKey);
  if (terms == nullptr) {
    reader.refuse(kKey, "lacks");
    return {};
  }
  const auto term = [&](std::size_t i) {
    return terms->size() == 2 ? as_unsigned((*terms)[i]).value_or(0) : 0;
  };
  if (term(0) > kMaxRateTerm || term(1) > kMaxRateTerm) {
    return settle(fail(Errc::kUnsupported, "too large"));
  }
  return settle(
      SampleRate::make(static_cast<std::int64_t>(term(0)), static_cast<std::int64_t>(term(1))));
}

/// Half-open spans of channels by their place in the block, put in order and joined.
std::vector<ChannelSpan> take_dead(FieldReader& reader, std::int64_t channels) {
  const JsonArray* const spans = reader.take_array("mask");
  std::vector<ChannelSpan> dead;
  if (spans == nullptr) {
    return dead;
  }
  for (const JsonValue& each : *spans) {
    const auto* const span = std::get_if<JsonArray>(&each.value);
    const bool is_pair = span != nullptr && span->size() == 2;
    const auto from = is_pair ? as_unsigned((*span)[0]) : std::nullopt;
    const auto to = is_pair ? as_unsigned((*span)[1]) : std::nullopt;
    if (!from || !to || *from >= *to || *to > static_cast<std::uint64_t>(channels)) {
      reader.refuse("mask", "not spans [from, to) of the block's channels");
      return {};
    }
    dead.emplace_back(static_cast<std::int64_t>(*from), static_cast<std::int64_t>(*to));
  }
  std::ranges::sort(dead);
  std::vector<ChannelSpan> joined;
  for (const ChannelSpan& span : dead) {
    if (!joined.empty() && span.first <= joined.back().second) {
      joined.back().second = std::max(joined.back().second, span.second);
    } else {
      joined.push_back(span);
    }
  }
  return joined;
}

FibreGeometry take_geometry(FieldReader& reader) {
  FibreGeometry geometry;
  geometry.fibre_id = required(reader, "id", reader.take_text("id"));
  geometry.rate = take_rate(reader);
  geometry.channels = take_count(reader, "nc", kMaxBlockChannels);
  geometry.type = required(reader, "dtype", take_word(reader, "dtype", kTypes));
  geometry.order = required(reader, "order", take_word(reader, "order", kOrders));
  geometry.first_channel =
      static_cast<std::int64_t>(reader.take_unsigned("ch0", kMaxChannelNumber).value_or(0));
  const auto stride = reader.take_unsigned("dch", kMaxChannelStride);
  geometry.channel_stride = static_cast<std::int64_t>(stride.value_or(1));
  if (stride == 0) {
    reader.refuse("dch", "0");
  }
  geometry.channel_spacing_m = reader.take_number("dx_m", 0.0, kMaxSpacingM).value_or(0.0);
  geometry.gauge_length_m = reader.take_number("gauge_m", 0.0, kMaxSpacingM).value_or(0.0);
  geometry.unit = take_word(reader, "unit", kUnits).value_or(DasUnit::kCount);
  geometry.scale = reader.take_number("scale", -kMaxScale, kMaxScale).value_or(1.0);
  if (geometry.scale == 0.0) {
    reader.refuse("scale", "0");
  }
  return geometry;
}

/// What the keys say only together.
void check_extent(FieldReader& reader, const DasHeader& header) {
  if (!reader.is_good()) {
    return;
  }
  if (header.bytes() > static_cast<std::size_t>(kMaxBlockBytes)) {
    reader.refuse("nt", fmt::format("a block of more than {} bytes", kMaxBlockBytes));
  } else if (header.geometry.rate.hz() * to_seconds(kMaxBlockDuration) <
             static_cast<double>(header.samples)) {
    reader.refuse("nt", "a block of more than an hour");
  }
}

}  // namespace

std::size_t DasHeader::bytes() const {
  return static_cast<std::size_t>(samples) * static_cast<std::size_t>(geometry.channels) *
         bytes_of(geometry.type);
}

WireResult<DasHeader> parse_das_header(std::span<const std::byte> json) {
  const auto fields = parse_json_fields(json, {kMaxHeaderBytes, kMaxHeaderDepth});
  if (!fields) {
    return tl::unexpected(fields.error());
  }
  FieldReader reader(*fields);
  check_wire_version(reader);
  if (!reader.has("v")) {
    reader.refuse("v", "lacks");
  }
  DasHeader header;
  header.boot = required(reader, "boot", reader.take_unsigned("boot"));
  header.seq = required(reader, "seq", reader.take_unsigned("seq"));
  const std::int64_t start_ns = required(reader, "t0_ns", reader.take_signed("t0_ns"));
  if (start_ns < 0 || start_ns > kMaxStartNs) {
    reader.refuse("t0_ns", "not a time from 1970 to 2200");
  }
  header.start = time_from_ns(start_ns);
  header.samples = take_count(reader, "nt", kMaxBlockSamples);
  header.geometry = take_geometry(reader);
  header.clock = take_word(reader, "clock", kClocks).value_or(DasClock::kUnknown);
  if (const auto quality = reader.take_unsigned("tq", 100)) {
    header.timing_quality = static_cast<int>(*quality);
  }
  header.dead = take_dead(reader, header.geometry.channels);
  if (const auto sum = reader.take_unsigned("crc32", std::numeric_limits<std::uint32_t>::max())) {
    header.crc32 = static_cast<std::uint32_t>(*sum);
  }
  header.compression = take_word(reader, "comp", kCompressions).value_or(DasCompression::kNone);
  header.meta_rev = reader.take_unsigned("meta_rev");
  check_extent(reader, header);
  const auto raw_len = reader.take_unsigned("raw_len");
  if (header.compression != DasCompression::kNone && reader.is_good() &&
      raw_len != header.bytes()) {
    reader.refuse("raw_len", fmt::format("not the {} bytes of nt, nc and dtype", header.bytes()));
  }
  if (!reader.is_good()) {
    return tl::unexpected(*reader.fault());
  }
  return header;
}

std::string das_header_json(const DasHeader& header) {
  const FibreGeometry& geometry = header.geometry;
  nlohmann::json json{{"v", 1},
                      {"id", geometry.fibre_id},
                      {"boot", std::to_string(header.boot)},
                      {"seq", header.seq},
                      {"t0_ns", std::to_string(to_ns(header.start))},
                      {"fs", {geometry.rate.numerator(), geometry.rate.denominator()}},
                      {"nt", header.samples},
                      {"nc", geometry.channels},
                      {"dtype", word_of(kTypes, geometry.type)},
                      {"order", word_of(kOrders, geometry.order)},
                      {"ch0", geometry.first_channel},
                      {"dch", geometry.channel_stride},
                      {"unit", to_string(geometry.unit)},
                      {"scale", geometry.scale},
                      {"clock", word_of(kClocks, header.clock)}};
  if (geometry.channel_spacing_m > 0.0) {
    json["dx_m"] = geometry.channel_spacing_m;
  }
  if (geometry.gauge_length_m > 0.0) {
    json["gauge_m"] = geometry.gauge_length_m;
  }
  if (header.timing_quality) {
    json["tq"] = *header.timing_quality;
  }
  if (!header.dead.empty()) {
    json["mask"] = header.dead;
  }
  if (header.crc32) {
    json["crc32"] = *header.crc32;
  }
  if (header.compression != DasCompression::kNone) {
    json["comp"] = word_of(kCompressions, header.compression);
    json["raw_len"] = header.bytes();
  }
  if (header.meta_rev) {
    json["meta_rev"] = *header.meta_rev;
  }
  return json.dump();
}

}  // namespace geod::streams
