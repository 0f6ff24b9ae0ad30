#include "streams/das_file.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "streams/das_layouts.hpp"
#include "tests/support/das_blocks.hpp"
#include "tests/support/wire_tmp_dir.hpp"

namespace geod::streams {
namespace {

using testing::AllOf;
using testing::DoubleNear;
using testing::HasSubstr;
using testing::SizeIs;

std::filesystem::path recording(const std::string& name) {
  return std::filesystem::path(GEOD_SOURCE_DIR) / "tests/data/das" / name;
}

DasFile open(const std::string& name, const DasFileOptions& options = {}) {
  auto file = DasFile::open(recording(name), options);
  if (!file) {
    ADD_FAILURE() << file.error().what;
    std::abort();
  }
  return std::move(*file);
}

double value(const DasBlock& block, std::int64_t sample, std::int64_t channel) {
  const FibreGeometry& geometry = *block.geometry;
  const std::int64_t index = geometry.order == DasOrder::kTimeMajor
                                 ? sample * geometry.channels + channel
                                 : channel * block.samples + sample;
  const std::byte* const at =
      block.raw.get() + static_cast<std::size_t>(index) * bytes_of(geometry.type);
  const auto as = [at](auto number) {
    std::memcpy(&number, at, sizeof(number));
    return static_cast<double>(number);
  };
  switch (geometry.type) {
    case DasSampleType::kInt16:
      return as(std::int16_t{});
    case DasSampleType::kInt32:
      return as(std::int32_t{});
    case DasSampleType::kFloat32:
      return as(float{});
    case DasSampleType::kFloat64:
      break;
  }
  return as(double{});
}

/// Every sample of a fixture says where it belongs: sample * 100 + channel.
void expect_grid(const DasFile& file, std::int64_t first = 0) {
  std::int64_t row = first;
  for (const DasFileSegment& segment : file.segments()) {
    for (std::int64_t from = 0; from < segment.samples; from += 7) {
      const std::int64_t to = std::min<std::int64_t>(from + 7, segment.samples);
      const auto block = file.read(segment, from, to);
      ASSERT_TRUE(block) << block.error().what;
      EXPECT_EQ(block->start, segment.start + file.geometry().rate.span_of(from));
      for (std::int64_t t = 0; t < block->samples; ++t) {
        for (std::int64_t c = 0; c < file.geometry().channels; ++c) {
          ASSERT_EQ(value(*block, t, c), static_cast<double>((row + from + t) * 100 + c));
        }
      }
    }
    row += segment.samples;
  }
}

TEST(DasFile, ReadsOptoDas) {
  DasFileOptions options;
  options.fibre_id = "XX.OPTO";
  const DasFile file = open("optodas.hdf5", options);
  EXPECT_EQ(file.format(), "OptoDAS");
  EXPECT_EQ(file.geometry().fibre_id, "XX.OPTO");
  EXPECT_EQ(file.geometry().rate, *SampleRate::make(500));
  EXPECT_EQ(file.geometry().channels, 6);
  EXPECT_EQ(file.geometry().first_channel, 40);
  EXPECT_EQ(file.geometry().channel_stride, 4);
  EXPECT_DOUBLE_EQ(file.geometry().channel_spacing_m, 1.0213);
  EXPECT_DOUBLE_EQ(file.geometry().gauge_length_m, 8.17);
  EXPECT_EQ(file.geometry().unit, DasUnit::kPhaseRatePerDistance);
  EXPECT_DOUBLE_EQ(file.geometry().scale, 0.5);
  EXPECT_EQ(file.start(), kFibreStart + std::chrono::milliseconds{250});
  EXPECT_EQ(file.samples(), 120);
  expect_grid(file);
}

TEST(DasFile, ReadsFebusWithoutItsOverlapFromTheFirstSampleOn) {
  const DasFile file = open("febus.h5");
  EXPECT_EQ(file.format(), "Febus");
  EXPECT_EQ(file.geometry().rate, *SampleRate::make(100));
  EXPECT_EQ(file.geometry().channels, 5);
  EXPECT_EQ(file.geometry().first_channel, 12);
  EXPECT_DOUBLE_EQ(file.geometry().channel_spacing_m, 4.8);
  EXPECT_EQ(file.geometry().unit, DasUnit::kStrainRate);
  EXPECT_DOUBLE_EQ(file.geometry().scale, 1e-9);
  ASSERT_THAT(file.segments(), SizeIs(4));
  EXPECT_EQ(file.segments()[0].samples, 100);
  // Stamped at 0.5 s, 750 ms after its first row, of which 25 are cut away.
  EXPECT_EQ(file.start(), kFibreStart);
  EXPECT_EQ(file.segments()[3].start, kFibreStart + std::chrono::seconds{3});
  expect_grid(file, 25);
}

TEST(DasFile, ReadsBothKindsOfTerra15AndLeavesOutWhatWasNeverWritten) {
  for (const char* const name : {"terra15_v4.hdf5", "terra15_v6.hdf5"}) {
    const DasFile file = open(name);
    EXPECT_EQ(file.format(), "Terra15");
    EXPECT_EQ(file.geometry().rate, *SampleRate::make(100));
    EXPECT_EQ(file.geometry().channels, 7);
    EXPECT_EQ(file.geometry().first_channel, 50);
    EXPECT_DOUBLE_EQ(file.geometry().channel_spacing_m, 4.0);
    EXPECT_EQ(file.geometry().unit, DasUnit::kVelocity);
    EXPECT_EQ(file.start(), kFibreStart);
    EXPECT_EQ(file.samples(), 90);
    expect_grid(file);
  }
}

TEST(DasFile, ReadsProdmlOfSilixaInTheSegmentsOfItsTimes) {
  const DasFile file = open("prodml_silixa.h5");
  EXPECT_EQ(file.format(), "PRODML");
  EXPECT_EQ(file.geometry().rate, *SampleRate::make(50));
  EXPECT_EQ(file.geometry().type, DasSampleType::kInt16);
  EXPECT_EQ(file.geometry().order, DasOrder::kTimeMajor);
  EXPECT_EQ(file.geometry().first_channel, 100);
  EXPECT_DOUBLE_EQ(file.geometry().channel_spacing_m, 2.5);
  EXPECT_EQ(file.geometry().unit, DasUnit::kStrainRate);
  EXPECT_DOUBLE_EQ(file.geometry().scale, 1e-9);
  ASSERT_THAT(file.segments(), SizeIs(2));
  EXPECT_EQ(file.segments()[0].samples, 60);
  EXPECT_EQ(file.segments()[1].start, kFibreStart + std::chrono::milliseconds{3200});
  expect_grid(file);
}

TEST(DasFile, ReadsProdmlWithLociFirstAndAStatedStart) {
  const DasFile file = open("prodml_locus_first.h5");
  EXPECT_EQ(file.geometry().order, DasOrder::kChannelMajor);
  EXPECT_EQ(file.geometry().channels, 8);
  EXPECT_EQ(file.geometry().rate, *SampleRate::make(50));
  EXPECT_EQ(file.start(), kFibreStart + std::chrono::milliseconds{500});
  expect_grid(file);
}

TEST(DasFile, ReadsMinimalDasRcn) {
  const DasFile file = open("rcn_traces.das");
  EXPECT_EQ(file.format(), "DAS-RCN");
  EXPECT_EQ(file.geometry().rate, *SampleRate::make(100)) << "dt is a float32";
  EXPECT_EQ(file.geometry().unit, DasUnit::kStrainRate);
  EXPECT_EQ(file.start(), kFibreStart);
  expect_grid(file);
}

TEST(DasFile, ReadsXdasInTheSegmentsOfItsTiePoints) {
  const DasFile file = open("xdas.nc");
  EXPECT_EQ(file.format(), "xdas");
  EXPECT_EQ(file.geometry().rate, *SampleRate::make(100));
  EXPECT_DOUBLE_EQ(file.geometry().channel_spacing_m, 10.0);
  ASSERT_THAT(file.segments(), SizeIs(2));
  EXPECT_EQ(file.segments()[0].samples, 60);
  EXPECT_EQ(file.segments()[1].start, kFibreStart + std::chrono::milliseconds{1600});
  expect_grid(file);
}

TEST(DasFile, ReadsAFileFromMemory) {
  std::ifstream in(recording("xdas.nc"), std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), {});
  const auto file = DasFile::open_image(std::as_bytes(std::span(bytes)), "packet", {});
  ASSERT_TRUE(file) << file.error().what;
  expect_grid(*file);
}

TEST(DasFile, ReadsARealRecordingOfTheGeothermalDataRepository) {
  const DasFile file = open("gdr_rcn.h5");
  EXPECT_EQ(file.format(), "DAS-RCN");
  EXPECT_EQ(file.geometry().rate, *SampleRate::make(1000));
  EXPECT_EQ(file.geometry().channels, 10);
  EXPECT_DOUBLE_EQ(file.geometry().channel_spacing_m, 1.021);
  EXPECT_DOUBLE_EQ(file.geometry().gauge_length_m, 10.0);
  EXPECT_EQ(to_iso(file.start(), 3), "2016-03-08T17:40:30.195Z");
  EXPECT_EQ(file.samples(), 2000);
  const auto block = file.read(file.segments()[0], 0, 3);
  ASSERT_TRUE(block);
  EXPECT_EQ(value(*block, 0, 0), 458.0);
  EXPECT_EQ(value(*block, 0, 1), -3463.0);
}

TEST(DasFile, ReadsARealEventOfDasdae) {
  const DasFile file = open("dasdae_event.hdf5");
  EXPECT_EQ(file.format(), "DASDAE");
  EXPECT_EQ(file.geometry().rate, *SampleRate::make(2000));
  EXPECT_EQ(file.geometry().channels, 225);
  EXPECT_THAT(file.geometry().channel_spacing_m, DoubleNear(5.717, 1e-3));
  EXPECT_EQ(file.geometry().unit, DasUnit::kVelocity);
  EXPECT_EQ(to_iso(file.start(), 9), "2022-06-04T15:27:44.800325476Z");
  EXPECT_THAT(file.segments(), SizeIs(1));
}

TEST(DasFile, ReadsWhereTheChannelsAreWhereTheFileSaysIt) {
  const auto places = open("dasdae_placed.h5").places();
  ASSERT_THAT(places, SizeIs(12));
  EXPECT_EQ(places.front(), (FibrePlace{0, 35.0, -117.0, 100.0}));
  EXPECT_EQ(places.back().channel, 11);
  EXPECT_THAT(places.back().latitude_deg, DoubleNear(35.011, 1e-9));
  EXPECT_THAT(places.back().elevation_m, DoubleNear(89.0, 1e-9));
  EXPECT_TRUE(open("dasdae_event.hdf5").places().empty());
}

TEST(DasFile, ReadsPlainArraysWithTimesBesideThem) {
  const DasFile rows_are_times = open("h5_simple_1.h5");
  EXPECT_EQ(rows_are_times.geometry().order, DasOrder::kTimeMajor);
  EXPECT_EQ(rows_are_times.geometry().channels, 100);
  EXPECT_EQ(rows_are_times.samples(), 200);
  const DasFile rows_are_channels = open("h5_simple_2.h5");
  EXPECT_EQ(rows_are_channels.geometry().order, DasOrder::kChannelMajor);
  EXPECT_EQ(rows_are_channels.geometry().channels, 100);
  EXPECT_EQ(rows_are_channels.samples(), 200);
  EXPECT_DOUBLE_EQ(rows_are_channels.geometry().channel_spacing_m, 1.0);
}

TEST(DasFile, TakesFromTheUserWhatTheFileDoesNotSay) {
  DasFileOptions options;
  options.dataset = "Acquisition/Raw[0]/RawData";  // as an array without a name for its times
  const auto nothing_said = DasFile::open(recording("prodml_silixa.h5"), options);
  ASSERT_FALSE(nothing_said);
  EXPECT_EQ(nothing_said.error().code, Errc::kConfig);
  EXPECT_THAT(nothing_said.error().what,
              AllOf(HasSubstr("--rate"), HasSubstr("--t0"), HasSubstr("--transpose")));
  options.rate_hz = 62.5;
  options.start = kFibreStart;
  options.channel_spacing_m = 2.0;
  options.unit = DasUnit::kStrain;
  options.scale = 3.0;
  options.is_channel_major = true;
  const DasFile file = open("prodml_silixa.h5", options);
  EXPECT_EQ(file.geometry().rate, *SampleRate::make(125, 2));
  EXPECT_EQ(file.geometry().channels, 100);
  EXPECT_EQ(file.samples(), 8);
  EXPECT_EQ(file.geometry().channel_spacing_m, 2.0);
  EXPECT_EQ(file.geometry().unit, DasUnit::kStrain);
  EXPECT_EQ(file.geometry().scale, 3.0);
  EXPECT_EQ(file.start(), kFibreStart);
}

TEST(DasFile, MovesAllSegmentsWithAStatedStart) {
  DasFileOptions options;
  options.start = kFibreStart + std::chrono::hours{1};
  const DasFile file = open("xdas.nc", options);
  EXPECT_EQ(file.start(), kFibreStart + std::chrono::hours{1});
  EXPECT_EQ(file.segments()[1].start - file.start(), std::chrono::milliseconds{1600});
}

TEST(DasFile, NamesWhatIsNotThere) {
  EXPECT_EQ(DasFile::open(recording("no.h5"), {}).error().code, Errc::kNotFound);
  EXPECT_EQ(DasFile::open(recording("README.md"), {}).error().code, Errc::kCorruptRecord);
  DasFileOptions options;
  options.dataset = "nothing";
  EXPECT_EQ(DasFile::open(recording("xdas.nc"), options).error().code, Errc::kNotFound);
}

TEST(DasFile, SurvivesCutAndDamagedFiles) {
  const TmpDir dir;
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (const char* const name : {"optodas.hdf5", "febus.h5", "xdas.nc", "prodml_silixa.h5"}) {
    std::ifstream in(recording(name), std::ios::binary);
    const std::string good((std::istreambuf_iterator<char>(in)), {});
    for (int round = 0; round < 20; ++round) {
      const std::string cut = good.substr(0, random() % good.size());
      std::ofstream(dir.path("cut.h5"), std::ios::binary) << cut;
      const auto file = DasFile::open(dir.path("cut.h5"), {});
      if (file) {
        for (const DasFileSegment& segment : file->segments()) {
          const auto block = file->read(segment, 0, 1);
          EXPECT_TRUE(block || block.error().code == Errc::kCorruptRecord);
        }
      } else {
        EXPECT_FALSE(file.error().what.empty());
      }
    }
  }
}

TEST(DasTimes, KeepsTheExactRateAndSplitsAtJumps) {
  std::vector<std::int64_t> times;
  for (std::int64_t i = 0; i < 1000; ++i) {
    times.push_back(1'600'000'000'000'000'000 + i * 4'000'000 + (i >= 400 ? 4'000'000 : 0));
  }
  const auto found = times_from_ns("test", times);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->rate, *SampleRate::make(250));
  ASSERT_THAT(found->segments, SizeIs(2));
  EXPECT_EQ(found->segments[1].first_row, 400);
}

