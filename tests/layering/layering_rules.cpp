#include "tests/layering/layering_rules.hpp"

#include <algorithm>
#include <regex>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace geod::test {
namespace {

/// Who may include whom. A folder may always include itself; the folders of kTools may include all,
/// and nobody may include those.
struct Folder {
  std::string_view name;
  std::vector<std::string_view> may_include;
};
const std::vector<Folder>& folders() {
  static const std::vector<Folder> kFolders{
      {"core", {}},
      {"config", {"core"}},
      {"streams", {"core", "config"}},
      {"models", {"core", "config"}},
      {"adapters", {"core", "config", "models"}},
      {"storage", {"core", "config"}},
      {"catalog", {"core", "config", "storage"}},
      {"service", {"core", "config", "storage", "catalog"}},
      {"trainer", {"core", "config", "streams", "models", "adapters", "storage"}},
      {"daemon",
       {"core",
        "config",
        "streams",
        "models",
        "adapters",
        "storage",
        "catalog",
        "service",
        "trainer"}},
  };
  return kFolders;
}
constexpr std::string_view kTools[] = {"tests", "bench"};

/// A library is included by its owners only; `in_headers` says whether their headers may, too (a
/// library that is slow to compile stays in source files).
struct Library {
  std::string_view name;
  std::regex header;
  std::vector<std::string_view> owners;
  bool in_headers;
};
const std::vector<Library>& libraries() {
  static const std::vector<Library> kLibraries{
      {"yaml-cpp", std::regex("yaml-cpp/.*"), {"config"}, false},
      {"LZ4 and Zstandard", std::regex("(lz4|zstd).*"), {"streams"}, false},
      {"ZeroMQ", std::regex("zmq.*"), {"streams", "service", "daemon"}, true},
      {"Boost.Asio and Boost.Beast", std::regex("boost/.*"), {"service"}, false},
      {"libmseed", std::regex("libmseed.*"), {"streams"}, false},
      {"SQLite", std::regex("sqlite3.*"), {"storage"}, true},
      {"LibTorch", std::regex("(torch|ATen|c10)/.*"), {"models", "adapters", "trainer"}, true},
      {"CUDA", std::regex("cuda.*|cub/.*|thrust/.*"), {"models", "trainer"}, true},
      {"CLI11", std::regex("CLI/.*"), {"daemon"}, false},
      {"nlohmann-json",
       std::regex("nlohmann/json.hpp"),
       {"streams", "models", "adapters", "storage", "catalog", "service", "trainer", "daemon"},
       false},
      {"GeographicLib", std::regex("GeographicLib/.*"), {"catalog", "trainer"}, false},
      {"HDF5", std::regex("hdf5.*|H5.*"), {"streams"}, false},
      {"libpng", std::regex("png.*"), {"streams"}, false},
      {"pugixml", std::regex("pugixml.*"), {"catalog", "trainer"}, false},
      {"systemd", std::regex("systemd/.*"), {"daemon"}, false},
  };
  return kLibraries;
}

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_tool(std::string_view folder) {
  return std::find(std::begin(kTools), std::end(kTools), folder) != std::end(kTools);
}

const Folder* find_folder(std::string_view name) {
  const auto found = std::find_if(
      folders().begin(), folders().end(), [name](const Folder& each) { return each.name == name; });
  return found == folders().end() ? nullptr : &*found;
}

std::string_view first_part(std::string_view path) {
  return path.substr(0, path.find('/'));
}

bool is_header(std::string_view path) {
  return path.ends_with(".hpp") || path.ends_with(".cuh") || path.ends_with(".h");
}

/// The headers of models/ through which the daemon speaks to the networks: all but torch_*.
bool must_be_torch_free(std::string_view path) {
  return path.starts_with("models/") && path.ends_with(".hpp") &&
         !path.starts_with("models/torch_");
}

std::string own_fault(std::string_view path, std::string_view included) {
  const std::string_view from = first_part(path);
  const std::string_view to = first_part(included);
  if (is_tool(to)) {
    return is_tool(from) ? "" : "product code may not include " + std::string(to) + "/";
  }
  if (find_folder(to) == nullptr || to == included) {
    return "not a path from the root of the repository";
  }
  if (is_tool(from)) {
    return "";
  }
  if (from != to && !contains(find_folder(from)->may_include, to)) {
    return fmt::format("no arrow {} -> {}", from, to);
  }
  return must_be_torch_free(path) && included.starts_with("models/torch_")
             ? "only models/torch_* may know LibTorch"
             : "";
}

std::string library_fault(std::string_view path, const std::string& included) {
  const std::string_view from = first_part(path);
  if (is_tool(from)) {
    return "";
  }
  for (const Library& library : libraries()) {
    if (!std::regex_match(included, library.header)) {
      continue;
    }
    if (!contains(library.owners, from)) {
      return fmt::format("{} belongs to {}", library.name, fmt::join(library.owners, ", "));
    }
    if (is_header(path) && !library.in_headers) {
      return fmt::format("{} stays out of headers", library.name);
    }
    if (library.name == "LibTorch" && must_be_torch_free(path)) {
      return "only models/torch_* may know LibTorch";
    }
  }
  return "";
}

}  // namespace

std::vector<Include> includes_of(std::string_view source) {
  static const std::regex kInclude(R"(^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"])",
                                   std::regex::multiline);
  const std::string text(source);
  std::vector<Include> includes;
  for (std::sregex_iterator match(text.begin(), text.end(), kInclude), end; match != end; ++match) {
    includes.push_back({(*match)[2], (*match)[1] == "\""});
  }
  return includes;
}

bool is_torch_header(const std::string& included) {
  return included.starts_with("torch/") || included.starts_with("ATen/") ||
         included.starts_with("c10/");
}

std::vector<std::string> layering_faults(std::string_view path, std::string_view source) {
  std::vector<std::string> faults;
  if (!is_tool(first_part(path)) && find_folder(first_part(path)) == nullptr) {
    faults.push_back(fmt::format("{}: is in a folder without a rule", path));
    return faults;
  }
  for (const Include& include : includes_of(source)) {
    const std::string fault =
        include.is_ours ? own_fault(path, include.path) : library_fault(path, include.path);
    if (!fault.empty()) {
      faults.push_back(fmt::format("{}: includes {}: {}", path, include.path, fault));
    }
  }
  return faults;
}

std::vector<std::string> code_folders() {
  std::vector<std::string> names;
  for (const Folder& folder : folders()) {
    names.emplace_back(folder.name);
  }
  return names;
}

}  // namespace geod::test
