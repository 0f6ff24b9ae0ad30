#include "streams/replay.hpp"

#include <filesystem>
#include <future>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "streams/file_source.hpp"
#include "streams/mseed_reader.hpp"
#include "streams/zmq_receiver.hpp"
#include "tests/support/wire_peers.hpp"
#include "tests/support/wire_tmp_dir.hpp"

namespace geod::streams {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::SizeIs;

class ReplayTest : public testing::Test {
 protected:
  ReplayTest() {
    endpoint_.name = "ingest";
    endpoint_.endpoint = "tcp://127.0.0.1:*";
    options_.paths = {file_};
    options_.speed = 0;
  }

  /// A minute of three channels, one after another in one file.
  std::string three_channels() const {
    std::string text;
    for (const char* const channel : {"HHZ", "HHN", "HHE"}) {
      for (int i = 0; i < 60; ++i) {
        const Bytes record = make_record({.channel = channel,
                                          .start = RecordSpec{}.start + seconds{i},
                                          .first_value = 1000 * i});
        text.append(reinterpret_cast<const char*>(record.data()), record.size());
      }
    }
    return dir_.write("three.mseed", text);
  }
  void open_receiver() {
    config_.endpoints = {endpoint_};
    auto opened = ZmqReceiver::open(config_, clock_);
    ASSERT_TRUE(opened) << opened.error().what;
    receiver_ = std::move(*opened);
    options_.publisher.endpoint = receiver_->status()[0].endpoint;
  }
  std::future<Result<ReplayProgress>> start_replay() {
    return std::async(std::launch::async, [this] {
      return replay(
          options_,
          clock_,
          [this](const ReplayProgress& progress) { phases_.push_back(progress.phase); },
          stop_.get_token());
    });
  }
  CounterSnapshot counters() const { return receiver_->status()[0].counters; }

  SystemClock clock_;
  TmpDir dir_;
  const std::string file_ = three_channels();
  config::StreamsConfig config_;
  config::EndpointConfig endpoint_;
  ReplayOptions options_;
  std::stop_source stop_;
  std::vector<ReplayProgress::Phase> phases_;
  std::unique_ptr<ZmqReceiver> receiver_;
  CollectingSink sink_;
};

TEST_F(ReplayTest, ArrivesWholeInOrderAndEnds) {
  open_receiver();
  auto replaying = start_replay();
  ASSERT_TRUE(poll_until(*receiver_, sink_, [&] { return receiver_->has_ended(); }));
  const auto done = replaying.get();
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(done->records, 180U);
  EXPECT_EQ(done->messages, 6U) << "180 records by 32";
  EXPECT_EQ(phases_.back(), ReplayProgress::Phase::kDone);

  config::FileSourceConfig files{"same", {file_}};
  auto direct = FileSource::open(files);
  ASSERT_TRUE(direct);
  CollectingSink expected;
  ASSERT_TRUE(poll_until(**direct, expected, [&] { return (*direct)->has_ended(); }));
  ASSERT_EQ(sink_.records.size(), expected.records.size());
  for (std::size_t i = 0; i < expected.records.size(); ++i) {
    EXPECT_EQ(sink_.records[i].header.source_id, expected.records[i].header.source_id);
    EXPECT_EQ(sink_.records[i].header.start, expected.records[i].header.start);
    EXPECT_EQ(sink_.records[i].samples, expected.records[i].samples);
  }
  ASSERT_THAT(sink_.ends, SizeIs(1));
  EXPECT_THAT(sink_.ends[0].channels, SizeIs(3));
  EXPECT_EQ(sink_.ends[0].reason, "end of files");
  EXPECT_EQ(counters().missing, 0U);
  EXPECT_EQ(counters().rejected(), 0U);
}

/// By channel, in the order of `records`.
std::map<std::string, std::vector<Samples>> by_channel(const std::vector<Record>& records) {
  std::map<std::string, std::vector<Samples>> channels;
  for (const Record& record : records) {
    channels[record.header.source_id.to_string()].push_back(record.samples);
  }
  return channels;
}

TEST_F(ReplayTest, BringsRealRecordsThroughUnchanged) {
  const std::string folder = std::string(GEOD_SOURCE_DIR) + "/tests/data/mseed/real";
  std::vector<Record> expected;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    auto reader = MseedReader::open(entry.path());
    ASSERT_TRUE(reader) << reader.error().what;
    while (const auto record = reader->next()) {
      ASSERT_TRUE(*record) << record->error().what;
      auto decoded = decode_record((*record)->bytes);
      ASSERT_TRUE(decoded) << decoded.error().what;
      expected.push_back(std::move(*decoded));
    }
  }
  ASSERT_GT(expected.size(), 20U);
  options_.paths = {folder};
  options_.records_per_message = 3;
  open_receiver();
  auto replaying = start_replay();
  ASSERT_TRUE(poll_until(*receiver_, sink_, [&] { return receiver_->has_ended(); }));
  ASSERT_TRUE(replaying.get());
  for (std::size_t i = 1; i < sink_.records.size(); ++i) {
    ASSERT_LE(sink_.records[i - 1].header.end(), sink_.records[i].header.end());
  }
  // Every file of the folder holds its channel in order of time.
  EXPECT_EQ(by_channel(sink_.records), by_channel(expected));
}

