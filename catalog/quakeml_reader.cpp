#include "catalog/quakeml_reader.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <utility>

#include <pugixml.hpp>

#include "catalog/degrees.hpp"
#include "catalog/text_file.hpp"
#include "catalog/xml_fields.hpp"

namespace geod::catalog {
namespace {

constexpr std::size_t kMaxText = 4096;  ///< bytes of a text or an identifier
constexpr double kMaxDepthKm = 1000.0;
constexpr double kMetresPerKm = 1000.0;

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  return name.substr(name.find(':') + 1);  // from the start when there is no colon
}

std::string bounded(std::string text) {
  if (text.size() > kMaxText) {
    text.resize(kMaxText);
  }
  return text;
}

std::string public_id(const pugi::xml_node& node) {
  return bounded(node.attribute("publicID").value());
}

/// The word, when it is one of these.
std::string known_word(std::string word, std::initializer_list<std::string_view> words) {
  for (const std::string_view each : words) {
    if (word == each) {
      return word;
    }
  }
  return {};
}

/// Some services write "quarry_blast", and "null" for what they do not know.
std::string event_type(std::string word) {
  std::replace(word.begin(), word.end(), '_', ' ');
  return word == "null" ? std::string{} : word;
}

/// Codes as far as they are told and make sense; the rest stays empty.
SourceId channel_of(const pugi::xml_node& waveform_id) {
  const std::string_view location = waveform_id.attribute("locationCode").value();
  const std::string_view network = waveform_id.attribute("networkCode").value();
  const std::string_view station = waveform_id.attribute("stationCode").value();
  const std::string_view channel = waveform_id.attribute("channelCode").value();
  const std::string_view place = location == "--" ? std::string_view{} : location;
  if (auto id = SourceId::from_seed(network, station, place, channel)) {
    return *std::move(id);
  }
  SourceId codes;
  // Any channel code serves to have the codes of a station checked, and any network.
  if (auto id = SourceId::from_seed(network.empty() ? "XX" : network, station, place, "HHZ")) {
    codes.network = network.empty() ? "" : id->network;
    codes.station = id->station;
    codes.location = id->location;
  }
  if (channel.size() == 2 && SourceId::from_seed("XX", "X", "", std::string(channel) + "Z")) {
    codes.band = channel.substr(0, 1);  // an instrument, as SeisComP picks on
    codes.source = channel.substr(1, 1);
  }
  return codes;
}

/// Reads one event; what is wrong with it ends in the faults of `xml_`.
class EventReader {
 public:
  EventReader(XmlFields& xml, const pugi::xml_node& event) : xml_(xml), event_(event) {
    for (const pugi::xml_node& pick : xml_.children(event_, "pick")) {
      picks_.emplace(pick.attribute("publicID").value(), pick);
    }
  }

  ReviewedEvent read() {
    ReviewedEvent review;
    review.public_id = public_id(event_);
    review.type = event_type(bounded(xml_.text(event_, "type")));
    review.description = bounded(xml_.text(xml_.child(event_, "description"), "text"));
    const pugi::xml_node origin = preferred("origin", "preferredOriginID");
    if (review.public_id.empty()) {
      xml_.fault("the event has no publicID");
    } else if (!origin) {
      xml_.fault("the event has no origin");
    } else {
      read_origin(origin, review);
      read_creation(origin, review);
      read_magnitudes(review);
    }
    return review;
  }

  std::size_t arrivals_without_pick() const { return arrivals_without_pick_; }

 private:
  /// What the event prefers, else the first; empty when there is none.
  pugi::xml_node preferred(const char* element, const char* reference) const {
    const std::string id = xml_.text(event_, reference);
    pugi::xml_node first;
    for (const pugi::xml_node& node : xml_.children(event_, element)) {
      if (id == node.attribute("publicID").value()) {
        return node;
      }
      first = first ? first : node;
    }
    return first;
  }

  std::optional<double> finite(const pugi::xml_node& parent, const char* name) {
    const std::string text = xml_.text(parent, name);
    // Some programs write what they do not know so.
    const bool is_unknown = text.empty() || text == "NaN" || text == "nan" || text == "None" ||
                            text == "INF" || text == "inf";
    return is_unknown ? std::nullopt : xml_.optional_number(parent, name);
  }

  double quantity(const pugi::xml_node& parent, const char* name, double lowest, double highest) {
    const pugi::xml_node node = xml_.child(parent, name);
    if (!node) {
      xml_.fault(fmt::format("<{}> is missing in <{}>", name, parent.name()));
      return 0.0;
    }
    const double value = xml_.number(node, "value");
    if (value < lowest || value > highest) {
      xml_.fault(fmt::format("{} {} is not from {} to {}", name, value, lowest, highest));
    }
    return value;
  }