TEST(DasTimes, TakesJitterAsTheRoundRateThatItCannotTellFrom) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::uniform_int_distribution<std::int64_t> jitter(-100'000, 100'000);
  std::vector<std::int64_t> times;
  for (std::int64_t i = 0; i < 5000; ++i) {
    times.push_back(1'600'000'000'000'000'000 + i * 1'000'000 + jitter(random));
  }
  const auto found = times_from_ns("test", times);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->rate, *SampleRate::make(1000));
  EXPECT_THAT(found->segments, SizeIs(1));
}

TEST(DasTimes, RefusesTimesThatDoNotRise) {
  EXPECT_FALSE(times_from_ns("test", {5, 5, 5}));
  EXPECT_FALSE(times_from_ns("test", {5}));
  EXPECT_FALSE(times_from_ns("test", {9, 8, 7}));
}

TEST(DasUnits, AreReadHoweverTheyAreWritten) {
  EXPECT_EQ(parse_das_unit("m / s")->first, DasUnit::kVelocity);
  EXPECT_EQ(parse_das_unit("Nanostrain/s")->second, 1e-9);
  EXPECT_EQ(parse_das_unit("rad/(s·m)")->first, DasUnit::kPhaseRatePerDistance);
  EXPECT_FALSE(parse_das_unit("furlong"));
}

}  // namespace
}  // namespace geod::streams
