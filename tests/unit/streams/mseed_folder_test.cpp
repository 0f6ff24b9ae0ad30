#include "streams/mseed_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "streams/mseed_writer.hpp"
#include "streams/waveform_folder.hpp"
#include "tests/support/mseed_files.hpp"
#include "tests/support/wire_tmp_dir.hpp"

namespace geod::streams {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Time kStart = *parse_iso("2019-07-04T17:00:00");

class MseedFolderTest : public ::testing::Test {
 protected:
  /// Samples of 10 Hz that count on from `first`, in records of 512 bytes.
  void write(const std::string& file,
             const char* channel,
             Time start,
             std::int32_t first,
             std::size_t count,
             bool saturated = false) {
    RecordHeader header;
    header.source_id = *SourceId::from_seed("XX", "A", "", channel);
    header.start = start;
    header.rate = *SampleRate::make(10);
    header.encoding = Encoding::kSteim2;
    header.flags.saturated = saturated;
    std::vector<std::int32_t> samples(count);
    std::iota(samples.begin(), samples.end(), first);
    const std::filesystem::path path = folder_.path(file);
    std::filesystem::create_directories(path.parent_path());
    const auto bytes = write_mseed2(header, samples);
    ASSERT_TRUE(bytes) << bytes.error().what;
    test::write_file(path, *bytes);
  }
  std::vector<Waveform> read(const char* channel, Time from, Time to) {
    const auto opened = MseedFolder::open(folder_.path("."));
    EXPECT_TRUE(opened) << opened.error().what;
    const auto pieces = opened->read(*SourceId::from_seed("XX", "A", "", channel), from, to);
    EXPECT_TRUE(pieces);
    return *pieces;
  }

  TmpDir folder_;
};

TEST_F(MseedFolderTest, GivesTheSamplesOfASpanWhateverTheFilesAreCalled) {
  write("deep/one", "HHZ", kStart, 0, 300);
  write("deep/two.bin", "HHZ", kStart + 30s, 300, 300);
  write("other", "HHN", kStart, 1000, 100);
  const auto pieces = read("HHZ", kStart + 10s, kStart + 50s);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].start, kStart + 10s);
  ASSERT_EQ(pieces[0].samples.size(), 400U);
  EXPECT_DOUBLE_EQ(pieces[0].samples.front(), 100.0);
  EXPECT_DOUBLE_EQ(pieces[0].samples.back(), 499.0);
}

TEST_F(MseedFolderTest, BeginsANewPieceAfterAGap) {
  write("a", "HHZ", kStart, 0, 100);
  write("b", "HHZ", kStart + 20s, 200, 100);
  const auto pieces = read("HHZ", kStart, kStart + 60s);
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].end(), kStart + 10s);
  EXPECT_EQ(pieces[1].start, kStart + 20s);
}

TEST_F(MseedFolderTest, TakesOverlapsOnce) {
  write("a", "HHZ", kStart, 0, 100);
  write("b", "HHZ", kStart + 5s, 50, 100);
  write("c", "HHZ", kStart + 6s, 60, 10);
  const auto pieces = read("HHZ", kStart, kStart + 60s);
  ASSERT_EQ(pieces.size(), 1U);
  std::vector<double> expected(150);
  std::iota(expected.begin(), expected.end(), 0.0);
  EXPECT_EQ(pieces[0].samples, expected);
}

TEST_F(MseedFolderTest, SaysWhereTheDigitizerWasSaturated) {
  write("a", "HHZ", kStart, 0, 100);
  write("b", "HHZ", kStart + 10s, 100, 100, true);
  const auto pieces = read("HHZ", kStart, kStart + 60s);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_THAT(pieces[0].clipped, ElementsAre(TimeSpan{kStart + 10s, kStart + 20s}));
}

TEST_F(MseedFolderTest, PassesOverWhatIsNoMiniseed) {
  write("a", "HHZ", kStart, 0, 100);
  folder_.write("README", "no records here");
  folder_.write("empty", "");
  EXPECT_EQ(read("HHZ", kStart, kStart + 60s).size(), 1U);
  EXPECT_THAT(read("HHE", kStart, kStart + 60s), IsEmpty());
  EXPECT_THAT(read("HHZ", kStart + 60s, kStart + 90s), IsEmpty());
}

TEST_F(MseedFolderTest, ADamagedRecordCostsItselfAlone) {
  write("a", "HHZ", kStart, 0, 2000);
  auto bytes = test::read_file(folder_.path("a"));
  ASSERT_GT(bytes.size(), 1024U);
  bytes[512 + 20] = std::byte{0xFF};  // year of the second record
  test::write_file(folder_.path("a"), bytes);
  const auto pieces = read("HHZ", kStart, kStart + 200s);
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].start, kStart);
  EXPECT_EQ(pieces[1].end(), kStart + 200s);
}

TEST_F(MseedFolderTest, ListsItsChannels) {
  write("a", "HHZ", kStart, 0, 100);
  write("b", "HHN", kStart, 0, 100);
  const auto opened = MseedFolder::open(folder_.path("."));
  ASSERT_TRUE(opened);
  EXPECT_THAT(opened->channels(),
              ElementsAre(*SourceId::from_seed("XX", "A", "", "HHN"),
                          *SourceId::from_seed("XX", "A", "", "HHZ")));
}

TEST_F(MseedFolderTest, RefusesAFolderWithoutWaveforms) {
  folder_.write("README", "no records here");
  EXPECT_EQ(MseedFolder::open(folder_.path(".")).error().code, Errc::kNotFound);
  EXPECT_EQ(MseedFolder::open(folder_.path("absent")).error().code, Errc::kNotFound);
}

TEST_F(MseedFolderTest, AFolderOfYearsIsReadAsAnSdsTree) {
  write("2019/XX/A/HHZ.D/XX.A..HHZ.D.2019.185", "HHZ", kStart, 0, 100);
  write("2019/XX/A/HHN.D/XX.A..HHN.D.2019.185", "HHN", kStart, 0, 100);
  write("elsewhere", "HHE", kStart, 0, 100);
  const auto opened = WaveformFolder::open(folder_.path("."));
  ASSERT_TRUE(opened);
  const SourceId vertical = *SourceId::from_seed("XX", "A", "", "HHZ");
  const SourceId north = *SourceId::from_seed("XX", "A", "", "HHN");
  EXPECT_THAT(opened->channels_of({"XX", "A"}, kStart, kStart + 10s), ElementsAre(north, vertical));
  const auto pieces = opened->read(vertical, kStart, kStart + 5s);
  ASSERT_TRUE(pieces);
  ASSERT_EQ(pieces->size(), 1U);
  EXPECT_EQ((*pieces)[0].samples.size(), 50U);
}

TEST_F(MseedFolderTest, AnyOtherFolderIsReadFileByFile) {
  write("a", "HHZ", kStart, 0, 100);
  const auto opened = WaveformFolder::open(folder_.path("."));
  ASSERT_TRUE(opened);
  const SourceId vertical = *SourceId::from_seed("XX", "A", "", "HHZ");
  EXPECT_THAT(opened->channels_of({"XX", "A"}, kStart, kStart + 10s), ElementsAre(vertical));
  EXPECT_THAT(opened->channels_of({"XX", "B"}, kStart, kStart + 10s), IsEmpty());
  EXPECT_EQ(opened->read(vertical, kStart, kStart + 5s)->at(0).samples.size(), 50U);
  EXPECT_EQ(WaveformFolder::open(folder_.path("absent")).error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace geod::streams
