#include "trainer/dataset_description.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>

namespace geod::trainer {
namespace {

using nlohmann::json;

/// Reads typed members of one JSON object and reports unknown ones.
class ObjectReader {
 public:
  ObjectReader(const json& object, std::string where) : object_(object), where_(std::move(where)) {}

  Result<void> text(const char* key, std::string& out) {
    known_.emplace_back(key);
    if (!object_.contains(key)) {
      return {};
    }
    if (!object_[key].is_string()) {
      return fail(Errc::kConfig, "{}: {} must be a text", where_, key);
    }
    out = object_[key].get<std::string>();
    return {};
  }

  Result<void> time(const char* key, std::optional<Time>& out) {
    std::string value;
    if (auto read = text(key, value); !read) {
      return read;
    }
    if (!value.empty()) {
      const auto parsed = parse_iso(value);
      if (!parsed) {
        return fail(Errc::kConfig, "{}: {}: {}", where_, key, parsed.error().what);
      }
      out = *parsed;
    }
    return {};
  }

  Result<const json*> array(const char* key, bool required) {
    known_.emplace_back(key);
    if (!object_.contains(key) && !required) {
      return nullptr;
    }
    if (!object_.contains(key) || !object_[key].is_array()) {
      return fail(Errc::kConfig, "{}: {} must be a list", where_, key);
    }
    return &object_[key];
  }

  Result<void> no_other_keys() const {
    for (const auto& [key, value] : object_.items()) {
      if (std::ranges::find(known_, key) == known_.end()) {
        return fail(Errc::kConfig, "{}: unknown key {}", where_, key);
      }
    }
    return {};
  }

  const std::string& where() const { return where_; }

