#include "catalog/event_windows.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bench/association_run.hpp"
#include "catalog/surface_point.hpp"

namespace geod::catalog {
namespace {

constexpr Time kOrigin = time_from_ns(1'700'000'000'000'000'000);

/// An event at 21 S, 69 W, and stations north of it, each with two instruments of three channels.
class EventWindowsTest : public testing::Test {
 protected:
  void add_station(const std::string& name, double distance_km, Epoch epoch = {}) {
    const SurfacePoint place =
        moved(surface_point(event.origin.latitude_deg, event.origin.longitude_deg), 0, distance_km);
    for (const char* code : {"HHZ", "HHN", "HHE", "HNZ", "HNN", "HNE"}) {
      ChannelEpoch channel;
      channel.source_id = SourceId::from_seed("XX", name, "", code).value();
      channel.epoch = epoch;
      channel.position.latitude_deg = place.latitude_deg;
      channel.position.longitude_deg = place.longitude_deg;
      channels.push_back(channel);
    }
  }

  std::map<std::string, TimeSpan> windows() const {
    std::map<std::string, TimeSpan> found;
    const Inventory inventory = Inventory::make(channels, {}).value();
    for (const EventWindow& window : event_windows(event, inventory, bench::suite_travel_times())) {
      EXPECT_TRUE(found.emplace(window.instrument.to_string(), window.span).second);
    }
    return found;
  }

  EventVersion event = [] {
    EventVersion made;
    made.origin.time = kOrigin;
    made.origin.latitude_deg = -21.0;
    made.origin.longitude_deg = -69.0;
    made.origin.depth_km = 10.0;
    return made;
  }();
  std::vector<ChannelEpoch> channels;
};

TEST_F(EventWindowsTest, HoldNoiseBeforePAndTheAmplitudesAfterS) {
  add_station("NEAR", 40.0);
  const auto found = windows();
  ASSERT_EQ(found.size(), 2U);
  const TimeSpan& span = found.at("XX.NEAR..HH");
  EXPECT_EQ(span, found.at("XX.NEAR..HN"));
  const auto& times = bench::suite_travel_times();
  const double p_s = times.first_arrival(Phase::kP, 40.0, 10.0).time_s;
  const double s_s = times.first_arrival(Phase::kS, 40.0, 10.0).time_s;
  EXPECT_NEAR(to_seconds(span.from - kOrigin), p_s - 60.0, 0.01);
  EXPECT_NEAR(to_seconds(span.to - kOrigin), s_s + 15.0 + 5.0, 0.01);
}

TEST_F(EventWindowsTest, ReachBeyondTheFarthestArrival) {
  add_station("NEAR", 45.0);
  add_station("FAR", 110.0);
  add_station("BEYOND", 130.0);
  EXPECT_EQ(windows().size(), 2U);
  event.arrivals.emplace_back().distance_km = 100.0;
  EXPECT_EQ(windows().size(), 4U);
  EXPECT_FALSE(windows().contains("XX.BEYOND..HH"));
}

TEST_F(EventWindowsTest, AreOfInstrumentsThatStoodThere) {
  add_station("GONE", 40.0, {Time::min(), kOrigin - std::chrono::hours{1}});
  add_station("NEW", 40.0, {kOrigin + std::chrono::hours{1}, Time::max()});
  EXPECT_TRUE(windows().empty());
}

}  // namespace
}  // namespace geod::catalog
