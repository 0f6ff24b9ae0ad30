#include "catalog/frequency_response.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace geod::catalog {
namespace {

using Complex = std::complex<double>;

/// Beyond this a sum of coefficients is no rounding of 1 (as in evalresp).
constexpr double kSumTolerance = 0.02;
/// By which stages and sensitivity may differ: a quarter is a tenth of a magnitude.
constexpr double kGainTolerance = 0.25;

struct GroundMotion {
  double metres = 1.0;  ///< a unit of length
  int derivatives = 0;
};

/// From units as StationXML writes them: "M/S", "m/s**2", "NM/S".
std::optional<GroundMotion> motion_of(std::string_view units) {
  std::string upper(units);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char letter) {
    return static_cast<char>(std::toupper(letter));
  });
  constexpr std::array<std::pair<std::string_view, double>, 5> kLengths{
      {{"M", 1.0}, {"CM", 1e-2}, {"MM", 1e-3}, {"UM", 1e-6}, {"NM", 1e-9}}};
  constexpr std::array<std::pair<std::string_view, int>, 12> kTimes{{{"", 0},
                                                                     {"/S", 1},
                                                                     {"/SEC", 1},
                                                                     {"/S**2", 2},
                                                                     {"/S^2", 2},
                                                                     {"/S2", 2},
                                                                     {"/S/S", 2},
                                                                     {"/(S**2)", 2},
                                                                     {"/(S^2)", 2},
                                                                     {"/SEC**2", 2},
                                                                     {"/SEC^2", 2},
                                                                     {"/SEC/SEC", 2}}};
  const std::string_view text = upper;
  const std::size_t slash = std::min(text.find('/'), text.size());
  for (const auto& [length, metres] : kLengths) {
    for (const auto& [time, derivatives] : kTimes) {
      if (text.substr(0, slash) == length && text.substr(slash) == time) {
        return GroundMotion{metres, derivatives};
      }
    }
  }
  return std::nullopt;
}

bool is_palindrome(const std::vector<double>& values) {
  return std::equal(values.begin(), values.end(), values.rbegin());
}

