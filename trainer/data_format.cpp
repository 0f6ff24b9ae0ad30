#include "trainer/data_format.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "trainer/csv_reader.hpp"
#include "trainer/quakeml.hpp"

namespace geod::trainer {
namespace {

constexpr std::pair<DataFormat, std::string_view> kNames[] = {{DataFormat::kMseed, "mseed"},
                                                              {DataFormat::kQuakeml, "quakeml"},
                                                              {DataFormat::kStead, "stead"},
                                                              {DataFormat::kDiting, "diting"},
                                                              {DataFormat::kSeisbench, "seisbench"},
                                                              {DataFormat::kNpz, "npz"}};

/// By the header of a table: STEAD names receivers, SeisBench what belongs to the trace.
std::optional<DataFormat> format_of_table(const std::filesystem::path& path) {
  if (path.filename().string().starts_with("DiTing330km")) {
    return DataFormat::kDiting;
  }
  const auto reader = CsvReader::open(path);
  if (!reader || !reader->column("trace_name")) {
    return std::nullopt;
  }
  if (reader->column("receiver_code") || reader->column("reciever_code")) {
    return DataFormat::kStead;
  }
  return DataFormat::kSeisbench;
}

}  // namespace

std::string_view to_string(DataFormat format) {
  return std::ranges::find(kNames, format, &std::pair<DataFormat, std::string_view>::first)->second;
}

Result<DataFormat> parse_data_format(std::string_view text) {
  for (const auto& [format, name] : kNames) {
    if (name == text) {
      return format;
    }
  }
  return fail(Errc::kConfig,
              "format must be mseed, quakeml, stead, diting, seisbench or npz, not {}",
              text);
}

std::optional<DataFormat> detect_format(const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::exists(directory / "labels.csv", error)) {
    return DataFormat::kMseed;
  }
  std::set<std::filesystem::path> paths;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    paths.insert(at->path());
  }
  bool npz = false;
  for (const std::filesystem::path& path : paths) {
    if (path.extension() == ".csv") {
      if (const auto format = format_of_table(path)) {
        return format;
      }
    }
    npz = npz || path.extension() == ".npz";
  }
  if (npz || std::filesystem::is_directory(directory / "npz", error)) {
    return DataFormat::kNpz;
  }
  return std::ranges::any_of(paths, is_quakeml) ? std::optional(DataFormat::kQuakeml)
                                                : std::nullopt;
}

}  // namespace geod::trainer
