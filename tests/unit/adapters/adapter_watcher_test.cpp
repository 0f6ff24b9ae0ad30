#include "adapters/adapter_watcher.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "tests/support/models_tmp_dir.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = AdapterWatcher::Kind;

/// A watched folder, and elapsed time that the test moves on.
class AdapterWatcherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_);
    fs::create_directory(outside_);
  }
  void watch() {
    auto watcher = AdapterWatcher::open(folder_, 200ms);
    ASSERT_TRUE(watcher) << watcher.error().what;
    watcher_.emplace(std::move(*watcher));
  }
  /// "ridge-1" or "gone ridge-1" for each change that is told `after` the last call.
  std::vector<std::string> told(Duration after = 0ms) {
    now_ += after;
    const auto changes = watcher_->changes(now_);
    std::vector<std::string> texts;
    for (const auto& change : *changes) {
      texts.push_back((change.kind == Kind::kGone ? "gone " : "") + change.bundle);
    }
    return texts;
  }
  bool is_readable() const {
    pollfd wanted{watcher_->fd(), POLLIN, 0};
    return ::poll(&wanted, 1, 0) == 1;
  }
  /// A whole bundle outside, to be renamed in.
  fs::path make(const std::string& name, const fs::path& where) {
    fs::create_directory(where / name);
    std::ofstream(where / name / "manifest.json") << "{}";
    return where / name;
  }

  models::test::TmpDir tmp_;
  fs::path folder_ = tmp_.path() / "adapters";
  fs::path outside_ = tmp_.path() / "outside";
  std::optional<AdapterWatcher> watcher_;
  AdapterWatcher::SteadyTime now_{1h};
};

TEST_F(AdapterWatcherTest, TellsWhatLiesThereAtTheStart) {
  make("b-1", folder_);
  make("a-1", folder_);
  watch();
  EXPECT_THAT(told(), ElementsAre("a-1", "b-1"));
  EXPECT_THAT(told(1s), IsEmpty());
}

TEST_F(AdapterWatcherTest, ABundleThatIsRenamedInIsThereAtOnce) {
  watch();
  EXPECT_FALSE(is_readable());
  fs::rename(make("ridge-1", outside_), folder_ / "ridge-1");
  EXPECT_TRUE(is_readable());
  EXPECT_THAT(told(), ElementsAre("ridge-1"));
  EXPECT_FALSE(is_readable());
  EXPECT_THAT(told(1s), IsEmpty());
}

TEST_F(AdapterWatcherTest, ABundleThatIsCopiedInIsWaitedForUntilItIsQuiet) {
  watch();
  make("ridge-1", folder_);
  EXPECT_THAT(told(), IsEmpty());
  ASSERT_TRUE(watcher_->due_at().has_value());
  EXPECT_EQ(*watcher_->due_at(), now_ + 200ms);
  now_ += 150ms;
  std::ofstream(folder_ / "ridge-1" / "head.safetensors") << "still coming";
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_THAT(told(199ms), IsEmpty());
  EXPECT_THAT(told(1ms), ElementsAre("ridge-1"));
  EXPECT_FALSE(watcher_->due_at().has_value());
}

TEST_F(AdapterWatcherTest, ABundleThatIsChangedInPlaceArrivesAgain) {
  make("ridge-1", folder_);
  watch();
  told();
  std::ofstream(folder_ / "ridge-1" / "manifest.json") << "{\"changed\": 1}";
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_THAT(told(200ms), ElementsAre("ridge-1"));
}

TEST_F(AdapterWatcherTest, TellsWhatIsGone) {
  make("a-1", folder_);
  make("b-1", folder_);
  watch();
  told();
  fs::remove_all(folder_ / "a-1");
  fs::rename(folder_ / "b-1", outside_ / "b-1");
  EXPECT_THAT(told(), ElementsAre("gone a-1", "gone b-1"));
  std::ofstream(outside_ / "b-1" / "manifest.json") << "{}";
  EXPECT_THAT(told(1s), IsEmpty()) << "what was moved out is watched no more";
}

TEST_F(AdapterWatcherTest, ABundleThatIsReplacedArrivesAgain) {
  make("ridge-1", folder_);
  watch();
  told();
  fs::remove_all(folder_ / "ridge-1");
  fs::rename(make("ridge-1", outside_), folder_ / "ridge-1");
  EXPECT_THAT(told(), ElementsAre("ridge-1"));
}

TEST_F(AdapterWatcherTest, IsBlindToWhatCannotBeABundle) {
  watch();
  fs::create_directory(folder_ / ".incoming-ridge-1-7");
  std::ofstream(folder_ / "state.json.Ab3dEf") << "{}";
  fs::create_directory(folder_ / "notes");
  EXPECT_THAT(told(1s), IsEmpty());
  fs::rename(folder_ / ".incoming-ridge-1-7", folder_ / "ridge-1");
  EXPECT_THAT(told(), ElementsAre("ridge-1"));
}

TEST_F(AdapterWatcherTest, ALinkIsToldSoThatItCanBeRefused) {
  make("ridge-1", outside_);
  watch();
  fs::create_directory_symlink(outside_ / "ridge-1", folder_ / "ridge-1");
  EXPECT_THAT(told(200ms), IsEmpty());
  EXPECT_THAT(told(200ms), ElementsAre("ridge-1"));
}

TEST_F(AdapterWatcherTest, SaysWhenTheFolderIsGone) {
  watch();
  fs::remove_all(folder_);
  const auto changes = watcher_->changes(now_);
  ASSERT_FALSE(changes);
  EXPECT_EQ(changes.error().code, Errc::kIo);
}

TEST(AdapterWatcher, NeedsTheFolder) {
  const auto watcher = AdapterWatcher::open("/nonexistent/adapters", 200ms);
  ASSERT_FALSE(watcher);
  EXPECT_EQ(watcher.error().code, Errc::kIo);
}

}  // namespace
}  // namespace geod::adapters
