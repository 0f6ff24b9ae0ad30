#pragma once

#include <complex>
#include <vector>

#include "catalog/response.hpp"
#include "core/error.hpp"

namespace geod::catalog {

/// Complex frequency response of a channel: from ground motion to counts, all stages.
///
/// A stage is its gain times its filter. Its filter is taken as written where all frequencies of
/// the response agree, else it is normalised to 1 where the stage's gain holds; FIR filters whose
/// coefficients do not sum up to 1 within 2 % are divided by the sum. Symmetric digital filters
/// have no phase, the others that of their coefficients less the correction of the time stamps.
/// Agrees with evalresp 3 to 1e-9, but that evalresp leaves half-written filters of a wrong sum.
///
/// Thread: immutable once made; any.
class FrequencyResponse {
 public:
  /// Copies what it needs. kUnsupported, with what is the matter, where the response cannot be
  /// computed: no stages (a sensitivity alone says nothing of the shape), stages of polynomials or
  /// lists, an input that is no motion of the ground, gains or coefficients of no use, no rate for
  /// a digital stage, stages that contradict the sensitivity by more than a quarter.
  static Result<FrequencyResponse> make(const InstrumentResponse& response);

  /// Counts a metre of ground displacement. `frequency_hz` is positive.
  std::complex<double> per_metre(double frequency_hz) const;

  /// Counts a unit of the motion that the sensor feels, in metres and seconds.
  std::complex<double> per_motion(double frequency_hz) const;

 private:
  struct Stage {
    PolesZeros filter;              ///< of an analogue or digital stage of poles and zeros
    std::vector<double> numerator;  ///< of a digital stage, as the next; all may be empty
    std::vector<double> denominator;
    bool is_symmetric = false;  ///< of a numerator alone
    double interval_s = 0.0;    ///< between samples at the input of a digital stage
    double correction_s = 0.0;
    double factor = 1.0;  ///< that normalises it
  };

  static Result<Stage> stage_of(const ResponseStage& stage);
  static std::complex<double> value_of(const Stage& stage, double frequency_hz);

  std::vector<Stage> stages_;
  double gain_ = 1.0;
  int derivatives_ = 0;  ///< of displacement that the sensor feels: 1 velocity, 2 acceleration
};

}  // namespace geod::catalog
