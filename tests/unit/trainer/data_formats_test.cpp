#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/trainer/tmp_dir.hpp"
#include "trainer/dataset.hpp"

namespace geod::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

MATCHER_P2(LabelNear, phase, sample, "") {
  return arg.phase == phase && std::abs(arg.sample - sample) < 1e-6;
}

std::filesystem::path made(const char* folder) {
  return std::filesystem::path(GEOD_SOURCE_DIR) / "tests/data/formats" / folder;
}

Result<Dataset> load(const std::filesystem::path& path, double rate_hz = 100.0) {
  const auto description = load_dataset_description(path);
  if (!description) {
    return tl::unexpected(description.error());
  }
  return load_dataset(*description, rate_hz);
}

Dataset loaded(const std::filesystem::path& path, double rate_hz = 100.0) {
  auto dataset = load(path, rate_hz);
  EXPECT_TRUE(dataset) << dataset.error().what;
  return dataset ? std::move(*dataset) : Dataset{};
}

/// The files of tests/data/formats hold 300 + k on Z, 200 + k on N, 100 + k on E of trace k, plus a
/// ramp from 0 to 49.
void expect_trace(const Recording& recording, int number) {
  const Waveform waveform = recording.waveform();
  ASSERT_FALSE(waveform.missing());
  for (std::size_t c = 0; c < 3; ++c) {
    const auto level = static_cast<float>(300 - 100 * static_cast<int>(c) + number);
    ASSERT_EQ(waveform.component(c).size(), static_cast<std::size_t>(recording.samples));
    EXPECT_EQ(waveform.component(c)[0], level) << recording.id << " component " << c;
    EXPECT_EQ(waveform.component(c)[73], level + 23.0F);
  }
}

TEST(SteadFormat, ReadsTheMergedFilesAsPublished) {
  const Dataset dataset = loaded(made("stead"));
  EXPECT_EQ(dataset.description.folders[0].format, DataFormat::kStead);
  ASSERT_EQ(dataset.recordings.size(), 3U);
  const Recording& first = dataset.recordings[0];
  expect_trace(first, 0);
  EXPECT_EQ(first.kind, RecordingKind::kWindow);
  EXPECT_EQ(first.instrument.to_string(), "TA.109C..BH");
  EXPECT_EQ(first.samples, 6000);
  EXPECT_EQ(to_iso(first.start, 2), "2006-07-23T15:59:00.96Z");
  EXPECT_THAT(first.labels, ElementsAre(LabelNear(Phase::kP, 700.0), LabelNear(Phase::kS, 1894.0)));
  ASSERT_EQ(first.events.size(), 1U);
  EXPECT_EQ(first.events[0].magnitude, 3.6);
  EXPECT_EQ(first.events[0].distance_km, 102.09);
  // The table says 159.3; the coordinates (and ObsPy) say this.
  EXPECT_NEAR(first.events[0].back_azimuth_deg.value(), 339.3, 0.3);
  EXPECT_FALSE(first.events[0].first_motion_up);
  expect_trace(dataset.recordings[1], 1);
  EXPECT_EQ(dataset.recordings[1].event, first.event);
  EXPECT_THAT(dataset.recordings[1].labels,
              ElementsAre(LabelNear(Phase::kP, 600.5), LabelNear(Phase::kS, 1500.0)));
}

TEST(SteadFormat, TakesNoiseTracesForNoise) {
  const Dataset dataset = loaded(made("stead"));
  ASSERT_EQ(dataset.recordings.size(), 3U);
  const Recording& noise = dataset.recordings[2];
  expect_trace(noise, 2);
  EXPECT_THAT(noise.noise, ElementsAre(SampleSpan{0, 6000}));
  EXPECT_TRUE(noise.labels.empty());
  EXPECT_TRUE(noise.masks.empty());
  EXPECT_EQ(noise.kind, RecordingKind::kContinuous);
}

TEST(SteadFormat, ReadsTheReslicedSet) {
  const Dataset dataset = loaded(made("stead_sliced"));
  ASSERT_EQ(dataset.recordings.size(), 2U);
  expect_trace(dataset.recordings[0], 0);
  expect_trace(dataset.recordings[1], 1);
  EXPECT_EQ(dataset.recordings[0].instrument.station, "AAA");
  EXPECT_EQ(dataset.recordings[0].events[0].back_azimuth_deg, 275.5);
  EXPECT_EQ(dataset.recordings[1].event, "q2");
}