TEST_F(ReplayTest, PacesByTheTimeOfTheData) {
  options_.speed = 1e5;  // a minute in 0.6 ms
  options_.records_per_message = 64;
  open_receiver();
  auto replaying = start_replay();
  ASSERT_TRUE(poll_until(*receiver_, sink_, [&] { return receiver_->has_ended(); }));
  ASSERT_TRUE(replaying.get());
  EXPECT_THAT(sink_.records, SizeIs(180));
}

TEST(ReplaySchedule, IsDueNTimesAsFastAsTheData) {
  const ReplaySchedule::SteadyTime start{seconds{100}};
  const Time first = time_from_ns(1'000'000'000);
  EXPECT_EQ(ReplaySchedule(first, 1.0, start).due(first), start);
  EXPECT_EQ(ReplaySchedule(first, 20.0, start).due(first + seconds{60}), start + seconds{3});
  EXPECT_EQ(ReplaySchedule(first, 0.5, start).due(first + seconds{60}), start + seconds{120});
  EXPECT_EQ(ReplaySchedule(first, 0.0, start).due(first + seconds{60}), start);
  EXPECT_GT(ReplaySchedule(first, 1e-9, start).due(Time::max()), start) << "bounded, no overflow";
}

TEST_F(ReplayTest, ReachesASubscriberFromItsFirstRecordOn) {
  options_.publisher.endpoint = "ipc://" + dir_.path("replay");
  options_.publisher.mode = PublisherMode::kPubBind;
  auto replaying = start_replay();
  endpoint_.endpoint = options_.publisher.endpoint;
  endpoint_.mode = config::EndpointMode::kSubConnect;
  open_receiver();
  ASSERT_TRUE(poll_until(*receiver_, sink_, [&] { return receiver_->has_ended(); }));
  const auto done = replaying.get();
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_THAT(sink_.records, SizeIs(180));
}

TEST_F(ReplayTest, WaitsForASlowReceiverAndLosesNothing) {
  config_.max_message_bytes = 64 * 1024;
  config_.receive_buffer_bytes = 64 * 1024;
  open_receiver();
  options_.paths.assign(1, file_);
  options_.records_per_message = 1;
  auto replaying = start_replay();
  // Nobody reads until the replay can get no further by itself.
  while (phases_.empty() && replaying.wait_for(milliseconds{1}) != std::future_status::ready) {
  }
  ASSERT_TRUE(poll_until(*receiver_, sink_, [&] { return receiver_->has_ended(); }));
  ASSERT_TRUE(replaying.get());
  EXPECT_THAT(sink_.records, SizeIs(180));
}

TEST_F(ReplayTest, SpeaksCurve) {
  const auto server = generate_curve_keypair(dir_.path("server.secret"));
  const auto client = generate_curve_keypair(dir_.path("client.secret"));
  config_.curve = {dir_.path("server.secret"),
                   dir_.write("allowed", client->public_key + " replayer replay XX.*\n")};
  endpoint_.curve = true;
  open_receiver();
  options_.publisher.secret_key_file = dir_.path("client.secret");
  options_.publisher.server_public_key = server->public_key;
  auto replaying = start_replay();
  ASSERT_TRUE(poll_until(*receiver_, sink_, [&] { return receiver_->has_ended(); }));
  ASSERT_TRUE(replaying.get());
  EXPECT_THAT(sink_.records, SizeIs(180));
}

TEST_F(ReplayTest, SaysThatItsKeyIsRefused) {
  const auto server = generate_curve_keypair(dir_.path("server.secret"));
  const auto other = generate_curve_keypair(dir_.path("other.secret"));
  generate_curve_keypair(dir_.path("client.secret")).value();
  config_.curve = {dir_.path("server.secret"),
                   dir_.write("allowed", other->public_key + " other\n")};
  endpoint_.curve = true;
  open_receiver();
  options_.publisher.secret_key_file = dir_.path("client.secret");
  options_.publisher.server_public_key = server->public_key;
  const auto done = start_replay().get();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kDisconnected);
  EXPECT_THAT(done.error().what, HasSubstr("allow list"));
}

