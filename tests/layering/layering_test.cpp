#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layering/layering_rules.hpp"

namespace geod::test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// C++ and CUDA files of a folder of the repository.
std::vector<fs::path> sources_below(const std::string& folder) {
  static const std::set<std::string> kSuffixes{".cpp", ".hpp", ".cu", ".cuh", ".h"};
  std::vector<fs::path> files;
  const fs::path root = fs::path(GEOD_SOURCE_DIR) / folder;
  if (fs::exists(root)) {
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.is_regular_file() && kSuffixes.contains(entry.path().extension().string())) {
        files.push_back(entry.path());
      }
    }
  }
  return files;
}

TEST(LayeringRules, LetTheArrowsOfTheTableThrough) {
  EXPECT_THAT(layering_faults("core/time.cpp", "#include \"core/time.hpp\"\n#include <vector>\n"),
              IsEmpty());
  EXPECT_THAT(
      layering_faults("storage/store.hpp",
                      "#include \"core/pick.hpp\"\n#include \"config/storage_config.hpp\"\n"),
      IsEmpty());
  EXPECT_THAT(layering_faults("daemon/main.cpp", "#include \"trainer/train.hpp\"\n"), IsEmpty());
  EXPECT_THAT(layering_faults("tests/unit/x_test.cpp", "#include <yaml-cpp/yaml.h>\n"), IsEmpty());
  EXPECT_THAT(layering_faults("config/read_yaml.cpp", "#include <yaml-cpp/yaml.h>\n"), IsEmpty());
  EXPECT_THAT(layering_faults("models/torch_engine.hpp", "#include <ATen/core/Tensor.h>\n"),
              IsEmpty());
}

TEST(LayeringRules, ReportEveryOtherArrow) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"core/time.cpp", "config/config.hpp"},
      {"streams/source.hpp", "models/engine.hpp"},
      {"models/engine.cpp", "storage/store.hpp"},
      {"storage/store.cpp", "streams/record.hpp"},
      {"models/engine.cpp", "adapters/adapter.hpp"},
      {"trainer/train.cpp", "daemon/daemon.hpp"},
      {"catalog/locator.cpp", "streams/record.hpp"},
      {"service/router.cpp", "daemon/daemon.hpp"},
      {"storage/store.cpp", "tests/support/tmp_dir.hpp"},
      {"storage/store.cpp", "store.hpp"},
      {"storage/store.cpp", "../core/time.hpp"},
      {"models/engine.hpp", "models/torch_engine.hpp"}};
  for (const auto& [path, included] : wrong) {
    EXPECT_THAT(layering_faults(path, "#include \"" + included + "\"\n"),
                ElementsAre(HasSubstr(included)))
        << path;
  }
}

TEST(LayeringRules, ReportALibraryOutsideItsOwner) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"streams/source.cpp", "yaml-cpp/yaml.h"},
      {"storage/store.cpp", "zmq.hpp"},
      {"trainer/dataset.cpp", "libmseed.h"},
      {"daemon/daemon.cpp", "sqlite3.h"},
      {"daemon/daemon.cpp", "torch/torch.h"},
      {"streams/source.cpp", "ATen/core/Tensor.h"},
      {"trainer/train.cpp", "CLI/CLI.hpp"},
      {"config/config.cpp", "nlohmann/json.hpp"},
      {"models/manifest.hpp", "nlohmann/json.hpp"},
      {"config/config.hpp", "yaml-cpp/yaml.h"},
      {"models/engine.hpp", "c10/util/Half.h"},
      {"daemon/daemon.cpp", "boost/asio.hpp"},
      {"service/http_server.hpp", "boost/asio.hpp"},
      {"daemon/daemon.cpp", "cuda_runtime.h"}};
  for (const auto& [path, included] : wrong) {
    EXPECT_THAT(layering_faults(path, "  # include <" + included + ">\n"),
                ElementsAre(HasSubstr(included)))
        << path;
  }
}

TEST(LayeringRules, ReportAFolderTheyDoNotKnow) {
  EXPECT_THAT(layering_faults("utils/helpers.hpp", ""), ElementsAre(HasSubstr("without a rule")));
}

TEST(Repository, KeepsToTheArrows) {
  std::vector<std::string> folders = code_folders();
  folders.insert(folders.end(), {"tests", "bench"});
  int files = 0;
  for (const std::string& folder : folders) {
    for (const fs::path& file : sources_below(folder)) {
      const std::string path = fs::relative(file, GEOD_SOURCE_DIR).generic_string();
      EXPECT_THAT(layering_faults(path, read(file)), IsEmpty());
      ++files;
    }
  }
  EXPECT_GT(files, 50);
}

/// True when `file` or one of our headers that it includes, directly or not, includes LibTorch.
bool sees_torch(const std::string& file, std::map<std::string, bool>& known) {
  if (const auto found = known.find(file); found != known.end()) {
    return found->second;
  }
  known[file] = false;  // ends a cycle
  for (const Include& include : includes_of(read(fs::path(GEOD_SOURCE_DIR) / file))) {
    if (include.is_ours ? sees_torch(include.path, known) : is_torch_header(include.path)) {
      return known[file] = true;
    }
  }
  return false;
}

TEST(Repository, KeepsLibTorchBehindModelsAdaptersAndTrainer) {
  std::map<std::string, bool> known;
  for (const std::string& folder : code_folders()) {
    if (folder != "models" && folder != "adapters" && folder != "trainer") {
      for (const fs::path& file : sources_below(folder)) {
        const std::string path = fs::relative(file, GEOD_SOURCE_DIR).generic_string();
        EXPECT_FALSE(sees_torch(path, known)) << path;
      }
    }
  }
  EXPECT_TRUE(sees_torch("models/torch_seismollm.hpp", known));
}

TEST(Repository, HasNoCodeOutsideTheFoldersOfTheRules) {
  // cmake/ declares names of libraries whose own headers a LibTorch wheel leaves out.
  std::set<std::string> known{"tests", "bench", "cmake"};
  for (const std::string& folder : code_folders()) {
    known.insert(folder);
  }
  for (const auto& entry : fs::directory_iterator(GEOD_SOURCE_DIR)) {
    const std::string name = entry.path().filename().string();
    const bool is_ours =
        entry.is_directory() && !name.starts_with(".") && !name.starts_with("build");
    if (is_ours && !known.contains(name)) {
      EXPECT_THAT(sources_below(name), IsEmpty()) << name;
    }
  }
}

}  // namespace
}  // namespace geod::test
