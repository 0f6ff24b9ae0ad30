#include "daemon/segmentation_worker.hpp"

#include <cmath>
#include <random>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/das_blocks.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/fake_segmenter.hpp"
#include "tests/support/fibre_signals.hpp"

namespace geod {
namespace {

using models::Task;
using streams::kFibreStart;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using SteadyClock = std::chrono::steady_clock;

constexpr std::int64_t kChannels = 24;
constexpr std::int64_t kRate = 100;
constexpr std::int64_t kSamples = 60 * kRate;

/// Sixty seconds of noise, and at 30 s a wave that runs along the fibre at 2 km/s for a second.
double motion(std::int64_t sample, std::int64_t channel) {
  const double noise = streams::fibre_noise(sample, channel);
  const double since =
      static_cast<double>(sample) / kRate - 30.0 - static_cast<double>(channel) * 10.0 / 2000.0;
  const bool is_wave = since >= 0.0 && since < 1.0;
  return noise + (is_wave ? 30.0 * std::sin(2.0 * 3.14159 * 11.0 * since) : 0.0);
}

std::shared_ptr<const FibreGeometry> geometry_of(const std::string& id,
                                                 std::int64_t channels = kChannels) {
  FibreGeometry geometry = streams::test_geometry(channels);
  geometry.fibre_id = id;
  geometry.rate = *SampleRate::make(kRate);
  geometry.channel_spacing_m = 10.0;
  return std::make_shared<const FibreGeometry>(geometry);
}

/// In a thread of its own, as it lowers the priority of the one that it runs in.
Result<void> run_in_a_thread(SegmentationWorker& worker) {
  Result<void> outcome;
  std::jthread([&] { outcome = worker.run(); }).join();
  return outcome;
}

/// What the worker gave to the sink.
struct Rows {
  std::vector<FibreDetection> detections;
  std::vector<FibreGap> gaps;
  std::vector<FibreGeometryChange> geometries;
  std::vector<FibrePlacesChange> places;
  std::vector<FibreCompleteness> completeness;

  double seen_s() const {
    double sum = 0.0;
    for (const FibreCompleteness& part : completeness) {
      sum += part.scored_s + part.masked_s;
    }
    return sum;
  }
  double shed_s() const {
    double sum = 0.0;
    for (const FibreGap& gap : gaps) {
      sum += gap.kind == FibreGap::Kind::kShed ? to_seconds(gap.to - gap.from) : 0.0;
    }
    return sum;
  }
  std::vector<FibreGap::Kind> gap_kinds() const {
    std::vector<FibreGap::Kind> kinds;
    for (const FibreGap& gap : gaps) {
      kinds.push_back(gap.kind);
    }
    return kinds;
  }
};

class SegmentationWorkerTest : public ::testing::Test {
 protected:
  SegmentationWorkerTest() {
    config_.models.max_image_batch = 4;
    config_.models.max_batch_delay = Duration{0};
    serve(&engine_);
  }

  /// `engine` serves das from the next batch on.
  void serve(models::SegmentationEngine* engine,
             std::unique_ptr<models::PreparedNetwork> network = nullptr) {
    NetworkOrder<models::SegmentationEngine> order;
    order.task = Task::kDas;
    order.engine = engine;
    order.network = std::move(network);
    orders_.post(std::move(order));
  }
  std::unique_ptr<models::PreparedNetwork> bundle(const std::string& name) {
    models::Manifest manifest = engine_.manifest();
    manifest.name = name;
    return *engine_.prepare(test::fake_overlay(manifest, "hash of " + name, 1.0F));
  }

  void push(FibreItem item) {
    const std::size_t bytes = queue_bytes(item);
    queue_->push(std::move(item), bytes);
  }
  /// Samples [from, to) of a fibre in blocks of `length`.
  void push_blocks(const std::shared_ptr<const FibreGeometry>& geometry,
                   std::int64_t from,
                   std::int64_t to,
                   std::int64_t length = kRate) {
    for (std::int64_t first = from; first < to; first += length) {
      push(streams::signal_block(geometry, first, std::min(length, to - first), motion));
    }
  }

