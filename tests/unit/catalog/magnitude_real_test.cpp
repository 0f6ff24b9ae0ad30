#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "bench/association_run.hpp"
#include "catalog/magnitude_measure.hpp"
#include "catalog/network_magnitude.hpp"
#include "catalog/surface_point.hpp"
#include "tests/support/memory_waveforms.hpp"

namespace geod::catalog {
namespace {

const std::string kFolder = std::string(GEOD_SOURCE_DIR) + "/tests/data/amplitudes/";

/// Earthquakes with the responses of real instruments; see tests/data/amplitudes/README.md.
class RealMagnitudeTest : public testing::Test {
 protected:
  void set_event(const char* time, double latitude_deg, double longitude_deg, double depth_km) {
    event.origin.time = parse_iso(time).value();
    event.origin.latitude_deg = latitude_deg;
    event.origin.longitude_deg = longitude_deg;
    event.origin.depth_km = depth_km;
  }

  /// A P pick at the predicted time on the first of `seed_ids`, whose records are there.
  void add(const std::vector<std::string>& seed_ids) {
    for (std::size_t i = 0; i < seed_ids.size(); ++i) {
      waveforms.add_file(kFolder + seed_ids[i] + ".mseed");
      for (const ChannelEpoch& channel : inventory.channels()) {
        if (i == 0 && channel.source_id.seed_id() == seed_ids[i]) {
          add_pick(channel);
          break;
        }
      }
    }
  }

  void add_pick(const ChannelEpoch& channel) {
    const auto epicentre = surface_point(event.origin.latitude_deg, event.origin.longitude_deg);
    const auto station =
        surface_point(channel.position.latitude_deg, channel.position.longitude_deg);
    OriginArrival arrival;
    arrival.pick_id = channel.source_id.seed_id();
    arrival.distance_km = way_between(epicentre, station).distance_km;
    event.arrivals.push_back(arrival);
    const double p_s = bench::suite_travel_times()
                           .first_arrival(Phase::kP, arrival.distance_km, event.origin.depth_km)
                           .time_s;
    picks.push_back({arrival.pick_id,
                     channel.source_id.instrument_id(),
                     Phase::kP,
                     event.origin.time + duration_from_seconds(p_s),
                     std::nullopt});
  }

  Magnitude measure() const {
    const auto outcome = MagnitudeMeasure(bench::suite_travel_times(), MagnitudeOptions{})
                             .measure(event, picks, inventory, waveforms);
    EXPECT_EQ(outcome.magnitudes.size(), 1U);
    return outcome.magnitudes.empty() ? Magnitude{} : outcome.magnitudes[0];
  }

  EventVersion event;
  std::vector<MagnitudePick> picks;
  Inventory inventory = read_inventory(kFolder + "stations.xml").value();
  test::MemoryWaveforms waveforms;
};

TEST_F(RealMagnitudeTest, TheStrongMotionSensorStandsInForOneWithABrokenHorizontal) {
  set_event("2017-02-23T04:59:04.050", 47.4801667, -123.035, 15.44);
  add({"UW.SP2..BHN", "UW.SP2..BHE", "UW.SP2..ENN", "UW.SP2..ENE"});
  const Magnitude magnitude = measure();
  ASSERT_EQ(magnitude.stations, 1);
  EXPECT_EQ(magnitude.contributions[0].instrument.to_string(), "UW.SP2..EN");
  EXPECT_NEAR(magnitude.value, 4.09, 0.3);  // of the network UW
}

TEST_F(RealMagnitudeTest, HorizontalsAreFoundByTheirDip) {
  set_event("2019-11-03T20:34:57.030", 38.775, -122.767, 3.12);
  add({"BK.VALB.40.HN2", "BK.VALB.40.HN3"});
  const Magnitude magnitude = measure();
  ASSERT_EQ(magnitude.stations, 1);
  EXPECT_EQ(magnitude.contributions[0].amplitudes.size(), 2U);
  EXPECT_NEAR(magnitude.value, 4.15, 0.5);  // a moment magnitude
}

TEST_F(RealMagnitudeTest, RecordedCountsThatAreCutAtAnyLevelAreClipped) {
  set_event("2019-10-15T05:33:42.810", 37.938, -122.057, 13.97);
  for (const char* station : {"CE.58360..", "CE.58369.."}) {
    add({std::string(station) + "HNE", std::string(station) + "HNN"});
  }
  EXPECT_EQ(measure().stations, 2);
  auto& samples = waveforms.of(*SourceId::from_seed("CE", "58360", "", "HNE")).front().samples;
  const std::vector<double> recorded = samples;
  const auto [low, high] = std::minmax_element(recorded.begin(), recorded.end());
  const double middle = 0.5 * (*low + *high);
  const double reach = 0.5 * (*high - *low);
  for (const double part : {0.8, 0.5, 0.2}) {
    std::transform(recorded.begin(), recorded.end(), samples.begin(), [&](double count) {
      return std::clamp(
          count, std::round(middle - part * reach), std::round(middle + part * reach));
    });
    const Magnitude magnitude = measure();
    EXPECT_EQ(magnitude.stations, 1) << part;
    ASSERT_EQ(magnitude.contributions.size(), 2U) << part;
    for (const StationMagnitude& station : magnitude.contributions) {
      EXPECT_EQ(station.weight > 0.0, station.instrument.station == "58369") << part;
    }
  }
}

TEST_F(RealMagnitudeTest, EachStationSaysWhatObsPysAmplitudesSay) {
  set_event("2019-10-15T05:33:42.810", 37.938, -122.057, 13.97);
  std::vector<std::string> stations{"CE.58360..", "CE.58369..", "CE.58442.."};
  for (const std::string& station : stations) {
    add({station + "HNE", station + "HNN"});
  }
  // From amplitudes.csv.
  const std::map<std::string, std::pair<double, double>> amplitudes_nm{
      {"58360", {1.71408e6, 964216.0}},
      {"58369", {1.84056e6, 1.57607e6}},
      {"58442", {276157.0, 279055.0}}};
  const Magnitude magnitude = measure();
  EXPECT_EQ(magnitude.stations, 3);
  ASSERT_EQ(magnitude.contributions.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const StationMagnitude& station = magnitude.contributions[i];
    const auto& [east_nm, north_nm] = amplitudes_nm.at(station.instrument.station);
    const double elevation_km =
        inventory.position_at(station.instrument, event.origin.time)->elevation_km();
    const double r_km =
        std::hypot(event.arrivals[i].distance_km, event.origin.depth_km + elevation_km);
    EXPECT_NEAR(station.value,
                0.5 * (local_magnitude(east_nm, r_km) + local_magnitude(north_nm, r_km)),
                0.005)
        << station.instrument.to_string();
    EXPECT_GT(station.amplitudes[0].snr, 100.0);
  }
}

}  // namespace
}  // namespace geod::catalog
