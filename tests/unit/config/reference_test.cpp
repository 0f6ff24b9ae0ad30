#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "config/overlay.hpp"
#include "config/quantity.hpp"
#include "config/schema.hpp"
#include "tests/support/loaded_config.hpp"

namespace geod::config {
namespace {

using test::faults_of;
using test::load;

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// YAML in which only the key of `path` is set: nested mappings, one item for "[]" and "{}".
std::string yaml_with(const std::string& path, const std::string& value) {
  std::string yaml;
  std::size_t indent = 0;
  std::size_t start = 0;
  while (true) {
    const std::size_t dot = path.find('.', start);
    std::string name = path.substr(start, dot == std::string::npos ? dot : dot - start);
    const bool in_list = name.ends_with("[]");
    const bool in_table = name.ends_with("{}");
    name.resize(name.size() - (in_list || in_table ? 2 : 0));
    yaml += std::string(indent, ' ') + name + ":";
    if (dot == std::string::npos) {
      return yaml + " " + value + "\n";
    }
    yaml += "\n";
    indent += 2;
    if (in_table) {
      yaml += std::string(indent, ' ') + "CI.CLC:\n";
      indent += 2;
    } else if (in_list) {
      yaml += std::string(indent, ' ') + "-\n";
      indent += 2;
    }
    start = dot + 1;
  }
}

/// Values that must be refused for a key, from its own description.
std::vector<std::string> bad_values(const Scalar& scalar) {
  std::vector<std::string> bad{"{a: 1}", "[1, 2]"};
  switch (scalar.kind) {
    case Kind::kText:
    case Kind::kPath:
      bad.push_back("\"with a \\0 NUL\"");
      bad.push_back(std::string(5000, 'x'));
      break;
    case Kind::kFlag:
      bad.insert(bad.end(), {"yes", "1", "True", "\"\""});
      break;
    case Kind::kInteger:
      bad.insert(bad.end(), {"1.5", "many", "0x10", "99999999999999999999", "1s"});
      bad.push_back(std::to_string(std::stoll(scalar.minimum) - 1));
      bad.push_back(std::to_string(std::stoll(scalar.maximum) + 1));
      break;
    case Kind::kNumber:
      bad.insert(bad.end(), {"much", ".nan", "nan", "inf", "1e999"});
      bad.push_back(std::to_string(std::stod(scalar.minimum) - 0.5));
      bad.push_back(std::to_string(std::stod(scalar.maximum) + 0.5));
      break;
    case Kind::kDuration:
      bad.insert(bad.end(), {"5", "5 s", "5sec", "-1s", "1:30"});
      bad.push_back(format_duration(parse_duration(scalar.maximum).value() + Duration{1}));
      break;
    case Kind::kBytes:
      bad.insert(bad.end(), {"64", "64M", "64 MiB", "-1MiB"});
      bad.push_back(format_bytes(parse_bytes(scalar.minimum).value() - 1));
      bad.push_back(format_bytes(parse_bytes(scalar.maximum).value() + 1));
      break;
    case Kind::kChoice:
      bad.insert(bad.end(), {"nonsense", "\"\"", "AUTO"});
      break;
  }
  return bad;
}

/// The path of a key of yaml_with() as faults write it.
std::string as_reported(std::string path) {
  if (const auto list = path.find("[]"); list != std::string::npos) {
    path.replace(list, 2, "[0]");
  }
  if (const auto table = path.find("{}"); table != std::string::npos) {
    path.replace(table, 2, ".CI.CLC");
  }
  return path;
}

TEST(EveryKey, RefusesEachBadValueAndNamesTheKeyAndItsLine) {
  for (const KeyInfo& key : all_keys()) {
    const std::string reported = as_reported(key.path);
    for (const std::string& value : bad_values(key.scalar)) {
      const std::string yaml = yaml_with(key.path, value);
      const int last_line = static_cast<int>(std::count(yaml.begin(), yaml.end(), '\n'));
      const Loaded loaded = load(yaml);
      const bool found =
          std::any_of(loaded.faults.begin(), loaded.faults.end(), [&](const Fault& fault) {
            return fault.key == reported && fault.line == last_line && fault.what.size() > 10;
          });
      EXPECT_TRUE(found) << yaml << "reported:\n" << faults_of(loaded);
    }
  }
}

TEST(EveryKey, ReadsItsOwnBoundsAndDefault) {
  for (const KeyInfo& key : all_keys()) {
    for (const std::string& value : {key.default_value, key.scalar.minimum, key.scalar.maximum}) {
      if (value.empty() || key.scalar.required) {
        continue;
      }
      const Loaded loaded = load(yaml_with(key.path, value));
      for (const Fault& fault : loaded.faults) {
        const bool refused = fault.key == as_reported(key.path) &&
                             (fault.what.find("out of range") != std::string::npos ||
                              fault.what.find("is not") != std::string::npos);
        EXPECT_FALSE(refused) << fault.to_string();
      }
    }
  }
}

TEST(EveryKey, HasAMeaningAndItsOwnEnvironmentName) {
  std::set<std::string> names;
  for (const KeyInfo& key : all_keys()) {
    EXPECT_GT(key.meaning.size(), 10U) << key.path;
    EXPECT_TRUE(names.insert(environment_name(key.path)).second) << key.path;
  }
  EXPECT_GT(names.size(), 40U);
}

TEST(Reference, LoadsToTheDefaults) {
  const Loaded loaded = load(reference_yaml());
  EXPECT_EQ(faults_of(loaded), "");
  EXPECT_EQ(to_yaml(loaded.config), to_yaml(Config{}));
}

TEST(Reference, NamesEveryKeyWithItsMeaning) {
  std::string reference = reference_yaml();
  for (std::size_t i = 0; i < reference.size(); ++i) {  // undo the wrapping of comments
    if (reference[i] == '\n') {
      const std::size_t next = reference.find_first_not_of(' ', i + 1);
      if (next != std::string::npos && reference[next] == '#') {
        const std::size_t word = reference.find_first_not_of("# ", next);
        reference.replace(i, word - i, " ");
      }
    }
  }
  for (const KeyInfo& key : all_keys()) {
    const std::string name = key.path.substr(key.path.rfind('.') + 1);
    EXPECT_NE(reference.find(name + ":"), std::string::npos) << key.path;
    EXPECT_NE(reference.find(key.meaning), std::string::npos) << key.path << ": " << key.meaning;
  }
}

TEST(Reference, IsWhatTheDocumentationPrints) {
  const std::string page = read(std::filesystem::path(GEOD_SOURCE_DIR) / "docs/configuration.md");
  EXPECT_NE(page.find("```yaml\n" + reference_yaml() + "```\n"), std::string::npos)
      << "paste the output of `geod print-config` into docs/configuration.md";
}

/// Every configuration that ships or that a script or test of ours uses.
TEST(Repository, EveryConfigurationLoads) {
  int loaded_files = 0;
  const std::filesystem::path root = GEOD_SOURCE_DIR;
  for (const char* folder : {"config", "docs", "scripts", "systemd", "tests", "bench"}) {
    if (!std::filesystem::exists(root / folder)) {
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (entry.is_regular_file() && (extension == ".yaml" || extension == ".yml")) {
        EXPECT_EQ(faults_of(load(read(entry.path()))), "") << entry.path();
        ++loaded_files;
      }
    }
  }
  EXPECT_GE(loaded_files, 1);
}

}  // namespace
}  // namespace geod::config