TEST(SteadFormat, ResamplesTracesAndLabels) {
  const Dataset dataset = loaded(made("stead"), 50.0);
  ASSERT_EQ(dataset.recordings.size(), 3U);
  EXPECT_EQ(dataset.recordings[0].samples, 3000);
  EXPECT_EQ(dataset.recordings[0].waveform().component(0).size(), 3000U);
  EXPECT_NEAR(dataset.recordings[0].events[0].p_sample, 350.0, 1e-9);
}

TEST(DitingFormat, RepairsKeysAndConvertsMagnitudes) {
  const Dataset dataset = loaded(made("diting"), 50.0);
  ASSERT_EQ(dataset.recordings.size(), 3U);
  EXPECT_EQ(dataset.skipped_traces, 1U);
  EXPECT_THAT(dataset.first_skip, HasSubstr("DiTing330km_light.csv:5"));
  const Recording& first = dataset.recordings[0];
  expect_trace(first, 0);
  EXPECT_EQ(first.id, "diting/000002.1700");
  EXPECT_EQ(first.samples, 9000);
  EXPECT_THAT(first.labels,
              ElementsAre(LabelNear(Phase::kP, 1000.0), LabelNear(Phase::kS, 1500.0)));
  ASSERT_EQ(first.events.size(), 1U);
  EXPECT_NEAR(first.events[0].magnitude.value(), 4.4956, 1e-4);  // Ms 4.0
  EXPECT_EQ(first.events[0].first_motion_up, true);
  EXPECT_EQ(first.events[0].back_azimuth_deg, 280.0);
  EXPECT_EQ(first.events[0].distance_km, 35.5);
  const Recording& second = dataset.recordings[1];
  expect_trace(second, 1);
  EXPECT_EQ(second.event, first.event);
  EXPECT_NEAR(second.events[0].magnitude.value(), 4.7345, 1e-4);  // mb 4.0
  EXPECT_EQ(second.events[0].first_motion_up, false);
  EXPECT_EQ(second.events[0].back_azimuth_deg, 40.0);
}

TEST(DitingFormat, TakesZeroMagnitudesAndBlanksForUnknown) {
  const Dataset dataset = loaded(made("diting"), 50.0);
  ASSERT_EQ(dataset.recordings.size(), 3U);
  const Recording& third = dataset.recordings[2];
  expect_trace(third, 2);
  ASSERT_EQ(third.events.size(), 1U);
  EXPECT_FALSE(third.events[0].magnitude);
  EXPECT_FALSE(third.events[0].first_motion_up);
  EXPECT_FALSE(third.events[0].back_azimuth_deg);
  EXPECT_EQ(third.events[0].distance_km, 12.0);
}

TEST(DitingFormat, RefusesAnUnknownMagnitudeTypeWithItsRow) {
  const test::TmpDir dir;
  dir.write("DiTing330km_light.csv",
            ",part,key,ev_id,evmag,mag_type,p_pick,s_pick,p_motion\n0,0,2.17,7,4.0,Mw,100,200,U\n");
  const auto dataset = load(dir.path(), 50.0);
  ASSERT_FALSE(dataset);
  EXPECT_EQ(dataset.error().code, Errc::kCorruptRecord);
  EXPECT_THAT(dataset.error().what, HasSubstr("DiTing330km_light.csv:2"));
  EXPECT_THAT(dataset.error().what, HasSubstr("Mw"));
}

TEST(SeisbenchFormat, ReadsBucketsInTheirComponentOrder) {
  const Dataset dataset = loaded(made("seisbench"));
  ASSERT_EQ(dataset.recordings.size(), 3U);
  const Recording& first = dataset.recordings[0];
  expect_trace(first, 0);
  EXPECT_EQ(first.samples, 4000);
  EXPECT_EQ(first.instrument.to_string(), "XX.AAA.00.HH");
  EXPECT_THAT(first.labels,
              ElementsAre(LabelNear(Phase::kP, 1000.5), LabelNear(Phase::kS, 1400.0)));
  EXPECT_EQ(first.events[0].first_motion_up, true);
  EXPECT_NEAR(first.events[0].distance_km.value(), 110.574, 1e-3);
  EXPECT_NEAR(first.events[0].back_azimuth_deg.value(), 0.0, 1e-6);
  const Recording& second = dataset.recordings[1];
  expect_trace(second, 1);
  EXPECT_EQ(second.samples, 3500);
  EXPECT_EQ(second.event, first.event);
  EXPECT_FALSE(second.events[0].first_motion_up);
  // Its S may be there, unlabelled.
  ASSERT_EQ(second.masks.size(), 1U);
  EXPECT_EQ(second.masks[0].phase, Phase::kS);
}

