#include "trainer/dataset.hpp"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "streams/mseed_writer.hpp"
#include "tests/unit/trainer/tmp_dir.hpp"

namespace geod::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Times in nanoseconds and sample numbers in doubles agree to the last bits only.
MATCHER_P2(LabelNear, phase, sample, "") {
  return arg.phase == phase && std::abs(arg.sample - sample) < 1e-6;
}
MATCHER_P3(MaskNear, phase, begin, end, "") {
  return arg.phase == phase && std::abs(arg.begin - begin) < 1e-6 && std::abs(arg.end - end) < 1e-6;
}

/// Writes a channel that starts at 2020-01-01 + `start_s`: sample i = 1000 + i mod 50.
void write_channel(const std::filesystem::path& folder,
                   const char* station,
                   const char* channel,
                   double start_s,
                   double seconds,
                   double rate_hz = 100.0) {
  streams::RecordHeader header;
  header.source_id = *SourceId::from_seed("XX", station, "", channel);
  header.start = *parse_iso("2020-01-01") + duration_from_seconds(start_s);
  header.rate = *SampleRate::from_hz(rate_hz);
  header.encoding = streams::Encoding::kInt32;
  std::vector<std::int32_t> samples(static_cast<std::size_t>(seconds * rate_hz));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = 1000 + static_cast<std::int32_t>(i % 50);
  }
  const auto bytes = streams::write_mseed2(header, streams::Samples(samples));
  ASSERT_TRUE(bytes);
  std::ofstream file(folder / fmt::format("{}.{}.{}.mseed", station, channel, start_s),
                     std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes->data()),
             static_cast<std::streamsize>(bytes->size()));
}

void write_three(const std::filesystem::path& folder, const char* station, double seconds) {
  for (const char* channel : {"HHZ", "HHN", "HHE"}) {
    write_channel(folder, station, channel, 0.0, seconds);
  }
}

Result<Dataset> load(const std::filesystem::path& path) {
  const auto description = load_dataset_description(path);
  if (!description) {
    return tl::unexpected(description.error());
  }
  return load_dataset(*description, 100.0);
}

TEST(Dataset, ReadsAPlainFolderWithLabels) {
  const test::TmpDir dir;
  write_three(dir.path(), "AAA", 60.0);
  dir.write("labels.csv",
            "network,station,phase,time\n"
            "XX,AAA,S,2020-01-01T00:00:20.505Z\n"
            "XX,AAA,Pg,2020-01-01T00:00:10Z\n"
            "XX,ZZZ,P,2020-01-01T00:00:10Z\n");
  dir.write("uncertain.csv", "network,station,phase,time\nXX,AAA,P,2020-01-01T00:00:40Z\n");
  dir.write("noise.csv",
            "network,station,start,end\nXX,AAA,2019-12-31T23:59:00Z,2020-01-01T00:00:08Z\n");
  const auto dataset = load(dir.path());
  ASSERT_TRUE(dataset) << dataset.error().what;
  ASSERT_EQ(dataset->recordings.size(), 1U);
  const Recording& recording = dataset->recordings[0];
  EXPECT_EQ(recording.samples, 6000);
  EXPECT_FALSE(recording.vertical_only);
  EXPECT_THAT(recording.labels,
              ElementsAre(LabelNear(Phase::kP, 1000.0), LabelNear(Phase::kS, 2050.5)));
  EXPECT_THAT(recording.masks, ElementsAre(MaskNear(Phase::kP, 3950.0, 4050.0)));
  EXPECT_THAT(recording.noise, ElementsAre(SampleSpan{0, 800}));
  EXPECT_EQ(dataset->labels_without_waveform, 1U);
  // The median of the ramp is gone.
  EXPECT_FLOAT_EQ(recording.data[0], -25.0F);
}

TEST(Dataset, SplitsAtGapsAndKeepsLabelsInTheirPart) {
  const test::TmpDir dir;
  write_channel(dir.path(), "AAA", "HHZ", 0.0, 30.0);
  write_channel(dir.path(), "AAA", "HHZ", 100.0, 30.0);
  write_channel(dir.path(), "AAA", "HHZ", 200.0, 5.0);  // too short to use
  dir.write("labels.csv", "network,station,phase,time\nXX,AAA,P,2020-01-01T00:01:45Z\n");
  const auto dataset = load(dir.path());
  ASSERT_TRUE(dataset) << dataset.error().what;
  ASSERT_EQ(dataset->recordings.size(), 2U);
  EXPECT_TRUE(dataset->recordings[0].labels.empty());
  EXPECT_THAT(dataset->recordings[1].labels, ElementsAre(LabelNear(Phase::kP, 500.0)));
  EXPECT_TRUE(dataset->recordings[1].vertical_only);
}

