#include "trainer/openfwi_files.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "models/file_io.hpp"
#include "trainer/openfwi_sets.hpp"

namespace geod::trainer {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxListBytes = 16ULL << 20U;
constexpr const char* kExpected =
    "data/data1.npy with model/model1.npy, or seis2_1_0.npy with vel2_1_0.npy, and so on";

/// "seis2_1_0.npy" of stem "seis" as {2, 1, 0}; "data12.npy" of stem "data" as {12}. Nothing for
/// another name.
using Numbers = std::vector<std::int64_t>;
std::optional<Numbers> numbers_of(std::string_view name, std::string_view stem) {
  constexpr std::string_view kEnding = ".npy";
  if (!name.starts_with(stem) || !name.ends_with(kEnding) ||
      name.size() < stem.size() + kEnding.size()) {
    return std::nullopt;
  }
  std::string_view rest = name.substr(stem.size(), name.size() - stem.size() - kEnding.size());
  Numbers numbers;
  for (;;) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc{} || number < 0) {
      return std::nullopt;
    }
    numbers.push_back(number);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (rest.empty()) {
      return numbers;
    }
    if (rest.front() != '_') {
      return std::nullopt;
    }
    rest.remove_prefix(1);
  }
}

/// How a layout names shots and velocities.
struct Layout {
  std::string_view shots_folder;
  std::string_view velocities_folder;
  std::string_view shots_stem;
  std::string_view velocities_stem;
  std::size_t numbers;  ///< in a name
};
constexpr std::array<Layout, 3> kLayouts{{{"data", "model", "data", "model", 1},
                                          {"", "", "data", "model", 1},
                                          {"", "", "seis", "vel", 3}}};

/// Files of a folder by their numbers.
Result<std::map<Numbers, fs::path>> numbered_files(const fs::path& folder,
                                                   std::string_view stem,
                                                   std::size_t numbers) {
  std::map<Numbers, fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    const auto each = numbers_of(name, stem);
    if (each && each->size() == numbers && !found.emplace(*each, at->path()).second) {
      return fail(Errc::kConfig, "{} and {} have the same numbers", found.at(*each).string(), name);
    }
  }
  return found;
}

Result<std::vector<OpenFwiShard>> shards_of_layout(const fs::path& folder, const Layout& layout) {
  const fs::path here = folder / layout.shots_folder;
  const fs::path there = folder / layout.velocities_folder;
  const auto shots = numbered_files(here, layout.shots_stem, layout.numbers);
  const auto velocities = numbered_files(there, layout.velocities_stem, layout.numbers);
  if (!shots || !velocities) {
    return tl::unexpected(shots ? velocities.error() : shots.error());
  }
  std::vector<OpenFwiShard> shards;
  for (const auto& [numbers, path] : *shots) {
    const auto partner = velocities->find(numbers);
    if (partner == velocities->end()) {
      return fail(Errc::kNotFound,
                  "{}: its velocities are not in {}; they are named {}*.npy with the same number",
                  path.string(),
                  there.string(),
                  layout.velocities_stem);
    }
    shards.push_back({path, partner->second, numbers.size() > 1 ? numbers.front() : 0, {}});
  }
  for (const auto& [numbers, path] : *velocities) {
    if (!shots->contains(numbers)) {
      return fail(Errc::kNotFound,
                  "{}: its shots are not in {}; they are named {}*.npy with the same number",
                  path.string(),
                  here.string(),
                  layout.shots_stem);
    }
  }
  return shards;
}

/// The published split, where the set has the published number of shards (of each count of
/// layers).
void take_published_parts(std::vector<OpenFwiShard>& shards) {
  std::map<std::int64_t, std::vector<OpenFwiShard*>> groups;
  for (OpenFwiShard& shard : shards) {
    groups[shard.layers].push_back(&shard);
  }
  for (auto& [layers, group] : groups) {
    const auto count = static_cast<std::int64_t>(group.size());
    const std::int64_t held =
        layers > 0 ? published_validation_shards(OpenFwiFamily::kFault, count)
                   : std::max(published_validation_shards(OpenFwiFamily::kVel, count),
                              published_validation_shards(OpenFwiFamily::kStyle, count));
    for (std::int64_t i = 0; held > 0 && i < count; ++i) {
      group[static_cast<std::size_t>(i)]->part =
          i < count - held ? InversionPart::kTraining : InversionPart::kValidation;
    }
  }
}

