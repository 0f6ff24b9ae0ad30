#include "streams/file_source.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/wire_records.hpp"
#include "tests/support/wire_tmp_dir.hpp"

namespace geod::streams {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class FileSourceTest : public testing::Test {
 protected:
  /// Ten records of one second, one after another.
  static Bytes channel(const std::string& code, seconds offset = seconds{0}) {
    Bytes bytes;
    for (int i = 0; i < 10; ++i) {
      append(bytes,
             make_record({.channel = code,
                          .start = RecordSpec{}.start + offset + seconds{i},
                          .first_value = 100 * i}));
    }
    return bytes;
  }
  config::FileSourceConfig config(std::vector<std::string> paths) const {
    return {"archive", std::move(paths)};
  }
  std::unique_ptr<FileSource> open(std::vector<std::string> paths,
                                   const std::optional<std::string>& committed = {},
                                   Duration rewind = Duration{0}) {
    auto opened = FileSource::open(config(std::move(paths)), committed, rewind);
    EXPECT_TRUE(opened) << opened.error().what;
    return opened ? std::move(*opened) : nullptr;
  }
  CollectingSink read_all(FileSource& source) {
    CollectingSink sink;
    while (!source.has_ended()) {
      EXPECT_TRUE(source.poll(sink, std::chrono::milliseconds{0}));
    }
    return sink;
  }
  static std::vector<std::string> order(const CollectingSink& sink) {
    std::vector<std::string> order;
    for (const Record& record : sink.records) {
      order.push_back(fmt::format("{}{}",
                                  record.header.source_id.subsource,
                                  (record.header.start - RecordSpec{}.start) / seconds{1}));
    }
    return order;
  }