TEST(SeisbenchFormat, TakesRatesAndSplitsFromTheTable) {
  const Dataset dataset = loaded(made("seisbench"));
  ASSERT_EQ(dataset.recordings.size(), 3U);
  EXPECT_EQ(dataset.recordings[0].part, Part::kTrain);
  EXPECT_EQ(dataset.recordings[1].part, Part::kValidation);
  EXPECT_EQ(dataset.recordings[2].part, Part::kTest);
  EXPECT_EQ(dataset.recordings[2].samples, 3999);  // 2000 at 50 Hz
  EXPECT_NEAR(dataset.recordings[2].events[0].p_sample, 800.0, 1e-9);
}

TEST(NpzFormat, ReadsWindowsOfNcedc) {
  const Dataset dataset = loaded(made("npz"));
  ASSERT_EQ(dataset.recordings.size(), 2U);
  const Recording& first = dataset.recordings[0];
  expect_trace(first, 0);
  EXPECT_EQ(first.instrument.to_string(), "NC.BBG..EH");
  EXPECT_TRUE(first.oriented);
  EXPECT_EQ(to_iso(first.start, 2), "2012-08-19T16:17:45.42Z");
  EXPECT_THAT(first.labels,
              ElementsAre(LabelNear(Phase::kP, 1000.0), LabelNear(Phase::kS, 1400.0)));
  EXPECT_TRUE(dataset.recordings[1].vertical_only);
  EXPECT_EQ(dataset.recordings[1].waveform().component(0)[0], 301.0F);
}

TEST(QuakemlFormat, ReadsPicksEventsAndStations) {
  const Dataset dataset = loaded(made("quakeml"));
  ASSERT_EQ(dataset.recordings.size(), 1U);
  const Recording& recording = dataset.recordings[0];
  // The amplitude pick and the rejected one are left out; the S has its phase from the arrival.
  EXPECT_THAT(recording.labels,
              ElementsAre(LabelNear(Phase::kP, 1000.0), LabelNear(Phase::kS, 1450.0)));
  EXPECT_EQ(recording.event, "smi:test/e1");
  ASSERT_EQ(recording.events.size(), 1U);
  EXPECT_EQ(recording.events[0].first_motion_up, false);
  EXPECT_EQ(recording.events[0].magnitude, 2.4);
  EXPECT_NEAR(recording.events[0].distance_km.value(), 55.287, 1e-3);  // of the preferred origin
  EXPECT_NEAR(recording.events[0].back_azimuth_deg.value(), 0.0, 1e-6);
}

constexpr const char* kRepeatedPicks = R"(<?xml version="1.0"?>
<q:quakeml xmlns:q="http://quakeml.org/xmlns/quakeml/1.2" xmlns="http://quakeml.org/xmlns/bed/1.2">
<eventParameters publicID="smi:a/b"><event publicID="smi:a/e">
<preferredOriginID>smi:a/o2</preferredOriginID>
<origin publicID="smi:a/o1"><arrival publicID="smi:a/a1"><pickID>smi:a/p1</pickID>
<phase>P</phase></arrival></origin>
<origin publicID="smi:a/o2"><arrival publicID="smi:a/a2"><pickID>smi:a/p2</pickID>
<phase>P</phase></arrival></origin>
<pick publicID="smi:a/p1"><time><value>2020-01-01T00:00:10Z</value></time>
<waveformID networkCode="XX" stationCode="AAA" locationCode="90" channelCode="EHZ"/></pick>
<pick publicID="smi:a/p2"><time><value>2020-01-01T00:00:11Z</value></time>
<waveformID networkCode="XX" stationCode="AAA" locationCode="90" channelCode="EHZ"/></pick>
</event></eventParameters></q:quakeml>)";

TEST(QuakemlFormat, TakesThePickOfThePreferredOriginWhateverChannelItNames) {
  const test::TmpDir dir;
  std::filesystem::copy_file(made("quakeml") / "waves.mseed", dir / "waves.mseed");
  dir.write("events.qml", kRepeatedPicks);
  const Dataset dataset = loaded(dir.path());
  ASSERT_EQ(dataset.recordings.size(), 1U);
  EXPECT_THAT(dataset.recordings[0].labels, ElementsAre(LabelNear(Phase::kP, 1100.0)));
}

TEST(QuakemlFormat, NamesAFileThatIsNotXml) {
  const test::TmpDir dir;
  std::filesystem::copy(made("quakeml"), dir.path());
  dir.write("more.qml", "<q:quakeml><eventParameters>");
  const auto dataset = load(dir.path());
  ASSERT_FALSE(dataset);
  EXPECT_EQ(dataset.error().code, Errc::kCorruptRecord);
  EXPECT_THAT(dataset.error().what, HasSubstr("more.qml"));
}

