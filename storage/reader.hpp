#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/das_block.hpp"
#include "core/error.hpp"
#include "core/fibre_places.hpp"
#include "storage/event_query.hpp"
#include "storage/query.hpp"
#include "storage/stored_detection.hpp"
#include "storage/stored_pick.hpp"

namespace geod::storage {

/// Takes one page of rows; false: no more are wanted.
template <class Row>
using PageSink = std::function<bool(std::span<const Row>)>;

/// Queries on a connection of its own, beside a running daemon or without one.
///
/// Long answers come in pages. Each page is one short read transaction, so neither memory nor the
/// writer's log grow with the answer or with a slow taker; rows that are committed meanwhile show
/// up when they lie after the newest page. Belongs to one thread at a time.
class Reader {
 public:
  static constexpr std::size_t kPageRows = 4096;

  /// Errors as Database::open_reader.
  static Result<Reader> open(const std::filesystem::path& file,
                             Duration busy_timeout = std::chrono::seconds{5});
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  /// In the order of pick times.
  Result<void> picks(const PickQuery& query, const PageSink<StoredPick>& sink);
  Result<void> locations(const LocationQuery& query, const PageSink<StoredLocation>& sink);
  /// Of channels and of fibres.
  Result<void> continuity(const ContinuityQuery& query, const PageSink<ContinuityRow>& sink);
  /// Of instruments and of fibres.
  Result<void> completeness(const CompletenessQuery& query, const PageSink<CompletenessRow>& sink);
  /// In which hours of a span, a year at most, stations were not looked at. kUnsupported for a
  /// longer one.
  Result<Blindness> blindness(const BlindQuery& query);
  /// In the order of their starts, without masks, arrivals and picks.
  Result<void> detections(const DetectionQuery& query, const PageSink<StoredDetection>& sink);
  /// All of one, by its 16 hex digits; where several models or adapters made it, what was stored
  /// last. kConfig when it is no id, kNotFound, kCorruptRecord when its mask or arrivals are
  /// damaged.
  Result<StoredDetection> detection(std::string_view detection_id);
  /// The events are chosen in one short transaction and given page by page; what is told of them
  /// meanwhile shows up. Memory: 8 bytes an event of the answer, and one page.
  Result<void> events(const EventQuery& query, const PageSink<StoredEvent>& sink);
  /// All of one, the oldest first. kConfig when it is no id, kNotFound.
  Result<std::vector<StoredVersion>> event_versions(std::string_view event_id);
  /// In the order of commits, at most `limit`: what a follower reads on from the last it knows.
  Result<std::vector<StoredVersion>> versions_after(std::int64_t version_key, std::size_t limit);
  /// The newest version of each event whose preferred origin is at or after `since`, also of those
  /// that were withdrawn, with arrivals and magnitudes, ascending in time.
  Result<std::vector<EventVersion>> recent_events(Time since);
  /// With their estimates, in the order of commits, at most `limit`.
  Result<std::vector<StoredPick>> picks_after(std::int64_t pick_key, std::size_t limit);
  /// Without masks, arrivals and picks, in the order of commits, at most `limit`.
  Result<std::vector<StoredDetection>> detections_after(std::int64_t detection_key,
                                                        std::size_t limit);
  /// With arrivals and magnitudes, in the order of commits, at most `limit`.
  Result<std::vector<StoredReview>> reviews_after(std::int64_t review_key, std::size_t limit);
  /// Where a follower stands who has read everything.
  Result<NewestKeys> newest_keys();
  /// Of at most `limit` detections, in the order of commits.
  Result<std::vector<StoredFibrePick>> fibre_picks_after(std::int64_t detection_key,
                                                         std::size_t limit);
  /// Of all detections that overlap [from, to), in the order of commits.
  Result<std::vector<StoredFibrePick>> fibre_picks_between(Time from, Time to);
  /// How a fibre was sampled, the oldest first; empty when nothing is known of it.
  Result<std::vector<FibreGeometryChange>> fibre_geometries(const std::string& fibre_id);
  /// Of all fibres that were ever heard, in order.
  Result<std::vector<std::string>> fibre_ids();
  /// Where fibres lie by what their publishers told: by fibre, the oldest first.
  Result<std::vector<FibrePlacesChange>> fibre_places();
  /// In the order of pick times.
  Result<std::vector<EstimatePair>> estimate_pairs(const EstimatePairQuery& query);
  /// The newest first, at most `limit`.
  Result<std::vector<RunRow>> runs(std::size_t limit);
  /// The newest first, at most `limit`.
  Result<std::vector<AdapterLogRow>> adapter_log(std::size_t limit);
  /// By network and station code.
  Result<std::vector<StationRow>> stations(const Scope& scope);

 private:
  struct Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace geod::storage
