#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/loaded_config.hpp"

namespace geod::config {
namespace {

using test::faults_of;
using test::load;
using ::testing::HasSubstr;

std::string repeated(const std::string& part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) {
    text += part;
  }
  return text;
}

TEST(HostileYaml, SyntaxErrorsHaveALine) {
  const Loaded loaded = load("streams:\n  max_age: 7d\n bad: [1, 2\n");
  ASSERT_EQ(loaded.faults.size(), 1U);
  EXPECT_GT(loaded.faults[0].line, 0);
  EXPECT_THAT(loaded.faults[0].what, HasSubstr("is not valid YAML"));
}

TEST(HostileYaml, DeepNestingIsRefusedBeforeItIsBuilt) {
  const Loaded loaded = load("streams: " + repeated("[", 40) + repeated("]", 40));
  ASSERT_EQ(loaded.faults.size(), 1U);
  EXPECT_THAT(loaded.faults[0].what, HasSubstr("nested deeper than 16 levels"));
  for (const char* part : {"[", "{", "{a: ", "- ", "? ", ": ", "!a ", "&a "}) {
    EXPECT_EQ(load(repeated(part, 20'000)).faults.size(), 1U) << part;
  }
}

TEST(HostileYaml, AliasesAreRefused) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char level = 'b'; level <= 'j'; ++level) {
    const std::string below = std::string("*") + static_cast<char>(level - 1);
    bomb +=
        std::string(1, level) + ": &" + level + " [" + below + "," + below + "," + below + "]\n";
  }
  const Loaded loaded = load(bomb);
  ASSERT_EQ(loaded.faults.size(), 1U) << faults_of(loaded);
  EXPECT_EQ(loaded.faults[0].line, 2);
  EXPECT_THAT(loaded.faults[0].what, HasSubstr("aliases"));
  EXPECT_EQ(load("streams: &self\n  curve: *self\n").faults.size(), 1U);
}

TEST(HostileYaml, BinaryIsRefused) {
  EXPECT_THAT(faults_of(load(std::string("\x7f"
                                         "ELF\0\0\0",
                                         7))),
              HasSubstr("NUL bytes"));
  EXPECT_FALSE(load(repeated("\xff\xfe\x01\x80", 500)).faults.empty());
  EXPECT_FALSE(load("streams: \"\\xZZ\"").faults.empty());
}

TEST(HostileYaml, ASecondDocumentIsRefused) {
  const Loaded loaded = load("streams: {}\n---\nstorage: {}\n");
  ASSERT_EQ(loaded.faults.size(), 1U);
  EXPECT_THAT(loaded.faults[0].what, HasSubstr("second YAML document"));
}

TEST(HostileYaml, ARootOrSectionThatIsNoMappingIsOneFault) {
  for (const char* yaml : {"[1, 2]",
                           "just text",
                           "streams: 5",
                           "streams: [1]",
                           "models: {station_thresholds: [1]}",
                           "streams: {endpoints: {a: 1}}",
                           "streams: {endpoints: [5]}"}) {
    EXPECT_FALSE(load(yaml).faults.empty()) << yaml;
  }
  EXPECT_EQ(load("[1, 2]").faults.size(), 1U);
  EXPECT_EQ(load("? [a, b]\n: 1\n").faults.size(), 1U);
}

TEST(HostileYaml, TooManyItemsAreRefusedWhole) {
  const Loaded loaded = load("streams:\n  endpoints: [" + repeated("{name: a},", 65) + "]\n");
  ASSERT_EQ(loaded.faults.size(), 1U) << faults_of(loaded);
  EXPECT_TRUE(loaded.config.streams.endpoints.empty());
}

TEST(HostileYaml, FaultsAreBounded) {
  std::string yaml;
  for (int i = 0; i < 5000; ++i) {
    yaml += "unknown" + std::to_string(i) + ": 1\n";
  }
  EXPECT_LE(load(yaml).faults.size(), 200U);
  EXPECT_GE(load(yaml).faults.size(), 100U);
}

TEST(HostileYaml, AHugeFileIsRefusedUnread) {
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "geod_huge.yaml";
  std::ofstream(file) << repeated("# comment\n", 110'000);
  const Loaded loaded = load_config(file);
  std::filesystem::remove(file);
  ASSERT_EQ(loaded.faults.size(), 1U);
  EXPECT_THAT(loaded.faults[0].what, HasSubstr("larger than 1MiB"));
}

/// The configuration truncated anywhere, or with any byte replaced, is read or refused.
TEST(HostileYaml, NoDamageToTheReferenceEscapes) {
  const std::string reference = to_yaml(Config{});
  for (std::size_t length = 0; length < reference.size(); length += 7) {
    load(reference.substr(0, length));
  }
  for (std::size_t i = 0; i < reference.size(); i += 5) {
    for (const char byte : {'\0', '\xff', '"', '[', '&', '\t', '\n'}) {
      std::string damaged = reference;
      damaged[i] = byte;
      const Loaded loaded = load(damaged);
      EXPECT_LE(loaded.faults.size(), 200U);
    }
  }
}

}  // namespace
}  // namespace geod::config