TEST_F(ReplayTest, SaysThatNobodyListens) {
  options_.publisher.endpoint = "ipc://" + dir_.path("replay");
  options_.patience = milliseconds{30};
  const auto done = start_replay().get();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kDisconnected);
  EXPECT_THAT(done.error().what, HasSubstr(options_.publisher.endpoint));
}

TEST_F(ReplayTest, StopsWhileItWaitsForTheReceiver) {
  options_.publisher.endpoint = "ipc://" + dir_.path("replay");
  options_.patience = std::chrono::hours{1};
  auto replaying = start_replay();
  stop_.request_stop();
  EXPECT_EQ(replaying.get().error().code, Errc::kCancelled);
}

TEST_F(ReplayTest, StopsBetweenRecordsThatAreHoursApart) {
  options_.speed = 1e-3;
  open_receiver();
  auto replaying = start_replay();
  ASSERT_TRUE(poll_until(*receiver_, sink_, [&] { return sink_.records.size() == 3; }));
  stop_.request_stop();
  EXPECT_EQ(replaying.get().error().code, Errc::kCancelled);
}

TEST_F(ReplayTest, LeavesOutDamagedRecordsAndCountsThem) {
  Bytes damaged = make_record({});
  damaged[30] = std::byte{0xff};
  Bytes bytes = make_record({});
  append(bytes, damaged);
  append(bytes, make_record({.start = RecordSpec{}.start + seconds{1}}));
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  options_.paths = {dir_.write("damaged.mseed", text)};
  open_receiver();
  auto replaying = start_replay();
  ASSERT_TRUE(poll_until(*receiver_, sink_, [&] { return receiver_->has_ended(); }));
  const auto done = replaying.get();
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(done->records, 2U);
  EXPECT_EQ(done->rejected, 1U);
}

TEST_F(ReplayTest, RefusesWhatItCannotDo) {
  const auto code = [&](auto change) {
    ReplayOptions options = options_;
    options.publisher.endpoint = "tcp://127.0.0.1:9";
    change(options);
    const auto done = replay(
        options, clock_, [](const ReplayProgress&) {}, stop_.get_token());
    return done ? Errc::kCancelled : done.error().code;
  };
  EXPECT_EQ(code([](auto& o) { o.speed = -1; }), Errc::kConfig);
  EXPECT_EQ(code([](auto& o) { o.records_per_message = 0; }), Errc::kConfig);
  EXPECT_EQ(code([](auto& o) { o.records_per_message = 65; }), Errc::kConfig);
  EXPECT_EQ(code([](auto& o) { o.publisher.stream_id = "a b"; }), Errc::kConfig);
  EXPECT_EQ(code([](auto& o) { o.publisher.endpoint = "nowhere"; }), Errc::kConfig);
  EXPECT_EQ(code([](auto& o) { o.publisher.server_public_key = "short"; }), Errc::kConfig);
  EXPECT_EQ(code([](auto& o) { o.paths = {"/no/such/file"}; }), Errc::kNotFound);
  EXPECT_EQ(code([](auto& o) { o.paths.clear(); }), Errc::kCorruptRecord);
}

}  // namespace
}  // namespace geod::streams
