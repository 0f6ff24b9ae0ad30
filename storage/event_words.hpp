#pragma once

#include <cstdint>
#include <string_view>

#include "core/error.hpp"

namespace geod::storage {

/// The value of an enumeration from 0 to `last` whose to_string is `word`. kCorruptRecord naming
/// the database otherwise.
template <class Enum>
Result<Enum> enum_of(std::string_view word, Enum last, std::string_view file) {
  for (auto value = Enum{}; value <= last;
       value = static_cast<Enum>(static_cast<std::uint8_t>(value) + 1)) {
    if (to_string(value) == word) {
      return value;
    }
  }
  return fail(Errc::kCorruptRecord,
              "{}: '{}' is not a word that geod writes there; the database is damaged, restore a "
              "backup",
              file,
              word);
}

}  // namespace geod::storage
