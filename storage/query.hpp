#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/adapter_event.hpp"
#include "core/continuity.hpp"
#include "core/error.hpp"
#include "core/pick.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"

namespace geod::storage {

/// A box of latitudes and longitudes, borders included. `min_longitude_deg` above
/// `max_longitude_deg` means the box across the 180th meridian.
struct Region {
  double min_latitude_deg = -90.0;
  double max_latitude_deg = 90.0;
  double min_longitude_deg = -180.0;
  double max_longitude_deg = 180.0;

  /// Reads "minlat/maxlat/minlon/maxlon", e.g. "35/36.5/-118/-117". kConfig otherwise.
  static Result<Region> parse(const std::string& text);
};

/// What all queries can be narrowed to. Nothing set: everything.
struct Scope {
  /// "NET.STA", or a fibre's "NET.CABLE", with the wildcards * ? [..]; a station or fibre counts
  /// when any of them fits.
  std::vector<std::string> stations;
  /// Stations without coordinates are outside of every region, and so are fibres.
  std::optional<Region> region;
  std::optional<Time> from;  ///< included
  std::optional<Time> to;    ///< excluded
  bool newest_first = false;
  std::optional<std::size_t> limit;
};

struct PickQuery {
  Scope scope;
  std::optional<Phase> phase;
  double min_probability = 0.0;
  bool with_estimates = false;  ///< also read StoredPick::estimates
  bool shadow = false;          ///< picks of the candidates instead of the catalogue's
};

/// Single-station locations by the times of their P picks.
struct LocationQuery {
  Scope scope;
};

/// What two bundles of a scalar task say of the same P picks.
struct EstimatePairQuery {
  std::string task;       ///< pmp, baz, emg or dis
  std::string active;     ///< bundle; empty: whichever was active and told last
  std::string candidate;  ///< bundle that ran in shadow
  /// Pick times [from, to); nothing: from the first to the last pick that the candidate spoke of.
  std::optional<Time> from;
  std::optional<Time> to;
};

/// A P pick of which at least one of the two told something; values in the unit of the task.
struct EstimatePair {
  Time pick_time;
  std::optional<double> active;
  std::optional<double> candidate;
};

/// Events that overlap [from, to), in the order of their starts.
struct ContinuityQuery {
  Scope scope;
  std::optional<std::string> kind;  ///< a word of to_string(ContinuityKind)
};

/// The newest rows of what a follower reads in the order of commits; 0: there is none.
struct NewestKeys {
  std::int64_t pick_key = 0;
  std::int64_t detection_key = 0;
  std::int64_t version_key = 0;
  std::int64_t review_key = 0;
};

/// Hours that overlap [from, to).
struct CompletenessQuery {
  Scope scope;
};

/// Detections on fibres that overlap [from, to), in the order of their starts.
struct DetectionQuery {
  Scope scope;
  std::optional<std::int64_t> first_channel;  ///< those that reach into first to last, both within
  std::optional<std::int64_t> last_channel;
  double min_probability = 0.0;  ///< mean over the mask
  std::int64_t min_channels = 0;
  std::optional<std::string> model_id;    ///< with wildcards, as the next
  std::optional<std::string> adapter_id;  ///< "" is fitted by the model's own head alone
};

/// A station and what is known of its channels. The scope's times are not looked at.
struct StationRow {
  StationId id;
  std::optional<double> latitude_deg;
  std::optional<double> longitude_deg;
  std::optional<double> elevation_m;
  std::string site;
  std::string channels;  ///< "00.HHE 00.HHN 00.HHZ"; empty before the first record
  std::optional<Time> first_sample;
  std::optional<Time> last_sample;
};

/// One start of the daemon.
struct RunRow {
  Time started;
  std::optional<Time> stopped;  ///< nothing: it runs, or it was cut off
  std::string version;
  std::string config_hash;
  std::string reason;
  std::string summary_json;  ///< empty until it stopped
};

/// One row of the adapter log.
struct AdapterLogRow {
  std::int64_t log_key = 0;  ///< ascends in the order of commits
  AdapterEvent event;
};

/// One row of the gap tables as stored: the kind stays text.
struct ContinuityRow {
  SourceId source_id;  ///< a fibre has network and station alone
  std::string kind;
  Time from;
  Time to;
  std::string detail;
};

/// What is stored of one hour of an instrument or a fibre.
struct CompletenessRow {
  CompletenessDelta completeness;        ///< a fibre has network and station alone; see makers
  std::optional<std::int64_t> channels;  ///< of a fibre: the fewest that were looked at together
  std::int64_t key = 0;                  ///< of the instrument or fibre in the database
  double gapped_s = 0.0;                 ///< of the hour, in which a channel of it was missing
  double shed_s = 0.0;                   ///< of the hour, that geod dropped for lack of time
  std::vector<std::string> makers{};  ///< adapters that looked, or models where their own head did
};

/// How much of [from, to) was looked at, hour by hour.
struct BlindQuery {
  std::optional<Time> from;           ///< nothing: from the first hour on that was looked at
  std::optional<Time> to;             ///< nothing: as far as was looked at
  std::vector<std::string> stations;  ///< "NET.STA" or "NET.CABLE" with wildcards; empty: all
  double least_share = 0.9;           ///< a station of which less was looked at is blind
};

struct BlindStation {
  std::string code;
  double looked_share = 0.0;  ///< in [0, 1], of the part of the hour that was asked for
};

/// An hour in which stations were blind.
struct BlindHour {
  Time hour;
  std::size_t stations = 0;            ///< that are known
  std::vector<BlindStation> blinds{};  ///< of them, ascending in share, then code
};

/// Stations count that were looked at within 30 days of the span: one that was closed long before
/// is not missed.
struct Blindness {
  std::size_t stations = 0;        ///< that count; 0: nobody looked at all
  std::vector<BlindHour> hours{};  ///< ascending
};

}  // namespace geod::storage
