#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "models/fibre_decoder.hpp"
#include "streams/fibre_buffer.hpp"

namespace geod {

/// What became of one fibre since the start.
struct FibreStatus {
  std::string fibre_id;
  std::int64_t channels = 0;  ///< of the newest block, as the next
  double sampling_rate_hz = 0.0;
  Time last_sample;         ///< end of the newest block that was taken up
  std::uint64_t bytes = 0;  ///< of samples taken up
  double shed_s = 0.0;      ///< data time that was shed
  double refused_s = 0.0;   ///< data time that nothing could be made of
  streams::FibreCounters stream;
  models::FibreDecoderCounters decoder;
};

/// JSON array, one object a fibre.
std::string fibres_to_json(std::span<const FibreStatus> fibres);

}  // namespace geod
