#include "trainer/catalog_files.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "streams/mseed_writer.hpp"

namespace geod::trainer {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kRecordBytes = 4096;

/// A field of a CSV table, in quotes where it needs them.
std::string field(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "\"";
  for (const char each : text) {
    quoted += each == '"' ? std::string("\"\"") : std::string(1, each);
  }
  return quoted + '"';
}

std::string number(std::optional<double> value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : std::string{};
}

bool is_int32(double value) {
  return std::nearbyint(value) == value &&
         std::abs(value) <= std::numeric_limits<std::int32_t>::max();
}

/// Integers as they are, everything else in single precision.
Result<std::vector<std::byte>> records_of(const SourceId& channel, const Waveform& piece) {
  streams::RecordHeader header;
  header.source_id = channel;
  header.start = piece.start;
  header.rate = piece.rate;
  streams::Mseed2Layout layout;
  layout.record_bytes = kRecordBytes;
  if (!std::all_of(piece.samples.begin(), piece.samples.end(), is_int32)) {
    header.encoding = streams::Encoding::kFloat32;
    std::vector<float> samples;
    for (const double sample : piece.samples) {
      samples.push_back(static_cast<float>(sample));
    }
    return streams::write_mseed2(header, streams::Samples(std::move(samples)), layout);
  }
  std::vector<std::int32_t> samples;
  for (const double sample : piece.samples) {
    samples.push_back(static_cast<std::int32_t>(sample));
  }
  header.encoding = streams::Encoding::kSteim2;
  auto packed = streams::write_mseed2(header, streams::Samples(samples), layout);
  if (packed || packed.error().code != Errc::kUnsupported) {
    return packed;
  }
  header.encoding = streams::Encoding::kInt32;  // steps too large for Steim-2
  return streams::write_mseed2(header, streams::Samples(std::move(samples)), layout);
}

Result<void> append(const StationRecords& records, const fs::path& folder) {
  for (const StationRecords::Channel& channel : records.channels) {
    const fs::path path = folder / (channel.id.seed_id() + ".mseed");
    std::ofstream file(path, std::ios::binary | std::ios::app);
    for (const Waveform& piece : channel.pieces) {
      const auto bytes = records_of(channel.id, piece);
      if (!bytes) {
        return fail_with(bytes.error(), channel.id.seed_id());
      }
      file.write(reinterpret_cast<const char*>(bytes->data()),
                 static_cast<std::streamsize>(bytes->size()));
    }
    file.flush();
    if (!file) {
      return fail(Errc::kIo, "{}: cannot be written", path.string());
    }
  }
  return {};
}

std::string span_row(const StationId& station, const char* phase, const TimeSpan& span) {
  return fmt::format("{},{}{}{},{},{}\n",
                     field(station.network),
                     field(station.station),
                     *phase == '\0' ? "" : ",",
                     phase,
                     to_iso(span.from),
                     to_iso(span.to));
}

}  // namespace

bool StationRecords::holds(Time time) const {
  return std::any_of(channels.begin(), channels.end(), [time](const Channel& channel) {
    return channel.id.subsource == "Z" &&
           std::any_of(channel.pieces.begin(), channel.pieces.end(), [time](const Waveform& piece) {
             return piece.start <= time && time < piece.end();
           });
  });
}

CatalogFiles::CatalogFiles(fs::path folder)
    : folder_(std::move(folder)),
      partial_(folder_.string() + ".partial"),
      labels_(
          "network,station,phase,time,event,fold,polarity,magnitude,distance_km,"
          "back_azimuth_deg\n"),
      uncertain_("network,station,phase,time\n"),
      masks_("network,station,phase,start,end\n"),
      event_noise_("network,station,start,end\n"),
      noise_("network,station,start,end\n") {}

Result<CatalogFiles> CatalogFiles::create(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder, error)) {
    return fail(Errc::kIo, "{}: is there already", folder.string());
  }
  CatalogFiles files(folder);
  fs::remove_all(files.partial_, error);  // of a process that was killed
  fs::create_directories(files.partial_ / "events", error);
  if (!error) {
    fs::create_directories(files.partial_ / "noise", error);
  }
  if (error) {
    return fail(Errc::kIo, "{}: {}", files.partial_.string(), error.message());
  }
  return files;
}

Result<void> CatalogFiles::add_event_records(const StationRecords& records) {
  return append(records, partial_ / "events");
}

Result<void> CatalogFiles::add_noise_records(const StationRecords& records, const TimeSpan& span) {
  noise_ += span_row(records.station, "", span);
  ++noise_records_;
  return append(records, partial_ / "noise");
}

void CatalogFiles::add_label(const CatalogLabel& label, const std::string& group, int fold) {
  labels_ += fmt::format("{},{},{},{},{},{},{},{},{},{}\n",
                         field(label.station.network),
                         field(label.station.station),
                         to_string(label.phase),
                         to_iso(label.time),
                         field(group),
                         fold,
                         label.polarity,
                         number(label.magnitude, 2),
                         number(label.distance_km, 3),
                         number(label.back_azimuth_deg, 2));
}

void CatalogFiles::add_doubtful(const DoubtfulPick& pick) {
  uncertain_ += fmt::format("{},{},{},{}\n",
                            field(pick.station.network),
                            field(pick.station.station),
                            to_string(pick.phase),
                            to_iso(pick.time));
}

void CatalogFiles::add_mask(const StationId& station, Phase phase, const TimeSpan& span) {
  masks_ += span_row(station, phase == Phase::kP ? "P" : "S", span);
}

void CatalogFiles::add_event_noise(const StationId& station, const TimeSpan& span) {
  event_noise_ += span_row(station, "", span);
}

Result<void> CatalogFiles::write(const std::string& name, const std::string& text) const {
  std::ofstream file(partial_ / name);
  file << text << std::flush;
  return file ? Result<void>{}
              : fail(Errc::kIo, "{}: cannot be written", (partial_ / name).string());
}

Result<void> CatalogFiles::finish(const std::string& labels_by) {
  nlohmann::json folders = nlohmann::json::array();
  folders.push_back({{"name", "events"},
                     {"path", "events"},
                     {"kind", "windows"},
                     {"format", "mseed"},
                     {"labels", "labels.csv"},
                     {"uncertain", "uncertain.csv"},
                     {"masks", "masks.csv"},
                     {"noise", "noise.csv"},
                     {"labels_by", labels_by}});
  if (noise_records_ > 0) {
    folders.push_back({{"name", "noise"},
                       {"path", "noise"},
                       {"kind", "continuous"},
                       {"format", "mseed"},
                       {"noise", "noise.csv"},
                       {"labels_by", "spans without a pick"}});
  }
  const nlohmann::json description{{"name", "catalogue"}, {"folders", folders}};
  for (const auto& [name, text] :
       {std::pair<const char*, const std::string&>{"events/labels.csv", labels_},
        {"events/uncertain.csv", uncertain_},
        {"events/masks.csv", masks_},
        {"events/noise.csv", event_noise_},
        {"noise/noise.csv", noise_}}) {
    if (auto written = write(name, text); !written) {
      return written;
    }
  }
  if (auto written = write("dataset.json", description.dump(1) + "\n"); !written) {
    return written;
  }
  std::error_code error;
  fs::rename(partial_, folder_, error);
  return error ? fail(Errc::kIo, "{}: {}", folder_.string(), error.message()) : Result<void>{};
}

}  // namespace geod::trainer
