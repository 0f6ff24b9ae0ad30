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
  /// Model folder of the base for images; empty: the starter for fibres where it is installed, else
  /// fibres are not looked at.
  std::string segmenter;
  /// Image tasks that are served: das on fibres, the others on request. Live where a network is
  /// there: the segmenter's own, or a bundle for it.
  std::vector<std::string> image_tasks{"das", "facies", "salt", "crater", "fault"};
  std::string inverter;            ///< model folder of fwi; empty: no shots are inverted
  std::string device = "auto";     ///< auto, cpu, cuda
  std::string precision = "auto";  ///< auto, float32, bfloat16, float16
  int threads = 0;                 ///< 0: measured at start
  std::size_t max_batch = 16;
  Duration max_batch_delay = std::chrono::milliseconds{50};
  std::size_t max_image_batch = 4;                            ///< tiles
  ThresholdConfig thresholds;                                 ///< network-wide
  std::map<std::string, ThresholdConfig> station_thresholds;  ///< key "NET.STA"
};

}  // namespace geod::config
