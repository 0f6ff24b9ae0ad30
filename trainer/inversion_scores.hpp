#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "models/inversion_settings.hpp"
#include "trainer/inversion_metrics.hpp"
#include "trainer/inversion_set.hpp"

namespace geod::trainer {

/// Velocity maps [N, depths, offsets], in -1 to 1, from shots [N, sources, times, receivers] as
/// they are stored.
/// @param settings  bounds by which the shots are normalised.
/// @param maps  resized.
using InvertFunction = std::function<Result<void>(std::span<const float> shots,
                                                  const models::InversionSettings& settings,
                                                  std::vector<float>& maps)>;

/// A sample that was inverted, and how well. Spans hold during the call alone.
struct InvertedSample {
  const InversionSample& sample;
  std::span<const float> truth;  ///< [depths, offsets], -1 to 1
  std::span<const float> predicted;
  InversionScores scores;  ///< of this map
};
using InversionObserver = std::function<void(const InvertedSample&)>;

/// Scores of one data set.
struct InversionTest {
  std::string name;  ///< of its folder
  const OpenFwiSet* published = nullptr;
  InversionScores scores;
  double unit_m_s = 1500.0;  ///< of one unit of error
};

/// Inverts samples of folders[samples[i].folder] and scores them, each folder by itself, in the
/// order of the folders; one without samples is left out. Errors of reading and of `invert`: a
/// score leaves nothing out.
/// @param settings  of each folder.
/// @param batch  samples at a time.
Result<std::vector<InversionTest>> score_inversions(
    std::span<const InversionFolder> folders,
    std::span<const InversionSample> samples,
    std::span<const models::InversionSettings> settings,
    std::int64_t batch,
    const InvertFunction& invert,
    const InversionObserver& observer = {});

/// The scores of all tests together, each map counted once.
InversionScores joined(std::span<const InversionTest> tests);

/// {"mae", "rmse", "ssim", "maps", "mae_m_s", "rmse_m_s"} of all, with "sets": the same of each
/// with its "name" and, where it is one of OpenFWI's, "set".
std::string inversion_tests_to_json(std::span<const InversionTest> tests);
/// A table for a terminal.
std::string inversion_tests_to_text(std::span<const InversionTest> tests);

}  // namespace geod::trainer
