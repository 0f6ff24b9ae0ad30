#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/continuity.hpp"
#include "core/pick.hpp"
#include "core/sample_rate.hpp"
#include "core/window.hpp"
#include "models/manifest.hpp"
#include "models/peak_finder.hpp"
#include "models/score_merger.hpp"

namespace geod::models {

/// What all decoders of one network have in common.
struct DecoderSettings {
  PickSettings picks;
  SampleRate rate;
  std::int64_t window_samples = 0;
  std::string model_id;
  std::string model_hash;
  std::string adapter_id{};    ///< of the bundle; empty: the model's own head
  std::string adapter_hash{};  ///< of the bundle, 64 hex digits or empty
};

/// Thresholds of one station, where they differ from the manifest's.
struct PhaseThresholds {
  double p = 0.3;
  double s = 0.3;
};

/// Of all decoders of one thread since start.
struct DecoderCounters {
  std::uint64_t windows = 0;
  std::uint64_t picks_p = 0;
  std::uint64_t picks_s = 0;
  std::uint64_t suppressed = 0;       ///< peaks inside no-pick spans
  std::uint64_t missing_windows = 0;  ///< holes in the window grid: skipped or shed
  std::uint64_t restarts = 0;         ///< windows that went back in time
  std::uint64_t unusable_scores = 0;  ///< score values that were not finite

  bool operator==(const DecoderCounters&) const = default;
};

/// What a push adds; the caller empties it.
struct DecoderOutput {
  std::vector<Pick> picks;
  std::vector<CompletenessDelta> completeness;
};

/// Turns the window scores of one instrument into final picks.
///
/// Scores of overlapping windows are merged (ScoreMerger). A sample is final when no later window
/// of the grid can reach it. A pick is a local maximum of the final score of at least the threshold
/// with no higher pick of its phase within `min_distance_s` (greedy by height, PeakFinder); it is
/// given out once, as soon as nothing later can change that. Windows must come in time order;
/// holes are finalised around. One that goes back ends what came before.
///
/// The network may change between two windows (`change_network`). Each sample is scored by one
/// network alone: the border lies halfway between the begin of the new one's first window and the
/// end of the old one's last, so that half of the overlapping windows are there on either side. The
/// series goes on across it, so no pick is lost or doubled, and a pick carries the adapter of the
/// sample it lies on.
///
/// The output is a function of the sequence of windows, scores and networks alone. Thread:
/// geod-infer only.
class PickDecoder {
 public:
  using Settings = std::shared_ptr<const DecoderSettings>;

  PickDecoder(Settings settings, PhaseThresholds thresholds);

  /// The windows from the next push on are scored by another network. Its hop, window length and
  /// rate must be those there are.
  void change_network(Settings settings, PhaseThresholds thresholds);

  /// Of the network of the next window.
  const Settings& settings() const { return settings_; }

  /// `p` and `s`: [T = window.samples], in [0, 1].
  void push(const Window& window,
            std::span<const float> p,
            std::span<const float> s,
            DecoderCounters& counters,
            DecoderOutput& out);

  /// Nothing more comes: everything becomes final.
  void flush(DecoderCounters& counters, DecoderOutput& out);

 private:
  /// What is remembered of a window while samples of it are not final.
  struct Cover {
    std::int64_t begin = 0;  ///< trusted zone, grid points
    std::int64_t end = 0;
    std::array<char, kComponents> subsource{};
    double timing_s = 0.0;
  };

  /// A network and the first grid point that it scored.
  struct Network {
    std::int64_t begin = 0;
    Settings settings;
    PhaseThresholds thresholds;
    bool reached = false;  ///< the finders have been given its first sample
  };

  void begin_network(std::int64_t window_begin);
  void reach_network(std::int64_t k);
  const Settings& network_at(std::int64_t k) const;
  void finalise(std::int64_t to, DecoderCounters& counters, DecoderOutput& out);
  void give_decided(bool all, DecoderCounters& counters, DecoderOutput& out);
  Pick make_pick(Phase phase, const Peak& peak) const;
  void account(std::int64_t k, const MergedSample& sample);
  void write_completeness(DecoderOutput& out);

  Settings settings_;
  PhaseThresholds thresholds_;
  std::deque<Network> networks_;  ///< of samples that may still become picks, by begin

  InstrumentId instrument_;
  std::optional<std::int64_t> last_begin_;  ///< of the last window, grid points
  std::chrono::steady_clock::time_point completed_at_{};
  ScoreMerger merger_;
  std::array<PeakFinder, 2> finders_;  ///< P, S
  std::deque<Cover> covers_;

  /// Samples of one UTC hour that one network scored, became final and are not yet written.
  struct Hour {
    Time start;
    Settings network;
    std::int64_t begin = 0;  ///< grid points [begin, end)
    std::int64_t end = 0;    ///< where the hour ends
    std::int64_t known = 0;  ///< after the last that was counted
    std::int64_t scored = 0;
    std::int64_t masked = 0;
  };
  std::vector<Hour> hours_;
};

}  // namespace geod::models
