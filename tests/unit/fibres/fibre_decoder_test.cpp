#include "models/fibre_decoder.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "streams/fibre_conditioner.hpp"
#include "streams/fibre_tiler.hpp"
#include "tests/support/fibre_events.hpp"
#include "tests/support/fibre_signals.hpp"

namespace geod::models {
namespace {

using namespace std::chrono_literals;
using streams::FibreConditioner;
using streams::FibreConditioning;
using streams::FibreSignal;
using streams::FibreTiler;
using streams::FibreTiling;
using streams::kFibreStart;

constexpr std::int64_t kChannels = 150;
constexpr FibreTiling kTiling{128, 96, 64, 48};

std::shared_ptr<const FibreGeometry> geometry() {
  FibreGeometry geometry = streams::test_geometry(kChannels);
  geometry.rate = *SampleRate::make(200);
  geometry.channel_spacing_m = 10.0;
  return std::make_shared<const FibreGeometry>(geometry);
}

FibreDecoder::Settings settings_of(std::vector<std::string> classes = {"background", "event"},
                                   std::string model = "das") {
  FibreDecoderSettings settings;
  settings.segments.class_names = std::move(classes);
  settings.segments.das.row_hop = kTiling.row_hop;
  settings.segments.das.column_hop = kTiling.column_hop;
  settings.segments.das.min_channels = 30;
  settings.model_id = std::move(model);
  settings.model_hash = "abc";
  return std::make_shared<const FibreDecoderSettings>(settings);
}

/// Seconds after the start at which a wave reaches a channel.
using Arrival = std::function<double(std::int64_t)>;

double wave_arrival(std::int64_t channel) {
  return 9.0 + std::hypot(300.0, 10.0 * (static_cast<double>(channel) - 40.0)) / 4000.0;
}

/// Noise, and `strength` times as much for `length_s` from `arrival` on; both have all frequencies.
FibreSignal burst_signal(Arrival arrival, double strength, double length_s) {
  return [=](std::int64_t t, std::int64_t c) {
    const double after = static_cast<double>(t) / 200.0 - arrival(c);
    const bool is_on = after >= 0.0 && after < length_s;
    return (is_on ? strength : 1.0) * streams::fibre_noise(t, c);
  };
}

std::vector<FibreTile> tiles_of(const std::vector<DasBlock>& blocks) {
  FibreConditioner conditioner{FibreConditioning{}};
  FibreTiler tiler(kTiling);
  std::vector<FibreRows> rows;
  for (const streams::FibrePiece& piece : streams::pieces_of(blocks)) {
    EXPECT_TRUE(conditioner.push(piece, rows));
  }
  conditioner.finish(rows);
  std::vector<FibreTile> tiles;
  for (const FibreRows& each : rows) {
    tiler.push(each, tiles);
  }
  tiler.finish(tiles);
  return tiles;
}

/// Tiles through network and decoder in batches of `batch`.
FibreDecoderOutput decode(const std::vector<FibreTile>& tiles,
                          FibreDecoder& decoder,
                          const EnergyNetwork& network = EnergyNetwork(),
                          std::size_t batch = 7) {
  FibreDecoderOutput out;
  for (std::size_t from = 0; from < tiles.size(); from += batch) {
    std::vector<const FibreTile*> some;
    for (std::size_t i = from; i < std::min(tiles.size(), from + batch); ++i) {
      some.push_back(&tiles[i]);
    }
    const SegmentBatch answer = network.segment(some);
    for (std::size_t i = 0; i < some.size(); ++i) {
      decoder.push(*some[i], answer, i, out);
    }
  }
  decoder.finish(out);
  return out;
}

struct Decoded {
  FibreDecoderOutput out;
  FibreDecoderCounters counters;
};
Decoded decoded_from(const FibreSignal& signal, double seconds) {
  FibreDecoder decoder = *FibreDecoder::make(settings_of());
  const auto samples = static_cast<std::int64_t>(seconds * 200.0);
  Decoded decoded;
  decoded.out = decode(tiles_of({streams::signal_block(geometry(), 0, samples, signal)}), decoder);
  decoded.counters = decoder.counters();
  return decoded;
}

TEST(FibreDecoder, AnEventSeenInManyTilesIsOneDetectionWithItsArrivals) {
  const Decoded found = decoded_from(burst_signal(wave_arrival, 8.0, 3.0), 20.0);
  EXPECT_GT(found.counters.tiles, 60U);
  ASSERT_EQ(found.out.detections.size(), 1U);
  const FibreDetection& event = found.out.detections[0];
  EXPECT_EQ(event.fibre_id, "XX.CABLE1");
  EXPECT_EQ(event.first_channel, 0);
  EXPECT_EQ(event.last_channel, kChannels - 1);
  EXPECT_EQ(event.model_id, "das");
  EXPECT_EQ(event.detection_id, make_detection_id(event.fibre_id, 0, event.from));
  EXPECT_LT(std::abs(to_seconds(event.from - kFibreStart) - 9.07), 0.25);
  EXPECT_LT(std::abs(to_seconds(event.to - kFibreStart) - 12.3), 0.5);
  EXPECT_GT(event.mean_probability, 0.7);
  EXPECT_GE(event.max_probability, event.mean_probability);
  EXPECT_GE(event.mask.size(), static_cast<std::size_t>(kChannels));
  ASSERT_GT(event.arrivals.size(), 140U);
  std::vector<double> errors;
  for (const FibreArrival& arrival : event.arrivals) {
    EXPECT_EQ(arrival.phase_hint, Phase::kP);
    errors.push_back(
        std::abs(to_seconds(arrival.time - kFibreStart) - wave_arrival(arrival.channel)));
  }
  std::sort(errors.begin(), errors.end());
  EXPECT_LT(errors[errors.size() / 2], 0.02);
  EXPECT_LT(errors[errors.size() * 9 / 10], 0.05);
  ASSERT_EQ(event.picks.size(), 2U);
  for (const FibrePick& pick : event.picks) {
    EXPECT_NEAR(to_seconds(pick.time - kFibreStart), wave_arrival(pick.channel), 0.03);
  }
}

TEST(FibreDecoder, TellsTheSpacingOfChannelNumbersAlsoOnACoarserGrid) {
  FibreGeometry dense = *geometry();
  dense.channels = 2 * kChannels;
  dense.channel_spacing_m = 5.0;
  const FibreSignal burst = burst_signal(wave_arrival, 8.0, 3.0);
  const FibreSignal signal = [&](std::int64_t t, std::int64_t c) { return burst(t, c / 2); };
  FibreDecoder decoder = *FibreDecoder::make(settings_of());
  const FibreDecoderOutput out = decode(
      tiles_of(
          {streams::signal_block(std::make_shared<const FibreGeometry>(dense), 0, 4000, signal)}),
      decoder);
  ASSERT_EQ(out.detections.size(), 1U);
  EXPECT_GT(out.detections[0].last_channel, kChannels);
  EXPECT_DOUBLE_EQ(out.detections[0].channel_spacing_m, 5.0);
}

TEST(FibreDecoder, GivesTheSameHoweverStreamAndBatchesAreCut) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const FibreSignal burst = burst_signal(wave_arrival, 6.0, 2.0);
  const FibreSignal signal = [&](std::int64_t t, std::int64_t c) {
    return c % 50 == 7 && t > 700 + 10 * c ? std::nan("") : burst(t, c);
  };
  FibreDecoder reference_decoder = *FibreDecoder::make(settings_of());
  const FibreDecoderOutput reference =
      decode(tiles_of({streams::signal_block(geometry(), 0, 4000, signal)}), reference_decoder);
  ASSERT_EQ(reference.detections.size(), 1U);
  for (const std::size_t batch : {1U, 4U, 1000U}) {
    FibreDecoder decoder = *FibreDecoder::make(settings_of());
    const FibreDecoderOutput out =
        decode(tiles_of(streams::cut_blocks(geometry(), 4000, 300, signal, random)),
               decoder,
               EnergyNetwork(),
               batch);
    EXPECT_EQ(out.detections, reference.detections);
    EXPECT_EQ(out.completeness, reference.completeness);
    EXPECT_EQ(out.completeness.back().channels, kChannels - 3);
  }
}

TEST(FibreDecoder, TellsPFromS) {
  const auto s_arrival = [](std::int64_t channel) {
    return 9.0 + 1.2 + std::hypot(300.0, 10.0 * (static_cast<double>(channel) - 40.0)) / 2300.0;
  };
  const auto grid_start = to_ns(kFibreStart) / 10'000'000;
  const EnergyNetwork network(3, [&](std::int64_t row, std::int64_t column) {
    return static_cast<double>(row - grid_start) / 100.0 >= s_arrival(column);
  });
  FibreDecoder decoder = *FibreDecoder::make(settings_of({"background", "P", "S"}));
  const FibreDecoderOutput out =
      decode(tiles_of({streams::signal_block(geometry(),
                                             0,
                                             4000,
                                             [&](std::int64_t t, std::int64_t c) {
                                               const double at = static_cast<double>(t) / 200.0;
                                               const bool is_p = at >= wave_arrival(c);
                                               const bool is_s = at >= s_arrival(c);
                                               const double strength = at >= 13.0 ? 1.0
                                                                       : is_s     ? 12.0
                                                                       : is_p     ? 5.0
                                                                                  : 1.0;
                                               return strength * streams::fibre_noise(t, c);
                                             })}),
             decoder,
             network);
  ASSERT_EQ(out.detections.size(), 1U);
  std::vector<double> p_errors;
  std::vector<double> s_errors;
  for (const FibreArrival& arrival : out.detections[0].arrivals) {
    const bool is_p = arrival.phase_hint == Phase::kP;
    (is_p ? p_errors : s_errors)
        .push_back(std::abs(to_seconds(arrival.time - kFibreStart) -
                            (is_p ? wave_arrival(arrival.channel) : s_arrival(arrival.channel))));
  }
  for (auto* errors : {&p_errors, &s_errors}) {
    ASSERT_GT(errors->size(), 130U);
    std::sort(errors->begin(), errors->end());
    EXPECT_LT((*errors)[errors->size() / 2], 0.05);
  }
}

TEST(FibreDecoder, NoiseIsNoEventAndIsAccountedAsLookedAt) {
  const Decoded found =
      decoded_from([](std::int64_t t, std::int64_t c) { return streams::fibre_noise(t, c); }, 30.0);
  EXPECT_TRUE(found.out.detections.empty());
  double scored = 0.0;
  Time next = kFibreStart;
  for (const FibreCompleteness& part : found.out.completeness) {
    EXPECT_EQ(part.fibre_id, "XX.CABLE1");
    EXPECT_EQ(part.hour, std::chrono::floor<std::chrono::hours>(part.from));
    EXPECT_EQ(part.from, next);
    EXPECT_EQ(part.channels, kChannels);
    EXPECT_EQ(part.masked_s, 0.0);
    scored += part.scored_s;
    next = part.to;
  }
  EXPECT_NEAR(scored, 30.0, 0.011);
}

TEST(FibreDecoder, AVehicleIsNoEvent) {
  // 30 m/s: three channels a second.
  const Decoded found = decoded_from(
      burst_signal([](std::int64_t c) { return 5.0 + static_cast<double>(c) / 3.0; }, 12.0, 2.0),
      60.0);
  EXPECT_TRUE(found.out.detections.empty());
  EXPECT_EQ(found.counters.too_slow, 1U);
}

TEST(FibreDecoder, AGapEndsTheEvent) {
  const FibreSignal signal = burst_signal(wave_arrival, 8.0, 6.0);
  FibreDecoder decoder = *FibreDecoder::make(settings_of());
  const FibreDecoderOutput out =
      decode(tiles_of({streams::signal_block(geometry(), 0, 2200, signal),
                       streams::signal_block(geometry(), 2300, 3000, signal)}),
             decoder);
  // What follows the gap has no begin that could be read, so it is no detection of its own.
  ASSERT_EQ(out.detections.size(), 1U);
  EXPECT_LE(out.detections[0].to, kFibreStart + 11s);
  double scored = 0.0;
  for (const FibreCompleteness& part : out.completeness) {
    scored += part.scored_s;
  }
  EXPECT_NEAR(scored, 26.0, 0.03);
}

TEST(FibreDecoder, SplitsCompletenessAtTheHour) {
  FibreTile tile;
  FibreGrid grid;
  grid.fibre_id = "XX.CABLE1";
  grid.columns = kTiling.columns;
  tile.grid = std::make_shared<const FibreGrid>(grid);
  const Time hour = std::chrono::ceil<std::chrono::hours>(kFibreStart + 1s);
  tile.first_row = to_ns(hour) / 10'000'000 - 50;
  tile.rows = kTiling.rows;
  tile.columns = kTiling.columns;
  tile.data_rows = {0, kTiling.rows};
  tile.data_columns = kTiling.columns;
  tile.begins_segment = true;
  tile.values.assign(static_cast<std::size_t>(tile.rows * tile.columns), kNoSample);
  FibreDecoder decoder = *FibreDecoder::make(settings_of());
  const FibreDecoderOutput out = decode({tile}, decoder);
  double before = 0.0;
  double after = 0.0;
  for (const FibreCompleteness& part : out.completeness) {
    EXPECT_EQ(part.scored_s, 0.0);  // no channel was live
    EXPECT_LE(part.to, part.hour + 1h);
    (part.hour < hour ? before : after) += part.masked_s;
  }
  EXPECT_NEAR(before, 0.5, 1e-9);
  EXPECT_NEAR(after, 0.78, 1e-9);
}

TEST(FibreDecoder, AnEventCarriesTheNetworkThatServedWhenItWasDecided) {
  const auto tiles =
      tiles_of({streams::signal_block(geometry(), 0, 4000, burst_signal(wave_arrival, 8.0, 2.0))});
  FibreDecoder decoder = *FibreDecoder::make(settings_of());
  FibreDecoderOutput out;
  const EnergyNetwork network;
  bool has_changed = false;
  for (const FibreTile& tile : tiles) {
    if (!has_changed && tile.first_column == 0 &&
        tile.first_row > to_ns(kFibreStart + 10s) / 10'000'000) {
      ASSERT_TRUE(decoder.change_network(settings_of({"background", "event"}, "other")));
      EXPECT_FALSE(decoder.change_network(settings_of({"background", "tremor"})));
      has_changed = true;
    }
    decoder.push(tile, network.segment({&tile}), 0, out);
  }
  decoder.finish(out);
  ASSERT_EQ(out.detections.size(), 1U);
  EXPECT_EQ(out.detections[0].model_id, "other");
}

TEST(PhaseClasses, NameWhatCanBeReadAndNothingTwice) {
  const auto of = [](std::vector<std::string> names) {
    SegmentSettings segments;
    segments.class_names = std::move(names);
    return phase_classes(segments);
  };
  EXPECT_EQ(of({"background", "event"})->first, 1);
  EXPECT_EQ(of({"background", "event"})->second, -1);
  EXPECT_EQ(of({"background", "vehicle", "S", "P"})->first, 3);
  EXPECT_EQ(of({"background", "vehicle", "S", "P"})->second, 2);
  EXPECT_EQ(of({"background", "S"})->first, -1);
  for (const auto& names : std::vector<std::vector<std::string>>{{"background"},
                                                                 {"background", "fault"},
                                                                 {"background", "event", "P"},
                                                                 {"background", "S", "S"},
                                                                 {}}) {
    const auto refused = of(names);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kModelMismatch);
  }
}

}  // namespace
}  // namespace geod::models
