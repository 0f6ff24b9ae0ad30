#include "trainer/polarity_scores.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace geod::trainer {
namespace {

constexpr double kTiny = 1e-6;
constexpr int kReliabilityBins = 10;

double ratio(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole)
                   : std::numeric_limits<double>::quiet_NaN();
}

/// 0 said up, 1 said down, 2 said nothing.
std::size_t statement(double up_probability, double threshold) {
  if (up_probability >= threshold) {
    return 0;
  }
  return 1.0 - up_probability >= threshold ? 1 : 2;
}

}  // namespace

double ClassScores::precision() const {
  return static_cast<double>(true_predictions) / (static_cast<double>(predicted) + kTiny);
}
double ClassScores::recall() const {
  return static_cast<double>(true_predictions) / (static_cast<double>(labelled) + kTiny);
}
double ClassScores::f1() const {
  return 2.0 * precision() * recall() / (precision() + recall() + kTiny);
}

double PolarityScores::precision() const {
  return (up.precision() + down.precision()) / 2.0;
}
double PolarityScores::recall() const {
  return (up.recall() + down.recall()) / 2.0;
}
double PolarityScores::f1() const {
  return (up.f1() + down.f1()) / 2.0;
}
double PolarityScores::f1_of_means() const {
  return 2.0 * precision() * recall() / (precision() + recall() + kTiny);
}

PolarityScores polarity_scores(std::span<const StatedProbability> stated, double threshold) {
  PolarityScores out;
  out.count = static_cast<std::int64_t>(stated.size());
  std::vector<StatedProbability> answers;
  for (const StatedProbability& each : stated) {
    const bool says_up = each.probability >= 0.5;
    ++(each.is_so ? out.up : out.down).labelled;
    ++(says_up ? out.up : out.down).predicted;
    if (says_up == each.is_so) {
      ++(says_up ? out.up : out.down).true_predictions;
    }
    ++out.confusion[each.is_so ? 0 : 1][statement(each.probability, threshold)];
    answers.push_back({says_up ? each.probability : 1.0 - each.probability, says_up == each.is_so});
  }
  out.accuracy = ratio(out.up.true_predictions + out.down.true_predictions, out.count);
  out.majority_accuracy = ratio(std::max(out.up.labelled, out.down.labelled), out.count);
  const std::int64_t said_nothing = out.confusion[0][2] + out.confusion[1][2];
  out.stated_share = ratio(out.count - said_nothing, out.count);
  out.stated_accuracy = ratio(out.confusion[0][0] + out.confusion[1][1], out.count - said_nothing);
  out.reliability = reliability(answers, kReliabilityBins);
  return out;
}

}  // namespace geod::trainer
