// Magnitudes, station magnitudes and amplitudes of QuakeML; who made an object and when.
#include <string>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "catalog/quakeml_parts.hpp"
#include "catalog/xml_build.hpp"

namespace geod::catalog {
namespace {

constexpr double kMetresPerNm = 1e-9;
constexpr std::size_t kMaxType = 32;  ///< characters, by the schema, as the next
constexpr std::size_t kMaxAgency = 64;
constexpr std::size_t kMaxAuthor = 128;

/// At most `limit` bytes of UTF-8, cut between characters.
std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) {
    return text;
  }
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) {
    --limit;
  }
  return text.substr(0, limit);
}

/// The channel that stands for a station magnitude: of its first amplitude, else the vertical one.
std::string channel_of(const StationMagnitude& station) {
  const InstrumentId& instrument = station.instrument;
  if (station.amplitudes.empty()) {
    return instrument.band + instrument.source + "Z";
  }
  const SourceId& channel = station.amplitudes.front().channel;
  return channel.band + channel.source + channel.subsource;
}

/// The amplitude a reader that takes one should take: the first that counts.
const Amplitude* chief_amplitude(const StationMagnitude& station) {
  for (const Amplitude& amplitude : station.amplitudes) {
    if (amplitude.use == AmplitudeUse::kUsed) {
      return &amplitude;
    }
  }
  return station.amplitudes.empty() ? nullptr : &station.amplitudes.front();
}

}  // namespace

void QuakemlParts::add_magnitude(const Magnitude& magnitude,
                                 const EventVersion& version,
                                 Time created) {
  const std::string_view type = to_string(magnitude.type);
  pugi::xml_node node = add_element(event_, "magnitude");
  set_attribute(node, "publicID", ids_.magnitude(version.event_id, version.version, type));
  for (const StationMagnitude& station : magnitude.contributions) {
    pugi::xml_node contribution = add_element(node, "stationMagnitudeContribution");
    add_text(contribution, "stationMagnitudeID", station_magnitude_id(station, version));
    add_number(contribution, "residual", station.residual);
    add_number(contribution, "weight", station.weight);
  }
  add_quantity(node,
               "mag",
               magnitude.value,
               magnitude.stations > 1 ? std::optional(magnitude.uncertainty) : std::nullopt);
  add_text(node, "type", type);
  add_text(node, "originID", ids_.origin(version.event_id, version.version));
  add_text(node,
           "methodID",
           ids_.method(magnitude.type == MagnitudeType::kMl ? "geod-wood-anderson"
                                                            : "geod-network-magnitude"));
  add_text(node, "stationCount", std::to_string(magnitude.stations));
  add_evaluation(node, version);
  add_creation_info(node, created);
  for (const StationMagnitude& station : magnitude.contributions) {
    add_station_magnitude(station, version);
  }
}

std::string QuakemlParts::station_magnitude_id(const StationMagnitude& station,
                                               const EventVersion& version) const {
  return ids_.station_magnitude(
      version.event_id, version.version, to_string(station.type), station.instrument.to_string());
}

void QuakemlParts::add_station_magnitude(const StationMagnitude& station,
                                         const EventVersion& version) {
  pugi::xml_node node = add_element(event_, "stationMagnitude");
  set_attribute(node, "publicID", station_magnitude_id(station, version));
  add_text(node, "originID", ids_.origin(version.event_id, version.version));
  add_quantity(node, "mag", station.value);
  add_text(node, "type", to_string(station.type));
  if (const Amplitude* chief = chief_amplitude(station)) {
    add_text(node,
             "amplitudeID",
             ids_.amplitude(version.event_id, version.version, chief->channel.seed_id()));
  }
  add_waveform_id(node,
                  station.instrument.network,
                  station.instrument.station,
                  station.instrument.location,
                  channel_of(station));
  if (station.amplitudes.size() > 1) {
    std::string channels;
    for (const Amplitude& amplitude : station.amplitudes) {
      channels += (channels.empty() ? "" : ", ") +
                  ids_.amplitude(version.event_id, version.version, amplitude.channel.seed_id());
    }
    add_comment(node, "amplitudes: " + channels);
  }
  for (const Amplitude& amplitude : station.amplitudes) {
    add_amplitude(amplitude, station, version);
  }
}

