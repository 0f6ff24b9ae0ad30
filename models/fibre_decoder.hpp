#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/das_block.hpp"
#include "core/error.hpp"
#include "core/fibre_detection.hpp"
#include "core/fibre_tile.hpp"
#include "models/arrival_picker.hpp"
#include "models/event_moveout.hpp"
#include "models/mask_events.hpp"
#include "models/mask_merger.hpp"
#include "models/phase_pairs.hpp"
#include "models/segment_settings.hpp"
#include "models/segmentation.hpp"
#include "models/trace_history.hpp"

namespace geod::models {

/// What the decoders of all fibres that one network serves have in common.
struct FibreDecoderSettings {
  SegmentSettings segments;
  std::string model_id;
  std::string model_hash;
  std::string adapter_id{};        ///< of the bundle; empty: the base's own network
  std::string adapter_hash{};      ///< of the bundle, 64 hex digits or empty
  double aperture_m = kApertureM;  ///< of the picks for the association
};

/// Which class of a network for das says what; -1: none does.
struct PhaseClasses {
  int first = -1;   ///< "event", whose begin is a first arrival, or "P"
  int second = -1;  ///< "S"
};
/// kModelMismatch unless there is "event", "P" or "S", each once, and not both "event" and "P".
/// Other classes are background.
Result<PhaseClasses> phase_classes(const SegmentSettings& segments);

/// Of one decoder since its construction.
struct FibreDecoderCounters {
  std::uint64_t tiles = 0;
  std::uint64_t detections = 0;
  std::uint64_t unusable_probabilities = 0;  ///< values that were not finite
  MaskEventCounters masks;
  std::uint64_t without_arrivals = 0;  ///< parts of which too few begins were seen
  std::uint64_t too_slow = 0;          ///< vehicles
  std::uint64_t at_once = 0;           ///< on nearly all channels in the same instant
};

/// What a push adds; the caller empties it.
struct FibreDecoderOutput {
  std::vector<FibreDetection> detections;
  std::vector<FibreCompleteness> completeness;
};

/// Turns the class probabilities of one fibre's tiles into final detections: MaskMerger,
/// MaskEvents, PhasePairs, ArrivalPicker, moveout. An event leaves once, when no later tile can
/// change it.
///
/// The output is a function of the sequence of tiles, probabilities and networks alone, not of the
/// batches they were computed in. Memory: one tile's rows, the trace of the longest event (a byte a
/// cell), and the runs of the mask, all bounded. Thread: geod-segment only.
class FibreDecoder {
 public:
  using Settings = std::shared_ptr<const FibreDecoderSettings>;

  /// kModelMismatch as phase_classes.
  static Result<FibreDecoder> make(Settings settings);

  /// `batch`: what the network said of `tile`, its tile number `n`. Tiles come as FibreTiler cuts
  /// them.
  void push(const FibreTile& tile,
            const SegmentBatch& batch,
            std::size_t n,
            FibreDecoderOutput& out);

  /// Nothing contiguous comes any more (gap, end): everything becomes final.
  void finish(FibreDecoderOutput& out);

  /// The tiles from the next push on are the work of another network with the same grid and hops.
  /// An event carries the one that was serving when it was decided. kModelMismatch as
  /// phase_classes; then nothing changes.
  Result<void> change_network(Settings settings);

  FibreDecoderCounters counters() const;

 private:
  FibreDecoder(Settings settings, PhaseClasses classes);

  void decode(std::vector<MaskRows> rows, FibreDecoderOutput& out);
  void decide(std::vector<MaskEvent> parts, FibreDecoderOutput& out);
  void give(const std::vector<MaskEvent>& events, FibreDecoderOutput& out);
  std::optional<FibreDetection> detection_of(const MaskEvent& event);
  void account(const MaskRows& rows, FibreDecoderOutput& out) const;

  Settings settings_;
  PhaseClasses classes_;
  MaskMerger merger_;
  MaskEvents events_;
  PhasePairs pairs_;
  std::int64_t tile_rows_ = 0;
  TraceHistory trace_;
  std::shared_ptr<const FibreGrid> grid_;  ///< of the segment; null between segments
  std::int64_t live_columns_ = 0;
  std::chrono::steady_clock::time_point completed_at_{};
  FibreDecoderCounters counters_;
};

}  // namespace geod::models