  void open_queue() {
    queue_.emplace(config_.fibres.queue_bytes,
                   [this](FibreQueue::Waiting& waiting, std::size_t limit, std::size_t weight) {
                     shed_blocks(waiting, limit, weight, stats_.fibre_blocks_shed);
                   });
  }
  SegmentationWorker& make_worker() {
    worker_.emplace("small-1",
                    config_,
                    SegmentationWorker::Links{
                        *queue_,
                        sink_,
                        orders_,
                        [this](NetworkTakenUp done) { taken_up_.push_back(std::move(done)); },
                        stats_});
    return *worker_;
  }
  /// Works off what was pushed, and what that gave.
  Rows run() {
    queue_->close();
    if (!worker_) {
      make_worker();
    }
    const auto outcome = run_in_a_thread(*worker_);
    EXPECT_TRUE(outcome) << outcome.error().what;
    Rows rows;
    while (auto row = sink_.pop_until({})) {
      if (auto* detection = std::get_if<FibreDetection>(&*row)) {
        detection->completed_at = {};
        rows.detections.push_back(std::move(*detection));
      } else if (auto* gap = std::get_if<FibreGap>(&*row)) {
        rows.gaps.push_back(std::move(*gap));
      } else if (auto* change = std::get_if<FibreGeometryChange>(&*row)) {
        rows.geometries.push_back(std::move(*change));
      } else if (auto* moved = std::get_if<FibrePlacesChange>(&*row)) {
        rows.places.push_back(std::move(*moved));
      } else if (auto* part = std::get_if<FibreCompleteness>(&*row)) {
        rows.completeness.push_back(std::move(*part));
      }
    }
    return rows;
  }

