#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/magnitude.hpp"
#include "storage/database.hpp"
#include "storage/names.hpp"

namespace geod::storage {

/// The magnitudes of a version of an event. Belongs to the thread of its database and goes before
/// it.
class MagnitudeReader {
 public:
  static Result<MagnitudeReader> make(Database& database);

  /// The preferred one first; stations and amplitudes only `with_contributions`.
  Result<std::vector<Magnitude>> magnitudes(std::int64_t version_key,
                                            bool with_contributions,
                                            Names& names);

  /// Those of a version that no magnitude was made of, as they were measured.
  Result<std::vector<Amplitude>> uncounted(std::int64_t version_key, Names& names);

 private:
  Result<std::vector<StationMagnitude>> contributions(std::int64_t magnitude_key,
                                                      MagnitudeType type,
                                                      Names& names);
  /// All rows of `statement`, whose parameters are bound.
  Result<std::vector<Amplitude>> amplitudes(Statement& statement, Names& names);

  std::string file_;
  Statement find_magnitudes_;
  Statement find_contributions_;
  Statement find_amplitudes_;
  Statement find_uncounted_;
};

}  // namespace geod::storage
