// From reviewed events to a data set: labels, groups that share no sample, windows, noise.
#include "trainer/catalog_dataset.hpp"

#include <cmath>
#include <fstream>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "streams/mseed_writer.hpp"
#include "tests/support/event_rows.hpp"
#include "tests/support/mseed_files.hpp"
#include "trainer/dataset.hpp"
#include "trainer/event_groups.hpp"

namespace geod::trainer {
namespace {

using namespace std::chrono_literals;
using storage::kStart;
using storage::make_change;
using storage::make_completeness;
using storage::make_pick;
using storage::make_review;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ReviewedArrival arrival(const char* station,
                        const char* phase,
                        Duration after_start,
                        const char* mode = "manual") {
  ReviewedArrival made;
  made.channel.network = "CI";
  made.channel.station = station;
  made.phase_hint = phase;
  made.time = kStart + after_start;
  made.evaluation_mode = mode;
  return made;
}

storage::StoredEvent reviewed(const char* id, std::vector<ReviewedArrival> arrivals) {
  storage::StoredEvent stored;
  stored.event.version = 0;
  ReviewedEvent review = make_review(id, arrivals.empty() ? 0s : arrivals[0].time - kStart);
  review.arrivals = std::move(arrivals);
  stored.reviewed = {review};
  return stored;
}

StationPlaces places() {
  storage::StationRow row;
  row.id = {"CI", "CLC"};
  row.latitude_deg = 35.81574;
  row.longitude_deg = -117.59751;
  storage::StationRow other;
  other.id = {"CI", "SRT"};
  return StationPlaces(std::vector{row, other});
}

std::vector<LabelledEvent> labels_of(const std::vector<storage::StoredEvent>& events,
                                     bool with_automatic = false) {
  LabelCounts counts;
  return catalog_labels(events, places(), with_automatic, counts);
}

TEST(CatalogLabels, AreThePicksThatAHumanMade) {
  auto weightless = arrival("SRT", "S", 9s);
  weightless.weight = 0.0;
  auto first_motion = arrival("CLC", "Pn", 5s);
  first_motion.polarity = "negative";
  const auto events = labels_of({reviewed("a",
                                          {arrival("CLC", "Pg", 6s),
                                           first_motion,
                                           arrival("CLC", "Sg", 8s, ""),
                                           arrival("SRT", "P", 5500ms, "automatic"),
                                           weightless,
                                           arrival("CLC", "AML", 9s)})});
  ASSERT_EQ(events.size(), 1U);
  ASSERT_EQ(events[0].labels.size(), 2U);
  const CatalogLabel& p = events[0].labels[0];
  EXPECT_EQ(p.time, kStart + 5s);
  EXPECT_EQ(p.polarity, "negative");
  EXPECT_NEAR(*p.magnitude, 2.875, 1e-9);
  EXPECT_NEAR(*p.distance_km, 13.5, 0.3);
  EXPECT_NEAR(*p.back_azimuth_deg, 161.6, 1.0);
  EXPECT_EQ(events[0].labels[1].phase, Phase::kS);
  EXPECT_FALSE(events[0].labels[1].magnitude.has_value());
  EXPECT_THAT(events[0].doubtful,
              ElementsAre(DoubtfulPick{{"CI", "SRT"}, Phase::kP, kStart + 5500ms},
                          DoubtfulPick{{"CI", "SRT"}, Phase::kS, kStart + 9s}));
}

TEST(CatalogLabels, OfAutomaticEventsCountWhenTheyAreAskedForFinalAndGood) {
  storage::StoredEvent good;
  good.event = make_change(1, 10s, {}).event;
  good.event.status = EventStatus::kFinal;
  storage::StoredArrival sure;
  sure.arrival.phase = Phase::kP;
  sure.arrival.weight = 0.9;
  sure.pick = storage::StoredPick{make_pick("CLC", Phase::kP, 12s), 0, {}, 0, {}};
  storage::StoredArrival weak = sure;
  weak.arrival.weight = 0.1;
  weak.pick = storage::StoredPick{make_pick("SRT", Phase::kP, 13s), 0, {}, 0, {}};
  storage::StoredArrival of_fibre = sure;
  of_fibre.pick = storage::StoredFibrePick{};
  good.arrivals = {sure, weak, of_fibre};
  storage::StoredEvent early = good;
  early.event.status = EventStatus::kUpdated;
  storage::StoredEvent poor = good;
  poor.event.origin.quality = QualityClass::kC;
  storage::StoredEvent few = good;
  few.event.kind = EventKind::kFewStations;

  EXPECT_THAT(labels_of({good, early, poor, few}), IsEmpty());
  LabelCounts counts;
  const auto events = catalog_labels(std::vector{good, early, poor, few}, places(), true, counts);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].labels.size(), 1U);
  EXPECT_EQ(events[0].doubtful.size(), 1U);
  EXPECT_EQ(counts.automatic, 1U);
  EXPECT_EQ(counts.not_trusted, 3U);
}

