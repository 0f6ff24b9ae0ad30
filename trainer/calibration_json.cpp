#include "trainer/calibration_json.hpp"

#include <nlohmann/json.hpp>

namespace geod::trainer {

using nlohmann::json;

std::string reliability_to_json(const Reliability& reliability) {
  json bins = json::array();
  for (const ReliabilityBin& bin : reliability.bins) {
    if (bin.count > 0) {
      bins.push_back({bin.lower, bin.upper, bin.count, bin.mean_probability, bin.observed});
    }
  }
  return json{{"count", reliability.count},
              {"expected_error", reliability.expected_error},
              {"brier", reliability.brier},
              {"bins", bins}}
      .dump();
}

std::string coverage_to_json(std::span<const double> normalised) {
  return json{{"count", normalised.size()},
              {"within_one_sigma", share_within(normalised, 1.0)},
              {"within_two_sigma", share_within(normalised, 2.0)}}
      .dump();
}

}  // namespace geod::trainer
