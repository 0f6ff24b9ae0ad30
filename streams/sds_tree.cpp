#include "streams/sds_tree.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <memory>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "streams/mseed_reader.hpp"

namespace geod::streams {
namespace {

/// Records of other archives may reach over midnight by so much.
constexpr Duration kOverMidnight = std::chrono::hours{1};
constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2261;

struct DayOfYear {
  int year;
  int day;
};

DayOfYear day_of_year(Day day) {
  const std::chrono::year year = std::chrono::year_month_day{day}.year();
  return {static_cast<int>(year),
          static_cast<int>((day - std::chrono::sys_days{year / 1 / 1}).count()) + 1};
}

std::string seed_channel(const SourceId& id) {
  return id.band + id.source + id.subsource;
}

std::optional<int> whole(std::string_view text) {
  int value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_all = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  return is_all ? std::optional(value) : std::nullopt;
}

}  // namespace

std::filesystem::path sds_path(const SourceId& channel, Day day) {
  const auto [year, of_year] = day_of_year(day);
  const std::string code = seed_channel(channel);
  return std::filesystem::path(fmt::format("{:04}", year)) / channel.network / channel.station /
         (code + ".D") /
         fmt::format("{}.{}.{}.{}.D.{:04}.{:03}",
                     channel.network,
                     channel.station,
                     channel.location,
                     code,
                     year,
                     of_year);
}

std::optional<SdsName> parse_sds_name(const std::string& file_name) {
  std::array<std::string_view, 7> parts;
  std::string_view rest = file_name;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t dot = i + 1 < parts.size() ? rest.find('.') : rest.size();
    if (dot == std::string_view::npos) {
      return std::nullopt;
    }
    parts[i] = rest.substr(0, dot);
    rest = rest.substr(std::min(rest.size(), dot + 1));
  }
  const auto year = whole(parts[5]);
  const auto day = whole(parts[6]);
  if (parts[4] != "D" || !year || *year < kFirstYear || *year > kLastYear || !day || *day < 1 ||
      *day > 366) {
    return std::nullopt;
  }
  const auto id = SourceId::from_seed(parts[0], parts[1], parts[2], parts[3]);
  if (!id) {
    return std::nullopt;
  }
  const std::chrono::sys_days first{std::chrono::year{*year} / 1 / 1};
  return SdsName{*id, first + std::chrono::days{*day - 1}};
}

Result<SharedRecords> SdsTree::records(const SourceId& channel, Time from, Time to) const {
  SharedRecords found;
  const Day last = std::chrono::floor<std::chrono::days>(to);
  for (Day day = std::chrono::floor<std::chrono::days>(from - kOverMidnight); day <= last;
       day += std::chrono::days{1}) {
    auto reader = MseedReader::open(root_ / sds_path(channel, day));
    if (!reader) {
      if (reader.error().code == Errc::kNotFound) {
        continue;
      }
      return tl::unexpected(reader.error());
    }
    while (const auto next = reader->next()) {
      if (!next->has_value()) {
        continue;
      }
      const RecordHeader& header = (*next)->view.header;
      if (header.source_id != channel || header.start >= to || header.end() <= from) {
        continue;
      }
      Record record{header, {}};
      if (decode_samples((*next)->view, record.samples)) {
        found.push_back(std::make_shared<const Record>(std::move(record)));
      }
    }
  }
  return found;
}

Result<std::vector<Waveform>> SdsTree::read(const SourceId& channel, Time from, Time to) const {
  auto found = records(channel, from, to);
  if (!found) {
    return tl::unexpected(found.error());
  }
  return waveforms_of(records_within(std::move(*found), from, to));
}

std::vector<SourceId> SdsTree::channels_of(const StationId& station, Time from, Time to) const {
  std::set<SourceId> found;
  const Day first = std::chrono::floor<std::chrono::days>(from - kOverMidnight);
  const Day last = std::chrono::floor<std::chrono::days>(to);
  for (int year = day_of_year(first).year; year <= day_of_year(last).year; ++year) {
    const auto folder = root_ / fmt::format("{:04}", year) / station.network / station.station;
    std::error_code fault;
    auto entry = std::filesystem::recursive_directory_iterator(folder, fault);
    for (; !fault && entry != std::filesystem::recursive_directory_iterator();
         entry.increment(fault)) {
      const auto name = parse_sds_name(entry->path().filename().string());
      if (name && first <= name->day && name->day <= last &&
          name->channel.station_id() == station) {
        found.insert(name->channel);
      }
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace geod::streams
