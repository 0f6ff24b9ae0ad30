#include "storage/magnitude_writer.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "storage/pick_writer.hpp"

namespace geod::storage {

Result<MagnitudeWriter> MagnitudeWriter::make(Database& database) {
  MagnitudeWriter writer;
  writer.database_ = &database;
  const std::array<std::pair<Statement*, std::string_view>, 4> statements{{
      {&writer.insert_magnitude_,
       "INSERT INTO magnitudes (version_key, rank, type, value, uncertainty, stations) "
       "VALUES (?, ?, ?, ?, ?, ?)"},
      {&writer.insert_station_,
       "INSERT INTO station_magnitudes (magnitude_key, instrument_key, value, residual, weight, "
       "pick_id) VALUES (?, ?, ?, ?, ?, ?)"},
      {&writer.insert_amplitude_,
       "INSERT INTO amplitudes (station_magnitude_key, channel_key, value_nm, period_s, time_ns, "
       "window_from_ns, window_to_ns, snr, use) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&writer.insert_uncounted_,
       "INSERT INTO uncounted_amplitudes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  return writer;
}

Result<void> MagnitudeWriter::write(std::int64_t version_key,
                                    const std::vector<Magnitude>& magnitudes,
                                    Keys& keys) {
  Result<void> done;
  for (std::size_t rank = 0; done && rank < magnitudes.size(); ++rank) {
    const Magnitude& magnitude = magnitudes[rank];
    done = insert_magnitude_
               .bind_all(version_key,
                         static_cast<std::int64_t>(rank),
                         to_string(magnitude.type),
                         magnitude.value,
                         magnitude.uncertainty,
                         std::int64_t{magnitude.stations})
               .run();
    const std::int64_t key = database_->last_insert_key();
    for (std::size_t i = 0; done && i < magnitude.contributions.size(); ++i) {
      done = write(key, magnitude.contributions[i], keys);
    }
  }
  return done;
}

Result<void> MagnitudeWriter::write(std::int64_t magnitude_key,
                                    const StationMagnitude& part,
                                    Keys& keys) {
  const Result<std::int64_t> instrument = keys.instrument(part.instrument);
  if (!instrument) {
    return tl::unexpected(instrument.error());
  }
  Result<void> done = insert_station_
                          .bind_all(magnitude_key,
                                    *instrument,
                                    part.value,
                                    part.residual,
                                    part.weight,
                                    parse_pick_id(part.pick_id))
                          .run();
  const std::int64_t key = database_->last_insert_key();
  for (std::size_t i = 0; done && i < part.amplitudes.size(); ++i) {
    done = write(key, part.amplitudes[i], keys);
  }
  return done;
}

Result<void> MagnitudeWriter::write(std::int64_t station_magnitude_key,
                                    const Amplitude& amplitude,
                                    Keys& keys) {
  const Result<std::int64_t> channel = keys.channel(amplitude.channel);
  if (!channel) {
    return tl::unexpected(channel.error());
  }
  return insert_amplitude_
      .bind_all(station_magnitude_key,
                *channel,
                amplitude.value_nm,
                amplitude.period_s,
                std::int64_t{to_ns(amplitude.time)},
                std::int64_t{to_ns(amplitude.window_from)},
                std::int64_t{to_ns(amplitude.window_to)},
                amplitude.snr,
                to_string(amplitude.use))
      .run();
}

Result<void> MagnitudeWriter::write_uncounted(std::int64_t version_key,
                                              const std::vector<Amplitude>& amplitudes,
                                              Keys& keys) {
  Result<void> done;
  for (std::size_t i = 0; done && i < amplitudes.size(); ++i) {
    const Amplitude& amplitude = amplitudes[i];
    const Result<std::int64_t> channel = keys.channel(amplitude.channel);
    if (!channel) {
      return tl::unexpected(channel.error());
    }
    done = insert_uncounted_
               .bind_all(version_key,
                         static_cast<std::int64_t>(i),
                         *channel,
                         amplitude.value_nm,
                         amplitude.period_s,
                         std::int64_t{to_ns(amplitude.time)},
                         std::int64_t{to_ns(amplitude.window_from)},
                         std::int64_t{to_ns(amplitude.window_to)},
                         amplitude.snr,
                         to_string(amplitude.use))
               .run();
  }
  return done;
}

}  // namespace geod::storage
