#pragma once

#include <cstddef>
#include <span>
#include <unordered_map>

#include "config/models_config.hpp"
#include "core/source_id.hpp"
#include "models/pick_decoder.hpp"

namespace geod::models {

/// Thresholds of a station: the manifest's, replaced by the network-wide ones of the configuration,
/// replaced by the station's own.
PhaseThresholds thresholds_for(const PickSettings& settings,
                               const config::ModelsConfig& config,
                               const StationId& station);

/// The pick decoders of all instruments of one engine; made on an instrument's first window,
/// forgotten after its last. Thread: geod-infer only.
class PickDecoders {
 public:
  PickDecoders(DecoderSettings settings, config::ModelsConfig config);

  /// The windows from now on are scored by another network, with the same hop, window length and
  /// rate. Each instrument takes it up at its next window (PickDecoder).
  void change_network(DecoderSettings settings);
  PickDecoders(const PickDecoders&) = delete;
  PickDecoders& operator=(const PickDecoders&) = delete;

  /// As PickDecoder::push, for the window's instrument.
  void push(const Window& window,
            std::span<const float> p,
            std::span<const float> s,
            DecoderOutput& out);

  /// Nothing more comes from one instrument: what it still holds becomes final, then it is
  /// forgotten.
  void end(const InstrumentId& instrument, DecoderOutput& out);

  /// Nothing more comes from any instrument: everything becomes final, in the order of the ids.
  void flush_all(DecoderOutput& out);

  const DecoderCounters& counters() const { return counters_; }
  std::size_t size() const { return decoders_.size(); }

 private:
  PhaseThresholds thresholds_of(const StationId& station) const;

  PickDecoder::Settings settings_;
  const config::ModelsConfig config_;
  DecoderCounters counters_;
  std::unordered_map<InstrumentId, PickDecoder> decoders_;
};

}  // namespace geod::models
