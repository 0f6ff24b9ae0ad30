#include "daemon/event_choice.hpp"

#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace geod {
namespace {

/// "from 2 to 4.5", "from 2", "to 4.5"; empty without either.
std::string range_text(const std::optional<double>& low, const std::optional<double>& high) {
  return fmt::format("{}{}{}",
                     low ? fmt::format("from {:g}", *low) : "",
                     low && high ? " " : "",
                     high ? fmt::format("to {:g}", *high) : "");
}

}  // namespace

std::string described(const EventOptions& options) {
  std::vector<std::string> parts;
  const auto text = [&parts](const char* name, const std::string& value) {
    if (!value.empty()) {
      parts.push_back(fmt::format("{} {}", name, value));
    }
  };
  text("region", options.common.region);
  text("circle", options.circle);
  text("polygon", options.polygon);
  text("depth", range_text(options.min_depth_km, options.max_depth_km));
  text("magnitude", range_text(options.min_magnitude, options.max_magnitude));
  text("type", options.magnitude_type.value_or(""));
  if (!options.quality.empty()) {
    parts.push_back(
        fmt::format("quality {}{}", options.quality, options.quality == "A" ? "" : " or better"));
  }
  text("with arrivals at", fmt::format("{}", fmt::join(options.common.stations, " or ")));
  text("model", options.common.model.value_or(""));
  if (options.common.adapter) {
    const std::string& adapter = *options.common.adapter;
    parts.push_back(adapter.empty() ? "no adapter" : "adapter " + adapter);
  }
  text("updated after", options.updated_after);
  if (options.reviewed) {
    parts.emplace_back("reviewed only");
  }
  if (options.withdrawn) {
    parts.emplace_back("withdrawn included");
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace geod
