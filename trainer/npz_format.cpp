#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "models/zip_archive.hpp"
#include "trainer/npy.hpp"
#include "trainer/resample.hpp"
#include "trainer/stored_formats.hpp"
#include "trainer/trace_collector.hpp"

namespace geod::trainer {
namespace {

/// Windows of NCEDC: 90 s at 100 Hz, E N Z.
constexpr double kTraceRateHz = 100.0;
constexpr std::uint64_t kMaxEntryBytes = 256ULL << 20U;

Result<NpyArray> read_array(const models::ZipArchive& archive, const std::string& name) {
  const auto bytes = archive.read(name + ".npy", kMaxEntryBytes);
  if (!bytes) {
    return tl::unexpected(bytes.error());
  }
  auto array = decode_npy(*bytes);
  if (!array) {
    return fail(
        array.error().code, "{}: {}: {}", archive.path().string(), name, array.error().what);
  }
  return array;
}

/// [C = 3, T] Z N E of an array `data` [T, 3] in the order E N Z.
Result<std::vector<std::vector<double>>> read_components(const models::ZipArchive& archive) {
  const auto data = read_array(archive, "data");
  if (!data) {
    return tl::unexpected(data.error());
  }
  if (data->shape.size() != 2 || data->shape[1] != 3 || data->shape[0] < 1) {
    return fail(
        Errc::kCorruptRecord, "{}: data must have the shape [samples, 3]", archive.path().string());
  }
  std::vector<std::vector<double>> components(kComponents);
  for (std::size_t i = 0; i < data->values.size(); ++i) {
    components[2 - i % 3].push_back(data->values[i]);
  }
  for (const std::vector<double>& component : components) {
    if (!std::ranges::all_of(component, [](double v) { return std::isfinite(v); })) {
      return fail(Errc::kCorruptRecord,
                  "{}: data holds samples that are no finite numbers",
                  archive.path().string());
    }
  }
  return components;
}

class NpzReader final : public WaveformReader {
 public:
  NpzReader(std::vector<std::filesystem::path> files, double sampling_rate_hz)
      : files_(std::move(files)), rate_hz_(sampling_rate_hz) {}

  Result<std::vector<float>> read(std::size_t index) const override {
    const auto archive = models::ZipArchive::open(files_[index]);
    if (!archive) {
      return tl::unexpected(archive.error());
    }
    const auto components = read_components(*archive);
    if (!components) {
      return tl::unexpected(components.error());
    }
    std::vector<float> out;
    for (const std::vector<double>& component : *components) {
      const std::vector<float> at_rate = resample(component, kTraceRateHz, rate_hz_);
      out.insert(out.end(), at_rate.begin(), at_rate.end());
    }
    return out;
  }

  std::string identity() const override { return names_and_sizes(files_); }

