#include "models/manifest_sections.hpp"

#include <nlohmann/json.hpp>

#include "models/json_object.hpp"

namespace geod::models {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// True for an empty table, or probabilities in [0, 1] over strictly ascending scores in [0, 1].
bool is_calibration(const std::vector<std::pair<double, double>>& rows) {
  double last_score = -1.0;
  for (const auto& [score, probability] : rows) {
    if (!(score > last_score && score >= 0.0 && score <= 1.0 && probability >= 0.0 &&
          probability <= 1.0)) {
      return false;
    }
    last_score = score;
  }
  return true;
}

}  // namespace

Result<void> read_section(const json& object, PickSettings& picks) {
  ObjectReader reader(object, "picks: ");
  reader.integer("hop_samples", picks.hop_samples);
  reader.integer("blind_left_samples", picks.blind_left_samples);
  reader.integer("blind_right_samples", picks.blind_right_samples);
  reader.number("threshold_p", picks.threshold_p);
  reader.number("threshold_s", picks.threshold_s);
  reader.number("min_distance_s", picks.min_distance_s);
  reader.table("calibration_p", picks.calibration_p);
  reader.table("calibration_s", picks.calibration_s);
  reader.pair("sigma_p_s", picks.sigma_p_s);
  reader.pair("sigma_s_s", picks.sigma_s_s);
  return reader.finish();
}

Result<void> read_section(const json& object, ScalarSettings& scalar) {
  ObjectReader reader(object, "scalar: ");
  reader.number("p_from", scalar.p_from);
  reader.number("p_to", scalar.p_to);
  reader.table("calibration", scalar.calibration);
  reader.number("sigma", scalar.sigma);
  return reader.finish();
}

ordered_json to_section(const ScalarSettings& scalar) {
  return {{"p_from", scalar.p_from},
          {"p_to", scalar.p_to},
          {"calibration", scalar.calibration},
          {"sigma", scalar.sigma}};
}

ordered_json to_section(const PickSettings& picks) {
  return {{"hop_samples", picks.hop_samples},
          {"blind_left_samples", picks.blind_left_samples},
          {"blind_right_samples", picks.blind_right_samples},
          {"threshold_p", picks.threshold_p},
          {"threshold_s", picks.threshold_s},
          {"min_distance_s", picks.min_distance_s},
          {"calibration_p", picks.calibration_p},
          {"calibration_s", picks.calibration_s},
          {"sigma_p_s", {picks.sigma_p_s[0], picks.sigma_p_s[1]}},
          {"sigma_s_s", {picks.sigma_s_s[0], picks.sigma_s_s[1]}}};
}

Result<void> validate_section(const PickSettings& picks, const SeisMollmGeometry& geometry) {
  const std::int64_t window = geometry.window_samples;
  const auto in_window = [window](std::int64_t value, std::int64_t low) {
    return value >= low && value <= window;
  };
  if (!in_window(picks.hop_samples, 1) || !in_window(picks.blind_left_samples, 0) ||
      !in_window(picks.blind_right_samples, 0) ||
      window - picks.blind_left_samples - picks.blind_right_samples < picks.hop_samples) {
    return fail(
        Errc::kModelMismatch,
        "picks: hop_samples {} with blind_left_samples {} and blind_right_samples {} leaves "
        "samples of the stream unscored (window {})",
        picks.hop_samples,
        picks.blind_left_samples,
        picks.blind_right_samples,
        window);
  }
  for (const double threshold : {picks.threshold_p, picks.threshold_s}) {
    if (!(threshold > 0.0 && threshold <= 1.0)) {
      return fail(Errc::kModelMismatch, "picks: threshold {} is not in (0, 1]", threshold);
    }
  }
  const double window_s = static_cast<double>(window) / geometry.sampling_rate.hz();
  if (!(picks.min_distance_s >= 0.0 && picks.min_distance_s <= window_s)) {
    return fail(Errc::kModelMismatch,
                "picks: min_distance_s {} is not in [0, {}]",
                picks.min_distance_s,
                window_s);
  }
  if (!is_calibration(picks.calibration_p) || !is_calibration(picks.calibration_s)) {
    return fail(Errc::kModelMismatch,
                "picks: a calibration table needs strictly ascending scores and probabilities, all "
                "in [0, 1]");
  }
  for (const double sigma :
       {picks.sigma_p_s[0], picks.sigma_p_s[1], picks.sigma_s_s[0], picks.sigma_s_s[1]}) {
    if (!(sigma > 0.0 && sigma < window_s)) {
      return fail(Errc::kModelMismatch, "picks: sigma {} is not in (0, {})", sigma, window_s);
    }
  }
  return {};
}

Result<void> validate_section(const ScalarSettings& scalar) {
  if (!(scalar.p_from >= 0.0 && scalar.p_from < scalar.p_to && scalar.p_to <= 1.0)) {
    return fail(Errc::kModelMismatch,
                "scalar: p_from {} and p_to {} must be ascending shares of the window in [0, 1]",
                scalar.p_from,
                scalar.p_to);
  }
  if (!is_calibration(scalar.calibration)) {
    return fail(Errc::kModelMismatch,
                "scalar: the calibration table needs strictly ascending probabilities and observed "
                "shares, all in [0, 1]");
  }
  if (!(scalar.sigma >= 0.0 && scalar.sigma <= kMaxScalarSigma)) {
    return fail(Errc::kModelMismatch,
                "scalar: sigma is {}, allowed [0, {}]",
                scalar.sigma,
                kMaxScalarSigma);
  }
  return {};
}

}  // namespace geod::models