TEST(CatalogLabels, AreNotTakenOfWhatIsNoEarthquakeOrHasNoPicks) {
  storage::StoredEvent fake = reviewed("fake", {arrival("CLC", "P", 5s)});
  fake.reviewed[0].type = "not existing";
  LabelCounts counts;
  EXPECT_THAT(catalog_labels(std::vector{fake, reviewed("bare", {})}, places(), true, counts),
              IsEmpty());
  EXPECT_EQ(counts.no_earthquake, 1U);
  EXPECT_EQ(counts.without_picks, 1U);
}

TEST(StationPlaces, KnowTheNetworkThatAFileLeftOut) {
  EXPECT_EQ(places().named({"", "CLC"}), (StationId{"CI", "CLC"}));
  EXPECT_EQ(places().named({"XX", "CLC"}), (StationId{"XX", "CLC"}));
  EXPECT_EQ(places().named({"", "NONE"}), (StationId{"", "NONE"}));
  storage::StationRow one;
  one.id = {"A", "S"};
  storage::StationRow two;
  two.id = {"B", "S"};
  EXPECT_EQ(StationPlaces(std::vector{one, two}).named({"", "S"}), (StationId{"", "S"}));
}

LabelledEvent event_between(const std::string& id, Duration first, Duration last) {
  LabelledEvent event;
  event.event_id = id;
  event.labels = {{{"CI", "CLC"}, Phase::kP, kStart + first, {}, {}, {}, {}},
                  {{"CI", "CLC"}, Phase::kS, kStart + last, {}, {}, {}, {}}};
  return event;
}

TEST(EventGroups, HoldTogetherWhatMinglesAndKeepTheRestApart) {
  const std::vector events{event_between("a", 100s, 110s),
                           event_between("b", 105s, 120s),
                           event_between("c", 140s, 150s),
                           event_between("d", 400s, 410s)};
  const auto groups = group_events(events, 60s, 60s);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_THAT(groups[0].events, ElementsAre(0U, 1U));
  EXPECT_EQ(groups[0].span, (TimeSpan{kStart + 40s, kStart + 129500ms}));
  EXPECT_EQ(groups[1].span, (TimeSpan{kStart + 130500ms, kStart + 210s}));
  EXPECT_EQ(groups[2].span, (TimeSpan{kStart + 340s, kStart + 470s}));
  EXPECT_EQ(groups[2].fold, kCatalogFolds - 1);
}

TEST(EventGroups, NeverShareASample) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<LabelledEvent> events;
    Duration at = 0s;
    for (int i = 0; i < 60; ++i) {
      at += std::chrono::milliseconds{random() % 100000};
      const Duration length = std::chrono::milliseconds{1 + random() % 40000};
      events.push_back(event_between(std::to_string(i), at, at + length));
    }
    const auto groups = group_events(events, 30s, 60s);
    std::size_t next = 0;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      for (const std::size_t event : groups[g].events) {
        ASSERT_EQ(event, next++);
        ASSERT_GE(events[event].first(), groups[g].span.from);
        ASSERT_LT(events[event].last(), groups[g].span.to);
      }
      if (g > 0) {
        ASSERT_GE(groups[g].span.from - groups[g - 1].span.to, 1s - 1ns);
        ASSERT_GE(groups[g].fold, groups[g - 1].fold);
      }
    }
    ASSERT_EQ(next, events.size());
    ASSERT_EQ(groups.back().fold, groups.size() == 1 ? 0 : kCatalogFolds - 1);
  }
}

TEST(QuietSpans, KeepOffWhatIsBusy) {
  const TimeSpan hour{kStart, kStart + 1h};
  const std::vector<Time> busy{kStart - 30s, kStart + 200s, kStart + 250s, kStart + 3590s};
  EXPECT_THAT(
      quiet_spans(hour, busy, 5s, 90s, 40s),
      ElementsAre(TimeSpan{kStart + 60s, kStart + 195s}, TimeSpan{kStart + 340s, kStart + 3585s}));
  EXPECT_THAT(quiet_spans(hour, {}, 5s, 90s, 40s), ElementsAre(hour));
  EXPECT_THAT(quiet_spans({kStart, kStart + 30s}, {}, 5s, 90s, 40s), IsEmpty());
}

