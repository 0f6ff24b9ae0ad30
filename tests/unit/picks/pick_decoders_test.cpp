#include "models/pick_decoders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::models {
namespace {

DecoderSettings settings() {
  DecoderSettings settings;
  settings.picks.hop_samples = 25;
  settings.rate = *SampleRate::make(100);
  settings.window_samples = 100;
  return settings;
}

TEST(ThresholdsFor, PutTheStationBeforeTheNetworkBeforeTheManifest) {
  PickSettings manifest;
  manifest.threshold_p = 0.2;
  manifest.threshold_s = 0.25;
  config::ModelsConfig config;
  EXPECT_EQ(thresholds_for(manifest, config, {"XX", "A"}).p, 0.2);
  EXPECT_EQ(thresholds_for(manifest, config, {"XX", "A"}).s, 0.25);
  config.thresholds.p = 0.4;
  config.station_thresholds["XX.A"].s = 0.7;
  EXPECT_EQ(thresholds_for(manifest, config, {"XX", "A"}).p, 0.4);
  EXPECT_EQ(thresholds_for(manifest, config, {"XX", "A"}).s, 0.7);
  EXPECT_EQ(thresholds_for(manifest, config, {"XX", "B"}).s, 0.25);
  config.station_thresholds["XX.A"].p = 0.8;
  EXPECT_EQ(thresholds_for(manifest, config, {"XX", "A"}).p, 0.8);
}

TEST(PickDecoders, KeepInstrumentsApartAndForgetThoseThatEnded) {
  PickDecoders decoders(settings(), {});
  DecoderOutput out;
  std::vector<float> p(100, 0.0F);
  p[50] = 0.9F;
  const std::vector<float> s(100, 0.0F);
  for (const char* station : {"A", "B"}) {
    Window window;
    window.instrument = {"XX", station, "", "H", "H"};
    window.samples = 100;
    window.rate = settings().rate;
    window.is_last = std::string(station) == "A";
    decoders.push(window, p, s, out);
  }
  EXPECT_EQ(decoders.size(), 1U);
  ASSERT_EQ(out.picks.size(), 1U);
  EXPECT_EQ(out.picks[0].instrument.station, "A");
  decoders.flush_all(out);
  EXPECT_EQ(decoders.size(), 0U);
  ASSERT_EQ(out.picks.size(), 2U);
  EXPECT_EQ(out.picks[1].instrument.station, "B");
  EXPECT_EQ(decoders.counters().windows, 2U);
}

}  // namespace
}  // namespace geod::models
