#include "streams/sds_archive.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "streams/mseed_reader.hpp"
#include "streams/recent_then_kept.hpp"
#include "tests/support/record_maker.hpp"
#include "tests/support/wire_tmp_dir.hpp"

namespace geod::streams {
namespace {

using namespace std::chrono_literals;
using test::at_s;
using test::make_record;
using test::rate_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double kDayS = 86'400.0;

/// An archive in a folder of its own, and three days of a channel of 5 Hz that begin at kEpoch.
class SdsArchiveTest : public testing::Test {
 protected:
  static const SourceId& channel() {
    static const SourceId kChannel = SourceId::from_seed("XX", "STA", "00", "HHZ").value();
    return kChannel;
  }

  static Record record(double from_s, double to_s) {
    const auto first = static_cast<std::int64_t>(from_s * 5.0);
    const auto count = static_cast<std::int64_t>((to_s - from_s) * 5.0);
    Record made =
        make_record("STA", "HHZ", at_s(from_s), rate_of(5), test::bursts(7, first, count, 5, 60));
    made.header.source_id = channel();
    return made;
  }

  static SharedRecords records(double from_s, double to_s, double step_s = 20.0) {
    SharedRecords made;
    for (double at = from_s; at < to_s; at += step_s) {
      made.push_back(std::make_shared<const Record>(record(at, std::min(to_s, at + step_s))));
    }
    return made;
  }

  SdsArchive open(std::uint64_t quota_bytes = 0) {
    auto archive = SdsArchive::open(root, quota_bytes);
    EXPECT_TRUE(archive.has_value()) << archive.error().what;
    return std::move(*archive);
  }

  std::uint64_t keep(SdsArchive& archive, double from_s, double to_s) {
    const auto kept =
        archive.keep(channel(), records(from_s - 50, to_s + 50), at_s(from_s), at_s(to_s));
    EXPECT_TRUE(kept.has_value()) << kept.error().what;
    return kept.value_or(0);
  }

  /// That the tree holds exactly the samples of these spans, each once.
  void expect_kept(const std::vector<std::pair<double, double>>& spans) {
    const auto found = SdsTree(root).records(channel(), at_s(-kDayS), at_s(5 * kDayS)).value();
    std::size_t samples = 0;
    for (const auto& each : found) {
      samples += each->header.samples;
    }
    std::size_t expected = 0;
    for (const auto& [from_s, to_s] : spans) {
      const auto pieces = SdsTree(root).read(channel(), at_s(from_s), at_s(to_s)).value();
      ASSERT_EQ(pieces.size(), 1U) << from_s;
      EXPECT_EQ(pieces[0].start, at_s(from_s));
      const Record whole = record(from_s, to_s);
      const auto& integers = std::get<std::vector<std::int32_t>>(whole.samples);
      EXPECT_TRUE(std::equal(
          integers.begin(), integers.end(), pieces[0].samples.begin(), pieces[0].samples.end()))
          << from_s;
      expected += integers.size();
    }
    EXPECT_EQ(samples, expected);
  }

  std::filesystem::path file(int day) const {
    return root / sds_path(channel(),
                           Day{std::chrono::floor<std::chrono::days>(test::kEpoch)} +
                               std::chrono::days{day});
  }

