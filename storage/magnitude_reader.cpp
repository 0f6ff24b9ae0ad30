#include "storage/magnitude_reader.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "storage/event_words.hpp"

namespace geod::storage {

Result<MagnitudeReader> MagnitudeReader::make(Database& database) {
  MagnitudeReader reader;
  reader.file_ = database.file();
  const std::array<std::pair<Statement*, std::string_view>, 4> statements{{
      {&reader.find_magnitudes_,
       "SELECT magnitude_key, type, value, uncertainty, stations FROM magnitudes "
       "WHERE version_key = ? ORDER BY rank"},
      {&reader.find_contributions_,
       "SELECT station_magnitude_key, instrument_key, value, residual, weight, pick_id "
       "FROM station_magnitudes WHERE magnitude_key = ? ORDER BY station_magnitude_key"},
      {&reader.find_amplitudes_,
       "SELECT channel_key, value_nm, period_s, time_ns, window_from_ns, window_to_ns, snr, use "
       "FROM amplitudes WHERE station_magnitude_key = ? ORDER BY amplitude_key"},
      {&reader.find_uncounted_,
       "SELECT channel_key, value_nm, period_s, time_ns, window_from_ns, window_to_ns, snr, use "
       "FROM uncounted_amplitudes WHERE version_key = ? ORDER BY number"},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  return reader;
}

Result<std::vector<Magnitude>> MagnitudeReader::magnitudes(std::int64_t version_key,
                                                           bool with_contributions,
                                                           Names& names) {
  Statement& row = find_magnitudes_;
  std::vector<Magnitude> magnitudes;
  row.bind_all(version_key);
  Result<bool> more = row.step();
  Result<void> read;
  for (; read && more && *more; more = row.step()) {
    const auto type = enum_of(row.text(1), MagnitudeType::kMdl, file_);
    if (!type) {
      read = tl::unexpected(type.error());
      break;
    }
    Magnitude magnitude{*type, row.real(2), row.real(3), static_cast<int>(row.integer(4)), {}};
    if (with_contributions) {
      auto parts = contributions(row.integer(0), *type, names);
      if (!parts) {
        read = tl::unexpected(parts.error());
        break;
      }
      magnitude.contributions = std::move(*parts);
    }
    magnitudes.push_back(std::move(magnitude));
  }
  row.reset();
  if (!read || !more) {
    return tl::unexpected(read ? more.error() : read.error());
  }
  return magnitudes;
}

Result<std::vector<StationMagnitude>> MagnitudeReader::contributions(std::int64_t magnitude_key,
                                                                     MagnitudeType type,
                                                                     Names& names) {
  Statement& row = find_contributions_;
  std::vector<StationMagnitude> parts;
  row.bind_all(magnitude_key);
  Result<bool> more = row.step();
  Result<void> read;
  for (; more && *more; more = row.step()) {
    const Result<const InstrumentId*> instrument = names.instrument(row.integer(1));
    find_amplitudes_.bind_all(row.integer(0));
    auto parts_of = amplitudes(find_amplitudes_, names);
    if (!instrument || !parts_of) {
      read = tl::unexpected(instrument ? parts_of.error() : instrument.error());
      break;
    }
    parts.push_back({type,
                     **instrument,
                     row.real(2),
                     row.real(3),
                     row.real(4),
                     std::move(*parts_of),
                     row.is_null(5)
                         ? std::string{}
                         : fmt::format("{:016x}", static_cast<std::uint64_t>(row.integer(5)))});
  }
  row.reset();
  if (!read || !more) {
    return tl::unexpected(read ? more.error() : read.error());
  }
  return parts;
}

Result<std::vector<Amplitude>> MagnitudeReader::uncounted(std::int64_t version_key, Names& names) {
  find_uncounted_.bind_all(version_key);
  return amplitudes(find_uncounted_, names);
}

Result<std::vector<Amplitude>> MagnitudeReader::amplitudes(Statement& row, Names& names) {
  std::vector<Amplitude> amplitudes;
  Result<bool> more = row.step();
  Result<void> read;
  for (; more && *more; more = row.step()) {
    const Result<const SourceId*> channel = names.channel(row.integer(0));
    const auto use = enum_of(row.text(7), AmplitudeUse::kOutlier, file_);
    if (!channel || !use) {
      read = tl::unexpected(channel ? use.error() : channel.error());
      break;
    }
    amplitudes.push_back({**channel,
                          row.real(1),
                          row.real(2),
                          time_from_ns(row.integer(3)),
                          time_from_ns(row.integer(4)),
                          time_from_ns(row.integer(5)),
                          row.real(6),
                          *use});
  }
  row.reset();
  if (!read || !more) {
    return tl::unexpected(read ? more.error() : read.error());
  }
  return amplitudes;
}

}  // namespace geod::storage
