#pragma once

#include <cstdint>
#include <vector>

#include "core/error.hpp"
#include "core/magnitude.hpp"
#include "storage/database.hpp"
#include "storage/keys.hpp"

namespace geod::storage {

/// Writes the magnitudes of a version of an event, with stations and amplitudes. Rules of calling
/// as BatchWriter.
class MagnitudeWriter {
 public:
  /// An empty one, to be assigned to.
  MagnitudeWriter() = default;
  /// `database` outlives the result.
  static Result<MagnitudeWriter> make(Database& database);

  /// What why_refused(EventChange) let pass, the preferred one first.
  Result<void> write(std::int64_t version_key,
                     const std::vector<Magnitude>& magnitudes,
                     Keys& keys);

  /// Amplitudes that no magnitude was made of.
  Result<void> write_uncounted(std::int64_t version_key,
                               const std::vector<Amplitude>& amplitudes,
                               Keys& keys);

 private:
  Result<void> write(std::int64_t magnitude_key, const StationMagnitude& part, Keys& keys);
  Result<void> write(std::int64_t station_magnitude_key, const Amplitude& amplitude, Keys& keys);

  Database* database_ = nullptr;
  Statement insert_magnitude_;
  Statement insert_station_;
  Statement insert_amplitude_;
  Statement insert_uncounted_;
};

}  // namespace geod::storage