bool all_finite(const std::vector<double>& values) {
  return std::all_of(
      values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

/// Of a polynomial in 1/z at z = exp(i angle), by Horner's rule. In parts, as the product of two
/// std::complex looks after infinities, which takes three times as long.
Complex polynomial(const std::vector<double>& coefficients, double angle) {
  const double step_real = std::cos(angle);
  const double step_imaginary = -std::sin(angle);
  double real = 0.0;
  double imaginary = 0.0;
  for (std::size_t i = coefficients.size(); i > 0; --i) {
    const double turned = real * step_real - imaginary * step_imaginary;
    imaginary = real * step_imaginary + imaginary * step_real;
    real = turned + coefficients[i - 1];
  }
  return {real, imaginary};
}

/// Where the gain of all stages is compared: of the sensitivity, else the last gain's not at 0.
double reference_frequency(const InstrumentResponse& response) {
  if (response.sensitivity) {
    return response.sensitivity->frequency_hz;
  }
  double frequency_hz = 0.0;
  for (const ResponseStage& stage : response.stages) {
    if (stage.gain_frequency_hz != 0.0) {
      frequency_hz = stage.gain_frequency_hz;
    }
  }
  return frequency_hz;
}

/// Of the first stage that has any, or the sensitivity's.
std::string input_units(const InstrumentResponse& response) {
  for (const ResponseStage& stage : response.stages) {
    if (!stage.input_units.empty()) {
      return stage.input_units;
    }
  }
  return response.sensitivity ? response.sensitivity->input_units : "";
}

bool is_normalised_elsewhere(const ResponseStage& stage, double reference_hz) {
  const auto* poles_zeros = std::get_if<PolesZeros>(&stage.filter);
  return stage.gain_frequency_hz != reference_hz ||
         (poles_zeros != nullptr && poles_zeros->normalization_frequency_hz != reference_hz);
}

}  // namespace

Result<FrequencyResponse::Stage> FrequencyResponse::stage_of(const ResponseStage& stage) {
  Stage made;
  bool is_digital = false;
  if (const auto* other = std::get_if<OtherFilter>(&stage.filter)) {
    return fail(Errc::kUnsupported, "stage {} is of the kind {}", stage.number, other->kind);
  }
  if (const auto* poles_zeros = std::get_if<PolesZeros>(&stage.filter)) {
    made.filter = *poles_zeros;
    made.factor = poles_zeros->normalization_factor;
    is_digital = poles_zeros->unit == PoleUnit::kDigital;
  } else if (const auto* coefficients = std::get_if<Coefficients>(&stage.filter)) {
    made.numerator = coefficients->numerator;
    made.denominator = coefficients->denominator;
    if (!all_finite(made.numerator) || !all_finite(made.denominator)) {
      return fail(
          Errc::kUnsupported, "stage {} has a coefficient that is not finite", stage.number);
    }
    made.is_symmetric = made.denominator.empty() && is_palindrome(made.numerator);
    is_digital = made.numerator.size() > 1 || made.denominator.size() > 1;
    const double sum = std::accumulate(made.numerator.begin(), made.numerator.end(), 0.0);
    if (made.denominator.empty() && made.numerator.size() > 1 && sum != 0.0 &&
        std::abs(sum - 1.0) > kSumTolerance) {
      made.factor = 1.0 / sum;
    }
  }
  if (stage.decimation) {
    made.interval_s = 1.0 / stage.decimation->input_rate_hz;
    made.correction_s = stage.decimation->correction_s;
  }
  if (is_digital && !(made.interval_s > 0.0 && std::isfinite(made.interval_s) &&
                      std::isfinite(made.correction_s))) {
    return fail(
        Errc::kUnsupported, "stage {} is digital, but its sample rate is not told", stage.number);
  }
  return made;
}

Result<FrequencyResponse> FrequencyResponse::make(const InstrumentResponse& response) {
  if (response.stages.empty()) {
    return fail(Errc::kUnsupported,
                "the response has no stages; the inventory must be of level \"response\"");
  }
  const std::string units = input_units(response);
  const auto motion = motion_of(units);
  if (!motion) {
    return fail(Errc::kUnsupported, "the input of the response is '{}', no ground motion", units);
  }
  FrequencyResponse made;
  made.derivatives_ = motion->derivatives;
  made.gain_ = 1.0 / motion->metres;
  const double reference_hz = reference_frequency(response);
  for (const ResponseStage& stage : response.stages) {
    auto filter = stage_of(stage);
    if (!filter) {
      return tl::unexpected(filter.error());
    }
    if (is_normalised_elsewhere(stage, reference_hz)) {
      filter->factor = 1.0;
      filter->factor = 1.0 / std::abs(value_of(*filter, stage.gain_frequency_hz));
    }
    made.gain_ *= stage.gain;
    const double gain_there = std::abs(stage.gain * value_of(*filter, stage.gain_frequency_hz));
    if (stage.gain == 0.0 || !std::isfinite(gain_there)) {
      return fail(Errc::kUnsupported,
                  "stage {} has no finite gain at {} Hz",
                  stage.number,
                  stage.gain_frequency_hz);
    }
    made.stages_.push_back(std::move(*filter));
  }
  if (response.sensitivity && response.sensitivity->frequency_hz > 0.0) {
    const double stages = std::abs(made.per_motion(reference_hz)) * motion->metres;
    const double ratio = stages / std::abs(response.sensitivity->value);
    if (!(ratio > 1.0 / (1.0 + kGainTolerance) && ratio < 1.0 + kGainTolerance)) {
      return fail(Errc::kUnsupported,
                  "the stages give {:.4g} counts a unit at {} Hz, the sensitivity says {:.4g}",
                  stages,
                  reference_hz,
                  response.sensitivity->value);
    }
  }
  return made;
}

std::complex<double> FrequencyResponse::value_of(const Stage& stage, double frequency_hz) {
  const double radians_per_second = 2.0 * std::numbers::pi * frequency_hz;
  const double angle = radians_per_second * stage.interval_s;
  Complex value = stage.factor;
  if (!stage.filter.poles.empty() || !stage.filter.zeros.empty()) {
    const Complex s = stage.filter.unit == PoleUnit::kDigital ? std::polar(1.0, angle)
                      : stage.filter.unit == PoleUnit::kHertz ? Complex(0.0, frequency_hz)
                                                              : Complex(0.0, radians_per_second);
    for (const Complex& zero : stage.filter.zeros) {
      value *= s - zero;
    }
    for (const Complex& pole : stage.filter.poles) {
      value /= s - pole;
    }
  }
  if (!stage.numerator.empty()) {
    value *= polynomial(stage.numerator, angle);
    const double delay_samples = 0.5 * static_cast<double>(stage.numerator.size() - 1);
    value *= stage.is_symmetric          ? std::polar(1.0, angle * delay_samples)
             : stage.denominator.empty() ? std::polar(1.0, radians_per_second * stage.correction_s)
                                         : Complex(1.0);
  }
  if (!stage.denominator.empty()) {
    value /= polynomial(stage.denominator, angle);
  }
  return value;
}

std::complex<double> FrequencyResponse::per_motion(double frequency_hz) const {
  Complex value = gain_;
  for (const Stage& stage : stages_) {
    value *= value_of(stage, frequency_hz);
  }
  return value;
}

std::complex<double> FrequencyResponse::per_metre(double frequency_hz) const {
  const Complex s(0.0, 2.0 * std::numbers::pi * frequency_hz);
  Complex value = per_motion(frequency_hz);
  for (int i = 0; i < derivatives_; ++i) {
    value *= s;
  }
  return value;
}

}  // namespace geod::catalog
