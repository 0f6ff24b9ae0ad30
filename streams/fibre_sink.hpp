#pragma once

#include <string>

#include "core/das_block.hpp"

namespace geod::streams {

struct Delivery;

/// What a publisher says about a fibre beyond the blocks' headers: its `dasmeta/1` JSON as it came,
/// DMETA's by custom. Well-formed, bounded (kMaxMetadataBytes), not interpreted.
struct FibreMetadata {
  std::string fibre_id;
  std::string json;
};

/// Takes what sources read of fibres. Called on the thread that polls the source (geod-io). It may
/// block: the source then reads no further and lossless senders wait.
class FibreSink {
 public:
  virtual ~FibreSink() = default;

  /// Blocks of a fibre in the order of their numbers, none twice; continuity of their time is not
  /// yet judged (FibreBuffer does that). `block.raw` is aligned to its sample type.
  virtual void on_block(DasBlock block, const Delivery& delivery) = 0;

  /// Borders that times alone do not show: kRestart before the first block of a new boot.
  virtual void on_fibre_gap(FibreGap gap) = 0;

  virtual void on_fibre_end(FibreEnd end) = 0;

  /// Once when it first comes and whenever its text changes; publishers repeat it every minute.
  virtual void on_fibre_metadata(FibreMetadata metadata) = 0;
};

}  // namespace geod::streams