TEST(StoredFormats, RefuseTruncatedWaveforms) {
  for (const auto& [folder, file] : {std::pair{"stead", "merged.hdf5"},
                                     std::pair{"seisbench", "waveforms.hdf5"},
                                     std::pair{"diting", "DiTing330km_part_1.hdf5"}}) {
    const test::TmpDir dir;
    std::filesystem::copy(made(folder), dir.path());
    const auto bytes = std::filesystem::file_size(dir / file);
    std::filesystem::resize_file(dir / file, bytes / 2);
    const auto dataset = load(dir.path());
    ASSERT_FALSE(dataset) << folder;
    EXPECT_THAT(dataset.error().what, HasSubstr(file));
  }
}

TEST(StoredFormats, NameAMissingColumn) {
  const test::TmpDir dir;
  std::filesystem::copy(made("stead"), dir.path());
  dir.write("merged.csv", "trace_name,receiver_code,p_arrival_sample\nA.TA_1_EV,109C,700\n");
  const auto dataset = load(dir.path());
  ASSERT_FALSE(dataset);
  EXPECT_EQ(dataset.error().code, Errc::kCorruptRecord);
  EXPECT_THAT(dataset.error().what, HasSubstr("s_arrival_sample"));
}

TEST(StoredFormats, CountATraceThatIsNotInTheFile) {
  const test::TmpDir dir;
  std::filesystem::copy(made("stead_sliced"), dir.path());
  std::string table = test::read_all(dir / "eq.csv");
  table.replace(table.find("Y_EV"), 4, "Z_EV");
  dir.write("eq.csv", table);
  const Dataset dataset = loaded(dir.path());
  ASSERT_EQ(dataset.recordings.size(), 2U);
  EXPECT_FALSE(dataset.recordings[0].waveform().missing());
  EXPECT_TRUE(dataset.recordings[1].waveform().missing());
  EXPECT_EQ(dataset.recordings[1].store->faults().traces, 1U);
  EXPECT_THAT(dataset.recordings[1].store->faults().first, HasSubstr("Z_EV"));
}

TEST(StoredFormats, DrawDamagedTracesForNothing) {
  const Dataset dataset = loaded(made("stead_damaged"));
  ASSERT_EQ(dataset.recordings.size(), 4U);
  expect_trace(dataset.recordings[0], 0);
  for (const std::size_t damaged : {1U, 2U, 3U}) {
    EXPECT_TRUE(dataset.recordings[damaged].waveform().missing()) << damaged;
  }
  const WaveformStore::Faults faults = dataset.recordings[0].store->faults();
  EXPECT_EQ(faults.traces, 3U);
  EXPECT_THAT(faults.first, HasSubstr("merged.hdf5: data/NAN"));
}

TEST(StoredFormats, ReportWaveformsThatAreOfAnotherShapeThroughout) {
  const test::TmpDir dir;
  std::filesystem::copy(made("stead_sliced"), dir.path());
  // The DiTing files have 9000 samples a trace, and other names.
  std::filesystem::copy_file(made("diting") / "DiTing330km_part_0.hdf5",
                             dir / "part_0.hdf5",
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy_file(made("diting") / "DiTing330km_part_0.hdf5",
                             dir / "part_3.hdf5",
                             std::filesystem::copy_options::overwrite_existing);
  const auto dataset = load(dir.path());
  ASSERT_FALSE(dataset);
  EXPECT_THAT(dataset.error().what, HasSubstr("X_EV"));
}

TEST(DataFormat, IsNamedInTheDescription) {
  const test::TmpDir dir;
  dir.write("dataset.json",
            fmt::format(R"({{"folders": [{{"path": "{}", "format": "diting"}}]}})",
                        made("diting").string()));
  EXPECT_EQ(loaded(dir.path(), 50.0).recordings.size(), 3U);
  for (const char* bad :
       {R"({"folders": [{"path": ".", "format": "sac"}]})",
        R"({"folders": [{"path": ".", "format": "stead", "labels": "a.csv"}]})",
        R"({"folders": [{"path": ".", "format": "npz", "kind": "continuous"}]})"}) {
    dir.write("dataset.json", bad);
    const auto description = load_dataset_description(dir.path());
    ASSERT_FALSE(description) << bad;
    EXPECT_EQ(description.error().code, Errc::kConfig) << bad;
  }
}

}  // namespace
}  // namespace geod::trainer
