#include "daemon/adapter_service.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/models_tmp_dir.hpp"

namespace geod {
namespace {

namespace fs = std::filesystem;
using adapters::AdapterStore;
using adapters::AdapterWatcher;
using adapters::BundleRef;
using config::OnNewBundle;
using models::Task;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Action = AdapterRequest::Action;

/// Notes what serves; refuses bundles by name.
class FakeNetworks final : public AdapterNetworks {
 public:
  Result<ReadyNetwork> prepare(Task task, Role role, const Overlay& overlay) override {
    prepared_ = overlay ? overlay->manifest.model_id() : "shipped";
    if (prepared_ == refuses) {
      return fail(Errc::kModelMismatch, "{} does not fit", prepared_);
    }
    ReadyNetwork ready;
    ready.task = task;
    ready.role = role;
    return ready;
  }
  Result<InService> put_in_service(ReadyNetwork network) override {
    if (stops) {
      return fail(Errc::kCancelled, "geod stops");
    }
    serves[{network.task, network.role}] = prepared_;
    return InService{AdapterWatcher::SteadyTime{} + std::chrono::seconds{101},
                     std::chrono::microseconds{250}};
  }
  Result<void> end(Task task, Role role) override {
    serves.erase({task, role});
    return {};
  }
  std::string serving(Task task = Task::kDpk, Role role = Role::kActive) const {
    const auto found = serves.find({task, role});
    return found == serves.end() ? "nothing" : found->second;
  }

  std::map<std::pair<Task, Role>, std::string> serves;
  std::string refuses;
  bool stops = false;

 private:
  std::string prepared_;
};

class FixedClock final : public Clock {
 public:
  Time now() const override { return time_from_ns(1'562'259'775'000'000'000); }
  std::chrono::steady_clock::time_point steady_now() const override {
    return AdapterWatcher::SteadyTime{} + std::chrono::seconds{100};
  }
};

class AdapterServiceTest : public ::testing::Test {
 protected:
  /// A bundle that the fake reader finds; `hash` stands for its content.
  void put(const std::string& name, const std::string& hash, Task task = Task::kDpk) {
    auto overlay = std::make_shared<models::NetworkOverlay>();
    const auto dash = name.rfind('-');
    overlay->manifest.name = name.substr(0, dash);
    overlay->manifest.version = name.substr(dash + 1);
    overlay->manifest.task = task;
    overlay->adapter_hash = hash;
    bundles_[(tmp_.path() / name).string()] = overlay;
  }
  void take_away(const std::string& name) { bundles_.erase((tmp_.path() / name).string()); }

  AdapterService& open(OnNewBundle on_new = OnNewBundle::kCheck) {
    service_.reset();
    networks_.serves.clear();
    service_.emplace(
        *AdapterStore::open(tmp_.path()),
        on_new,
        AdapterService::Surroundings{
            networks_,
            [this](const fs::path& path) -> Result<adapters::Bundle> {
              const auto found = bundles_.find(path.string());
              if (found == bundles_.end()) {
                return fail(Errc::kCorruptRecord, "{}: damaged", path.string());
              }
              adapters::Bundle bundle;
              bundle.overlay = found->second;
              return bundle;
            },
            [](Task task) {
              return task == Task::kDpk ? std::optional<adapters::Bundle>(adapters::Bundle{})
                                        : std::nullopt;
            },
            [this](const adapters::Bundle& bundle) { recorded_.insert(bundle.adapter_id()); },
            [this](const AdapterEvent& event) {
              told_.push_back(event.action + " " + event.adapter_id);
              reasons_ += event.reason + "\n";
            },
            clock_,
            stats_});
    opened_ = service_->open_networks();
    return *service_;
  }
  void arrive(const std::string& name) {
    service_->on_change({name, AdapterWatcher::Kind::kArrived, clock_.steady_now()});
  }
  json ask(Action action, const std::string& bundle = "", std::optional<Task> task = {}) {
    return json::parse(service_->carry_out({action, bundle, task}));
  }
  adapters::TaskState saved(Task task = Task::kDpk) const {
    return adapters::read_adapter_state(tmp_.path())->of(task);
  }