void QuakemlParts::add_amplitude(const Amplitude& amplitude,
                                 const StationMagnitude& station,
                                 const EventVersion& version) {
  pugi::xml_node node = add_element(event_, "amplitude");
  set_attribute(node,
                "publicID",
                ids_.amplitude(version.event_id, version.version, amplitude.channel.seed_id()));
  add_quantity(node, "genericAmplitude", amplitude.value_nm * kMetresPerNm);
  add_text(node, "type", "AML");
  add_text(node, "category", "point");
  add_text(node, "unit", "m");
  add_text(node, "methodID", ids_.method("geod-wood-anderson"));
  if (amplitude.period_s > 0.0) {
    add_quantity(node, "period", amplitude.period_s);
  }
  add_number(node, "snr", amplitude.snr);
  pugi::xml_node window = add_element(node, "timeWindow");
  add_number(window, "begin", to_seconds(amplitude.time - amplitude.window_from));
  add_number(window, "end", to_seconds(amplitude.window_to - amplitude.time));
  add_time(window, "reference", amplitude.time);
  const std::string pick_id = ids_.pick(station.pick_id);
  if (written_.count(pick_id) > 0) {
    add_text(node, "pickID", pick_id);
  }
  const SourceId& channel = amplitude.channel;
  add_waveform_id(node,
                  channel.network,
                  channel.station,
                  channel.location,
                  channel.band + channel.source + channel.subsource);
  add_time_quantity(node, "scalingTime", amplitude.time);
  add_text(node, "magnitudeHint", "ML");
  add_text(node, "evaluationMode", "automatic");
  add_comment(node, fmt::format("use: {}", to_string(amplitude.use)));
}

void QuakemlParts::add_reviewed_magnitude(const ReviewedMagnitude& magnitude,
                                          const ReviewedEvent& review) {
  const std::string id = ids_.given("magnitude", magnitude.public_id);
  if (!written_.insert(id).second) {
    return;  // by another review
  }
  pugi::xml_node node = add_element(event_, "magnitude");
  set_attribute(node, "publicID", id);
  add_quantity(node, "mag", magnitude.value, magnitude.uncertainty);
  add_text(node, "type", cut(magnitude.type, kMaxType));
  add_text(node, "originID", ids_.given("origin", review.origin_public_id));
  if (magnitude.stations) {
    add_text(node, "stationCount", std::to_string(*magnitude.stations));
  }
  add_reviewed_evaluation(node, review);
  add_reviewed_creation(node, review);
}

void QuakemlParts::add_creation_info(pugi::xml_node& parent,
                                     Time created,
                                     std::string_view version) const {
  pugi::xml_node info = add_element(parent, "creationInfo");
  add_text(info, "agencyID", cut(options_.agency, kMaxAgency));
  add_text(info, "author", cut(options_.author, kMaxAuthor));
  add_time(info, "creationTime", created);
  add_text(info, "version", version);
}

void QuakemlParts::add_reviewed_creation(pugi::xml_node& parent,
                                         const ReviewedEvent& review) const {
  if (review.agency.empty() && review.author.empty() && !review.created) {
    return;
  }
  pugi::xml_node info = add_element(parent, "creationInfo");
  add_text(info, "agencyID", cut(review.agency, kMaxAgency));
  add_text(info, "author", cut(review.author, kMaxAuthor));
  if (review.created) {
    add_time(info, "creationTime", *review.created);
  }
}

void QuakemlParts::add_comment(pugi::xml_node& parent, std::string_view text) const {
  pugi::xml_node comment = add_element(parent, "comment");
  add_text(comment, "text", text);
}

}  // namespace geod::catalog
