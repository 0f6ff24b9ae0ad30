#include "catalog/frequency_response.hpp"

#include <cmath>
#include <complex>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/inventory.hpp"

namespace geod::catalog {
namespace {

using ::testing::HasSubstr;

const std::string kFolder = std::string(GEOD_SOURCE_DIR) + "/tests/data/amplitudes/";

/// A velocity sensor of 1 Hz with a digitizer and a decimating filter, that nothing is wrong with.
InstrumentResponse good_response() {
  InstrumentResponse response;
  response.sensitivity = Sensitivity{4e8, 10.0, "M/S", "COUNTS"};
  ResponseStage sensor;
  sensor.number = 1;
  sensor.input_units = "M/S";
  sensor.gain = 1000.0;
  sensor.gain_frequency_hz = 10.0;
  sensor.filter = PolesZeros{PoleUnit::kRadiansPerSecond,
                             1.0,
                             10.0,
                             {{0.0, 0.0}, {0.0, 0.0}},
                             {{-4.4, 4.4}, {-4.4, -4.4}}};
  ResponseStage filter;
  filter.number = 2;
  filter.gain = 4e5;
  filter.gain_frequency_hz = 10.0;
  filter.filter = Coefficients{{0.25, 0.5, 0.25}, {}};
  filter.decimation = Decimation{1000.0, 10, 0.001, 0.001};
  response.stages = {sensor, filter};
  return response;
}

void expect_refused(const InstrumentResponse& response, const std::string& reason) {
  const auto made = FrequencyResponse::make(response);
  ASSERT_FALSE(made.has_value()) << reason;
  EXPECT_EQ(made.error().code, Errc::kUnsupported);
  EXPECT_THAT(made.error().what, HasSubstr(reason));
}

TEST(FrequencyResponse, IsEvalrespsForRealInstruments) {
  const auto inventory = read_inventory(kFolder + "stations.xml");
  ASSERT_TRUE(inventory.has_value()) << inventory.error().what;
  std::ifstream table(kFolder + "responses.csv");
  std::string line;
  std::getline(table, line);
  int compared = 0;
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::vector<std::string> parts(5);
    for (std::string& part : parts) {
      std::getline(fields, part, ',');
    }
    const Time time = parse_iso(parts[1]).value();
    for (const ChannelEpoch& channel : inventory->channels()) {
      if (channel.source_id.seed_id() != parts[0] || !channel.epoch.contains(time)) {
        continue;
      }
      const auto response = FrequencyResponse::make(*channel.response);
      ASSERT_TRUE(response.has_value()) << parts[0] << ": " << response.error().what;
      const std::complex<double> expected(std::stod(parts[3]), std::stod(parts[4]));
      EXPECT_LT(std::abs(response->per_metre(std::stod(parts[2])) / expected - 1.0), 1e-6) << line;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 98);
}

TEST(FrequencyResponse, OfVelocityIsThatOfDisplacementOverFrequency) {
  const auto response = FrequencyResponse::make(good_response());
  ASSERT_TRUE(response.has_value()) << response.error().what;
  EXPECT_NEAR(std::abs(response->per_motion(10.0)), 4e8, 1e6);
  EXPECT_NEAR(std::abs(response->per_metre(10.0)), 4e8 * 62.83185, 4e7);
}

TEST(FrequencyResponse, KnowsTheUnitsThatFilesWrite) {
  for (const auto& [units, metres, derivatives] :
       std::vector<std::tuple<std::string, double, int>>{{"m/s", 1.0, 1},
                                                         {"M", 1.0, 0},
                                                         {"nm/s**2", 1e-9, 2},
                                                         {"M/S/S", 1.0, 2},
                                                         {"cm/s^2", 1e-2, 2}}) {
    InstrumentResponse response = good_response();
    response.stages[0].input_units = units;
    const auto made = FrequencyResponse::make(response);
    ASSERT_TRUE(made.has_value()) << units << made.error().what;
    EXPECT_NEAR(
        std::abs(made->per_metre(10.0)) / std::pow(62.83185307, derivatives) * metres, 4e8, 1e6)
        << units;
  }
}

TEST(FrequencyResponse, SaysWhyItCannotBeComputed) {
  InstrumentResponse response = good_response();
  response.stages.clear();
  expect_refused(response, "no stages");

  response = good_response();
  response.stages[1].filter = OtherFilter{"Polynomial"};
  expect_refused(response, "stage 2 is of the kind Polynomial");

  for (const char* units : {"PA", "V", "M/M", "", "RAD/S"}) {
    response = good_response();
    response.stages[0].input_units = units;
    response.sensitivity->input_units = units;
    expect_refused(response, "no ground motion");
  }
  response = good_response();
  response.stages[1].decimation.reset();
  expect_refused(response, "sample rate is not told");
  response.stages[1].decimation = Decimation{0.0, 10, 0.0, 0.0};
  expect_refused(response, "sample rate is not told");
}

TEST(FrequencyResponse, RefusesGainsThatAreOfNoUse) {
  for (const double gain :
       {0.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    InstrumentResponse response = good_response();
    response.stages[0].gain = gain;
    expect_refused(response, "no finite gain");
  }
  InstrumentResponse response = good_response();
  response.stages[1].filter = Coefficients{{0.5, std::nan("")}, {}};
  expect_refused(response, "not finite");
  response = good_response();
  response.stages[0].gain_frequency_hz = 0.0;  // a sensor of velocity has none at 0 Hz
  expect_refused(response, "no finite gain");
}

TEST(FrequencyResponse, RefusesStagesThatContradictTheSensitivity) {
  InstrumentResponse response = good_response();
  response.sensitivity->value *= 1.2;
  EXPECT_TRUE(FrequencyResponse::make(response).has_value());
  response.sensitivity->value *= 1.2;
  expect_refused(response, "the sensitivity says");
  response = good_response();
  response.stages.pop_back();  // the digitizer is missing
  expect_refused(response, "the sensitivity says");
}

}  // namespace
}  // namespace geod::catalog