  config::Config config_;
  DaemonStats stats_;
  test::FakeSegmenter engine_{test::small_segmenter()};
  std::optional<FibreQueue> queue_;
  BoundedQueue<SinkItem> sink_{1'000'000, WhenFull::kBlock};
  Mailbox<NetworkOrder<models::SegmentationEngine>> orders_;
  std::vector<NetworkTakenUp> taken_up_;
  std::optional<SegmentationWorker> worker_;
};

TEST_F(SegmentationWorkerTest, FindsTheEventOnceAndTellsWhatWasLookedAt) {
  open_queue();
  push_blocks(geometry_of("XX.A"), 0, kSamples);
  const Rows rows = run();
  ASSERT_THAT(rows.detections, SizeIs(1));
  const FibreDetection& event = rows.detections[0];
  EXPECT_EQ(event.fibre_id, "XX.A");
  EXPECT_EQ(event.model_id, "small-1");
  EXPECT_EQ(event.adapter_id, "");
  EXPECT_NEAR(to_seconds(event.from - kFibreStart), 30.0, 0.2);
  EXPECT_LE(event.first_channel, 2);
  EXPECT_GE(event.last_channel, kChannels - 3);
  ASSERT_THAT(rows.geometries, SizeIs(1));
  EXPECT_EQ(rows.geometries[0].geometry, *geometry_of("XX.A"));
  EXPECT_EQ(rows.geometries[0].from, kFibreStart);
  EXPECT_THAT(rows.gaps, IsEmpty());
  EXPECT_NEAR(rows.seen_s(), 60.0, 0.1);
  EXPECT_EQ(stats_.detections_made.load(), 1U);
}

TEST_F(SegmentationWorkerTest, DoesNotDependOnHowTheStreamWasCutNorOnBatches) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  open_queue();
  push_blocks(geometry_of("XX.A"), 0, kSamples);
  const Rows regular = run();
  worker_.reset();
  serve(&engine_);
  open_queue();
  config_.models.max_image_batch = 1;
  std::mt19937_64 random(seed);
  for (DasBlock& block : streams::cut_blocks(geometry_of("XX.A"), kSamples, 300, motion, random)) {
    push(std::move(block));
  }
  const Rows cut = run();
  EXPECT_EQ(cut.detections, regular.detections);
  EXPECT_NEAR(cut.seen_s(), regular.seen_s(), 1e-6);
}

TEST_F(SegmentationWorkerTest, FibresShareBatchesAndNothingElse) {
  config_.models.max_batch_delay = std::chrono::hours{1};
  open_queue();
  for (std::int64_t second = 0; second < 60; ++second) {
    for (const char* id : {"XX.A", "XX.B"}) {
      push_blocks(geometry_of(id), second * kRate, (second + 1) * kRate);
    }
  }
  Rows rows = run();
  ASSERT_THAT(rows.detections, SizeIs(2));
  EXPECT_NE(rows.detections[0].fibre_id, rows.detections[1].fibre_id);
  EXPECT_NE(rows.detections[0].detection_id, rows.detections[1].detection_id);
  EXPECT_EQ(rows.detections[0].arrivals, rows.detections[1].arrivals);
  ASSERT_FALSE(engine_.batches.empty());
  engine_.batches.pop_back();
  EXPECT_THAT(engine_.batches, testing::Each(4U)) << "all but the last are full";
}

TEST_F(SegmentationWorkerTest, ABurstIsShedExactlyAndCostsOtherFibresNothing) {
  const std::size_t block_bytes =
      queue_bytes(streams::signal_block(geometry_of("XX.A"), 0, kRate, motion));
  config_.fibres.queue_bytes = 20 * block_bytes;
  open_queue();
  push_blocks(geometry_of("XX.B"), 0, 3 * kRate);
  push_blocks(geometry_of("XX.A"), 0, kSamples);  // three times what the queue holds
  const Rows rows = run();
  const std::uint64_t shed = stats_.fibre_blocks_shed.load();
  EXPECT_GT(shed, 0U);
  EXPECT_DOUBLE_EQ(rows.shed_s(), static_cast<double>(shed)) << "blocks of a second";
  for (const FibreGap& gap : rows.gaps) {
    EXPECT_EQ(gap.kind, FibreGap::Kind::kShed) << "what was shed is not missing, too";
    EXPECT_EQ(gap.fibre_id, "XX.A");
  }
  EXPECT_NEAR(rows.seen_s() + rows.shed_s(), 63.0, 0.2) << "all is accounted for";
}

TEST_F(SegmentationWorkerTest, AHoleIsToldAsMissingAndTheRestIsLookedAt) {
  open_queue();
  push_blocks(geometry_of("XX.A"), 0, 20 * kRate);
  push_blocks(geometry_of("XX.A"), 25 * kRate, kSamples);
  const Rows rows = run();
  ASSERT_THAT(rows.gap_kinds(), ElementsAre(FibreGap::Kind::kMissing));
  EXPECT_EQ(rows.gaps[0].from, kFibreStart + std::chrono::seconds{20});
  EXPECT_EQ(rows.gaps[0].to, kFibreStart + std::chrono::seconds{25});
  EXPECT_NEAR(rows.seen_s(), 55.0, 0.2);
  EXPECT_THAT(rows.detections, SizeIs(1));
}

TEST_F(SegmentationWorkerTest, ANewGeometryBeginsAnewAndIsTold) {
  open_queue();
  push_blocks(geometry_of("XX.A"), 0, 20 * kRate);
  push_blocks(geometry_of("XX.A", 20), 20 * kRate, kSamples);
  const Rows rows = run();
  EXPECT_THAT(rows.gap_kinds(), ElementsAre(FibreGap::Kind::kNewGeometry));
  ASSERT_THAT(rows.geometries, SizeIs(2));
  EXPECT_EQ(rows.geometries[1].geometry.channels, 20);
  EXPECT_EQ(rows.geometries[1].from, kFibreStart + std::chrono::seconds{20});
  EXPECT_NEAR(rows.seen_s(), 60.0, 0.2);
  EXPECT_THAT(rows.detections, SizeIs(1));
}

TEST_F(SegmentationWorkerTest, AnEndMakesFinalWhatWasSeenAndARestartIsStored) {
  open_queue();
  push_blocks(geometry_of("XX.A"), 0, 32 * kRate);
  push(FibreEnd{"XX.A", "shutdown"});
  push(FibreGap{"XX.A",
                FibreGap::Kind::kRestart,
                kFibreStart + std::chrono::seconds{40},
                kFibreStart + std::chrono::seconds{40},
                ""});
  push_blocks(geometry_of("XX.A"), 40 * kRate, kSamples);
  const Rows rows = run();
  EXPECT_THAT(rows.gap_kinds(), ElementsAre(FibreGap::Kind::kRestart))
      << "the time after an orderly end is no hole";
  EXPECT_THAT(rows.detections, SizeIs(1));
  EXPECT_NEAR(rows.seen_s(), 52.0, 0.2);
}

streams::FibreMetadata metadata_of(const std::string& fibre_id, double latitude_deg) {
  return {fibre_id,
          fmt::format(R"({{"channel_groups":[{{"channels":{{"channel_ids":["0","99"],)"
                      R"("x_coordinates":[-117,-116.9],"y_coordinates":[{0},{0}]}}}}]}})",
                      latitude_deg)};
}

TEST_F(SegmentationWorkerTest, ToldPlacesHoldFromTheNextBlockOn) {
  open_queue();
  push(metadata_of("XX.A", 35.0));
  push_blocks(geometry_of("XX.A"), 0, 2 * kRate);
  push(metadata_of("XX.A", 36.0));
  push({streams::FibreMetadata{"XX.A", R"({"channel_groups":[{"channels":{"channel_ids":9}}]})"}});
  push({streams::FibreMetadata{"XX.A", "{}"}});
  push_blocks(geometry_of("XX.A"), 2 * kRate, 4 * kRate);
  push(metadata_of("XX.A", 36.0));  // nothing new
  push_blocks(geometry_of("XX.A"), 4 * kRate, 6 * kRate);
  push(metadata_of("XX.A", 37.0));  // no block follows
  const Rows rows = run();
  ASSERT_THAT(rows.places, SizeIs(2));
  EXPECT_EQ(rows.places[0].from, kFibreStart);
  EXPECT_EQ(rows.places[0].places,
            (std::vector<FibrePlace>{{0, 35.0, -117.0, 0.0}, {99, 35.0, -116.9, 0.0}}));
  EXPECT_EQ(rows.places[1].from, kFibreStart + std::chrono::seconds{2});
  EXPECT_EQ(rows.places[1].places[0].latitude_deg, 36.0);
}

TEST_F(SegmentationWorkerTest, APublisherThatMovesItsFibreForEverIsStopped) {
  open_queue();
  for (int i = 0; i < ToldPlaces::kMostChanges + 50; ++i) {
    push(metadata_of("XX.A", 35.0 + 0.01 * i));
    push(streams::signal_block(geometry_of("XX.A"), i * 10, 10, motion));
  }
  EXPECT_THAT(run().places, SizeIs(ToldPlaces::kMostChanges));
}

TEST_F(SegmentationWorkerTest, LeavesFibresAloneThatAreSwitchedOff) {
  config_.fibres.each["XX.A"].enabled = false;
  open_queue();
  push_blocks(geometry_of("XX.A"), 0, 10 * kRate);
  const Rows rows = run();
  EXPECT_THAT(rows.gaps, IsEmpty());
  EXPECT_THAT(rows.geometries, IsEmpty());
  EXPECT_THAT(engine_.batches, IsEmpty());
  EXPECT_EQ(stats_.fibre_blocks_ignored.load(), 10U);
}

TEST_F(SegmentationWorkerTest, LooksAtTheConfiguredChannelsAlone) {
  config_.fibres.each["XX.A"].first_channel = 6;
  config_.fibres.each["XX.A"].last_channel = 19;
  open_queue();
  push_blocks(geometry_of("XX.A"), 0, kSamples);
  const Rows rows = run();
  ASSERT_THAT(rows.detections, SizeIs(1));
  EXPECT_GE(rows.detections[0].first_channel, 6);
  EXPECT_LE(rows.detections[0].last_channel, 19);
  EXPECT_EQ(rows.geometries.at(0).geometry.channels, 14);
}

TEST_F(SegmentationWorkerTest, WithoutANetworkTheTimeIsToldAsNotLookedAt) {
  orders_.take();
  open_queue();
  push_blocks(geometry_of("XX.A"), 0, 30 * kRate);
  push_blocks(geometry_of("XX.A"), 40 * kRate, kSamples);
  const Rows rows = run();
  EXPECT_THAT(rows.gap_kinds(), ElementsAre(FibreGap::Kind::kShed, FibreGap::Kind::kShed));
  EXPECT_DOUBLE_EQ(rows.shed_s(), 50.0);
  EXPECT_EQ(rows.gaps.at(1).from, kFibreStart + std::chrono::seconds{40});
  EXPECT_EQ(stats_.fibre_blocks_unseen.load(), 50U);
}

TEST_F(SegmentationWorkerTest, TakesUpAnotherNetworkBetweenTwoBatches) {
  open_queue();
  push_blocks(geometry_of("XX.A"), 0, kSamples);
  engine_.on_batch = [this] {
    if (engine_.batches.size() == 1) {
      serve(&engine_, bundle("ridge"));
    }
  };
  const Rows rows = run();
  ASSERT_THAT(rows.detections, SizeIs(1));
  EXPECT_EQ(rows.detections[0].adapter_id, "ridge-1");
  EXPECT_EQ(rows.detections[0].adapter_hash, "hash of ridge");
  ASSERT_THAT(taken_up_, SizeIs(2));
  EXPECT_EQ(taken_up_[0].before, nullptr) << "the first was opened with what it serves";
  EXPECT_NE(taken_up_[1].before, nullptr) << "geod-adapt frees what served before";
  EXPECT_NEAR(rows.seen_s(), 60.0, 0.1) << "no tile is lost or scored twice";
}

TEST_F(SegmentationWorkerTest, AnImageWaitsUntilNoFibreDoes) {
  test::FakeSegmenter salt(test::small_segmenter(Task::kSalt));
  NetworkOrder<models::SegmentationEngine> order;
  order.task = Task::kSalt;
  order.engine = &salt;
  orders_.post(std::move(order));
  open_queue();
  push_blocks(geometry_of("XX.A"), 0, kSamples);
  std::size_t tiles_before = 0;
  salt.on_batch = [&] {
    tiles_before = stats_.tiles_scored.load();
    queue_->close();
  };
  SegmentationWorker& worker = make_worker();
  worker.post({Task::kSalt, "", {64, 16, std::vector<float>(64 * 16, 255.0F)}}, "anna");
  ASSERT_TRUE(run_in_a_thread(worker));
  EXPECT_GT(tiles_before, 100U) << "all that was complete of the fibre";
  const auto replies = worker.take_replies();
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_EQ(replies[0].client, "anna");
  const auto answer = parse_segment_answer(replies[0].message);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_THAT(answer->image.mask, testing::Each(1));
}

TEST_F(SegmentationWorkerTest, AStopThatHasNoTimeTellsWhatItLeaves) {
  open_queue();
  push_blocks(geometry_of("XX.A"), 0, kSamples);
  SegmentationWorker& worker = make_worker();
  worker.give_up_at(SteadyClock::now());
  const Rows rows = run();
  EXPECT_THAT(engine_.batches, IsEmpty());
  EXPECT_THAT(rows.gap_kinds(), ElementsAre(FibreGap::Kind::kShed));
  EXPECT_DOUBLE_EQ(rows.shed_s(), 60.0);
}

TEST_F(SegmentationWorkerTest, AFailedDeviceEndsIt) {
  engine_.fails = true;
  open_queue();
  push_blocks(geometry_of("XX.A"), 0, kSamples);
  queue_->close();
  const auto outcome = run_in_a_thread(make_worker());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::kDevice);
}

}  // namespace
}  // namespace geod