  TmpDir dir_;
};

TEST_F(FileSourceTest, InterleavesChannelsThatLieInFilesOfTheirOwn) {
  const std::string z = dir_.write("z.mseed", text_of(channel("HHZ")));
  const std::string n = dir_.write("n.mseed", text_of(channel("HHN")));
  const auto source = open({z, n});
  const CollectingSink sink = read_all(*source);
  ASSERT_THAT(sink.records, SizeIs(20));
  EXPECT_EQ(order(sink)[0], "N0") << "ties in the order of the paths";
  EXPECT_EQ(order(sink)[1], "Z0");
  EXPECT_EQ(order(sink)[18], "N9");
}

TEST_F(FileSourceTest, InterleavesChannelsThatLieOneAfterAnotherInOneFile) {
  Bytes bytes = channel("HHZ");
  append(bytes, channel("HHN"));
  const auto source = open({dir_.write("all.mseed", text_of(bytes))});
  const CollectingSink sink = read_all(*source);
  ASSERT_THAT(sink.records, SizeIs(20));
  for (std::size_t i = 1; i < sink.records.size(); ++i) {
    EXPECT_LE(sink.records[i - 1].header.end(), sink.records[i].header.end());
  }
}

TEST_F(FileSourceTest, PutsLateRecordsOfAFileInTheirPlace) {
  Bytes bytes = channel("HHZ", seconds{10});
  append(bytes, channel("HHZ"));
  const auto source = open({dir_.write("backfilled.mseed", text_of(bytes))});
  const CollectingSink sink = read_all(*source);
  ASSERT_THAT(sink.records, SizeIs(20));
  EXPECT_EQ(order(sink).front(), "Z0");
  EXPECT_EQ(order(sink).back(), "Z19");
}

TEST_F(FileSourceTest, ReadsFoldersWithAllThatLiesBelow) {
  std::filesystem::create_directories(dir_.path("2019/XX"));
  dir_.write("2019/XX/second", text_of(channel("HHZ", seconds{10})));
  dir_.write("2019/first", text_of(channel("HHZ")));
  dir_.write("2019/README", "no record in here");
  const auto source = open({dir_.path("2019"), dir_.path("2019/first")});
  const CollectingSink sink = read_all(*source);
  EXPECT_THAT(sink.records, SizeIs(20)) << "a file named twice is read once";
}

TEST_F(FileSourceTest, EndsWithItsChannels) {
  const auto source = open({dir_.write("z.mseed", text_of(channel("HHZ")))});
  EXPECT_FALSE(source->has_ended());
  const CollectingSink sink = read_all(*source);
  ASSERT_THAT(sink.ends, SizeIs(1));
  EXPECT_EQ(sink.ends[0].source, "archive");
  ASSERT_THAT(sink.ends[0].channels, SizeIs(1));
  EXPECT_EQ(sink.ends[0].channels[0].seed_id(), "XX.AAA..HHZ");
  const SourceStatus status = source->status().front();
  EXPECT_EQ(status.counters.records, 10U);
  EXPECT_EQ(status.counters.bytes, 5120U);
}

TEST_F(FileSourceTest, ContinuesBehindEveryCursorExactly) {
  Bytes bytes = channel("HHZ");
  append(bytes, channel("HHN"));  // every end time twice in this file
  const std::vector<std::string> paths{dir_.write("a.mseed", text_of(bytes)),
                                       dir_.write("b.mseed", text_of(channel("HHE")))};
  const CollectingSink whole = read_all(*open(paths));
  ASSERT_THAT(whole.cursors, SizeIs(30));
  for (std::size_t i = 0; i < whole.cursors.size(); ++i) {
    const auto rest = open(paths, whole.cursors[i].position);
    const std::vector<std::string> all = order(whole);
    EXPECT_EQ(order(read_all(*rest)),
              std::vector<std::string>(all.begin() + static_cast<long>(i) + 1, all.end()));
  }
}

TEST_F(FileSourceTest, ReadsTheRewindAgain) {
  const std::string path = dir_.write("z.mseed", text_of(channel("HHZ")));
  const CollectingSink whole = read_all(*open({path}));
  const auto rest = open({path}, whole.cursors[6].position, seconds{2});
  EXPECT_THAT(order(read_all(*rest)), ElementsAre("Z5", "Z6", "Z7", "Z8", "Z9"));
}

TEST_F(FileSourceTest, KeepsItsPlaceWhenAFileIsAdded) {
  const std::string path = dir_.write("z.mseed", text_of(channel("HHZ")));
  const CollectingSink whole = read_all(*open({path}));
  const std::string added = dir_.write("a.mseed", text_of(channel("HHZ", seconds{10})));
  const auto rest = open({path, added}, whole.cursors[8].position);
  EXPECT_EQ(order(read_all(*rest)).front(), "Z9");
}

TEST_F(FileSourceTest, LosesOnlyTheDamagedRecord) {
  Bytes bytes = channel("HHZ");
  bytes[512 * 4 + 30] = std::byte{0xff};  // 65,380 samples in 512 bytes
  const auto source = open({dir_.write("z.mseed", text_of(bytes))});
  EXPECT_THAT(read_all(*source).records, SizeIs(9));
  EXPECT_EQ(source->status().front().counters.of(RejectReason::kPayloadTooSmall), 1U);
}

TEST_F(FileSourceTest, CountsWhatVanishesBetweenScanAndReading) {
  const std::string path = dir_.write("z.mseed", text_of(channel("HHZ")));
  const std::string kept = dir_.write("n.mseed", text_of(channel("HHN")));
  const auto source = open({path, kept});
  CollectingSink sink;
  for (int files = 0; files < 2; ++files) {
    ASSERT_TRUE(source->poll(sink, std::chrono::milliseconds{0}));
  }
  std::filesystem::remove(path);
  sink = read_all(*source);
  EXPECT_THAT(sink.records, SizeIs(10));
  EXPECT_EQ(source->status().front().counters.of(RejectReason::kReadFailed), 1U);
}

TEST_F(FileSourceTest, SaysWhatIsMissing) {
  const auto absent = FileSource::open(config({dir_.path("absent")}));
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Errc::kNotFound);
  EXPECT_THAT(absent.error().what, HasSubstr(dir_.path("absent")));

  const std::string path = dir_.write("text", "not miniSEED at all");
  const auto empty = open({path});
  CollectingSink sink;
  ASSERT_TRUE(empty->poll(sink, std::chrono::milliseconds{0}));
  const auto polled = empty->poll(sink, std::chrono::milliseconds{0});
  ASSERT_FALSE(polled);
  EXPECT_EQ(polled.error().code, Errc::kCorruptRecord);
  EXPECT_THAT(polled.error().what, HasSubstr(path));
  EXPECT_TRUE(empty->has_ended());
}

TEST_F(FileSourceTest, RefusesACursorOfAnotherKind) {
  const std::string path = dir_.write("z.mseed", text_of(channel("HHZ")));
  for (const char* const position : {"", "12", "12 3", "a b c", "12 b path"}) {
    const auto opened = FileSource::open(config({path}), position);
    ASSERT_FALSE(opened) << position;
    EXPECT_EQ(opened.error().code, Errc::kConfig);
  }
}

}  // namespace
}  // namespace geod::streams
