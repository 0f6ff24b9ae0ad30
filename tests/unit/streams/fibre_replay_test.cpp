#include "streams/fibre_replay.hpp"

#include <cstring>
#include <filesystem>
#include <future>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "streams/fibre_buffer.hpp"
#include "tests/support/das_blocks.hpp"
#include "tests/support/wire_peers.hpp"
#include "tests/support/wire_tmp_dir.hpp"

namespace geod::streams {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string recording(const std::string& name) {
  return (std::filesystem::path(GEOD_SOURCE_DIR) / "tests/data/das" / name).string();
}

/// A replay into a receiver, both in this process.
class FibreReplayTest : public testing::Test {
 protected:
  void SetUp() override {
    config::StreamsConfig config;
    config.endpoints.emplace_back();
    config.endpoints[0].name = "listener";
    config.endpoints[0].endpoint = "ipc://" + dir_.path("ingest");
    auto opened = ZmqReceiver::open(config, clock_);
    ASSERT_TRUE(opened) << opened.error().what;
    receiver_ = std::move(*opened);
    options_.publisher.endpoint = config.endpoints[0].endpoint;
    options_.publisher.stream_id = "XX.CABLE1";
    options_.speed = 0.0;
  }
  Result<ReplayProgress> replay(std::vector<std::string> paths) {
    options_.paths = std::move(paths);
    auto done = std::async(std::launch::async, [this] {
      return replay_fibre(options_, clock_, [](const ReplayProgress&) {}, {});
    });
    EXPECT_TRUE(
        poll_until(*receiver_, {records_, fibres_}, [&] { return receiver_->has_ended(); }));
    return done.get();
  }
  CounterSnapshot counters() const { return receiver_->status()[0].counters; }

  SystemClock clock_;
  TmpDir dir_;
  std::unique_ptr<ZmqReceiver> receiver_;
  FibreReplayOptions options_;
  CollectingSink records_;
  CollectingFibres fibres_;
};

TEST_F(FibreReplayTest, SendsARecordingWholeWithMetadataAndEnd) {
  const auto done = replay({recording("dasdae_event.hdf5")});
  ASSERT_TRUE(done) << done.error().what;
  const auto file = DasFile::open(recording("dasdae_event.hdf5"), {});
  ASSERT_TRUE(file);
  std::vector<std::byte> sent;
  std::int64_t samples = 0;
  for (const DasBlock& block : fibres_.blocks) {
    EXPECT_EQ(block.start, file->start() + file->geometry().rate.span_of(samples));
    sent.insert(sent.end(), block.raw.get(), block.raw.get() + block.bytes());
    samples += block.samples;
  }
  EXPECT_EQ(samples, 300);
  const auto whole = file->read(file->segments()[0], 0, 300);
  ASSERT_EQ(sent.size(), whole->bytes());
  EXPECT_EQ(std::memcmp(sent.data(), whole->raw.get(), sent.size()), 0);
  FibreGeometry geometry = file->geometry();
  geometry.fibre_id = "XX.CABLE1";
  EXPECT_EQ(*fibres_.blocks.front().geometry, geometry);
  ASSERT_THAT(fibres_.metadata, SizeIs(1));
  EXPECT_THAT(fibres_.metadata[0].json, HasSubstr("\"unit_of_measure\":\"m/s\""));
  EXPECT_THAT(fibres_.ends, SizeIs(1));
  EXPECT_EQ(counters().rejected(), 0U);
  EXPECT_EQ(counters().missing, 0U);
  EXPECT_EQ(done->records, fibres_.blocks.size());
  EXPECT_EQ(done->records_total, done->records);
}

TEST_F(FibreReplayTest, TellsWhereTheFibreLiesWhereTheRecordingSaysIt) {
  ASSERT_TRUE(replay({recording("dasdae_placed.h5")}));
  ASSERT_THAT(fibres_.metadata, SizeIs(1));
  EXPECT_THAT(fibres_.metadata[0].json,
              HasSubstr("\"channel_groups\":[{\"channels\":{\"channel_ids\":[\"0\","));
  EXPECT_THAT(fibres_.metadata[0].json, HasSubstr("\"y_coordinates\":[35.0,35.001,"));
}

TEST_F(FibreReplayTest, SendsFilesInOrderOfTimeAndRevisesTheSampling) {
  const auto done = replay({recording("gdr_rcn.h5"), recording("xdas.nc"), recording("febus.h5")});
  ASSERT_TRUE(done) << done.error().what;
  FibreBuffer buffer("XX.CABLE1", 64 << 20);
  std::vector<FibreGap> gaps;
  for (const DasBlock& block : fibres_.blocks) {
    buffer.push(block, gaps);
  }
  EXPECT_EQ(buffer.counters().geometry_changes, 2U);
  EXPECT_EQ(counters().rejected(), 0U) << "each change has a higher meta_rev";
  EXPECT_EQ(counters().restarts, 0U);
  EXPECT_THAT(fibres_.metadata, SizeIs(3));
}

TEST_F(FibreReplayTest, TellsTheHoleInARecording) {
  ASSERT_TRUE(replay({recording("xdas.nc")}));
  EXPECT_EQ(counters().time_holes, 1U);
  EXPECT_EQ(counters().missing, 0U);
}

TEST(AreFibreRecordings, LooksAtEveryFile) {
  const std::string mseed =
      std::string(GEOD_SOURCE_DIR) + "/tests/data/ridgecrest_20190704_1700/mseed";
  EXPECT_TRUE(*are_fibre_recordings({recording("xdas.nc")}));
  EXPECT_FALSE(*are_fibre_recordings({mseed}));
  EXPECT_EQ(are_fibre_recordings({mseed, recording("xdas.nc")}).error().code, Errc::kConfig);
  EXPECT_EQ(are_fibre_recordings({"nowhere"}).error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace geod::streams
