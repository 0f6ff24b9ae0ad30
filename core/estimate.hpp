#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "core/pick.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"

namespace geod {

/// First motion of P: the probability that the ground moved up (compression).
struct PolarityEstimate {
  double up_probability = 0.5;
  bool operator==(const PolarityEstimate&) const = default;
};

/// Direction from the station to the epicentre, degrees clockwise from north in [0, 360).
struct BackAzimuthEstimate {
  double back_azimuth_deg = 0.0;
  double uncertainty_deg = 180.0;  ///< one circular standard deviation
  bool operator==(const BackAzimuthEstimate&) const = default;
};

/// A network's magnitude from normalised records. A type of its own, so that it is never averaged
/// with, or taken for, a magnitude measured from amplitudes.
struct NeuralMagnitudeEstimate {
  double magnitude = 0.0;
  double uncertainty = 0.0;  ///< one standard deviation
  bool operator==(const NeuralMagnitudeEstimate&) const = default;
};

/// Epicentral distance.
struct DistanceEstimate {
  double distance_km = 0.0;
  double uncertainty_km = 0.0;  ///< one standard deviation
  bool operator==(const DistanceEstimate&) const = default;
};

using EstimateValue =
    std::variant<PolarityEstimate, BackAzimuthEstimate, NeuralMagnitudeEstimate, DistanceEstimate>;

/// Codes of the scalar tasks in the order of the alternatives of EstimateValue.
inline constexpr std::array<std::string_view, 4> kScalarTasks{"pmp", "baz", "emg", "dis"};
static_assert(kScalarTasks.size() == std::variant_size_v<EstimateValue>);

/// "pmp", "baz", "emg" or "dis".
constexpr std::string_view task_of(const EstimateValue& value) {
  return kScalarTasks[value.index()];
}

/// What a scalar task says of one P pick. It follows the pick, never delays it, and leaves once.
struct Estimate {
  std::string pick_id;  ///< of the P pick
  InstrumentId instrument;
  Time pick_time;
  EstimateValue value;
  int windows = 0;           ///< averaged
  std::string model_id;      ///< of the base model
  std::string model_hash;    ///< of its weights
  std::string adapter_id;    ///< bundle name and version
  std::string adapter_hash;  ///< 64 hex digits

  bool operator==(const Estimate&) const = default;
};

/// An epicentre from one station alone: distance and back-azimuth of one P pick, distance weighted
/// with S minus P where an S pick followed. Stored as such, never as an origin of many stations.
struct StationLocation {
  std::string pick_id;  ///< of the P pick
  InstrumentId instrument;
  Time pick_time;
  double distance_km = 0.0;
  double distance_uncertainty_km = 0.0;
  double back_azimuth_deg = 0.0;
  double back_azimuth_uncertainty_deg = 0.0;
  double s_minus_p_s = -1.0;  ///< negative: no S pick took part
  std::string model_id;       ///< of the base model
  std::string model_hash;     ///< of its weights
  std::string distance_adapter_id;
  std::string distance_adapter_hash;
  std::string back_azimuth_adapter_id;
  std::string back_azimuth_adapter_hash;

  bool operator==(const StationLocation&) const = default;
};

}  // namespace geod