/// One looked-at hour and the next of CI.CLC, an event that a human picked, waveforms throughout.
class CatalogDataset : public storage::StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    for (const char* channel : {"HHZ", "HHN", "HHE"}) {
      write_waveforms(channel);
    }
  }
  void write_waveforms(const char* channel) {
    streams::RecordHeader header;
    header.source_id = *SourceId::from_seed("CI", "CLC", "", channel);
    header.start = kStart;
    header.rate = *SampleRate::make(20);
    header.encoding = streams::Encoding::kSteim2;
    std::vector<std::int32_t> samples;
    for (int i = 0; i < 2 * 3600 * 20; ++i) {
      samples.push_back(i * 7919 % 101 - 50);
    }
    const auto bytes = streams::write_mseed2(header, samples);
    ASSERT_TRUE(bytes);
    std::filesystem::create_directories(folder_ / "waveforms");
    test::write_file(folder_ / "waveforms" / channel, *bytes);
  }
  void commit(const std::vector<ReviewedArrival>& arrivals) {
    storage::Store store = open_store();
    storage::Batch batch;
    batch.picks = {make_pick("CLC", Phase::kP, 600100ms), make_pick("CLC", Phase::kP, 640s)};
    for (const Duration hour : {Duration(0h), Duration(1h)}) {
      batch.completeness.push_back(
          make_completeness(batch.picks[0].instrument, kStart + hour, 3600.0, 0.0));
    }
    ReviewedEvent review = make_review("smi:local/1", 595s);
    review.arrivals = arrivals;
    batch.reviewed_events = {{review, ""}};
    ASSERT_TRUE(store.commit(batch));
    ASSERT_TRUE(store.close("test", "{}"));
  }
  Result<CatalogDatasetReport> make() {
    storage::Reader reader = open_reader();
    const auto waveforms = streams::WaveformFolder::open(folder_ / "waveforms");
    EXPECT_TRUE(waveforms);
    CatalogDatasetOptions options;
    options.folder = folder_ / "data";
    return write_catalog_dataset(reader, *waveforms, options, [](std::size_t, std::size_t) {});
  }
};

TEST_F(CatalogDataset, HoldsWindowsWithLabelsDoubtsAndNoise) {
  commit({arrival("CLC", "P", 600s), arrival("CLC", "S", 605s), arrival("SRT", "P", 601s)});
  const auto report = make();
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->labels_p, 1U);
  EXPECT_EQ(report->labels_s, 1U);
  EXPECT_EQ(report->labels_without_waveforms, 1U);
  EXPECT_THAT(report->first_without_waveforms, HasSubstr("CI.SRT P"));
  EXPECT_EQ(report->doubtful, 1U);  // the pick at 640 s; that at 600.1 s is the label's
  EXPECT_EQ(report->noise_windows, 1U);

  const auto description = load_dataset_description(folder_ / "data");
  ASSERT_TRUE(description) << description.error().what;
  const auto data = load_dataset(*description, 20.0);
  ASSERT_TRUE(data) << data.error().what;
  ASSERT_EQ(data->recordings.size(), 2U);
  const Recording& event = data->recordings[0];
  EXPECT_EQ(event.kind, RecordingKind::kWindow);
  EXPECT_EQ(event.start, kStart + 540s);
  EXPECT_EQ(event.event, "smi:local/1");
  ASSERT_EQ(event.labels.size(), 2U);
  EXPECT_NEAR(event.labels[0].sample, 60.0 * 20.0, 1e-6);
  ASSERT_EQ(event.masks.size(), 1U);
  EXPECT_NEAR(event.masks[0].begin, (640.0 - 540.0 - 0.5) * 20.0, 1e-6);
  ASSERT_EQ(event.noise.size(), 1U);
  EXPECT_EQ(event.noise[0].begin, 0);
  EXPECT_EQ(event.noise[0].end, 55 * 20);
  const Recording& noise = data->recordings[1];
  EXPECT_EQ(noise.kind, RecordingKind::kContinuous);
  EXPECT_THAT(noise.labels, IsEmpty());
  ASSERT_EQ(noise.noise.size(), 1U);
  EXPECT_TRUE(noise.start + 120s <= kStart + 540s || noise.start >= kStart + 665s);
}

TEST_F(CatalogDataset, MasksThePhaseThatAnEventLacks) {
  commit({arrival("CLC", "P", 600s)});
  ASSERT_TRUE(make());
  std::ifstream file(folder_ / "data" / "events" / "masks.csv");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(text, HasSubstr("CI,CLC,S,2019-07-04T17:10:00.500000Z,2019-07-04T17:11:00.000000Z"));
}

TEST_F(CatalogDataset, SaysThatNothingWasReviewed) {
  open_store();
  const auto report = make();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kNotFound);
  EXPECT_THAT(report.error().what, HasSubstr("geod catalog import"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "data"));
}

TEST_F(CatalogDataset, SaysThatNoWaveformsWereKept) {
  commit({arrival("SRT", "P", 600s), arrival("SRT", "S", 605s)});
  const auto report = make();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kNotFound);
  EXPECT_THAT(report.error().what, HasSubstr("none of the 2 reviewed picks"));
  EXPECT_THAT(report.error().what, HasSubstr("CI.SRT P 2019-07-04T17:10:00"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "data"));
}

TEST_F(CatalogDataset, IsNotWrittenOverAnother) {
  commit({arrival("CLC", "P", 600s)});
  std::filesystem::create_directories(folder_ / "data");
  const auto report = make();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kIo);
}

}  // namespace
}  // namespace geod::trainer