TEST(Dataset, ResamplesLabelsWithTheData) {
  const test::TmpDir dir;
  write_channel(dir.path(), "AAA", "BHZ", 0.0, 60.0, 40.0);
  dir.write("labels.csv", "network,station,phase,time\nXX,AAA,P,2020-01-01T00:00:30Z\n");
  const auto dataset = load(dir.path());
  ASSERT_TRUE(dataset) << dataset.error().what;
  EXPECT_NEAR(static_cast<double>(dataset->recordings[0].samples), 6000.0, 3.0);
  EXPECT_THAT(dataset->recordings[0].labels, ElementsAre(LabelNear(Phase::kP, 3000.0)));
}

constexpr const char* kWithExclusions = R"({"name": "test",
  "folders": [{"path": ".", "kind": "continuous", "labels": "labels.csv"}],
  "exclude": [{"stations": ["XX.BBB"], "reason": "demo"},
              {"from": "2020-01-01T00:01:00Z", "reason": "score"}]})";

TEST(Dataset, CutsExclusionsOut) {
  const test::TmpDir dir;
  write_three(dir.path(), "AAA", 120.0);
  write_three(dir.path(), "BBB", 120.0);
  dir.write("labels.csv",
            "network,station,phase,time\n"
            "XX,AAA,P,2020-01-01T00:00:30Z\nXX,AAA,P,2020-01-01T00:01:30Z\n"
            "XX,BBB,P,2020-01-01T00:00:30Z\n");
  dir.write("dataset.json", kWithExclusions);
  const auto dataset = load(dir.path());
  ASSERT_TRUE(dataset) << dataset.error().what;
  ASSERT_EQ(dataset->recordings.size(), 1U);
  EXPECT_EQ(dataset->recordings[0].instrument.station, "AAA");
  EXPECT_EQ(dataset->recordings[0].samples, 6000);
  EXPECT_THAT(dataset->recordings[0].labels, ElementsAre(LabelNear(Phase::kP, 3000.0)));
  EXPECT_THAT(description_to_json(dataset->description), HasSubstr("XX.BBB"));
}

TEST(Dataset, CutsAStretchOutOfTheMiddle) {
  const test::TmpDir dir;
  write_three(dir.path(), "AAA", 120.0);
  dir.write("labels.csv", "network,station,phase,time\nXX,AAA,P,2020-01-01T00:01:30Z\n");
  dir.write("dataset.json", R"({"folders": [{"path": ".", "labels": "labels.csv"}],
    "exclude": [{"from": "2020-01-01T00:00:50Z", "to": "2020-01-01T00:01:20Z"}]})");
  const auto dataset = load(dir.path());
  ASSERT_TRUE(dataset) << dataset.error().what;
  ASSERT_EQ(dataset->recordings.size(), 2U);
  EXPECT_EQ(dataset->recordings[0].samples, 5000);
  EXPECT_EQ(dataset->recordings[1].samples, 4000);
  EXPECT_EQ(to_iso(dataset->recordings[1].start, 0), "2020-01-01T00:01:20Z");
  EXPECT_THAT(dataset->recordings[1].labels, ElementsAre(LabelNear(Phase::kP, 1000.0)));
}

TEST(Dataset, MasksThePhaseAWindowHasNoLabelOf) {
  const test::TmpDir dir;
  write_three(dir.path(), "AAA", 60.0);
  dir.write("labels.csv",
            "network,station,phase,time,event,fold\nXX,AAA,P,2020-01-01T00:00:30Z,e7,3\n");
  dir.write("dataset.json",
            R"({"folders": [{"path": ".", "kind": "windows", "labels": "labels.csv"}]})");
  const auto dataset = load(dir.path());
  ASSERT_TRUE(dataset) << dataset.error().what;
  EXPECT_THAT(dataset->recordings[0].masks, ElementsAre(MaskNear(Phase::kS, 3050.0, 6000.0)));
  EXPECT_EQ(dataset->recordings[0].event, "e7");
  EXPECT_EQ(dataset->recordings[0].fold, 3);
}

TEST(Dataset, MakesEventLabelsOfColumnsAndTables) {
  const test::TmpDir dir;
  write_three(dir.path(), "AAA", 60.0);
  dir.write("labels.csv",
            "network,station,phase,time,event,polarity,magnitude\n"
            "XX,AAA,P,2020-01-01T00:00:10Z,e1,C,\n"
            "XX,AAA,P,2020-01-01T00:00:12Z,e2,,1.5\n"
            "XX,AAA,S,2020-01-01T00:00:14Z,e1,,\n"
            "XX,AAA,P,2020-01-01T00:00:40Z,,,\n");
  dir.write("events.csv", "event,latitude,longitude,magnitude\ne1,0.0,11.0,3.0\n");
  dir.write("stations.csv", "network,station,latitude,longitude\nXX,AAA,0.0,10.0\n");
  const auto dataset = load(dir.path());
  ASSERT_TRUE(dataset) << dataset.error().what;
  const std::vector<EventLabel>& events = dataset->recordings[0].events;
  ASSERT_EQ(events.size(), 2U);  // of the last P nothing is known
  EXPECT_NEAR(events[0].p_sample, 1000.0, 1e-6);
  EXPECT_NEAR(events[0].s_sample.value(), 1400.0, 1e-6);
  EXPECT_EQ(events[0].first_motion_up, true);
  EXPECT_EQ(events[0].magnitude, 3.0);
  EXPECT_NEAR(events[0].distance_km.value(), 111.3195, 1e-3);
  EXPECT_NEAR(events[0].back_azimuth_deg.value(), 90.0, 1e-6);
  EXPECT_NEAR(events[1].p_sample, 1200.0, 1e-6);
  EXPECT_FALSE(events[1].s_sample);  // the S is of the other event
  EXPECT_EQ(events[1].magnitude, 1.5);
  EXPECT_FALSE(events[1].distance_km);
}

