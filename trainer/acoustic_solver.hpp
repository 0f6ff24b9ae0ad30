#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "core/error.hpp"
#include "models/network_host.hpp"
#include "trainer/acoustic_survey.hpp"

namespace geod::trainer {

/// Pressure at the receivers of a survey, computed by finite differences: second order in time,
/// fourth in space, float32, an absorbing sponge on all four sides, no free surface. On the CPU the
/// result is the same to the bit with any instruction set and any number of threads, and everywhere
/// for any division of the models into calls; a GPU does the same operations and is held to 1e-4.
class AcousticSolver {
 public:
  AcousticSolver() = default;
  AcousticSolver(const AcousticSolver&) = delete;
  AcousticSolver& operator=(const AcousticSolver&) = delete;
  virtual ~AcousticSolver() = default;

  /// @param velocities_m_per_s  [N, depths, offsets]
  /// @param records  [N, sources, times, receivers], written
  /// kUnsupported naming a model the scheme cannot compute; kDevice when the device fails.
  virtual Result<void> simulate(std::span<const float> velocities_m_per_s,
                                std::span<float> records) = 0;
  /// What computes: "cpu, 2 threads, AVX-512".
  virtual std::string device() const = 0;
};

/// A solver on the CPU. @param threads  0: as many as the machine has.
/// kUnsupported by validate().
Result<std::unique_ptr<AcousticSolver>> make_cpu_acoustics(const AcousticSurvey& survey,
                                                           std::size_t threads);

/// A solver on the device asked for; kAuto takes a CUDA device where one is usable, else the CPU.
/// kDevice, kNotFound when CUDA was asked for and does not serve, naming why.
Result<std::unique_ptr<AcousticSolver>> make_acoustics(const AcousticSurvey& survey,
                                                       models::Device device,
                                                       std::size_t threads);

}  // namespace geod::trainer
