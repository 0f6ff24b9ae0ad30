#include "daemon/network_switch.hpp"

#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_engine.hpp"
#include "tests/support/fake_segmenter.hpp"

namespace geod {
namespace {

using models::Task;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class NetworkSwitchTest : public ::testing::Test {
 protected:
  models::Manifest bundle_manifest(Task task = Task::kDas) const {
    models::Manifest manifest = base_;
    manifest.task = task;
    manifest.name = "ridge";
    return manifest;
  }

  models::Manifest base_ = test::small_segmenter();
  WakeFd wake_;
  int woken_ = 0;
  std::vector<models::EngineOptions> opened_;
  SegmenterSwitch switch_{{[this](const models::EngineOptions& options)
                               -> Result<std::unique_ptr<models::SegmentationEngine>> {
                             opened_.push_back(options);
                             models::Manifest manifest = base_;
                             manifest.task = options.task;
                             return std::make_unique<test::FakeSegmenter>(manifest);
                           },
                           {},
                           base_,
                           check_tile_grid,
                           std::nullopt,
                           [this] { ++woken_; },
                           wake_}};
};

TEST_F(NetworkSwitchTest, OpensAnEngineATaskAndTellsTheWorker) {
  for (const Task task : {Task::kDas, Task::kSalt}) {
    auto ready = switch_.prepare(task, Role::kActive, nullptr);
    ASSERT_TRUE(ready) << ready.error().what;
    ASSERT_TRUE(switch_.put_in_service(std::move(*ready)));
  }
  ASSERT_THAT(opened_, SizeIs(2));
  EXPECT_EQ(opened_[0].beside, nullptr);
  EXPECT_EQ(opened_[1].beside, switch_.engine(Task::kDas, Role::kActive))
      << "the second shares what the first has";
  const auto orders = switch_.orders().take();
  ASSERT_THAT(orders, SizeIs(2));
  EXPECT_EQ(orders[1].task, Task::kSalt);
  EXPECT_EQ(orders[1].engine, switch_.engine(Task::kSalt, Role::kActive));
  EXPECT_EQ(orders[1].network, nullptr) << "it was opened with it";
  EXPECT_EQ(woken_, 2);
}

TEST_F(NetworkSwitchTest, AnotherNetworkGoesToTheEngineThatIsThere) {
  ASSERT_TRUE(switch_.put_in_service(std::move(*switch_.prepare(Task::kDas, Role::kActive, {}))));
  auto ready = switch_.prepare(
      Task::kDas, Role::kActive, test::fake_overlay(bundle_manifest(), "hash", 1.0F));
  ASSERT_TRUE(ready);
  ASSERT_TRUE(switch_.put_in_service(std::move(*ready)));
  EXPECT_THAT(opened_, SizeIs(1));
  const auto orders = switch_.orders().take();
  ASSERT_THAT(orders, SizeIs(2));
  EXPECT_NE(orders[1].network, nullptr);
  EXPECT_EQ(orders[0].engine, orders[1].engine);
}

TEST_F(NetworkSwitchTest, TilesStayAsTheFirstNetworkAskedForThem) {
  ASSERT_TRUE(switch_.put_in_service(std::move(*switch_.prepare(Task::kDas, Role::kActive, {}))));
  models::Manifest other = bundle_manifest();
  other.segments.das.row_hop = 16;
  const auto ready =
      switch_.prepare(Task::kDas, Role::kActive, test::fake_overlay(other, "hash", 1.0F));
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, Errc::kModelMismatch);
  EXPECT_THAT(ready.error().what, HasSubstr("stop it, activate, and start it again"));
  other = bundle_manifest();
  other.segments.das.threshold_on = 0.7;
  EXPECT_TRUE(switch_.prepare(Task::kDas, Role::kActive, test::fake_overlay(other, "hash", 1.0F)))
      << "thresholds may change";
}

TEST_F(NetworkSwitchTest, WaitsForTheWorkerAndForAStop) {
  std::stop_source stop;
  switch_.worker_runs(stop.get_token());
  stop.request_stop();
  const auto done =
      switch_.put_in_service(std::move(*switch_.prepare(Task::kDas, Role::kActive, {})));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kCancelled);
}

TEST_F(NetworkSwitchTest, WithoutAModelForImagesTheirTasksAreRefused) {
  NetworksByTask networks(switch_, nullptr, nullptr);
  const auto ready = networks.prepare(Task::kSalt, Role::kActive, {});
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, Errc::kNotFound);
  EXPECT_THAT(ready.error().what, HasSubstr("models.segmenter"));
  EXPECT_THAT(opened_, IsEmpty());
  NetworksByTask both(switch_, &switch_, nullptr);
  EXPECT_TRUE(both.prepare(Task::kSalt, Role::kActive, {}));
}

TEST_F(NetworkSwitchTest, WithoutAModelForShotsFwiIsRefused) {
  NetworksByTask networks(switch_, &switch_, nullptr);
  const auto ready = networks.prepare(Task::kFwi, Role::kActive, {});
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, Errc::kNotFound);
  EXPECT_THAT(ready.error().what, HasSubstr("models.inverter"));
  EXPECT_THAT(opened_, IsEmpty());
}

}  // namespace
}  // namespace geod