/// The file a list names: as it stands, or by its last parts under the folder; lists of others hold
/// paths of their machine.
std::optional<fs::path> resolved_path(const fs::path& folder, std::string_view text) {
  const fs::path named(text);
  std::error_code error;
  if (fs::is_regular_file(named.is_absolute() ? named : folder / named, error)) {
    return named.is_absolute() ? named : folder / named;
  }
  const std::vector<fs::path> parts(named.begin(), named.end());
  for (std::size_t first = 0; first < parts.size(); ++first) {
    fs::path tail;
    for (std::size_t i = first; i < parts.size(); ++i) {
      tail /= parts[i];
    }
    if (tail.is_relative() && fs::is_regular_file(folder / tail, error)) {
      return folder / tail;
    }
  }
  return std::nullopt;
}

/// Shards of a list. The last line need not end in a newline.
Result<void> read_list(const fs::path& folder,
                       const fs::path& list,
                       InversionPart part,
                       std::vector<OpenFwiShard>& shards) {
  const auto text = models::read_text_file(list, kMaxListBytes);
  if (!text) {
    return tl::unexpected(text.error());
  }
  std::string_view rest = *text;
  for (int line_number = 1; !rest.empty(); ++line_number) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.empty()) {
      continue;
    }
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos) {
      return fail(
          Errc::kConfig,
          "{}, line {}: no tab and no velocities behind the shots; unlabelled shards cannot "
          "be trained on",
          list.string(),
          line_number);
    }
    OpenFwiShard shard;
    shard.part = part;
    for (const auto& [name, into] : {std::pair{line.substr(0, tab), &shard.shots},
                                     std::pair{line.substr(tab + 1), &shard.velocities}}) {
      auto found = resolved_path(folder, name);
      if (!found) {
        return fail(Errc::kNotFound,
                    "{}, line {}: {} is neither there nor, by its last parts, under {}",
                    list.string(),
                    line_number,
                    name,
                    folder.string());
      }
      *into = std::move(*found);
    }
    const auto numbers = numbers_of(shard.shots.filename().string(), "seis");
    shard.layers = numbers && numbers->size() > 1 ? numbers->front() : 0;
    shards.push_back(std::move(shard));
  }
  return {};
}

/// The one file of the folder whose name ends so; nothing without one.
Result<std::optional<fs::path>> list_named(const fs::path& folder, std::string_view ending) {
  std::optional<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (!at->path().filename().string().ends_with(ending)) {
      continue;
    }
    if (found) {
      return fail(Errc::kConfig,
                  "{}: {} and {}: one list may end in {}",
                  folder.string(),
                  found->filename().string(),
                  at->path().filename().string(),
                  ending);
    }
    found = at->path();
  }
  return found;
}

}  // namespace

Result<std::vector<OpenFwiShard>> find_openfwi_shards(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return fail(Errc::kNotFound, "{}: no such folder", folder.string());
  }
  const auto training = list_named(folder, "train.txt");
  const auto validation = list_named(folder, "val.txt");
  if (!training || !validation) {
    return tl::unexpected(training ? validation.error() : training.error());
  }
  std::vector<OpenFwiShard> shards;
  if (*training || *validation) {
    for (const auto& [list, part] : {std::pair{*training, InversionPart::kTraining},
                                     std::pair{*validation, InversionPart::kValidation}}) {
      if (!list) {
        continue;
      }
      if (auto read = read_list(folder, *list, part, shards); !read) {
        return tl::unexpected(read.error());
      }
    }
    if (shards.empty()) {
      return fail(Errc::kNotFound, "{}: its lists name no shard", folder.string());
    }
    return shards;
  }
  for (const Layout& layout : kLayouts) {
    auto found = shards_of_layout(folder, layout);
    if (!found) {
      return found;
    }
    std::ranges::move(*found, std::back_inserter(shards));
  }
  if (shards.empty()) {
    return fail(Errc::kNotFound, "{}: no shards; expected are {}", folder.string(), kExpected);
  }
  take_published_parts(shards);
  return shards;
}

}  // namespace geod::trainer
