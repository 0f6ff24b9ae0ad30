#include "catalog/magnitude_measure.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/association_run.hpp"
#include "catalog/wood_anderson.hpp"
#include "tests/support/memory_waveforms.hpp"

namespace geod::catalog {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::HasSubstr;

const std::string kFolder = std::string(GEOD_SOURCE_DIR) + "/tests/data/amplitudes/";
constexpr Time kOrigin = time_from_ns(1'700'000'000'000'000'000);
constexpr double kRateHz = 100.0;
constexpr double kCountsPerMetrePerSecond = 1e9;

std::shared_ptr<const InstrumentResponse> flat_response(const std::string& units = "M/S") {
  auto response = std::make_shared<InstrumentResponse>();
  ResponseStage stage;
  stage.number = 1;
  stage.input_units = units;
  stage.gain = kCountsPerMetrePerSecond;
  stage.gain_frequency_hz = 1.0;
  response->stages = {stage};
  return response;
}

SourceId channel_of(const std::string& station, const std::string& code) {
  return SourceId::from_seed("XX", station, "", code).value();
}

/// Five stations 40 to 80 km south of an event of ML 2.5; each shows a wave of 2 Hz at S in the
/// noise.
class MagnitudeMeasureTest : public testing::Test {
 protected:
  void SetUp() override {
    event.origin.time = kOrigin;
    event.origin.depth_km = 10.0;
    for (int i = 0; i < 5; ++i) {
      add_station("S" + std::to_string(i), 40.0 + 10.0 * i);
    }
    inventory = Inventory::make(channels, {}).value();
  }

  void add_station(const std::string& name, double distance_km) {
    const double r_km = std::hypot(distance_km, 10.0);
    const double amplitude_nm =
        std::pow(10.0, 2.5 - 1.11 * std::log10(r_km) - 0.00189 * r_km + 2.09);
    const auto& times = bench::suite_travel_times();
    const double p_s = times.first_arrival(Phase::kP, distance_km, 10.0).time_s;
    const double s_s = times.first_arrival(Phase::kS, distance_km, 10.0).time_s;
    for (const char* code : {"HHZ", "HHN", "HHE"}) {
      waveforms.add(channel_of(name, code), record(amplitude_nm, s_s));
      ChannelEpoch channel;
      channel.source_id = channel_of(name, code);
      channel.position.latitude_deg = 0.0;
      channel.response = flat_response();
      channels.push_back(channel);
    }
    OriginArrival arrival;
    arrival.pick_id = name;
    arrival.distance_km = distance_km;
    event.arrivals.push_back(arrival);
    picks.push_back({name,
                     channel_of(name, "HHZ").instrument_id(),
                     Phase::kP,
                     kOrigin + duration_from_seconds(p_s),
                     std::nullopt});
  }

