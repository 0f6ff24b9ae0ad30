#include "trainer/openfwi_sets.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace geod::trainer {
namespace {

constexpr std::array<OpenFwiSet, 10> kSets{{
    {"FVA", "flatvel-a", OpenFwiFamily::kVel, -26.95, 52.77},
    {"FVB", "flatvel-b", OpenFwiFamily::kVel, -27.17, 56.05},
    {"CVA", "curvevel-a", OpenFwiFamily::kVel, -27.11, 55.10},
    {"CVB", "curvevel-b", OpenFwiFamily::kVel, -29.04, 57.03},
    {"FFA", "flatfault-a", OpenFwiFamily::kFault, -26.10, 50.86},
    {"FFB", "flatfault-b", OpenFwiFamily::kFault, -24.86, 50.28},
    {"CFA", "curvefault-a", OpenFwiFamily::kFault, -26.48, 52.32},
    {"CFB", "curvefault-b", OpenFwiFamily::kFault, -24.93, 50.98},
    {"STA", "style-a", OpenFwiFamily::kStyle, -24.96, 48.93},
    {"STB", "style-b", OpenFwiFamily::kStyle, -23.76, 46.01},
}};
constexpr OpenFwiSet kUnion{"ALL", "openfwi", OpenFwiFamily::kVel, -29.04, 57.03};

/// Letters and digits, in lower case.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

bool is_named(const OpenFwiSet& set, std::string_view wanted) {
  const std::string name = plain(set.name);
  if (wanted == plain(set.code) || wanted == name) {
    return true;
  }
  // What follows a whole name is a number: "flatvel_a_1".
  return wanted.starts_with(name) && std::ranges::all_of(wanted.substr(name.size()), [](char c) {
           return std::isdigit(static_cast<unsigned char>(c)) != 0;
         });
}

}  // namespace

std::span<const OpenFwiSet> openfwi_sets() {
  return kSets;
}

const OpenFwiSet& openfwi_union() {
  return kUnion;
}

const OpenFwiSet* find_openfwi_set(std::string_view name) {
  const std::string wanted = plain(name);
  const auto found = std::ranges::find_if(
      kSets, [&wanted](const OpenFwiSet& set) { return is_named(set, wanted); });
  if (found != kSets.end()) {
    return &*found;
  }
  return is_named(kUnion, wanted) ? &kUnion : nullptr;
}

std::int64_t published_validation_shards(OpenFwiFamily family, std::int64_t shards) {
  switch (family) {
    case OpenFwiFamily::kVel:
      return shards == 60 ? 12 : 0;
    case OpenFwiFamily::kFault:
      return shards == 36 ? 4 : 0;
    case OpenFwiFamily::kStyle:
      return shards == 134 ? 14 : 0;
  }
  return 0;
}

}  // namespace geod::trainer
