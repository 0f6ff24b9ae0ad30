#include "trainer/quakeml.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <pugixml.hpp>

namespace geod::trainer {
namespace {

constexpr std::uintmax_t kMaxBytes = 512ULL << 20U;

/// Element name without its namespace prefix.
std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  return name.substr(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
}

/// The first child of that name, whatever its prefix.
pugi::xml_node child(const pugi::xml_node& parent, std::string_view name) {
  for (const pugi::xml_node& node : parent.children()) {
    if (local_name(node) == name) {
      return node;
    }
  }
  return {};
}

std::string text(const pugi::xml_node& parent, std::string_view name) {
  return child(parent, name).text().get();
}

/// <name><value>..</value></name>.
std::string value(const pugi::xml_node& parent, std::string_view name) {
  return text(child(parent, name), "value");
}

bool has_xml_ending(const std::filesystem::path& path) {
  static const std::set<std::string> kEndings{".xml", ".qml", ".quakeml"};
  return kEndings.contains(path.extension().string());
}

/// Of elements `name`, the one whose publicID is `preferred`, else the first.
pugi::xml_node preferred_child(const pugi::xml_node& event,
                               std::string_view name,
                               const std::string& preferred) {
  for (const pugi::xml_node& node : event.children()) {
    if (local_name(node) == name && node.attribute("publicID").value() == preferred) {
      return node;
    }
  }
  return child(event, name);
}

/// What the arrivals of an event say of its picks.
struct Arrivals {
  std::map<std::string, std::string> phases;  ///< of every pick, by its publicID
  std::set<std::string> preferred;            ///< picks of the preferred origin
};

Arrivals arrivals_of(const pugi::xml_node& event, const pugi::xml_node& preferred) {
  Arrivals out;
  for (const pugi::xml_node& origin : event.children()) {
    if (local_name(origin) != "origin") {
      continue;
    }
    for (const pugi::xml_node& arrival : origin.children()) {
      if (local_name(arrival) == "arrival") {
        const std::string pick = text(arrival, "pickID");
        out.phases.emplace(pick, text(arrival, "phase"));
        if (origin == preferred) {
          out.preferred.insert(pick);
        }
      }
    }
  }
  return out;
}

/// phaseHint, or the phase of the arrival that names the pick.
std::string phase_of(const pugi::xml_node& pick, const Arrivals& arrivals) {
  const std::string hint = text(pick, "phaseHint");
  const auto arrival = arrivals.phases.find(pick.attribute("publicID").value());
  return hint.empty() && arrival != arrivals.phases.end() ? arrival->second : hint;
}

/// Agencies repeat one another's picks: of each station and phase one is taken, that of the
/// preferred origin, else the first. A pick is a time at a station; the channel it names is often
/// not the one that is at hand.
void add_picks(const pugi::xml_node& event,
               const pugi::xml_node& preferred_origin,
               const std::string& event_id,
               CsvTable& labels) {
  const Arrivals arrivals = arrivals_of(event, preferred_origin);
  struct Chosen {
    bool preferred = false;
    std::vector<std::string> row;
  };
  std::map<std::tuple<std::string, std::string, bool>, Chosen> chosen;
  for (const pugi::xml_node& pick : event.children()) {
    if (local_name(pick) != "pick" || text(pick, "evaluationStatus") == "rejected") {
      continue;
    }
    const std::string phase = phase_of(pick, arrivals);
    if (phase.empty() || std::string_view("PpSs").find(phase.front()) == std::string_view::npos) {
      continue;
    }
    const pugi::xml_node stream = child(pick, "waveformID");
    const std::string network = stream.attribute("networkCode").value();
    const std::string station = stream.attribute("stationCode").value();
    const bool is_p = phase.front() == 'P' || phase.front() == 'p';
    Chosen& best = chosen[{network, station, is_p}];
    const bool preferred = arrivals.preferred.contains(pick.attribute("publicID").value());
    if (best.row.empty() || (preferred && !best.preferred)) {
      best.preferred = preferred;
      best.row = {network, station, phase, value(pick, "time"), event_id, text(pick, "polarity")};
    }
  }
  for (auto& [key, best] : chosen) {
    labels.add_row(std::move(best.row));
  }
}

void add_events(const pugi::xml_node& root, CatalogueTables& tables) {
  for (const pugi::xml_node& event : child(root, "eventParameters").children()) {
    if (local_name(event) != "event") {
      continue;
    }
    const std::string id = event.attribute("publicID").value();
    const pugi::xml_node origin =
        preferred_child(event, "origin", text(event, "preferredOriginID"));
    const pugi::xml_node magnitude =
        preferred_child(event, "magnitude", text(event, "preferredMagnitudeID"));
    tables.events.add_row(
        {id, value(origin, "latitude"), value(origin, "longitude"), value(magnitude, "mag")});
    add_picks(event, origin, id, tables.labels);
  }
}

/// StationXML writes coordinates as the text of the element.
void add_stations(const pugi::xml_node& root, CsvTable& stations) {
  for (const pugi::xml_node& network : root.children()) {
    if (local_name(network) != "Network") {
      continue;
    }
    for (const pugi::xml_node& station : network.children()) {
      if (local_name(station) == "Station") {
        stations.add_row({network.attribute("code").value(),
                          station.attribute("code").value(),
                          text(station, "Latitude"),
                          text(station, "Longitude")});
      }
    }
  }
}

}  // namespace

bool is_quakeml(const std::filesystem::path& path) {
  if (!has_xml_ending(path)) {
    return false;
  }
  std::ifstream file(path);
  std::string head(4096, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  return head.find("quakeml") != std::string::npos;
}

Result<CatalogueTables> read_catalogue(const std::filesystem::path& directory) {
  CatalogueTables tables{
      CsvTable(directory.string() + ": pick",
               {"network", "station", "phase", "time", "event", "polarity"}),
      CsvTable(directory.string() + ": event", {"event", "latitude", "longitude", "magnitude"}),
      CsvTable(directory.string() + ": station", {"network", "station", "latitude", "longitude"})};
  std::set<std::filesystem::path> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_regular_file(error) && has_xml_ending(at->path())) {
      paths.insert(at->path());
    }
  }
  bool found = false;
  for (const std::filesystem::path& path : paths) {
    if (std::filesystem::file_size(path, error) > kMaxBytes) {
      return fail(Errc::kUnsupported, "{}: a catalogue may have 512 MiB", path.string());
    }
    pugi::xml_document document;
    const pugi::xml_parse_result parsed = document.load_file(path.c_str());
    if (!parsed) {
      return fail(Errc::kCorruptRecord,
                  "{}: not XML at byte {}: {}",
                  path.string(),
                  parsed.offset,
                  parsed.description());
    }
    const pugi::xml_node root = document.document_element();
    if (local_name(root) == "quakeml") {
      found = true;
      add_events(root, tables);
    } else if (local_name(root) == "FDSNStationXML") {
      add_stations(root, tables.stations);
    }
  }
  if (!found) {
    return fail(
        Errc::kNotFound, "{}: holds no QuakeML file (.xml, .qml, .quakeml)", directory.string());
  }
  return tables;
}

}  // namespace geod::trainer
