#pragma once

#include <span>
#include <string>

#include "catalog/public_ids.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/time.hpp"
#include "storage/event_query.hpp"

namespace geod::catalog {

struct QuakemlOptions {
  std::string authority = "local";  ///< of public ids, see PublicIds
  std::string agency;               ///< agencyID of creationInfo; empty: left out
  std::string author = "geod";
  bool all_origins = true;     ///< reviewed and automatic; else the preferred one alone
  bool all_magnitudes = true;  ///< of those origins; else the preferred one alone
  bool arrivals = true;        ///< with their picks
};

/// Writes events as QuakeML 1.2 (Basic Event Description), valid against its schema whatever the
/// texts in the database are. header(), then event() for each, then footer(); no more than one
/// event is ever held, and nothing is remembered between them.
///
/// What is ours: mode automatic, status preliminary (rejected once withdrawn; the event is then
/// "not existing"); whether it is final says a comment. A reviewed solution comes beside ours and
/// is preferred. Words of a review that the schema does not have are left out. An origin whose
/// magnitude is written is written, too, so that no reference to one dangles.
///
/// Channels: a pick of P is said to be on the vertical component, one of S on the first horizontal
/// one that took part (N before E, 1 before 2). A fibre is the station that its cable's name makes,
/// with channel HSF and a comment that tells cable, channel, distance along it and aperture.
/// Onset: impulsive up to an uncertainty of 0.1 s, else emergent; questionable where the
/// probability is under one half. Polarity: undecidable where the likelier one has less than two
/// thirds. Uncertainty ellipse: 68 %. Distances in degrees of 111.195 km.
///
/// Thread: any; immutable.
class QuakemlWriter {
 public:
  /// kConfig when the authority cannot be one.
  static Result<QuakemlWriter> make(QuakemlOptions options);

  std::string header(Time created) const;
  /// With the arrivals and contributions that `stored` has. Each of `versions` (of the same event)
  /// but the newest adds its origin and, with all_magnitudes, its magnitudes, without arrivals. Of
  /// two contents of one reviewed origin the preferred one is written, else the newer.
  std::string event(const storage::StoredEvent& stored,
                    std::span<const storage::StoredVersion> versions = {}) const;
  std::string footer() const;

 private:
  QuakemlWriter(QuakemlOptions options, PublicIds ids);

  QuakemlOptions options_;
  PublicIds ids_;
};

}  // namespace geod::catalog