 private:
  std::vector<std::filesystem::path> files_;
  double rate_hz_;
};

/// Adds the picks of the first of `names` that the archive has.
Result<void> add_picks(const models::ZipArchive& archive,
                       Phase phase,
                       std::initializer_list<const char*> names,
                       TraceLabels& labels) {
  for (const char* name : names) {
    if (!archive.entries().contains(std::string(name) + ".npy")) {
      continue;
    }
    const auto picks = read_array(archive, name);
    if (!picks) {
      return tl::unexpected(picks.error());
    }
    for (const double sample : picks->values) {
      labels.arrivals.push_back({phase, sample});
    }
    return {};
  }
  return {};
}

/// YYYYMMDDhhmmss and hundredths, as in the file names; nothing when it is something else.
std::optional<Time> time_of_digits(std::string_view digits) {
  if (digits.size() < 14 ||
      !std::ranges::all_of(digits, [](unsigned char c) { return std::isdigit(c) != 0; })) {
    return std::nullopt;
  }
  const auto part = [&](std::size_t at, std::size_t length) { return digits.substr(at, length); };
  const auto time = parse_iso(fmt::format("{}-{}-{}T{}:{}:{}.{}",
                                          part(0, 4),
                                          part(4, 2),
                                          part(6, 2),
                                          part(8, 2),
                                          part(10, 2),
                                          part(12, 2),
                                          digits.size() > 14 ? part(14, 2) : "0"));
  return time ? std::optional(*time) : std::nullopt;
}

/// Codes, P time and event from "NC_BBG_2012081916175542.npz" and channels "EHE_EHN_EHZ". Without
/// an event id the P time to the minute stands for the earthquake.
void read_names(const std::filesystem::path& file,
                const std::string& channels,
                TraceLabels& labels) {
  const std::string stem = file.stem().string();
  labels.name = stem;
  const std::size_t first = stem.find('_');
  const std::size_t second = first == std::string::npos ? first : stem.find('_', first + 1);
  const std::string network = first == std::string::npos ? "" : stem.substr(0, first);
  const std::string station =
      second == std::string::npos ? stem : stem.substr(first + 1, second - first - 1);
  labels.instrument = instrument_of(network, station, "", channels);
  const auto time =
      second == std::string::npos ? std::nullopt : time_of_digits(stem.substr(second + 1));
  if (time && !labels.arrivals.empty()) {
    labels.start = *time - duration_from_seconds(labels.arrivals.front().sample / kTraceRateHz);
    labels.event = to_iso(*time, 0).substr(0, 16);
  }
}

Result<Recording> read_file(const DatasetFolder& folder,
                            const std::filesystem::path& path,
                            double sampling_rate_hz) {
  const auto archive = models::ZipArchive::open(path);
  if (!archive) {
    return tl::unexpected(archive.error());
  }
  const auto components = read_components(*archive);
  if (!components) {
    return tl::unexpected(components.error());
  }
  TraceLabels labels;
  for (const Result<void>& added : {add_picks(*archive, Phase::kP, {"itp", "p_idx"}, labels),
                                    add_picks(*archive, Phase::kS, {"its", "s_idx"}, labels)}) {
    if (!added) {
      return tl::unexpected(added.error());
    }
  }
  std::string channels;
  if (archive->entries().contains("channels.npy")) {
    const auto array = read_array(*archive, "channels");
    if (!array) {
      return tl::unexpected(array.error());
    }
    channels = array->text;
  }
  read_names(path, channels, labels);
  const auto is_zero = [](const std::vector<double>& component) {
    return std::ranges::all_of(component, [](double v) { return v == 0.0; });
  };
  Recording recording = stored_recording(folder,
                                         labels,
                                         static_cast<std::int64_t>((*components)[0].size()),
                                         kTraceRateHz,
                                         sampling_rate_hz);
  recording.vertical_only = is_zero((*components)[1]) && is_zero((*components)[2]);
  recording.oriented = !recording.vertical_only && channels.find('1') == std::string::npos &&
                       channels.find('2') == std::string::npos;
  return recording;
}

}  // namespace

Result<StoredTraces> load_npz(const DatasetFolder& folder, double sampling_rate_hz) {
  auto files = files_ending(folder.directory / folder.waveforms, ".npz");
  if (files.empty() && folder.waveforms.empty()) {
    files = files_ending(folder.directory / "npz", ".npz");
  }
  StoredTraces out;
  std::vector<std::filesystem::path> used;
  for (const std::filesystem::path& path : files) {
    auto recording = read_file(folder, path, sampling_rate_hz);
    if (!recording) {
      out.first_skip = out.skipped++ == 0 ? recording.error().what : out.first_skip;
      continue;
    }
    recording->stored = used.size();
    used.push_back(path);
    out.recordings.push_back(std::move(*recording));
  }
  if (used.empty()) {
    return fail(Errc::kNotFound,
                "{}: holds no usable .npz window{}{}",
                folder.directory.string(),
                out.skipped == 0 ? "" : "; the first: ",
                out.first_skip);
  }
  const auto store = std::make_shared<const WaveformStore>(
      std::make_unique<NpzReader>(std::move(used), sampling_rate_hz));
  for (Recording& recording : out.recordings) {
    recording.store = store;
  }
  return out;
}

}  // namespace geod::trainer
