#pragma once

#include <memory>

#include "core/error.hpp"
#include "trainer/acoustic_solver.hpp"

namespace geod::trainer {

/// What libgeod_acoustics_cuda.so offers: a solver for a survey of validate(), or null and `error`
/// set.
using MakeCudaAcoustics = AcousticSolver* (*)(const AcousticSurvey& survey, Error& error) noexcept;
inline constexpr const char* kCudaAcousticsSymbol = "geod_make_cuda_acoustics";

/// Loads libgeod_acoustics_cuda.so from beside the compute module and makes a solver on the first
/// device. kNotFound when the module or the CUDA runtime is missing, kDevice without a usable
/// device.
Result<std::unique_ptr<AcousticSolver>> load_cuda_acoustics(const AcousticSurvey& survey);

}  // namespace geod::trainer
