#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace geod::config {

/// Thresholds that replace the manifest's, for all stations or for one.
struct ThresholdConfig {
  std::optional<double> p;
  std::optional<double> s;
};

struct ModelsConfig {
  std::string picker;  ///< model folder of the dpk task; empty: the starter model
  /// Tasks beside picking that follow P picks: of pmp, baz, emg, dis. Live where a bundle is there.
  std::vector<std::string> tasks{"pmp", "baz", "emg", "dis"};
  std::string device = "auto";     ///< auto, cpu, cuda
  std::string precision = "auto";  ///< auto, float32, bfloat16, float16
  int threads = 0;                 ///< 0: measured at start
  std::size_t max_batch = 16;
  Duration max_batch_delay = std::chrono::milliseconds{50};
  ThresholdConfig thresholds;                                 ///< network-wide
  std::map<std::string, ThresholdConfig> station_thresholds;  ///< key "NET.STA"
};

}  // namespace geod::config
