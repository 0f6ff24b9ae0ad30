#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace geod::config {

/// Where one fibre lies.
struct FibrePlaceConfig {
  std::string positions;  ///< CSV of places along it
};

/// What is known of one station.
struct CatalogStationConfig {
  double ml_correction = 0.0;  ///< added to its ML
  double p_delay_s = 0.0;      ///< how much later than the layers say P comes there, as the next
  double s_delay_s = 0.0;
};

/// From picks to events.
struct CatalogConfig {
  bool enabled = true;                 ///< association; without an inventory there is none
  std::vector<std::string> inventory;  ///< files of StationXML or CSV
  std::map<std::string, FibrePlaceConfig> fibres;        ///< key: the id on the wire, "NET.CABLE"
  std::map<std::string, CatalogStationConfig> stations;  ///< key: "NET.STA"
  std::string velocity_model = "iasp91";                 ///< iasp91, ak135, continental
  std::string velocity_file;  ///< `depth vp vs`; in place of velocity_model
  int min_phases = 4;         ///< of an event, as the next
  int min_stations = 3;
  double fixed_depth_km = 10.0;
  double max_depth_km = 60.0;
  double margin_km = 40.0;  ///< around the stations
  Duration update_interval = std::chrono::seconds{1};
  Duration station_timeout = std::chrono::seconds{60};
  Duration reopen = std::chrono::hours{1};
};

}  // namespace geod::config