 private:
  const json& object_;
  std::string where_;
  std::vector<std::string> known_;
};

/// Sets the format that is named, or that of geod's tables where one is, or what the files look
/// like. Keys that a format has no use for are refused.
Result<void> set_format(DatasetFolder& folder,
                        const std::string& format,
                        const std::string& kind,
                        const std::string& where) {
  if (!format.empty()) {
    const auto parsed = parse_data_format(format);
    if (!parsed) {
      return fail_with(parsed.error(), where);
    }
    folder.format = *parsed;
  } else if (folder.labels.empty()) {
    folder.format = detect_format(folder.directory).value_or(DataFormat::kMseed);
  }
  const bool own = folder.format == DataFormat::kMseed;
  if (!folder.labels.empty() && !own) {
    return fail(Errc::kConfig, "{}: format {} has its own labels", where, to_string(folder.format));
  }
  const bool stored = !own && folder.format != DataFormat::kQuakeml;
  if (stored && !kind.empty() && kind != "windows") {
    return fail(
        Errc::kConfig, "{}: recordings of format {} are windows", where, to_string(folder.format));
  }
  if (stored) {
    folder.kind = RecordingKind::kWindow;
  }
  return {};
}

Result<DatasetFolder> read_folder(const json& object,
                                  const std::filesystem::path& base,
                                  const std::string& where) {
  if (!object.is_object()) {
    return fail(Errc::kConfig, "{} must be an object", where);
  }
  ObjectReader reader(object, where);
  DatasetFolder folder;
  std::string path;
  std::string kind;
  std::string format;
  const std::pair<const char*, std::string*> members[] = {{"name", &folder.name},
                                                          {"path", &path},
                                                          {"kind", &kind},
                                                          {"format", &format},
                                                          {"metadata", &folder.metadata},
                                                          {"waveforms", &folder.waveforms},
                                                          {"labels", &folder.labels},
                                                          {"uncertain", &folder.uncertain},
                                                          {"masks", &folder.masks},
                                                          {"noise", &folder.noise},
                                                          {"records", &folder.records},
                                                          {"events", &folder.events},
                                                          {"stations", &folder.stations},
                                                          {"labels_by", &folder.labels_by},
                                                          {"licence", &folder.licence},
                                                          {"attribution", &folder.attribution}};
  for (const auto& [key, target] : members) {
    if (auto read = reader.text(key, *target); !read) {
      return tl::unexpected(read.error());
    }
  }
  if (auto checked = reader.no_other_keys(); !checked) {
    return tl::unexpected(checked.error());
  }
  if (path.empty()) {
    return fail(Errc::kConfig, "{}: path is missing", where);
  }
  if (!kind.empty() && kind != "windows" && kind != "continuous") {
    return fail(Errc::kConfig, "{}: kind must be windows or continuous, not {}", where, kind);
  }
  folder.kind = kind == "windows" ? RecordingKind::kWindow : RecordingKind::kContinuous;
  folder.directory = base / path;
  if (folder.name.empty()) {
    folder.name = std::filesystem::path(path).filename().string();
  }
  if (auto checked = set_format(folder, format, kind, where); !checked) {
    return tl::unexpected(checked.error());
  }
  return folder;
}

Result<Exclusion> read_exclusion(const json& object, const std::string& where) {
  if (!object.is_object()) {
    return fail(Errc::kConfig, "{} must be an object", where);
  }
  ObjectReader reader(object, where);
  Exclusion exclusion;
  const auto stations = reader.array("stations", false);
  if (!stations) {
    return tl::unexpected(stations.error());
  }
  if (*stations != nullptr) {
    for (const json& station : **stations) {
      if (!station.is_string()) {
        return fail(Errc::kConfig, "{}: stations must be texts like NET.STA", where);
      }
      exclusion.stations.push_back(station.get<std::string>());
    }
  }
  for (const Result<void>& read : {reader.time("from", exclusion.from),
                                   reader.time("to", exclusion.to),
                                   reader.text("reason", exclusion.reason),
                                   reader.no_other_keys()}) {
    if (!read) {
      return tl::unexpected(read.error());
    }
  }
  if (exclusion.stations.empty() && !exclusion.from && !exclusion.to) {
    return fail(Errc::kConfig, "{}: needs stations, from or to", where);
  }
  return exclusion;
}

Result<DatasetDescription> read_description(const json& root, const std::filesystem::path& file) {
  const std::string where = file.string();
  if (!root.is_object()) {
    return fail(Errc::kConfig, "{}: must be a JSON object", where);
  }
  DatasetDescription description;
  description.file = file;
  ObjectReader reader(root, where);
  if (auto read = reader.text("name", description.name); !read) {
    return tl::unexpected(read.error());
  }
  const auto folders = reader.array("folders", true);
  if (!folders) {
    return tl::unexpected(folders.error());
  }
  const auto exclusions = reader.array("exclude", false);
  if (!exclusions) {
    return tl::unexpected(exclusions.error());
  }
  if (auto checked = reader.no_other_keys(); !checked) {
    return tl::unexpected(checked.error());
  }
  for (std::size_t i = 0; i < (*folders)->size(); ++i) {
    auto folder =
        read_folder((**folders)[i], file.parent_path(), fmt::format("{}: folders[{}]", where, i));
    if (!folder) {
      return tl::unexpected(folder.error());
    }
    description.folders.push_back(std::move(*folder));
  }
  for (std::size_t i = 0; *exclusions != nullptr && i < (*exclusions)->size(); ++i) {
    auto exclusion = read_exclusion((**exclusions)[i], fmt::format("{}: exclude[{}]", where, i));
    if (!exclusion) {
      return tl::unexpected(exclusion.error());
    }
    description.exclusions.push_back(std::move(*exclusion));
  }
  return description;
}

/// A folder without a description: with tables of the usual names, or of another format.
Result<DatasetDescription> plain_folder(const std::filesystem::path& directory) {
  const auto format = detect_format(directory);
  if (!format) {
    return fail(Errc::kNotFound,
                "{}: holds neither dataset.json nor labels.csv (network, station, phase, time), "
                "QuakeML, NCEDC .npz, or the tables of STEAD, DiTing or SeisBench",
                directory.string());
  }
  DatasetFolder folder;
  folder.directory = directory;
  folder.name = directory.filename().string();
  folder.format = *format;
  if (*format != DataFormat::kMseed && *format != DataFormat::kQuakeml) {
    folder.kind = RecordingKind::kWindow;
  }
  const auto use_if_there = [&](const char* name, std::string& target) {
    if (std::filesystem::exists(directory / name)) {
      target = name;
    }
  };
  if (*format == DataFormat::kMseed) {
    folder.labels = "labels.csv";
    use_if_there("uncertain.csv", folder.uncertain);
    use_if_there("masks.csv", folder.masks);
    use_if_there("noise.csv", folder.noise);
    use_if_there("records.csv", folder.records);
    use_if_there("events.csv", folder.events);
    use_if_there("stations.csv", folder.stations);
  }
  return DatasetDescription{folder.name, directory, {folder}, {}};
}

}  // namespace

Result<DatasetDescription> load_dataset_description(const std::filesystem::path& path) {
  std::filesystem::path file = path;
  if (std::filesystem::is_directory(path)) {
    file = path / "dataset.json";
    if (!std::filesystem::exists(file)) {
      return plain_folder(path);
    }
  }
  std::ifstream stream(file);
  if (!stream) {
    return fail(Errc::kNotFound, "{}: data set description cannot be opened", file.string());
  }
  const json root = json::parse(stream, nullptr, false);
  if (root.is_discarded()) {
    return fail(Errc::kConfig, "{}: not valid JSON", file.string());
  }
  return read_description(root, file);
}

std::string description_to_json(const DatasetDescription& description) {
  json folders = json::array();
  for (const DatasetFolder& folder : description.folders) {
    folders.push_back({{"name", folder.name},
                       {"format", to_string(folder.format)},
                       {"kind", folder.kind == RecordingKind::kWindow ? "windows" : "continuous"},
                       {"labels_by", folder.labels_by},
                       {"licence", folder.licence},
                       {"attribution", folder.attribution}});
  }
  json exclusions = json::array();
  for (const Exclusion& exclusion : description.exclusions) {
    json entry = {{"reason", exclusion.reason}};
    if (!exclusion.stations.empty()) {
      entry["stations"] = exclusion.stations;
    }
    if (exclusion.from) {
      entry["from"] = to_iso(*exclusion.from, 0);
    }
    if (exclusion.to) {
      entry["to"] = to_iso(*exclusion.to, 0);
    }
    exclusions.push_back(entry);
  }
  return json{{"name", description.name}, {"folders", folders}, {"exclude", exclusions}}.dump();
}

}  // namespace geod::trainer
