// Picks of QuakeML, of stations, fibres and reviews.
#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "catalog/quakeml_parts.hpp"
#include "catalog/xml_build.hpp"

namespace geod::catalog {
namespace {

constexpr double kImpulsiveS = 0.1;           ///< largest uncertainty of an impulsive onset
constexpr double kLeastCertain = 0.5;         ///< probability below which a pick is questionable
constexpr double kPolarityDecided = 2. / 3.;  ///< probability of the likelier polarity
constexpr std::size_t kMaxCode = 8;           ///< characters, by the schema

/// The component that a pick is said to be on: the vertical for P, the first horizontal for S.
std::string_view component_of(const Pick& pick) {
  const std::string_view all = pick.components;
  if (pick.phase_hint == Phase::kP) {
    const std::size_t vertical = all.find('Z');
    return all.substr(vertical == std::string_view::npos ? 0 : vertical, 1);
  }
  for (const char component : {'N', '1', 'E', '2'}) {
    const std::size_t found = all.find(component);
    if (found != std::string_view::npos) {
      return all.substr(found, 1);
    }
  }
  return all.substr(0, 1);
}

std::string_view onset_of(double uncertainty_s, double probability) {
  if (probability < kLeastCertain) {
    return "questionable";
  }
  return uncertainty_s <= kImpulsiveS ? "impulsive" : "emergent";
}

std::string_view polarity_of(const PolarityEstimate& polarity) {
  if (std::max(polarity.up_probability, 1.0 - polarity.up_probability) < kPolarityDecided) {
    return "undecidable";
  }
  return polarity.up_probability > 0.5 ? "positive" : "negative";
}

std::string maker_of(const std::string& model, const std::string& adapter) {
  return adapter.empty() ? model : model + "/" + adapter;
}

/// What an estimate says, for a comment.
std::string estimate_text(const Estimate& estimate) {
  std::string value;
  if (const auto* polarity = std::get_if<PolarityEstimate>(&estimate.value)) {
    value = fmt::format("probability of upward first motion: {:.4g}", polarity->up_probability);
  } else if (const auto* bearing = std::get_if<BackAzimuthEstimate>(&estimate.value)) {
    value = fmt::format("back-azimuth: {:.4g} +- {:.4g} degrees",
                        bearing->back_azimuth_deg,
                        bearing->uncertainty_deg);
  } else if (const auto* size = std::get_if<NeuralMagnitudeEstimate>(&estimate.value)) {
    value = fmt::format("magnitude Mdl: {:.3g} +- {:.3g}", size->magnitude, size->uncertainty);
  } else if (const auto* distance = std::get_if<DistanceEstimate>(&estimate.value)) {
    value = fmt::format(
        "distance: {:.4g} +- {:.4g} km", distance->distance_km, distance->uncertainty_km);
  }
  return fmt::format("{} (by {})", value, maker_of(estimate.model_id, estimate.adapter_id));
}

void add_estimates(const storage::StoredPick& stored,
                   const PublicIds& ids,
                   QuakemlParts& parts,
                   pugi::xml_node& node) {
  std::string_view polarity = "undecidable";
  for (const Estimate& estimate : stored.estimates) {
    if (const auto* bearing = std::get_if<BackAzimuthEstimate>(&estimate.value)) {
      add_quantity(node, "backazimuth", bearing->back_azimuth_deg, bearing->uncertainty_deg);
      add_text(
          node, "slownessMethodID", ids.method(maker_of(estimate.model_id, estimate.adapter_id)));
    } else if (const auto* motion = std::get_if<PolarityEstimate>(&estimate.value)) {
      polarity = polarity_of(*motion);
    }
    parts.add_comment(node, estimate_text(estimate));
  }
  add_text(node, "polarity", polarity);
}

void add_maker(const std::string& model,
               const std::string& adapter,
               const PublicIds& ids,
               QuakemlParts& parts,
               pugi::xml_node& node) {
  add_text(node, "methodID", ids.method(maker_of(model, adapter)));
  parts.add_comment(
      node,
      adapter.empty() ? "model: " + model : fmt::format("model: {}; adapter: {}", model, adapter));
}

}  // namespace

void add_quantity(pugi::xml_node& parent,
                  const char* name,
                  double value,
                  std::optional<double> uncertainty) {
  pugi::xml_node node = add_element(parent, name);
  add_number(node, "value", value);
  add_number(node, "uncertainty", uncertainty);
}

void add_time_quantity(pugi::xml_node& parent,
                       const char* name,
                       Time time,
                       std::optional<double> uncertainty_s) {
  pugi::xml_node node = add_element(parent, name);
  add_time(node, "value", time);
  add_number(node, "uncertainty", uncertainty_s);
}

void add_waveform_id(pugi::xml_node& parent,
                     std::string_view network,
                     std::string_view station,
                     std::string_view location,
                     std::string_view channel) {
  pugi::xml_node node = add_element(parent, "waveformID");
  set_attribute(node, "networkCode", network.substr(0, kMaxCode));
  set_attribute(node, "stationCode", station.substr(0, kMaxCode));
  set_attribute(node, "locationCode", location.substr(0, kMaxCode));
  set_attribute(node, "channelCode", channel.substr(0, kMaxCode));
}

void QuakemlParts::add_pick(const storage::StoredArrival& arrival) {
  if (!written_.insert(ids_.pick(arrival.arrival.pick_id)).second) {
    return;
  }
  if (const auto* station = std::get_if<storage::StoredPick>(&arrival.pick)) {
    add_station_pick(*station);
  } else {
    add_fibre_pick(std::get<storage::StoredFibrePick>(arrival.pick), arrival.arrival.pick_id);
  }
}

void QuakemlParts::add_station_pick(const storage::StoredPick& stored) {
  const Pick& pick = stored.pick;
  pugi::xml_node node = add_element(event_, "pick");
  set_attribute(node, "publicID", ids_.pick(pick.pick_id));
  add_time_quantity(node, "time", pick.time, pick.uncertainty_s);
  add_waveform_id(
      node,
      pick.instrument.network,
      pick.instrument.station,
      pick.instrument.location,
      fmt::format("{}{}{}", pick.instrument.band, pick.instrument.source, component_of(pick)));
  add_text(node, "phaseHint", to_string(pick.phase_hint));
  add_text(node, "onset", onset_of(pick.uncertainty_s, pick.probability));
  add_comment(
      node, fmt::format("probability: {:.4g}; components: {}", pick.probability, pick.components));
  add_estimates(stored, ids_, *this, node);
  add_maker(pick.model_id, pick.adapter_id, ids_, *this, node);
  add_text(node, "evaluationMode", "automatic");
  add_text(node, "evaluationStatus", "preliminary");
  add_creation_info(node, stored.inserted);
}

void QuakemlParts::add_fibre_pick(const storage::StoredFibrePick& stored,
                                  const std::string& pick_id) {
  const FibrePick& pick = stored.pick;
  pugi::xml_node node = add_element(event_, "pick");
  set_attribute(node, "publicID", ids_.pick(pick_id));
  add_time_quantity(node, "time", pick.time, pick.uncertainty_s);
  const std::string_view fibre = stored.fibre_id;
  const std::size_t dot = std::min(fibre.find('.'), fibre.size());
  add_waveform_id(
      node, fibre.substr(0, dot), fibre.substr(std::min(dot + 1, fibre.size())), "", "HSF");
  add_text(node, "phaseHint", to_string(pick.phase_hint));
  add_text(node, "onset", onset_of(pick.uncertainty_s, pick.probability));
  add_text(node, "polarity", "undecidable");
  const double along_m = static_cast<double>(pick.channel) * stored.channel_spacing_m;
  const bool is_told = stored.channel_spacing_m > 0.0;
  add_comment(
      node,
      fmt::format("fibre: {}; channel: {}{}; aperture: channels {} to {}; made of {} arrivals",
                  stored.fibre_id,
                  pick.channel,
                  is_told ? fmt::format("; {:.1f} m along it", along_m) : std::string{},
                  pick.first_channel,
                  pick.last_channel,
                  pick.arrivals));
  add_comment(node, fmt::format("probability: {:.4g}", pick.probability));
  add_maker(stored.model_id, stored.adapter_id, ids_, *this, node);
  add_text(node, "evaluationMode", "automatic");
  add_text(node, "evaluationStatus", "preliminary");
  add_creation_info(node, stored.inserted);
}

void QuakemlParts::add_reviewed_pick(const ReviewedArrival& arrival) {
  const std::string id = ids_.given("pick", arrival.pick_public_id);
  if (!written_.insert(id).second) {
    return;  // by another review
  }
  const SourceId& channel = arrival.channel;
  pugi::xml_node node = add_element(event_, "pick");
  set_attribute(node, "publicID", id);
  add_time_quantity(node, "time", arrival.time, arrival.uncertainty_s);
  add_waveform_id(node,
                  channel.network,
                  channel.station,
                  channel.location,
                  channel.band + channel.source + channel.subsource);
  add_text(node, "phaseHint", arrival.phase_hint);
  constexpr std::array kPolarities{"positive", "negative", "undecidable"};
  if (std::find(kPolarities.begin(), kPolarities.end(), arrival.polarity) != kPolarities.end()) {
    add_text(node, "polarity", arrival.polarity);
  }
  if (arrival.evaluation_mode == "manual" || arrival.evaluation_mode == "automatic") {
    add_text(node, "evaluationMode", arrival.evaluation_mode);
  }
}

}  // namespace geod::catalog
