#pragma once

#include <vector>

#include "core/waveform_source.hpp"
#include "streams/sds_tree.hpp"
#include "streams/waveform_ring.hpp"

namespace geod::streams {

/// Waveforms out of the ring, and what it does not hold any more out of an SDS tree.
/// Thread: any. Keeps references.
class RecentThenKept final : public WaveformSource {
 public:
  RecentThenKept(const WaveformRing& recent, const SdsTree& kept) : recent_(recent), kept_(kept) {}

  Result<std::vector<Waveform>> read(const SourceId& channel, Time from, Time to) const override;

 private:
  const WaveformRing& recent_;
  const SdsTree& kept_;
};

}  // namespace geod::streams