  Time time_quantity(const pugi::xml_node& parent) {
    const std::string text = xml_.text(xml_.child(parent, "time"), "value");
    const auto time = parse_zoned(text);
    if (!time) {
      xml_.fault(fmt::format("time '{:.40}' of <{}> is none", text, parent.name()));
    }
    return time.value_or(Time{});
  }

  /// xs:dateTime: UTC where it names no zone.
  static std::optional<Time> parse_zoned(std::string_view text) {
    constexpr std::size_t kZone = 6;  // "+hh:mm"
    Duration offset{};
    if (text.size() > 10 + kZone &&
        (text[text.size() - kZone] == '+' || text[text.size() - kZone] == '-')) {
      const std::string_view zone = text.substr(text.size() - kZone);
      const auto clock = parse_iso("1970-01-01T" + std::string(zone.substr(1)));
      if (!clock) {
        return std::nullopt;
      }
      offset = zone.front() == '+' ? clock->time_since_epoch() : -clock->time_since_epoch();
      text.remove_suffix(kZone);
    }
    const auto time = parse_iso(text);
    return time ? std::optional(*time - offset) : std::nullopt;
  }

  void read_origin(const pugi::xml_node& origin, ReviewedEvent& review) {
    review.origin_public_id = public_id(origin);
    review.time = time_quantity(origin);
    review.latitude_deg = quantity(origin, "latitude", -90.0, 90.0);
    review.longitude_deg = quantity(origin, "longitude", -180.0, 360.0);
    if (review.longitude_deg > 180.0) {
      review.longitude_deg -= 360.0;
    }
    if (xml_.child(origin, "depth")) {
      review.depth_km =
          quantity(origin, "depth", -kMaxDepthKm * kMetresPerKm, kMaxDepthKm * kMetresPerKm) /
          kMetresPerKm;
    }
    const pugi::xml_node quality = xml_.child(origin, "quality");
    review.standard_error_s = finite(quality, "standardError");
    review.azimuthal_gap_deg = finite(quality, "azimuthalGap");
    review.evaluation_mode =
        known_word(xml_.text(origin, "evaluationMode"), {"manual", "automatic"});
    review.evaluation_status = bounded(xml_.text(origin, "evaluationStatus"));
    for (const pugi::xml_node& arrival : xml_.children(origin, "arrival")) {
      read_arrival(arrival, review);
    }
  }

  void read_arrival(const pugi::xml_node& node, ReviewedEvent& review) {
    const auto found = picks_.find(xml_.text(node, "pickID"));
    if (found == picks_.end()) {
      ++arrivals_without_pick_;
      return;
    }
    const pugi::xml_node& pick = found->second;
    ReviewedArrival arrival;
    arrival.pick_public_id = public_id(pick);
    arrival.channel = channel_of(xml_.child(pick, "waveformID"));
    const std::string phase = xml_.text(node, "phase");
    arrival.phase_hint = bounded(phase.empty() ? xml_.text(pick, "phaseHint") : phase);
    arrival.time = time_quantity(pick);
    arrival.uncertainty_s = uncertainty_of(xml_.child(pick, "time"));
    arrival.polarity =
        known_word(xml_.text(pick, "polarity"), {"positive", "negative", "undecidable"});
    arrival.evaluation_mode =
        known_word(xml_.text(pick, "evaluationMode"), {"manual", "automatic"});
    arrival.residual_s = finite(node, "timeResidual");
    if (const auto distance_deg = finite(node, "distance")) {
      arrival.distance_km = *distance_deg * kKmPerDegree;
    }
    arrival.azimuth_deg = finite(node, "azimuth");
    arrival.weight = finite(node, "timeWeight");
    review.arrivals.push_back(std::move(arrival));
  }

  /// One standard deviation, or half of what lies between the two of a skewed one.
  std::optional<double> uncertainty_of(const pugi::xml_node& quantity) {
    const auto uncertainty = finite(quantity, "uncertainty");
    const auto lower = finite(quantity, "lowerUncertainty");
    const auto upper = finite(quantity, "upperUncertainty");
    if (uncertainty || !lower || !upper) {
      return uncertainty;
    }
    return 0.5 * (*lower + *upper);
  }

