#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "core/das_block.hpp"

namespace geod::storage {

/// The words for the layout of a fibre's samples in the database; units and gaps have those of
/// core.
inline constexpr std::array<std::pair<DasSampleType, std::string_view>, 4> kSampleTypeWords{{
    {DasSampleType::kInt16, "int16"},
    {DasSampleType::kInt32, "int32"},
    {DasSampleType::kFloat32, "float32"},
    {DasSampleType::kFloat64, "float64"},
}};
inline constexpr std::array<std::pair<DasOrder, std::string_view>, 2> kOrderWords{{
    {DasOrder::kTimeMajor, "time_major"},
    {DasOrder::kChannelMajor, "channel_major"},
}};

/// Nothing for a value that is none of the enumeration's.
template <class Enum, std::size_t N>
std::optional<std::string_view> word_of(
    const std::array<std::pair<Enum, std::string_view>, N>& words, Enum value) {
  for (const auto& [each, word] : words) {
    if (each == value) {
      return word;
    }
  }
  return std::nullopt;
}

/// Nothing for a word that this version does not know.
template <class Enum, std::size_t N>
std::optional<Enum> value_of(const std::array<std::pair<Enum, std::string_view>, N>& words,
                             std::string_view text) {
  for (const auto& [value, word] : words) {
    if (word == text) {
      return value;
    }
  }
  return std::nullopt;
}

inline bool is_known(DasUnit unit) {
  return unit <= DasUnit::kPhaseRatePerDistance;
}
inline bool is_known(FibreGap::Kind kind) {
  return kind <= FibreGap::Kind::kNewGeometry;
}
inline std::optional<DasUnit> unit_of(std::string_view word) {
  for (auto unit = DasUnit::kCount; is_known(unit);
       unit = static_cast<DasUnit>(static_cast<int>(unit) + 1)) {
    if (to_string(unit) == word) {
      return unit;
    }
  }
  return std::nullopt;
}

}  // namespace geod::storage