  /// 160 s from a minute before the origin.
  static Waveform record(double amplitude_nm, double s_s) {
    Waveform waveform;
    waveform.start = kOrigin - 60s;
    waveform.rate = SampleRate::make(100).value();
    waveform.samples.resize(16'000);
    const double angular = 4.0 * std::numbers::pi;
    const double peak_counts = kCountsPerMetrePerSecond * amplitude_nm * 1e-9 * angular /
                               std::abs(wood_anderson_response(2.0));
    for (std::size_t i = 0; i < waveform.samples.size(); ++i) {
      const double time_s = static_cast<double>(i) / kRateHz - 60.0;
      const double after_s = time_s - s_s - 2.0;
      waveform.samples[i] = std::round(0.01 * peak_counts * std::sin(9.0 * time_s) +
                                       peak_counts * std::exp(-0.5 * after_s * after_s) *
                                           std::cos(angular * after_s));
    }
    return waveform;
  }

  MagnitudeMeasure::Outcome measure() const {
    return MagnitudeMeasure(bench::suite_travel_times(), options)
        .measure(event, picks, inventory, waveforms);
  }

  /// What became of the first station when `spoil` was done to its two horizontals.
  template <class Spoil>
  MagnitudeMeasure::Outcome spoilt(const Spoil& spoil) {
    for (const char* code : {"HHN", "HHE"}) {
      spoil(waveforms.of(channel_of("S0", code)));
    }
    return measure();
  }

  void expect_unmeasured(const MagnitudeMeasure::Outcome& outcome, const std::string& reason) {
    ASSERT_EQ(outcome.magnitudes.size(), 1U);
    EXPECT_EQ(outcome.magnitudes[0].stations, 4);
    EXPECT_EQ(outcome.magnitudes[0].contributions.size(), 4U);
    ASSERT_EQ(outcome.unmeasured.size(), 2U);
    EXPECT_THAT(outcome.unmeasured[0].what, AnyOf("XX.S0..HHE", "XX.S0..HHN"));
    EXPECT_THAT(outcome.unmeasured[0].reason, HasSubstr(reason));
  }

  void expect_not_counting(const MagnitudeMeasure::Outcome& outcome, AmplitudeUse use) {
    ASSERT_EQ(outcome.magnitudes.size(), 1U);
    EXPECT_EQ(outcome.magnitudes[0].stations, 4);
    ASSERT_EQ(outcome.magnitudes[0].contributions.size(), 5U);
    const StationMagnitude& station = outcome.magnitudes[0].contributions[0];
    EXPECT_EQ(station.instrument.station, "S0");
    EXPECT_EQ(station.weight, 0.0);
    EXPECT_EQ(station.amplitudes.at(0).use, use);
  }

  EventVersion event;
  std::vector<MagnitudePick> picks;
  std::vector<ChannelEpoch> channels;
  Inventory inventory;
  test::MemoryWaveforms waveforms;
  MagnitudeOptions options;
};

TEST_F(MagnitudeMeasureTest, FindsTheMagnitudeThatTheAmplitudesHave) {
  const auto outcome = measure();
  ASSERT_EQ(outcome.magnitudes.size(), 1U);
  const Magnitude& magnitude = outcome.magnitudes[0];
  EXPECT_EQ(magnitude.type, MagnitudeType::kMl);
  EXPECT_NEAR(magnitude.value, 2.5, 0.02);
  EXPECT_EQ(magnitude.stations, 5);
  EXPECT_LT(magnitude.uncertainty, 0.02);
  EXPECT_TRUE(outcome.unmeasured.empty());
  for (const StationMagnitude& station : magnitude.contributions) {
    ASSERT_EQ(station.amplitudes.size(), 2U);
    EXPECT_EQ(station.pick_id, station.instrument.station);
    for (const Amplitude& amplitude : station.amplitudes) {
      EXPECT_EQ(amplitude.use, AmplitudeUse::kUsed);
      EXPECT_NEAR(amplitude.period_s, 0.5, 0.05);
      EXPECT_GT(amplitude.snr, 30.0);
      EXPECT_LT(amplitude.window_from, amplitude.time);
      EXPECT_GT(amplitude.window_to, amplitude.time);
    }
  }
}

TEST_F(MagnitudeMeasureTest, WindowsOfStationsWithAnSPickAloneBeginAtThePredictedP) {
  const auto before = measure();
  for (MagnitudePick& pick : picks) {
    pick.phase = Phase::kS;
    pick.time += 5s;
  }
  for (OriginArrival& arrival : event.arrivals) {
    arrival.phase = Phase::kS;
  }
  const auto after = measure();
  ASSERT_EQ(after.magnitudes.size(), 1U);
  const auto from = [](const MagnitudeMeasure::Outcome& outcome) {
    return outcome.magnitudes[0].contributions[0].amplitudes[0].window_from;
  };
  EXPECT_LT(std::abs(to_seconds(from(after) - from(before))), 0.01);
}

TEST_F(MagnitudeMeasureTest, AddsTheCorrectionOfAStation) {
  options.station_corrections = {{"XX.S1", 0.3}};
  const auto outcome = measure();
  EXPECT_NEAR(outcome.magnitudes[0].contributions[1].value, 2.8, 0.02);
  EXPECT_NEAR(outcome.magnitudes[0].contributions[0].value, 2.5, 0.02);
}

TEST_F(MagnitudeMeasureTest, IsCompleteWhenTheLastWindowHasPassed) {
  const Time complete =
      MagnitudeMeasure(bench::suite_travel_times(), options).complete_at(event, picks, inventory);
  const auto outcome = measure();
  Time last = kOrigin;
  for (const StationMagnitude& station : outcome.magnitudes[0].contributions) {
    last = std::max(last, station.amplitudes[0].window_to);
  }
  EXPECT_EQ(complete, last + kAmplitudeMargin);
}

TEST_F(MagnitudeMeasureTest, OneHorizontalIsEnough) {
  waveforms.remove(channel_of("S0", "HHE"));
  const auto outcome = measure();
  EXPECT_EQ(outcome.magnitudes[0].stations, 5);
  EXPECT_EQ(outcome.magnitudes[0].contributions[0].amplitudes.size(), 1U);
  ASSERT_EQ(outcome.unmeasured.size(), 1U);
  EXPECT_EQ(outcome.unmeasured[0], (Unmeasured{"XX.S0..HHE", outcome.unmeasured[0].reason}));
  EXPECT_THAT(outcome.unmeasured[0].reason, HasSubstr("no samples"));
}

TEST_F(MagnitudeMeasureTest, NoAmplitudeFromSamplesThatAreNotFinite) {
  const auto outcome = spoilt([](std::vector<Waveform>& pieces) {
    pieces[0].samples[7'000] = std::numeric_limits<double>::quiet_NaN();
  });
  expect_unmeasured(outcome, "not finite");
}

TEST_F(MagnitudeMeasureTest, NoAmplitudeFromADeadChannel) {
  const auto outcome = spoilt([](std::vector<Waveform>& pieces) {
    std::fill(pieces[0].samples.begin(), pieces[0].samples.end(), 0.0);
  });
  expect_unmeasured(outcome, "do not change");
}

TEST_F(MagnitudeMeasureTest, NoAmplitudeAcrossAGap) {
  const auto outcome = spoilt([](std::vector<Waveform>& pieces) {
    Waveform second = pieces[0];
    second.start += 70s + 10s;
    second.samples.erase(second.samples.begin(), second.samples.begin() + 8'000);
    pieces[0].samples.resize(7'000);
    pieces.push_back(second);
  });
  expect_unmeasured(outcome, "samples are missing");
}

TEST_F(MagnitudeMeasureTest, NoAmplitudeWithoutNoiseBeforeP) {
  const auto outcome = spoilt([](std::vector<Waveform>& pieces) {
    pieces[0].samples.erase(pieces[0].samples.begin(), pieces[0].samples.begin() + 6'300);
    pieces[0].start += 63s;
  });
  expect_unmeasured(outcome, "of noise before");
}

TEST_F(MagnitudeMeasureTest, NoAmplitudeFromAnInstrumentOfOtherUnits) {
  for (ChannelEpoch& channel : channels) {
    if (channel.source_id.station == "S0") {
      channel.response = flat_response("PA");
    }
  }
  inventory = Inventory::make(channels, {}).value();
  expect_unmeasured(measure(), "no ground motion");
}

TEST_F(MagnitudeMeasureTest, NoAmplitudeWithoutResponse) {
  for (ChannelEpoch& channel : channels) {
    if (channel.source_id.station == "S0") {
      channel.response = nullptr;
    }
  }
  inventory = Inventory::make(channels, {}).value();
  expect_unmeasured(measure(), "no response");
}

TEST_F(MagnitudeMeasureTest, AStationInTheNoiseDoesNotCount) {
  const auto outcome = spoilt([](std::vector<Waveform>& pieces) {
    for (std::size_t i = 0; i < 6'500; ++i) {
      pieces[0].samples[i] += 20'000.0 * std::sin(0.12 * static_cast<double>(i));
    }
  });
  expect_not_counting(outcome, AmplitudeUse::kLowSnr);
}

TEST_F(MagnitudeMeasureTest, AStationThatTheDigitizerCallsSaturatedDoesNotCount) {
  const auto outcome = spoilt([](std::vector<Waveform>& pieces) {
    pieces[0].clipped.push_back({kOrigin + 15s, kOrigin + 16s});
  });
  expect_not_counting(outcome, AmplitudeUse::kClipped);
}

TEST_F(MagnitudeMeasureTest, AStationWithAPlateauDoesNotCount) {
  const auto outcome = spoilt([](std::vector<Waveform>& pieces) {
    for (double& sample : pieces[0].samples) {
      sample = std::clamp(sample, -6'000.0, 6'000.0);
    }
  });
  expect_not_counting(outcome, AmplitudeUse::kClipped);
}

TEST_F(MagnitudeMeasureTest, ARecordThatTurnsAtTheFullScaleOf24BitsIsClipped) {
  const auto use_of_one_that_turns_at = [this](double extreme) {
    const auto outcome = spoilt([extreme](std::vector<Waveform>& pieces) {
      auto& samples = pieces[0].samples;
      const double sign = extreme < 0.0 ? -1.0 : 1.0;
      const auto peak =
          std::max_element(samples.begin(), samples.end(), [sign](double a, double b) {
            return sign * a < sign * b;
          });
      const double factor = extreme / *peak;
      for (double& sample : samples) {
        sample = std::round(sample * factor);
      }
    });
    return outcome.magnitudes.at(0).contributions.at(0).amplitudes.at(0).use;
  };
  for (const double full_scale : {8'388'607.0, -8'388'607.0, -8'388'608.0}) {
    EXPECT_EQ(use_of_one_that_turns_at(full_scale), AmplitudeUse::kClipped) << full_scale;
  }
  EXPECT_NE(use_of_one_that_turns_at(8'388'500.0), AmplitudeUse::kClipped);
}

TEST_F(MagnitudeMeasureTest, AStationBeyondWhatSensorsGiveDoesNotCount) {
  const auto with_volts = [](double counts_per_volt) {
    auto response = std::make_shared<InstrumentResponse>(*flat_response());
    response->stages[0].gain = kCountsPerMetrePerSecond / counts_per_volt;
    ResponseStage digitizer;
    digitizer.number = 2;
    digitizer.input_units = "V";
    digitizer.gain = counts_per_volt;
    digitizer.gain_frequency_hz = 1.0;
    response->stages.push_back(digitizer);
    return response;
  };
  const auto swings_to = [&](double volts) {
    const auto& samples = waveforms.of(channel_of("S0", "HHN")).front().samples;
    const double counts = *std::max_element(samples.begin(), samples.end());
    for (ChannelEpoch& channel : channels) {
      if (channel.source_id.station == "S0") {
        channel.response = with_volts(counts / volts);
      }
    }
    inventory = Inventory::make(channels, {}).value();
  };
  swings_to(15.0);
  EXPECT_EQ(measure().magnitudes[0].stations, 5);
  swings_to(25.0);
  expect_not_counting(measure(), AmplitudeUse::kClipped);
}

TEST_F(MagnitudeMeasureTest, SaturationBeforePDoesNotMatter) {
  const auto outcome = spoilt([](std::vector<Waveform>& pieces) {
    pieces[0].clipped.push_back({kOrigin - 50s, kOrigin - 49s});
  });
  EXPECT_EQ(outcome.magnitudes[0].stations, 5);
}

TEST_F(MagnitudeMeasureTest, AnotherInstrumentStandsInForAClippedOne) {
  for (const char* code : {"HNN", "HNE"}) {
    Waveform copy = waveforms.of(channel_of("S0", "HHN")).front();
    waveforms.add(channel_of("S0", code), copy);
    ChannelEpoch channel = channels.front();
    channel.source_id = channel_of("S0", code);
    channels.push_back(channel);
  }
  inventory = Inventory::make(channels, {}).value();
  EXPECT_EQ(measure().magnitudes[0].contributions[0].instrument.to_string(), "XX.S0..HH");
  const auto outcome = spoilt([](std::vector<Waveform>& pieces) {
    pieces[0].clipped.push_back({kOrigin + 15s, kOrigin + 16s});
  });
  EXPECT_EQ(outcome.magnitudes[0].stations, 5);
  EXPECT_EQ(outcome.magnitudes[0].contributions[0].instrument.to_string(), "XX.S0..HN");
}

TEST_F(MagnitudeMeasureTest, StationsBeyondTheFormulaDoNotCount) {
  event.arrivals[0].distance_km = 1001.0;
  picks[0].time = kOrigin + 6s;  // as before, so that the wave is in the window
  const auto outcome = measure();
  ASSERT_EQ(outcome.magnitudes.size(), 1U);
  EXPECT_EQ(outcome.magnitudes[0].stations, 4);
}

TEST_F(MagnitudeMeasureTest, WhereNoStationCountsTheAmplitudesAreKeptWithTheirReasons) {
  EXPECT_TRUE(measure().uncounted.empty()) << "they stand under the magnitude";
  for (const char* station : {"S0", "S1", "S2", "S3", "S4"}) {
    for (const char* code : {"HHN", "HHE"}) {
      for (Waveform& piece : waveforms.of(channel_of(station, code))) {
        piece.clipped.push_back({kOrigin, kOrigin + 1h});
      }
    }
  }
  const auto outcome = measure();
  EXPECT_TRUE(outcome.magnitudes.empty());
  EXPECT_EQ(outcome.uncounted.size(), 10U);
  for (const Amplitude& amplitude : outcome.uncounted) {
    EXPECT_EQ(amplitude.use, AmplitudeUse::kClipped) << amplitude.channel.to_string();
    EXPECT_GT(amplitude.value_nm, 0.0);
  }
}

TEST_F(MagnitudeMeasureTest, WithoutWaveformsThereIsNoMl) {
  waveforms = {};
  EXPECT_TRUE(measure().magnitudes.empty());
  EXPECT_EQ(measure().unmeasured.size(), 10U);
  event.arrivals.clear();
  EXPECT_TRUE(measure().unmeasured.empty());
}

TEST_F(MagnitudeMeasureTest, ANetworksMagnitudeIsATypeOfItsOwn) {
  for (std::size_t i = 0; i < picks.size(); ++i) {
    picks[i].neural_magnitude = 3.0 + 0.1 * static_cast<double>(i);
  }
  picks.push_back({"not an arrival", picks[0].instrument, Phase::kP, picks[0].time, 9.0});
  auto outcome = measure();
  ASSERT_EQ(outcome.magnitudes.size(), 2U);
  EXPECT_EQ(outcome.magnitudes[0].type, MagnitudeType::kMl);
  EXPECT_NEAR(outcome.magnitudes[0].value, 2.5, 0.02);
  EXPECT_EQ(outcome.magnitudes[1].type, MagnitudeType::kMdl);
  EXPECT_NEAR(outcome.magnitudes[1].value, 3.2, 1e-12);
  EXPECT_EQ(outcome.magnitudes[1].stations, 5);
  EXPECT_EQ(outcome.magnitudes[1].contributions[0].pick_id, "S0");
  for (const char* station : {"S0", "S1", "S2"}) {
    for (const char* code : {"HHN", "HHE"}) {
      waveforms.remove(channel_of(station, code));
    }
  }
  outcome = measure();
  ASSERT_EQ(outcome.magnitudes.size(), 2U);
  EXPECT_EQ(outcome.magnitudes[0].type, MagnitudeType::kMdl);
  EXPECT_EQ(outcome.magnitudes[1].stations, 2);
}

}  // namespace
}  // namespace geod::catalog
