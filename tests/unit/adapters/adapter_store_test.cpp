#include "adapters/adapter_store.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/models_tmp_dir.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;
using models::Task;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using TmpDir = models::test::TmpDir;

const BundleRef kA{"ridge-1", std::string(64, 'a')};

TEST(BundleName, IsNameAndVersion) {
  for (const char* good : {"ridge-1", "a-b", "My.Adapter_2-2026.11", "a--1"}) {
    EXPECT_TRUE(is_bundle_name(good)) << good;
  }
  for (const std::string& bad : {std::string(),
                                 std::string("ridge"),
                                 std::string("-1"),
                                 std::string("ridge-"),
                                 std::string(".ridge-1"),
                                 std::string("..-1"),
                                 std::string("a/b-1"),
                                 std::string("../x-1"),
                                 std::string("ridge 1-1"),
                                 std::string("ridge-1\n"),
                                 std::string("r\xC3\xA9-1"),
                                 "a-" + std::string(200, 'x'),
                                 std::string("a\0-1", 4)}) {
    EXPECT_FALSE(is_bundle_name(bad)) << bad;
  }
}

TEST(AdapterStore, MakesTheFolderAndStartsWithNothingDecided) {
  const TmpDir tmp;
  const fs::path folder = tmp.path() / "state" / "adapters";
  const auto store = AdapterStore::open(folder);
  ASSERT_TRUE(store) << store.error().what;
  EXPECT_EQ(store->state(), AdapterState{});
  EXPECT_TRUE(fs::is_directory(folder));
}

TEST(AdapterStore, WhatWasSavedIsThereAgain) {
  const TmpDir tmp;
  AdapterState state;
  state.activate(Task::kDpk, kA, time_from_ns(0));
  {
    auto store = AdapterStore::open(tmp.path());
    ASSERT_TRUE(store->save(state));
    EXPECT_EQ(store->state(), state);
  }
  EXPECT_EQ(AdapterStore::open(tmp.path())->state(), state);
  EXPECT_EQ(*read_adapter_state(tmp.path()), state);
}

TEST(AdapterStore, HasOneOwner) {
  const TmpDir tmp;
  {
    const auto first = AdapterStore::open(tmp.path());
    const auto second = AdapterStore::open(tmp.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::kStorageBusy);
    EXPECT_TRUE(read_adapter_state(tmp.path())) << "reading needs no ownership";
  }
  EXPECT_TRUE(AdapterStore::open(tmp.path()));
}

TEST(AdapterStore, AStateThatCannotBeWrittenStaysAsItWas) {
  const TmpDir tmp;
  auto store = AdapterStore::open(tmp.path());
  fs::create_directory(tmp.path() / "state.json");  // nothing can be renamed over a folder
  AdapterState state;
  state.activate(Task::kDpk, kA, time_from_ns(0));
  EXPECT_FALSE(store->save(state));
  EXPECT_EQ(store->state(), AdapterState{});
}

TEST(AdapterStore, ADamagedStateIsNotTakenForNone) {
  const TmpDir tmp;
  tmp.write("state.json", "{\"format\":");
  const auto store = AdapterStore::open(tmp.path());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::kCorruptRecord);
  EXPECT_THAT(store.error().what, HasSubstr("state.json"));
}

TEST(BundleNames, AreThoseThatMayBeBundles) {
  const TmpDir tmp;
  for (const char* name : {"b-1", "a-2", ".incoming-a-3-77", "notes", "a 4-1"}) {
    fs::create_directory(tmp.path() / name);
  }
  tmp.write("state.json", "");
  EXPECT_THAT(bundle_names(tmp.path()), ElementsAre("a-2", "b-1"));
  EXPECT_TRUE(bundle_names(tmp.path() / "none").empty());
}

}  // namespace
}  // namespace geod::adapters