  TmpDir folder;
  std::filesystem::path root = folder.path("sds");
};

TEST(SdsName, IsSeisComPs) {
  const Day day{std::chrono::year{2019} / 7 / 4};
  const SourceId id = SourceId::from_seed("CI", "CLC", "", "HHZ").value();
  EXPECT_EQ(sds_path(id, day).string(), "2019/CI/CLC/HHZ.D/CI.CLC..HHZ.D.2019.185");
  const auto back = parse_sds_name("CI.CLC..HHZ.D.2019.185");
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->channel, id);
  EXPECT_EQ(back->day, day);
  for (const char* other : {"",
                            "CI.CLC..HHZ.D.2019",
                            "CI.CLC..HHZ.L.2019.185",
                            "CI.CLC..HHZ.D.2019.000",
                            "CI.CLC..HHZ.D.2019.367",
                            "CI.CLC..HHZ.D.2019.185.bak",
                            "notes.txt"}) {
    EXPECT_FALSE(parse_sds_name(other).has_value()) << other;
  }
}

TEST_F(SdsArchiveTest, KeepsAWindowAndGivesItBack) {
  SdsArchive archive = open();
  const std::uint64_t bytes = keep(archive, 100, 200);
  EXPECT_GT(bytes, 0U);
  EXPECT_EQ(bytes % 512, 0U);
  EXPECT_EQ(std::filesystem::file_size(file(0)), bytes);
  EXPECT_EQ(archive.bytes(), bytes);
  expect_kept({{100, 200}});
}

TEST_F(SdsArchiveTest, WritesNothingTwice) {
  SdsArchive archive = open();
  keep(archive, 100, 200);
  EXPECT_EQ(keep(archive, 100, 200), 0U);
  EXPECT_EQ(keep(archive, 120, 180), 0U);
  EXPECT_GT(keep(archive, 150, 260), 0U);
  EXPECT_GT(keep(archive, 50, 300), 0U);
  expect_kept({{50, 300}});
}

TEST_F(SdsArchiveTest, WritesNothingTwiceAfterARestart) {
  const std::uint64_t seed = std::random_device{}();
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<int> start(0, 400);
  for (int i = 0; i < 20; ++i) {
    SdsArchive archive = open();
    const int from = start(random);
    keep(archive, from, from + 100);
  }
  SdsArchive archive = open();
  keep(archive, 0, 500);
  expect_kept({{0, 500}});
  EXPECT_EQ(archive.bytes(), std::filesystem::file_size(file(0))) << "seed " << seed;
}

TEST_F(SdsArchiveTest, CutsWindowsAtMidnight) {
  SdsArchive archive = open();
  keep(archive, kDayS - 30, kDayS + 30);
  expect_kept({{kDayS - 30, kDayS + 30}});
  for (const int day : {0, 1}) {
    auto reader = MseedReader::open(file(day)).value();
    while (const auto next = reader.next()) {
      ASSERT_TRUE(next->has_value());
      EXPECT_EQ(std::chrono::floor<std::chrono::days>((*next)->view.header.start),
                std::chrono::floor<std::chrono::days>(at_s(day * kDayS)));
    }
  }
}

TEST_F(SdsArchiveTest, KeepsTheSamplesOnBothSidesOfAGap) {
  SdsArchive archive = open();
  SharedRecords some = records(0, 100);
  const SharedRecords more = records(140, 200);
  some.insert(some.end(), more.begin(), more.end());
  EXPECT_GT(archive.keep(channel(), some, at_s(0), at_s(200)).value(), 0U);
  EXPECT_EQ(SdsTree(root).read(channel(), at_s(0), at_s(200)).value().size(), 2U);
  // What was missing comes late.
  EXPECT_GT(archive.keep(channel(), records(80, 160), at_s(0), at_s(200)).value(), 0U);
  expect_kept({{0, 200}});
}

TEST_F(SdsArchiveTest, RepairsARecordThatWasHalfWritten) {
  const std::uint64_t seed = std::random_device{}();
  std::mt19937_64 random(seed);
  for (int i = 0; i < 5; ++i) {
    std::filesystem::remove_all(root);
    {
      SdsArchive archive = open();
      keep(archive, 0, 400);
    }
    const auto bytes = std::filesystem::file_size(file(0));
    const auto lost = std::uniform_int_distribution<std::uintmax_t>(1, 511)(random);
    std::filesystem::resize_file(file(0), bytes - lost);
    SdsArchive archive = open();
    EXPECT_GT(keep(archive, 0, 400), 0U);
    expect_kept({{0, 400}});
    EXPECT_EQ(archive.bytes(), std::filesystem::file_size(file(0))) << "seed " << seed;
  }
}

TEST_F(SdsArchiveTest, TheOldestDaysGoWhenTheQuotaIsReached) {
  SdsArchive archive = open();
  const std::uint64_t day = keep(archive, 0, 300);
  std::ofstream(root / "notes.txt") << "not ours";
  SdsArchive small = open(3 * day);
  keep(small, kDayS, kDayS + 300);
  EXPECT_TRUE(std::filesystem::exists(file(0)));
  keep(small, 2 * kDayS, 2 * kDayS + 500);
  EXPECT_FALSE(std::filesystem::exists(file(0)));
  EXPECT_TRUE(std::filesystem::exists(file(1)));
  EXPECT_EQ(small.days_removed(), 1U);
  EXPECT_LE(small.bytes(), 3 * day);
  EXPECT_TRUE(std::filesystem::exists(root / "notes.txt"));
}

TEST_F(SdsArchiveTest, AQuotaThatOneDayFillsIsAnErrorThatSaysSo) {
  SdsArchive archive = open(4096);
  EXPECT_LE(keep(archive, 0, 10), 4096U);
  const auto kept = archive.keep(channel(), records(100, 2'000), at_s(100), at_s(2'000));
  ASSERT_FALSE(kept.has_value());
  EXPECT_EQ(kept.error().code, Errc::kStorageFull);
  EXPECT_THAT(kept.error().what, HasSubstr("storage.waveforms.quota"));
  expect_kept({{0, 10}});
}

TEST_F(SdsArchiveTest, AFullDiskIsAnErrorAndLeavesNoHalfRecord) {
  SdsArchive archive = open();
  keep(archive, 0, 100);
  const auto bytes = std::filesystem::file_size(file(0));
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = bytes + 700;  // in the middle of a record
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  const auto kept = archive.keep(channel(), records(100, 2'000), at_s(100), at_s(2'000));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, ignored);
  ASSERT_FALSE(kept.has_value());
  EXPECT_EQ(kept.error().code, Errc::kStorageFull);
  EXPECT_EQ(std::filesystem::file_size(file(0)), bytes);
  EXPECT_GT(keep(archive, 0, 2'000), 0U) << "it goes on when there is room again";
  expect_kept({{0, 2'000}});
}

TEST_F(SdsArchiveTest, AFolderThatIsAFileIsAnErrorThatNamesIt) {
  folder.write("file", "");
  const auto archive = SdsArchive::open(folder.path("file") + "/sds", 0);
  ASSERT_FALSE(archive.has_value());
  EXPECT_THAT(archive.error().what, HasSubstr("file/sds"));
}

TEST_F(SdsArchiveTest, KeepsFloatsAndLargeSteps) {
  SdsArchive archive = open();
  Record floats = record(0, 4);
  floats.samples = std::vector<float>{0.5F, -1.25F, 3e-9F, 7.0F};
  floats.header.samples = 4;
  Record doubles = record(10, 14);
  doubles.samples = std::vector<double>{0.5, -1.25, 1024.0};
  doubles.header.samples = 3;
  Record steps = record(20, 24);
  steps.samples = std::vector<std::int32_t>{2'000'000'000, -2'000'000'000, 5};
  steps.header.samples = 3;
  for (const Record* each : {&floats, &doubles, &steps}) {
    const SharedRecords one{std::make_shared<const Record>(*each)};
    const auto kept = archive.keep(channel(), one, at_s(-10), at_s(100));
    ASSERT_TRUE(kept.has_value()) << kept.error().what;
  }
  const auto pieces = SdsTree(root).read(channel(), at_s(0), at_s(100)).value();
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_THAT(pieces[0].samples, ElementsAre(0.5, -1.25, double{3e-9F}, 7.0));
  EXPECT_THAT(pieces[1].samples, ElementsAre(0.5, -1.25, 1024.0));
  EXPECT_THAT(pieces[2].samples, ElementsAre(2e9, -2e9, 5));
}

TEST_F(SdsArchiveTest, SamplesAndNamesThatMiniSeedCannotHoldAreRefused) {
  SdsArchive archive = open();
  Record made = record(0, 4);
  made.samples = std::vector<double>{0.1, 0.2};
  made.header.samples = 2;
  auto kept = archive.keep(channel(), {std::make_shared<const Record>(made)}, at_s(-10), at_s(100));
  ASSERT_FALSE(kept.has_value());
  EXPECT_EQ(kept.error().code, Errc::kUnsupported);
  made = record(0, 4);
  made.header.source_id.station = "TOOLONG";
  kept = archive.keep(
      made.header.source_id, {std::make_shared<const Record>(made)}, at_s(-10), at_s(100));
  ASSERT_FALSE(kept.has_value());
  EXPECT_EQ(kept.error().code, Errc::kUnsupported);
}

TEST_F(SdsArchiveTest, SaturationIsKept) {
  SdsArchive archive = open();
  SharedRecords some = records(0, 40);
  Record saturated = *some[1];
  saturated.header.flags.saturated = true;
  some[1] = std::make_shared<const Record>(saturated);
  EXPECT_TRUE(archive.keep(channel(), some, at_s(0), at_s(40)).has_value());
  const auto pieces = SdsTree(root).read(channel(), at_s(0), at_s(40)).value();
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_THAT(pieces[0].clipped, ElementsAre(TimeSpan{at_s(20), at_s(40)}));
}

TEST_F(SdsArchiveTest, TheTreeKnowsTheChannelsOfAStation) {
  SdsArchive archive = open();
  keep(archive, 0, 100);
  const StationId station{"XX", "STA"};
  EXPECT_THAT(SdsTree(root).channels_of(station, at_s(0), at_s(10)), ElementsAre(channel()));
  EXPECT_TRUE(SdsTree(root).channels_of(station, at_s(3 * kDayS), at_s(4 * kDayS)).empty());
  EXPECT_TRUE(SdsTree(root).channels_of({"XX", "NONE"}, at_s(0), at_s(10)).empty());
}

TEST_F(SdsArchiveTest, WhatTheRingHasForgottenComesFromTheTree) {
  SdsArchive archive = open();
  keep(archive, 0, 300);
  WaveformRing ring({100s, 1ULL << 30});
  for (const auto& each : records(0, 400)) {
    ring.push(*each);
  }
  const SdsTree tree(root);
  const RecentThenKept both(ring, tree);
  const auto pieces = both.read(channel(), at_s(100), at_s(400)).value();
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].samples.size(), 1'500U);
  EXPECT_EQ(both.read(channel(), at_s(320), at_s(380)).value().at(0).samples.size(), 300U);
}

}  // namespace
}  // namespace geod::streams
