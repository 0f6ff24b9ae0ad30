#include "catalog/velocity_model.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace geod::catalog {
namespace {

constexpr std::size_t kMaxLines = 1'000;
constexpr std::size_t kMaxFileBytes = 100'000;
constexpr double kMaxDepthKm = 1'000.0;
constexpr double kMaxHeightKm = 9.0;
constexpr double kMinVsKmPerS = 0.1;
constexpr double kMaxVpKmPerS = 15.0;
constexpr double kMinVpOverVs = 1.2;

/// The mantle below both standard models and below the generic crust.
constexpr VelocityKnot kIasp91Mantle[] = {
    {35.0, 8.0400, 4.4700},   {77.5, 8.0450, 4.4850},   {120.0, 8.0500, 4.5000},
    {165.0, 8.1750, 4.5090},  {210.0, 8.3000, 4.5180},  {210.0, 8.3000, 4.5220},
    {260.0, 8.4825, 4.6090},  {310.0, 8.6650, 4.6960},  {360.0, 8.8475, 4.7830},
    {410.0, 9.0300, 4.8700},  {410.0, 9.3600, 5.0700},  {460.0, 9.5280, 5.1760},
    {510.0, 9.6960, 5.2820},  {560.0, 9.8640, 5.3880},  {610.0, 10.0320, 5.4940},
    {660.0, 10.2000, 5.6000}, {660.0, 10.7900, 5.9500}, {710.0, 10.9229, 6.0797},
    {760.0, 11.0558, 6.2095},
};

std::vector<VelocityKnot> over_iasp91_mantle(std::vector<VelocityKnot> crust) {
  crust.insert(crust.end(), std::begin(kIasp91Mantle), std::end(kIasp91Mantle));
  return crust;
}

/// The three numbers of a line, or nothing when it holds anything else.
std::optional<std::array<double, 3>> three_numbers(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r,";
  std::array<double, 3> values{};
  std::size_t count = 0;
  for (std::size_t at = line.find_first_not_of(kBlank); at != std::string_view::npos;
       at = line.find_first_not_of(kBlank, at)) {
    const std::size_t end = std::min(line.find_first_of(kBlank, at), line.size());
    if (count == values.size()) {
      return std::nullopt;
    }
    const auto [stop, fault] = std::from_chars(line.data() + at, line.data() + end, values[count]);
    if (fault != std::errc{} || stop != line.data() + end || !std::isfinite(values[count])) {
      return std::nullopt;
    }
    ++count;
    at = end;
  }
  return count == values.size() ? std::optional(values) : std::nullopt;
}

std::string fault_of(const VelocityKnot& knot, const std::vector<VelocityKnot>& above) {
  if (above.empty() && (knot.depth_km > 0.0 || knot.depth_km < -kMaxHeightKm)) {
    return fmt::format("the first depth must be sea level or at most {} km above it", kMaxHeightKm);
  }
  if (!above.empty() && knot.depth_km < above.back().depth_km) {
    return "the depths must not decrease";
  }
  if (above.size() > 1 && knot.depth_km == above[above.size() - 2].depth_km) {
    return "a depth may stand twice, for a step, but not more often";
  }
  if (knot.depth_km > kMaxDepthKm) {
    return fmt::format("deeper than {} km", kMaxDepthKm);
  }
  if (!(knot.vs_km_per_s >= kMinVsKmPerS && knot.vp_km_per_s <= kMaxVpKmPerS)) {
    return fmt::format("vs must be at least {} and vp at most {} km/s", kMinVsKmPerS, kMaxVpKmPerS);
  }
  if (knot.vp_km_per_s < kMinVpOverVs * knot.vs_km_per_s) {
    return fmt::format("vp must be at least {} times vs", kMinVpOverVs);
  }
  return "";
}

}  // namespace

VelocityModel iasp91() {
  return {"iasp91",
          over_iasp91_mantle(
              {{0.0, 5.8, 3.36}, {20.0, 5.8, 3.36}, {20.0, 6.5, 3.75}, {35.0, 6.5, 3.75}})};
}

VelocityModel ak135() {
  return {"ak135", {{0.0, 5.8000, 3.4600},    {20.0, 5.8000, 3.4600},   {20.0, 6.5000, 3.8500},
                    {35.0, 6.5000, 3.8500},   {35.0, 8.0400, 4.4800},   {77.5, 8.0450, 4.4900},
                    {120.0, 8.0500, 4.5000},  {165.0, 8.1750, 4.5090},  {210.0, 8.3000, 4.5180},
                    {210.0, 8.3000, 4.5230},  {260.0, 8.4825, 4.6090},  {310.0, 8.6650, 4.6960},
                    {360.0, 8.8475, 4.7830},  {410.0, 9.0300, 4.8700},  {410.0, 9.3600, 5.0800},
                    {460.0, 9.5280, 5.1860},  {510.0, 9.6960, 5.2920},  {560.0, 9.8640, 5.3980},
                    {610.0, 10.0320, 5.5040}, {660.0, 10.2000, 5.6100}, {660.0, 10.7900, 5.9600},
                    {710.0, 10.9229, 6.0897}, {760.0, 11.0558, 6.2095}}};
}

VelocityModel continental_crust() {
  return {"continental",
          over_iasp91_mantle(
              {{0.0, 5.8, 3.353}, {15.0, 6.1, 3.526}, {15.0, 6.3, 3.642}, {35.0, 6.7, 3.873}})};
}

Result<VelocityModel> parse_velocity_model(std::string_view text, std::string name) {
  VelocityModel model{std::move(name), {}};
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    line = line.substr(0, line.find('#'));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
      continue;
    }
    if (number > kMaxLines) {
      return fail(Errc::kConfig, "{}: more than {} lines", model.name, kMaxLines);
    }
    const auto values = three_numbers(line);
    if (!values) {
      return fail(Errc::kConfig,
                  "{}: line {}: expected `depth vp vs`, three numbers in km and km/s",
                  model.name,
                  number);
    }
    const VelocityKnot knot{(*values)[0], (*values)[1], (*values)[2]};
    if (const std::string fault = fault_of(knot, model.knots); !fault.empty()) {
      return fail(Errc::kConfig, "{}: line {}: {}", model.name, number, fault);
    }
    model.knots.push_back(knot);
  }
  if (model.knots.empty()) {
    return fail(Errc::kConfig, "{}: no line `depth vp vs`", model.name);
  }
  return model;
}

Result<VelocityModel> find_velocity_model(const std::string& name_or_path) {
  for (VelocityModel (*known)() : {iasp91, ak135, continental_crust}) {
    if (VelocityModel model = known(); model.name == name_or_path) {
      return model;
    }
  }
  std::ifstream file(name_or_path, std::ios::binary);
  if (!file) {
    return fail(Errc::kNotFound,
                "{}: neither a velocity model of geod (iasp91, ak135, continental) nor a file that "
                "can be read",
                name_or_path);
  }
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) {
    return fail(Errc::kIo, "{}: cannot be read", name_or_path);
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes) {
    return fail(Errc::kConfig,
                "{}: larger than {} bytes: not a table of `depth vp vs`",
                name_or_path,
                kMaxFileBytes);
  }
  return parse_velocity_model(text, name_or_path);
}

}  // namespace geod::catalog
