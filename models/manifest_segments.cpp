#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include <nlohmann/json.hpp>

#include "models/json_object.hpp"
#include "models/manifest_sections.hpp"

namespace geod::models {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMaxClassNameBytes = 64;
/// What the classes of task das but the background may be: their borders are arrivals.
constexpr std::array<std::string_view, 3> kDasClasses{"event", "P", "S"};

void read_class_names(ObjectReader& reader, std::vector<std::string>& names) {
  const json* member = reader.find("class_names");
  if (member == nullptr) {
    return;
  }
  if (!member->is_array() || !std::all_of(member->begin(), member->end(), [](const json& name) {
        return name.is_string();
      })) {
    return reader.fault("class_names", "a list of names");
  }
  names = member->get<std::vector<std::string>>();
}

Result<void> read_das(const json& object, DasSettings& das) {
  ObjectReader reader(object, "segments: das: ");
  reader.number("sampling_rate_hz", das.sampling_rate_hz);
  reader.number("channel_spacing_m", das.channel_spacing_m);
  reader.number("band_low", das.band_low);
  reader.number("band_high", das.band_high);
  reader.number("clip_sigmas", das.clip_sigmas);
  reader.integer("row_hop", das.row_hop);
  reader.integer("column_hop", das.column_hop);
  reader.number("threshold_on", das.threshold_on);
  reader.number("threshold_off", das.threshold_off);
  reader.integer("min_channels", das.min_channels);
  reader.integer("min_rows", das.min_rows);
  reader.number("min_probability", das.min_probability);
  reader.number("min_velocity_m_s", das.min_velocity_m_s);
  reader.number("sigma_refined_samples", das.sigma_refined_samples);
  reader.number("sigma_border_samples", das.sigma_border_samples);
  return reader.finish();
}

ordered_json das_to_json(const DasSettings& das) {
  return {{"sampling_rate_hz", das.sampling_rate_hz},
          {"channel_spacing_m", das.channel_spacing_m},
          {"band_low", das.band_low},
          {"band_high", das.band_high},
          {"clip_sigmas", das.clip_sigmas},
          {"row_hop", das.row_hop},
          {"column_hop", das.column_hop},
          {"threshold_on", das.threshold_on},
          {"threshold_off", das.threshold_off},
          {"min_channels", das.min_channels},
          {"min_rows", das.min_rows},
          {"min_probability", das.min_probability},
          {"min_velocity_m_s", das.min_velocity_m_s},
          {"sigma_refined_samples", das.sigma_refined_samples},
          {"sigma_border_samples", das.sigma_border_samples}};
}

/// Names come into log lines, tables and legends.
bool is_class_name(const std::string& name) {
  return !name.empty() && name.size() <= kMaxClassNameBytes &&
         std::none_of(name.begin(), name.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
         });
}

Result<void> validate_names(const std::vector<std::string>& names,
                            std::int64_t classes,
                            Task task) {
  if (static_cast<std::int64_t>(names.size()) != classes) {
    return fail(Errc::kModelMismatch,
                "segments: {} class_names for {} classes of the geometry",
                names.size(),
                classes);
  }
  if (!std::all_of(names.begin(), names.end(), is_class_name) ||
      std::set(names.begin(), names.end()).size() != names.size()) {
    return fail(Errc::kModelMismatch,
                "segments: class_names must differ and be 1 to {} bytes each",
                kMaxClassNameBytes);
  }
  if (task != Task::kDas) {
    return {};
  }
  const auto is_arrival = [](const std::string& name) {
    return std::find(kDasClasses.begin(), kDasClasses.end(), name) != kDasClasses.end();
  };
  if (!std::all_of(names.begin() + 1, names.end(), is_arrival)) {
    return fail(Errc::kModelMismatch,
                "segments: class_names of task das are the background and 'event', or 'P' and 'S'");
  }
  return {};
}

/// A number of the section and the range it may lie in.
struct Bounded {
  const char* key;
  double value;
  double low;
  double high;
};

Result<void> validate_das(const DasSettings& das, const SegmenterGeometry& geometry) {
  const auto rows = static_cast<double>(geometry.rows);
  const auto columns = static_cast<double>(geometry.columns);
  const double smallest = std::numeric_limits<double>::min();  // above 0
  const std::array bounds{
      Bounded{"sampling_rate_hz", das.sampling_rate_hz, 0.001, 1e5},
      Bounded{"channel_spacing_m", das.channel_spacing_m, 0.001, 1e5},
      Bounded{"band_low", das.band_low, 0.0, 0.5},
      Bounded{"band_high", das.band_high, smallest, 0.5},
      Bounded{"clip_sigmas", das.clip_sigmas, 0.1, 1000.0},
      Bounded{"row_hop", static_cast<double>(das.row_hop), 1.0, rows},
      Bounded{"column_hop", static_cast<double>(das.column_hop), 1.0, columns},
      Bounded{"threshold_on", das.threshold_on, smallest, 1.0},
      Bounded{"threshold_off", das.threshold_off, smallest, das.threshold_on},
      Bounded{"min_channels", static_cast<double>(das.min_channels), 1.0, 1e6},
      Bounded{"min_rows", static_cast<double>(das.min_rows), 1.0, 1e6},
      Bounded{"min_probability", das.min_probability, 0.0, 1.0},
      Bounded{"min_velocity_m_s", das.min_velocity_m_s, 0.0, 1e5},
      Bounded{"sigma_refined_samples", das.sigma_refined_samples, smallest, rows},
      Bounded{"sigma_border_samples", das.sigma_border_samples, smallest, rows},
  };
  for (const Bounded& bound : bounds) {
    if (!(bound.value >= bound.low && bound.value <= bound.high)) {
      return fail(Errc::kModelMismatch,
                  "segments: das: {} is {}, allowed {} {} to {}",
                  bound.key,
                  bound.value,
                  bound.low == smallest ? "above" : "from",
                  bound.low == smallest ? 0.0 : bound.low,
                  bound.high);
    }
  }
  if (das.band_low >= das.band_high) {
    return fail(Errc::kModelMismatch,
                "segments: das: band_low {} must be below band_high {}",
                das.band_low,
                das.band_high);
  }
  return {};
}

}  // namespace

Result<void> read_section(const json& object, Task task, SegmentSettings& segments) {
  ObjectReader reader(object, "segments: ");
  read_class_names(reader, segments.class_names);
  const json* das = task == Task::kDas ? reader.find("das") : nullptr;
  if (auto ok = reader.finish(); !ok) {
    return ok;
  }
  return das == nullptr ? Result<void>{} : read_das(*das, segments.das);
}

ordered_json to_section(const SegmentSettings& segments, Task task) {
  ordered_json object = {{"class_names", segments.class_names}};
  if (task == Task::kDas) {
    object["das"] = das_to_json(segments.das);
  }
  return object;
}

Result<void> validate_section(const SegmentSettings& segments,
                              const SegmenterGeometry& geometry,
                              Task task) {
  auto ok = validate_names(segments.class_names, geometry.classes, task);
  return ok && task == Task::kDas ? validate_das(segments.das, geometry) : ok;
}

}  // namespace geod::models
