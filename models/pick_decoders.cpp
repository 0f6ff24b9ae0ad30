#include "models/pick_decoders.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace geod::models {

PhaseThresholds thresholds_for(const PickSettings& settings,
                               const config::ModelsConfig& config,
                               const StationId& station) {
  PhaseThresholds thresholds{config.thresholds.p.value_or(settings.threshold_p),
                             config.thresholds.s.value_or(settings.threshold_s)};
  const auto own = config.station_thresholds.find(station.to_string());
  if (own != config.station_thresholds.end()) {
    thresholds.p = own->second.p.value_or(thresholds.p);
    thresholds.s = own->second.s.value_or(thresholds.s);
  }
  return thresholds;
}

PickDecoders::PickDecoders(DecoderSettings settings, config::ModelsConfig config)
    : settings_(std::make_shared<const DecoderSettings>(std::move(settings))),
      config_(std::move(config)) {}

void PickDecoders::change_network(DecoderSettings settings) {
  settings_ = std::make_shared<const DecoderSettings>(std::move(settings));
}

PhaseThresholds PickDecoders::thresholds_of(const StationId& station) const {
  return thresholds_for(settings_->picks, config_, station);
}

void PickDecoders::push(const Window& window,
                        std::span<const float> p,
                        std::span<const float> s,
                        DecoderOutput& out) {
  auto decoder = decoders_.find(window.instrument);
  if (decoder == decoders_.end()) {
    decoder = decoders_
                  .emplace(window.instrument,
                           PickDecoder(settings_, thresholds_of(window.instrument.station_id())))
                  .first;
  } else if (decoder->second.settings() != settings_) {
    decoder->second.change_network(settings_, thresholds_of(window.instrument.station_id()));
  }
  decoder->second.push(window, p, s, counters_, out);
  if (window.is_last) {
    decoders_.erase(decoder);
  }
}

void PickDecoders::end(const InstrumentId& instrument, DecoderOutput& out) {
  const auto decoder = decoders_.find(instrument);
  if (decoder != decoders_.end()) {
    decoder->second.flush(counters_, out);
    decoders_.erase(decoder);
  }
}

void PickDecoders::flush_all(DecoderOutput& out) {
  std::vector<InstrumentId> ids;
  for (const auto& [id, decoder] : decoders_) {
    ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  for (const InstrumentId& id : ids) {
    decoders_.at(id).flush(counters_, out);
  }
  decoders_.clear();
}

}  // namespace geod::models
