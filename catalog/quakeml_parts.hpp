#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "catalog/public_ids.hpp"
#include "catalog/quakeml_writer.hpp"
#include "core/event.hpp"
#include "storage/event_query.hpp"

namespace pugi {
class xml_node;
}

namespace geod::catalog {

/// Writes the parts of one event into its element. Internal to catalog/: the work of
/// QuakemlWriter::event, in quakeml_origins.cpp, quakeml_picks.cpp and quakeml_magnitudes.cpp.
///
/// Thread-confined; options, ids and element must outlive it.
class QuakemlParts {
 public:
  QuakemlParts(const QuakemlOptions& options, const PublicIds& ids, pugi::xml_node& event)
      : options_(options), ids_(ids), event_(event) {}

  void add_automatic_origin(const EventVersion& version,
                            Time created,
                            std::span<const storage::StoredArrival> arrivals);
  /// False: it was written before, with another content.
  bool add_reviewed_origin(const ReviewedEvent& review);
  void add_pick(const storage::StoredArrival& arrival);
  void add_reviewed_pick(const ReviewedArrival& arrival);
  /// With its station magnitudes and amplitudes.
  void add_magnitude(const Magnitude& magnitude, const EventVersion& version, Time created);
  void add_reviewed_magnitude(const ReviewedMagnitude& magnitude, const ReviewedEvent& review);

  void add_creation_info(pugi::xml_node& parent, Time created, std::string_view version = {}) const;
  void add_comment(pugi::xml_node& parent, std::string_view text) const;

 private:
  void add_arrival(pugi::xml_node& origin,
                   const storage::StoredArrival& stored,
                   const EventVersion& version) const;
  void add_reviewed_arrival(pugi::xml_node& origin,
                            const ReviewedArrival& arrival,
                            const std::string& origin_id);
  void add_station_pick(const storage::StoredPick& stored);
  void add_fibre_pick(const storage::StoredFibrePick& stored, const std::string& pick_id);
  void add_station_magnitude(const StationMagnitude& station, const EventVersion& version);
  void add_amplitude(const Amplitude& amplitude,
                     const StationMagnitude& station,
                     const EventVersion& version);
  std::string station_magnitude_id(const StationMagnitude& station,
                                   const EventVersion& version) const;
  void add_evaluation(pugi::xml_node& parent, const EventVersion& version) const;
  void add_reviewed_evaluation(pugi::xml_node& parent, const ReviewedEvent& review) const;
  void add_reviewed_creation(pugi::xml_node& parent, const ReviewedEvent& review) const;

  const QuakemlOptions& options_;
  const PublicIds& ids_;
  pugi::xml_node& event_;
  std::set<std::string> written_;  ///< public ids of picks and reviewed objects
};

/// A number with its uncertainty, as QuakeML's RealQuantity.
void add_quantity(pugi::xml_node& parent,
                  const char* name,
                  double value,
                  std::optional<double> uncertainty = std::nullopt);
void add_time_quantity(pugi::xml_node& parent,
                       const char* name,
                       Time time,
                       std::optional<double> uncertainty_s = std::nullopt);
void add_waveform_id(pugi::xml_node& parent,
                     std::string_view network,
                     std::string_view station,
                     std::string_view location,
                     std::string_view channel);

}  // namespace geod::catalog
