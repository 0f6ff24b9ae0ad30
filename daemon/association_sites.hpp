#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "catalog/association.hpp"
#include "config/catalog_config.hpp"
#include "core/fibre_places.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"
#include "daemon/inventory_watch.hpp"

namespace geod {

/// Which stations and fibres are heard, and where they are. A station that is not heard is no site:
/// nobody expects picks of it. One that was moved is a site at each of its places. A fibre lies
/// where its file of `catalog.fibres` says, else where its publisher told; what that told first
/// also holds before.
/// Thread: confined to one.
class AssociationSites {
 public:
  /// Between two sites along a fibre: the time over half of it is below what is expected of travel
  /// times.
  static constexpr double kFibreSpacing_m = 500.0;

  /// What is known of stations, by "NET.STA".
  explicit AssociationSites(std::map<std::string, config::CatalogStationConfig> known = {})
      : known_(std::move(known)) {}

  void take_up(std::shared_ptr<const Places> places);
  /// All that publishers told, by fibre, the oldest first. What is no place is left out.
  void take_up_told(std::span<const FibrePlacesChange> told);

  /// It gave data until `to`. True when nothing was heard of it before.
  bool hear(const StationId& station, Time to);
  bool hear_fibre(const std::string& fibre_id, Time to);

  /// Of what was heard after `since`, at the places where it was at some time of [since, to]:
  /// ascending in key.
  std::vector<catalog::AssociationSite> in_force(Time since, Time to) const;

  /// Key of the site of a pick at `time`; nothing where its place is not known.
  std::optional<std::string> site_of(const StationId& station, Time time) const;
  std::optional<std::string> site_of(const std::string& fibre_id,
                                     std::int64_t channel,
                                     Time time) const;

  /// What was heard after `since` and has no place at the time it was heard last.
  std::vector<std::string> stations_without_place(Time since) const;
  std::vector<std::string> fibres_without_place(Time since) const;
  /// Of the others who says where they are: "catalog.fibres" or "publisher", by their ids.
  std::map<std::string, std::string> sources_of_fibres(Time since) const;

 private:
  /// How a fibre lies from a time on, until that of the next.
  struct Course {
    Time from;
    catalog::FibrePositions positions;
    std::vector<catalog::FibrePoint> apertures;  ///< sites along it
  };
  using Courses = std::map<std::string, std::vector<Course>, std::less<>>;

  const std::vector<Course>* courses_of(const std::string& fibre_id) const;
  void add_fibre(const std::string& fibre_id,
                 Time since,
                 Time to,
                 std::map<std::string, catalog::AssociationSite>& sites) const;

  std::map<std::string, config::CatalogStationConfig> known_;
  std::shared_ptr<const Places> places_ = std::make_shared<const Places>();
  Courses configured_;
  Courses told_;
  std::map<StationId, Time> stations_;  ///< how far each was heard, as the next
  std::map<std::string, Time, std::less<>> fibres_;
};

/// Whether two lists of sites are of the same keys.
bool same_sites(const std::vector<catalog::AssociationSite>& a,
                const std::vector<catalog::AssociationSite>& b);

}  // namespace geod
