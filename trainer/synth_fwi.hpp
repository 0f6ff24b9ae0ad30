#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/error.hpp"
#include "models/network_host.hpp"
#include "trainer/openfwi_plan.hpp"
#include "trainer/openfwi_sets.hpp"

namespace geod::trainer {

struct SynthFwiOptions {
  std::filesystem::path out;
  const OpenFwiSet* set = nullptr;  ///< one of openfwi_sets()
  std::int64_t samples = 500;
  std::uint64_t seed = 1;
  std::int64_t shard_samples = kOpenFwiShardSamples;
  std::size_t threads = 0;  ///< 0: as many as the machine has
  models::Device device = models::Device::kAuto;
};

struct SynthFwiReport {
  std::int64_t samples = 0;
  std::int64_t held_out = 0;
  std::int64_t shards = 0;
  std::int64_t resumed = 0;    ///< of the samples: found in the folder from an earlier run
  std::string device;          ///< "cpu, 2 threads, AVX-512"
  double samples_per_s = 0.0;  ///< of those computed now; 0 when all were there
  float amplitude_min = 0.0F;  ///< of the shots computed now, as the next
  float amplitude_max = 0.0F;
};

/// Writes velocity models and their shots in OpenFWI's layout: shards of float32, shots [N, 5,
/// 1000, 70] and velocities [N, 1, 70, 70] in m/s; lists of the shards for training and for
/// validation; openfwi.json, which says what was made and under which licence.
///
/// Sample i depends on the set, the seed, i and (Fault) its count of layers alone: not on threads
/// or shard_samples; on the device no more than AcousticSolver does. A folder that an interrupted
/// run with the same options began is gone on with: whole shards stay. Errors: kIo naming the file;
/// kConfig when the folder holds something else; those of make_acoustics.
/// @param progress  called with the samples that are done
Result<SynthFwiReport> synthesise_fwi(const SynthFwiOptions& options,
                                      const std::function<void(std::int64_t samples)>& progress);

}  // namespace geod::trainer