  models::test::TmpDir tmp_;
  std::map<std::string, AdapterNetworks::Overlay> bundles_;
  std::set<std::string> recorded_;
  FakeNetworks networks_;
  FixedClock clock_;
  DaemonStats stats_;
  std::vector<std::string> told_;
  std::string reasons_;
  Result<void> opened_;
  std::optional<AdapterService> service_;
};

TEST_F(AdapterServiceTest, BeginsWithWhatIsShipped) {
  open();
  ASSERT_TRUE(opened_);
  EXPECT_EQ(networks_.serving(), "shipped");
  EXPECT_EQ(networks_.serving(Task::kPmp), "nothing");
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(AdapterServiceTest, ANewBundleIsCheckedOrRunsInShadowOrServesAsConfigured) {
  const std::map<OnNewBundle, std::pair<const char*, const char*>> expected{
      {OnNewBundle::kCheck, {"shipped", "nothing"}},
      {OnNewBundle::kShadow, {"shipped", "ridge-1"}},
      {OnNewBundle::kActivate, {"ridge-1", "nothing"}}};
  put("ridge-1", "aa");
  for (const auto& [on_new, serving] : expected) {
    fs::remove(tmp_.path() / "state.json");
    open(on_new);
    arrive("ridge-1");
    EXPECT_EQ(networks_.serving(), serving.first);
    EXPECT_EQ(networks_.serving(Task::kDpk, Role::kShadow), serving.second);
  }
  EXPECT_THAT(told_, ElementsAre("checked ridge-1", "shadow on ridge-1", "activated ridge-1"));
  EXPECT_THAT(recorded_, ElementsAre("ridge-1"));
}

TEST_F(AdapterServiceTest, ABundleIsNewOnce) {
  put("ridge-1", "aa");
  open(OnNewBundle::kShadow);
  arrive("ridge-1");
  ask(Action::kShadowOff, "", Task::kDpk);
  arrive("ridge-1");
  EXPECT_EQ(networks_.serving(Task::kDpk, Role::kShadow), "nothing");
  open(OnNewBundle::kShadow);
  arrive("ridge-1");
  EXPECT_EQ(networks_.serving(Task::kDpk, Role::kShadow), "nothing") << "nor after a restart";
  put("ridge-1", "bb");
  arrive("ridge-1");
  EXPECT_EQ(networks_.serving(Task::kDpk, Role::kShadow), "ridge-1") << "other content is new";
}

TEST_F(AdapterServiceTest, PromotesAndRollsBack) {
  put("ridge-1", "aa");
  open(OnNewBundle::kShadow);
  arrive("ridge-1");
  const json promoted = ask(Action::kActivate, "ridge-1");
  EXPECT_EQ(promoted["active"]["bundle"], "ridge-1");
  EXPECT_EQ(promoted["before"]["bundle"], "");
  EXPECT_EQ(promoted["pause_ms"], 0.25);
  EXPECT_EQ(promoted["to_live_ms"], 1000.0);
  EXPECT_EQ(networks_.serving(), "ridge-1");
  EXPECT_EQ(networks_.serving(Task::kDpk, Role::kShadow), "nothing");
  EXPECT_EQ(saved().active.hash, "aa");
  const json returned = ask(Action::kRollback, "", Task::kDpk);
  EXPECT_EQ(returned["active"]["bundle"], "");
  EXPECT_EQ(networks_.serving(), "shipped");
  EXPECT_TRUE(saved().active.is_shipped());
  EXPECT_EQ(stats_.network_changes.load(), 2U);
  EXPECT_THAT(told_, ElementsAre("shadow on ridge-1", "activated ridge-1", "rolled back "));
}

TEST_F(AdapterServiceTest, TheShippedHeadCanBeActivated) {
  put("ridge-1", "aa");
  put("ridge-2", "bb");
  open();
  ask(Action::kActivate, "ridge-1");
  ask(Action::kActivate, "ridge-2");
  ask(Action::kActivate, "", Task::kDpk);
  EXPECT_EQ(networks_.serving(), "shipped");
  ask(Action::kRollback, "", Task::kDpk);
  EXPECT_EQ(networks_.serving(), "ridge-2");
}

TEST_F(AdapterServiceTest, WhatIsRefusedLeavesTheActiveOneServing) {
  put("ridge-1", "aa");
  put("ridge-2", "bb");
  open(OnNewBundle::kActivate);
  arrive("ridge-1");
  networks_.refuses = "ridge-2";
  arrive("ridge-2");
  EXPECT_EQ(networks_.serving(), "ridge-1");
  arrive("broken-1");
  EXPECT_EQ(networks_.serving(), "ridge-1");
  EXPECT_EQ(saved().active.bundle, "ridge-1");
  EXPECT_THAT(told_, ElementsAre("activated ridge-1", "refused ridge-2", "refused broken-1"));
  EXPECT_THAT(reasons_, HasSubstr("ridge-2 does not fit"));
  const json listed = json::parse(stats_.adapters_json());
  EXPECT_EQ(listed["tasks"]["dpk"]["active"]["bundle"], "ridge-1");
  EXPECT_THAT(listed["bundles"].dump(), HasSubstr("broken-1: damaged"));
}

TEST_F(AdapterServiceTest, AskingForWhatIsRefusedSaysWhy) {
  put("ridge-1", "aa");
  open();
  networks_.refuses = "ridge-1";
  for (const Action action : {Action::kActivate, Action::kShadow}) {
    const json answer = ask(action, "ridge-1");
    EXPECT_EQ(answer["code"], "model_mismatch");
    EXPECT_THAT(answer["error"].get<std::string>(), HasSubstr("does not fit"));
  }
  EXPECT_EQ(ask(Action::kActivate, "broken-1")["code"], "corrupt_record");
  EXPECT_EQ(ask(Action::kRollback, "", Task::kDpk)["code"], "not_found");
  EXPECT_EQ(ask(Action::kShadowOff, "", Task::kDpk)["code"], "not_found");
  EXPECT_EQ(ask(Action::kActivate, "", Task::kPmp)["code"], "not_found");
  EXPECT_EQ(networks_.serving(), "shipped");
}

TEST_F(AdapterServiceTest, ABundleServesItsOwnTaskOnly) {
  put("first-motion-1", "aa", Task::kPmp);
  open();
  EXPECT_EQ(ask(Action::kActivate, "first-motion-1", Task::kDpk)["code"], "config");
  ask(Action::kActivate, "first-motion-1");
  EXPECT_EQ(networks_.serving(Task::kPmp), "first-motion-1");
  EXPECT_EQ(networks_.serving(), "shipped");
}

TEST_F(AdapterServiceTest, ABundleForImagesServesAndRollsBackButIsNoCandidate) {
  put("salt-1", "aa", Task::kSalt);
  open(OnNewBundle::kShadow);
  arrive("salt-1");
  EXPECT_THAT(told_, ElementsAre("checked salt-1")) << "on_new: shadow only checks it";
  const json answer = ask(Action::kShadow, "salt-1");
  EXPECT_EQ(answer["code"], "unsupported");
  EXPECT_THAT(answer["error"].get<std::string>(), HasSubstr("activate salt-1"));
  EXPECT_EQ(networks_.serving(Task::kSalt, Role::kShadow), "nothing");
  ask(Action::kActivate, "salt-1");
  EXPECT_EQ(networks_.serving(Task::kSalt), "salt-1");
  put("salt-2", "bb", Task::kSalt);
  ask(Action::kActivate, "salt-2");
  ask(Action::kRollback, "", Task::kSalt);
  EXPECT_EQ(networks_.serving(Task::kSalt), "salt-1");
}

TEST_F(AdapterServiceTest, TheActiveBundleIsNoCandidate) {
  put("ridge-1", "aa");
  open();
  ask(Action::kActivate, "ridge-1");
  EXPECT_EQ(ask(Action::kShadow, "ridge-1")["code"], "config");
}

TEST_F(AdapterServiceTest, AFolderMustBeNamedAsItsManifestSays) {
  put("ridge-1", "aa");
  bundles_[(tmp_.path() / "other-1").string()] = bundles_[(tmp_.path() / "ridge-1").string()];
  open(OnNewBundle::kActivate);
  arrive("other-1");
  EXPECT_EQ(networks_.serving(), "shipped");
  EXPECT_THAT(reasons_, HasSubstr("ridge-1"));
}

TEST_F(AdapterServiceTest, NothingChangesWhenTheStateCannotBeWritten) {
  put("ridge-1", "aa");
  open();
  fs::create_directory(tmp_.path() / "state.json");
  EXPECT_TRUE(ask(Action::kActivate, "ridge-1").contains("error"));
  EXPECT_EQ(networks_.serving(), "shipped");
}

TEST_F(AdapterServiceTest, ARestartGoesOnWithWhatWasDecided) {
  put("ridge-1", "aa");
  put("ridge-2", "bb");
  open();
  ask(Action::kActivate, "ridge-1");
  ask(Action::kShadow, "ridge-2");
  open();
  EXPECT_EQ(networks_.serving(), "ridge-1");
  EXPECT_EQ(networks_.serving(Task::kDpk, Role::kShadow), "ridge-2");
}

TEST_F(AdapterServiceTest, ARestartWithoutTheActiveBundleGoesBackAndSaysSo) {
  put("ridge-1", "aa");
  put("ridge-2", "bb");
  open();
  ask(Action::kActivate, "ridge-1");
  ask(Action::kActivate, "ridge-2");
  told_.clear();
  take_away("ridge-2");
  open();
  EXPECT_EQ(networks_.serving(), "ridge-1");
  EXPECT_THAT(told_, ElementsAre("refused ridge-2"));
  EXPECT_EQ(saved().active.bundle, "ridge-2") << "what was decided stays decided";
  put("ridge-1", "changed");
  open();
  EXPECT_EQ(networks_.serving(), "shipped");
  EXPECT_THAT(reasons_, HasSubstr("changed since it was decided on"));
}

TEST_F(AdapterServiceTest, ARestartWithoutAnyNetworkForPicksFails) {
  networks_.refuses = "shipped";
  open();
  EXPECT_FALSE(opened_);
}

TEST_F(AdapterServiceTest, TheActiveBundleGoesOnWhenItsFolderIsRemoved) {
  put("ridge-1", "aa");
  open();
  ask(Action::kActivate, "ridge-1");
  service_->on_change({"ridge-1", AdapterWatcher::Kind::kGone, clock_.steady_now()});
  EXPECT_EQ(networks_.serving(), "ridge-1");
  EXPECT_EQ(told_.back(), "removed ridge-1");
}

TEST_F(AdapterServiceTest, AStopDuringAnExchangeIsNoRefusal) {
  put("ridge-1", "aa");
  open(OnNewBundle::kActivate);
  networks_.stops = true;
  arrive("ridge-1");
  EXPECT_THAT(told_, IsEmpty());
  networks_.stops = false;
  open(OnNewBundle::kActivate);
  EXPECT_EQ(networks_.serving(), "ridge-1") << "it was decided before the stop";
}

TEST(AdapterRequest, GoesThroughJson) {
  for (const Action action : {Action::kActivate, Action::kShadow}) {
    const auto read = parse_adapter_request(to_json({action, "ridge-1", Task::kDpk}));
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(read->action, action);
    EXPECT_EQ(read->bundle, "ridge-1");
    EXPECT_EQ(read->task, Task::kDpk);
  }
  EXPECT_EQ(parse_adapter_request(to_json({Action::kRollback, "", Task::kEmg}))->task, Task::kEmg);
}

TEST(AdapterRequest, RefusesWhatItCannotDo) {
  for (const char* wrong : {"",
                            "[]",
                            "{}",
                            R"({"action": "explode", "task": "dpk"})",
                            R"({"action": 1})",
                            R"({"action": "activate"})",
                            R"({"action": "activate", "bundle": "../../etc"})",
                            R"({"action": "activate", "bundle": ["ridge-1"]})",
                            R"({"action": "shadow", "task": "dpk"})",
                            R"({"action": "rollback", "bundle": "", "task": "cook"})"}) {
    const auto read = parse_adapter_request(wrong);
    ASSERT_FALSE(read) << wrong;
    EXPECT_EQ(read.error().code, Errc::kConfig);
  }
}

}  // namespace
}  // namespace geod