TEST(Dataset, HasNoBackAzimuthWhereHorizontalsAreNotNorthAndEast) {
  const test::TmpDir dir;
  for (const char* channel : {"HHZ", "HH1", "HH2"}) {
    write_channel(dir.path(), "AAA", channel, 0.0, 60.0);
  }
  dir.write("labels.csv",
            "network,station,phase,time,back_azimuth_deg,distance_km\n"
            "XX,AAA,P,2020-01-01T00:00:10Z,45,12\n");
  const auto dataset = load(dir.path());
  ASSERT_TRUE(dataset) << dataset.error().what;
  EXPECT_FALSE(dataset->recordings[0].oriented);
  ASSERT_EQ(dataset->recordings[0].events.size(), 1U);
  EXPECT_FALSE(dataset->recordings[0].events[0].back_azimuth_deg);
  EXPECT_EQ(dataset->recordings[0].events[0].distance_km, 12.0);
}

TEST(Dataset, MovesEventLabelsWithTheirPart) {
  const test::TmpDir dir;
  write_three(dir.path(), "AAA", 120.0);
  dir.write("labels.csv",
            "network,station,phase,time,magnitude\n"
            "XX,AAA,P,2020-01-01T00:00:20Z,1\n"
            "XX,AAA,P,2020-01-01T00:01:00Z,2\nXX,AAA,P,2020-01-01T00:01:30Z,3\n"
            "XX,AAA,S,2020-01-01T00:01:35Z,\n");
  dir.write("dataset.json", R"({"folders": [{"path": ".", "labels": "labels.csv"}],
    "exclude": [{"from": "2020-01-01T00:00:50Z", "to": "2020-01-01T00:01:20Z"}]})");
  const auto dataset = load(dir.path());
  ASSERT_TRUE(dataset) << dataset.error().what;
  ASSERT_EQ(dataset->recordings.size(), 2U);
  ASSERT_EQ(dataset->recordings[0].events.size(), 1U);
  ASSERT_EQ(dataset->recordings[1].events.size(), 1U);
  EXPECT_NEAR(dataset->recordings[1].events[0].p_sample, 1000.0, 1e-6);
  EXPECT_NEAR(dataset->recordings[1].events[0].s_sample.value(), 1500.0, 1e-6);
  EXPECT_EQ(dataset->recordings[1].events[0].magnitude, 3.0);
}

TEST(Dataset, NamesTheRowThatIsWrong) {
  const test::TmpDir dir;
  write_three(dir.path(), "AAA", 60.0);
  for (const char* row : {"XX,AAA,P,yesterday",
                          "XX,AAA,Q,2020-01-01T00:00:30Z",
                          "XX,AAA,,2020-01-01",
                          "XX,AAA,P,2020-01-01,sideways"}) {
    dir.write("labels.csv", fmt::format("network,station,phase,time,polarity\n{}\n", row));
    const auto dataset = load(dir.path());
    ASSERT_FALSE(dataset) << row;
    EXPECT_EQ(dataset.error().code, Errc::kCorruptRecord);
    EXPECT_THAT(dataset.error().what, HasSubstr("labels.csv:2"));
  }
}

TEST(Dataset, RefusesAFolderWithoutWaveformsOrLabels) {
  const test::TmpDir dir;
  EXPECT_EQ(load(dir.path()).error().code, Errc::kNotFound);
  dir.write("labels.csv", "network,station,phase,time\n");
  EXPECT_EQ(load(dir.path()).error().code, Errc::kNotFound);
}

TEST(DatasetDescription, ReportsUnknownKeysAndWrongTypes) {
  const test::TmpDir dir;
  for (const char* text : {R"({"folders": [{"path": ".", "label": "x"}]})",
                           R"({"folders": [{"labels": "x"}]})",
                           R"({"folders": [{"path": ".", "kind": "waves"}]})",
                           R"({"folders": [], "exclude": [{"reason": "none"}]})",
                           R"({"folders": [], "exclude": [{"from": "noon"}]})",
                           R"({"folder": []})",
                           "[1, 2",
                           "3"}) {
    dir.write("dataset.json", text);
    const auto description = load_dataset_description(dir.path());
    ASSERT_FALSE(description) << text;
    EXPECT_EQ(description.error().code, Errc::kConfig) << text;
  }
}

}  // namespace
}  // namespace geod::trainer