  void read_creation(const pugi::xml_node& origin, ReviewedEvent& review) {
    for (const pugi::xml_node& parent : {origin, event_}) {
      const pugi::xml_node info = xml_.child(parent, "creationInfo");
      if (review.agency.empty()) {
        review.agency = bounded(xml_.text(info, "agencyID"));
      }
      if (review.author.empty()) {
        review.author = bounded(xml_.text(info, "author"));
      }
      if (!review.created) {
        review.created = parse_zoned(xml_.text(info, "creationTime"));
      }
    }
  }

  void read_magnitudes(ReviewedEvent& review) {
    const pugi::xml_node first = preferred("magnitude", "preferredMagnitudeID");
    if (first) {
      read_magnitude(first, review);
    }
    for (const pugi::xml_node& node : xml_.children(event_, "magnitude")) {
      if (node != first) {
        read_magnitude(node, review);
      }
    }
  }

  void read_magnitude(const pugi::xml_node& node, ReviewedEvent& review) {
    ReviewedMagnitude magnitude;
    magnitude.public_id = public_id(node);
    magnitude.type = bounded(xml_.text(node, "type"));
    magnitude.value = quantity(node, "mag", -10.0, 12.0);
    magnitude.uncertainty = uncertainty_of(xml_.child(node, "mag"));
    const auto stations = finite(node, "stationCount");
    if (stations && *stations >= 0.0 && *stations <= 1e6) {
      magnitude.stations = static_cast<int>(*stations);
    }
    review.magnitudes.push_back(std::move(magnitude));
  }

  XmlFields& xml_;
  const pugi::xml_node event_;
  std::map<std::string, pugi::xml_node, std::less<>> picks_;  ///< by public id
  std::size_t arrivals_without_pick_ = 0;
};

/// The version that the namespaces name, e.g. "1.2"; empty where they name none.
std::string_view version_of(const pugi::xml_node& root) {
  constexpr std::string_view kNamespace = "http://quakeml.org/xmlns/quakeml";
  for (const pugi::xml_attribute& attribute : root.attributes()) {
    const std::string_view value = attribute.value();
    if (std::string_view(attribute.name()).starts_with("xmlns") && value.starts_with(kNamespace)) {
      return value.substr(value.rfind('/') + 1);
    }
  }
  return {};
}

Result<pugi::xml_node> event_parameters(const pugi::xml_node& root, const std::string& name) {
  if (local_name(root) == "seiscomp" || local_name(root) == "seiscomp3") {
    return fail(Errc::kUnsupported,
                "{}: SeisComP's own XML; convert it to QuakeML first (sccnv, or ask its "
                "fdsnws-event for format=xml)",
                name);
  }
  if (local_name(root) != "quakeml") {
    return fail(
        Errc::kCorruptRecord, "{}: its root is <{:.40}>, not <q:quakeml>", name, root.name());
  }
  const std::string_view version = version_of(root);
  if (!version.empty() && !version.starts_with("1.")) {
    return fail(Errc::kUnsupported,
                "{}: QuakeML of version '{:.40}'; geod reads 1.1 and 1.2",
                name,
                version);
  }
  for (const pugi::xml_node& node : root.children()) {
    if (local_name(node) == "eventParameters") {
      return node;
    }
  }
  return fail(Errc::kCorruptRecord, "{}: there is no <eventParameters>", name);
}

}  // namespace

Result<QuakemlContent> parse_quakeml(std::string_view text, const std::string& name) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(text.data(), text.size());
  if (!parsed) {
    return fail(Errc::kCorruptRecord,
                "{}: not XML at byte {}: {}",
                name,
                parsed.offset,
                parsed.description());
  }
  const auto parameters = event_parameters(document.document_element(), name);
  if (!parameters) {
    return tl::unexpected(parameters.error());
  }
  QuakemlContent content;
  for (const pugi::xml_node& event : parameters->children()) {
    XmlFields xml(*parameters);
    if (!xml.is(event, "event")) {
      continue;
    }
    xml.set_place(fmt::format("{}: event '{}'", name, public_id(event)));
    EventReader reader(xml, event);
    ReviewedEvent review = reader.read();
    content.arrivals_without_pick += reader.arrivals_without_pick();
    if (xml.has_fault()) {
      content.faults.push_back({Errc::kCorruptRecord, xml.fault()});
    } else {
      content.events.push_back(std::move(review));
    }
  }
  return content;
}

Result<QuakemlContent> read_quakeml(const std::filesystem::path& path) {
  const auto text = read_text_file(path);
  return text ? parse_quakeml(*text, path.string())
              : Result<QuakemlContent>(tl::unexpected(text.error()));
}

}  // namespace geod::catalog
