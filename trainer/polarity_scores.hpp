#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "trainer/calibration.hpp"

namespace geod::trainer {

/// Precision, recall and F1 of one class. As in the published code a little is added to the
/// denominators, so that an empty class gives 0.
struct ClassScores {
  std::int64_t labelled = 0;
  std::int64_t predicted = 0;
  std::int64_t true_predictions = 0;

  double precision() const;
  double recall() const;
  double f1() const;
};

/// First motions (pmp): up is right where the ground moved up. NaN where there is nothing to
/// divide by.
struct PolarityScores {
  std::int64_t count = 0;
  ClassScores up;
  ClassScores down;

  // As published: unweighted means over the two classes at a probability of 0.5.
  double precision() const;
  double recall() const;
  double f1() const;
  /// Harmonic mean of the two above, which is what the printed table of the paper holds.
  double f1_of_means() const;

  // What these hide.
  double accuracy = 0.0;
  double majority_accuracy = 0.0;  ///< of the answer that is always the more frequent class
  /// At the working threshold a polarity is stated where either probability reaches it:
  /// [label up, label down][said up, said down, said nothing].
  std::array<std::array<std::int64_t, 3>, 2> confusion{};
  double stated_share = 0.0;
  double stated_accuracy = 0.0;  ///< of those
  Reliability reliability;       ///< of the probability of the answer given, in bins of 0.1
};

/// @param stated  probability of up, and whether it was up.
/// @param threshold  least probability at which a polarity is stated, at least 0.5.
PolarityScores polarity_scores(std::span<const StatedProbability> stated, double threshold);

}  // namespace geod::trainer
