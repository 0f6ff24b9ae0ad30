#include "catalog/wood_anderson.hpp"

#include <cmath>
#include <complex>
#include <fstream>
#include <numbers>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/fourier.hpp"
#include "catalog/inventory.hpp"
#include "tests/support/memory_waveforms.hpp"

namespace geod::catalog {
namespace {

const std::string kFolder = std::string(GEOD_SOURCE_DIR) + "/tests/data/amplitudes/";

TEST(Fourier, IsTheSumAndBackAgain) {
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> samples(13);
  for (double& sample : samples) {
    sample = normal(random);
  }
  const auto spectrum = real_spectrum(samples, 16);
  ASSERT_EQ(spectrum.size(), 9U);
  for (std::size_t k = 0; k < spectrum.size(); ++k) {
    std::complex<double> sum = 0.0;
    for (std::size_t n = 0; n < samples.size(); ++n) {
      sum +=
          samples[n] * std::polar(1.0, -2.0 * std::numbers::pi * static_cast<double>(k * n) / 16.0);
    }
    EXPECT_LT(std::abs(spectrum[k] - sum), 1e-12) << "seed " << seed;
  }
  const std::vector<double> back = samples_of(spectrum, samples.size());
  for (std::size_t n = 0; n < samples.size(); ++n) {
    EXPECT_NEAR(back[n], samples[n], 1e-12) << "seed " << seed;
  }
}

TEST(WoodAnderson, HasPeriodDampingAndMagnification) {
  EXPECT_NEAR(std::abs(wood_anderson_response(1000.0)), 1.0, 1e-5);
  // At its own frequency: i / (2 h).
  EXPECT_NEAR(wood_anderson_response(1.25).imag(), 1.0 / 1.4, 1e-12);
  EXPECT_NEAR(wood_anderson_response(1.25).real(), 0.0, 1e-12);
  EXPECT_NEAR(std::abs(wood_anderson_response(0.0125)), 1e-4, 1e-7);
}

TEST(WoodAnderson, RestoresTheAmplitudesThatObsPyRestores) {
  const auto inventory = read_inventory(kFolder + "stations.xml");
  ASSERT_TRUE(inventory.has_value()) << inventory.error().what;
  std::ifstream table(kFolder + "amplitudes.csv");
  std::string line;
  std::getline(table, line);
  int compared = 0;
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string seed_id;
    std::string iso;
    double expected_nm = 0.0;
    std::getline(fields, seed_id, ',');
    std::getline(fields, iso, ',');
    fields >> expected_nm;
    const Time peak_time = parse_iso(iso).value();
    test::MemoryWaveforms waveforms;
    waveforms.add_file(kFolder + seed_id + ".mseed");
    for (const ChannelEpoch& channel : inventory->channels()) {
      if (channel.source_id.seed_id() != seed_id || !channel.epoch.contains(peak_time)) {
        continue;
      }
      const auto response = FrequencyResponse::make(*channel.response);
      ASSERT_TRUE(response.has_value()) << seed_id << ": " << response.error().what;
      const Waveform& record = waveforms.of(channel.source_id).front();
      const std::vector<double> trace =
          wood_anderson_nm(record.samples, record.rate.hz(), *response, 5.0);
      std::size_t peak = 0;
      for (std::size_t i = 0; i < trace.size(); ++i) {
        peak = std::abs(trace[i]) > std::abs(trace[peak]) ? i : peak;
      }
      EXPECT_NEAR(std::abs(trace[peak]) / expected_nm, 1.0, 0.01) << seed_id;
      const Time found = record.start + record.rate.span_of(static_cast<std::int64_t>(peak));
      EXPECT_LT(std::abs(to_seconds(found - peak_time)), 0.02) << seed_id;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 12);
}

/// Flat response to velocity, 1e9 counts s/m.
FrequencyResponse flat_response() {
  InstrumentResponse response;
  ResponseStage stage;
  stage.number = 1;
  stage.input_units = "M/S";
  stage.gain = 1e9;
  stage.gain_frequency_hz = 1.0;
  response.stages = {stage};
  return FrequencyResponse::make(response).value();
}

TEST(WoodAnderson, ShowsASineAsItsResponseSays) {
  constexpr double kRateHz = 100.0;
  constexpr double kDisplacementM = 1e-6;
  for (const double frequency_hz : {0.5, 1.25, 5.0, 19.3}) {
    const double angular = 2.0 * std::numbers::pi * frequency_hz;
    std::vector<double> counts(6000);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const double time_s = static_cast<double>(i) / kRateHz;
      // An offset and a drift are no ground motion.
      counts[i] = 1e9 * kDisplacementM * angular * std::cos(angular * time_s) + 5e4 + 30.0 * time_s;
    }
    const std::vector<double> trace = wood_anderson_nm(counts, kRateHz, flat_response(), 5.0);
    double peak_nm = 0.0;
    for (std::size_t i = 2000; i < 4000; ++i) {
      peak_nm = std::max(peak_nm, std::abs(trace[i]));
    }
    const double expected_nm =
        1e9 * kDisplacementM * std::abs(wood_anderson_response(frequency_hz));
    EXPECT_NEAR(peak_nm / expected_nm, 1.0, 0.02) << frequency_hz << " Hz";
  }
}

}  // namespace
}  // namespace geod::catalog
