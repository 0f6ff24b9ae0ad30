#pragma once

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/trainer/test_shards.hpp"

namespace geod::trainer::test {

/// A network that a test can afford, as a geometry file, and the sizes of its samples.
inline constexpr const char* kSmallInversion =
    R"({"sources": 2, "times": 96, "receivers": 20, "depths": 24, "offsets": 30, "width": 4})";
inline const std::vector<std::int64_t> kSmallShots{2, 96, 20};
inline const std::vector<std::int64_t> kSmallMaps{1, 24, 30};

/// A set of one shard: maps of two layers with the border at another depth in each, and shots whose
/// echo comes the later the deeper it lies.
inline void write_small_set(const std::filesystem::path& folder,
                            std::int64_t count,
                            int first = 0) {
  std::vector<float> shots;
  std::vector<float> maps;
  for (std::int64_t n = 0; n < count; ++n) {
    const auto border = 4 + (first + 5 * n) % 16;
    for (std::int64_t i = 0; i < 2 * 96 * 20; ++i) {
      const std::int64_t time = i / 20 % 96;
      const auto late = static_cast<float>(time - 5 * border);
      shots.push_back(10.0F * std::exp(-late * late / 20.0F) -
                      5.0F * static_cast<float>(time == 3));
    }
    for (std::int64_t i = 0; i < 24 * 30; ++i) {
      maps.push_back(i / 30 < border ? 2000.0F : 3500.0F);
    }
  }
  write_shard(folder / "data/data1.npy", {count, 2, 96, 20}, shots);
  write_shard(folder / "model/model1.npy", {count, 1, 24, 30}, maps);
}

}  // namespace geod::trainer::test
