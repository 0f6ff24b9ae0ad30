#include "catalog/quakeml_writer.hpp"

#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "catalog/clean_text.hpp"
#include "catalog/event_summary.hpp"
#include "catalog/quakeml_parts.hpp"
#include "catalog/xml_build.hpp"

namespace geod::catalog {
namespace {

using storage::StoredEvent;

/// Which solutions of an event are written, and which are preferred.
struct Selection {
  bool automatic = false;
  std::size_t reviews = 0;  ///< from the first
  bool reviewed_magnitude = false;
};

Selection select(const StoredEvent& stored, const QuakemlOptions& options) {
  Selection selection;
  const bool is_ours = stored.event.version > 0;
  const bool is_reviewed = !stored.reviewed.empty();
  selection.reviewed_magnitude = is_reviewed && !stored.reviewed.front().magnitudes.empty();
  const bool needs_ours =
      !stored.event.magnitudes.empty() && (options.all_magnitudes || !selection.reviewed_magnitude);
  selection.automatic = is_ours && (!is_reviewed || options.all_origins || needs_ours);
  selection.reviews = options.all_origins || !is_reviewed ? stored.reviewed.size() : 1;
  return selection;
}

void add_history(const StoredEvent& stored,
                 const PublicIds& ids,
                 QuakemlParts& parts,
                 pugi::xml_node& event) {
  parts.add_comment(event,
                    fmt::format("status: {}; found by: {}; log odds that it is an event: {:.1f}",
                                to_string(stored.event.status),
                                to_string(stored.event.kind),
                                stored.event.log_odds));
  if (!stored.merged_into.empty()) {
    parts.add_comment(event, "merged into " + ids.event(stored.merged_into));
  }
  if (!stored.split_from.empty()) {
    parts.add_comment(event, "split from " + ids.event(stored.split_from));
  }
  for (const std::string& other : stored.merged_from) {
    parts.add_comment(event, "merged into this event: " + ids.event(other));
  }
  for (const std::string& other : stored.split_off) {
    parts.add_comment(event, "split from this event: " + ids.event(other));
  }
}

void add_description(const EventSummary& summary, pugi::xml_node& event) {
  if (!summary.description.empty()) {
    pugi::xml_node description = add_element(event, "description");
    add_text(description, "text", summary.description);
  }
}

void add_type(const StoredEvent& stored,
              const EventSummary& summary,
              QuakemlParts& parts,
              pugi::xml_node& event) {
  add_text(event, "type", summary.type);
  if (!summary.type.empty()) {
    const bool is_manual =
        summary.preferred.is_reviewed && stored.reviewed.front().evaluation_mode != "automatic";
    add_text(event, "typeCertainty", is_manual ? "known" : "suspected");
  }
  if (summary.preferred.is_reviewed && stored.reviewed.front().type != summary.type) {
    parts.add_comment(event, "event type in the review: " + stored.reviewed.front().type);
  }
}

void add_reviews(const StoredEvent& stored,
                 const Selection& selection,
                 bool all_magnitudes,
                 QuakemlParts& parts) {
  for (std::size_t i = 0; i < selection.reviews; ++i) {
    const ReviewedEvent& review = stored.reviewed[i];
    if (!parts.add_reviewed_origin(review)) {
      continue;
    }
    for (const ReviewedMagnitude& magnitude : review.magnitudes) {
      const bool is_preferred = i == 0 && &magnitude == &review.magnitudes.front();
      if (all_magnitudes || is_preferred) {
        parts.add_reviewed_magnitude(magnitude, review);
      }
    }
  }
}

void add_automatic(const StoredEvent& stored,
                   const Selection& selection,
                   const QuakemlOptions& options,
                   QuakemlParts& parts) {
  if (!selection.automatic) {
    return;
  }
  parts.add_automatic_origin(
      stored.event,
      stored.inserted,
      options.arrivals ? std::span(stored.arrivals) : std::span<const storage::StoredArrival>{});
  for (const Magnitude& magnitude : stored.event.magnitudes) {
    const bool is_preferred =
        &magnitude == &stored.event.magnitudes.front() && !selection.reviewed_magnitude;
    if (options.all_magnitudes || is_preferred) {
      parts.add_magnitude(magnitude, stored.event, stored.inserted);
    }
  }
}

void add_earlier(const StoredEvent& stored,
                 std::span<const storage::StoredVersion> versions,
                 bool all_magnitudes,
                 QuakemlParts& parts) {
  for (const storage::StoredVersion& version : versions) {
    const EventVersion& event = version.change.event;
    if (event.version == stored.event.version) {
      continue;
    }
    parts.add_automatic_origin(event, version.inserted, {});
    for (const Magnitude& magnitude : event.magnitudes) {
      if (all_magnitudes) {
        parts.add_magnitude(magnitude, event, version.inserted);
      }
    }
  }
}

void add_preferred(const StoredEvent& stored,
                   const Selection& selection,
                   const PublicIds& ids,
                   pugi::xml_node& event) {
  const EventVersion& ours = stored.event;
  if (!stored.reviewed.empty()) {
    add_text(event, "preferredOriginID", ids.given("origin", stored.reviewed[0].origin_public_id));
  } else {
    add_text(event, "preferredOriginID", ids.origin(ours.event_id, ours.version));
  }
  if (selection.reviewed_magnitude) {
    add_text(event,
             "preferredMagnitudeID",
             ids.given("magnitude", stored.reviewed[0].magnitudes[0].public_id));
  } else if (!ours.magnitudes.empty()) {
    add_text(event,
             "preferredMagnitudeID",
             ids.magnitude(ours.event_id, ours.version, to_string(ours.magnitudes.front().type)));
  }
}

}  // namespace

Result<QuakemlWriter> QuakemlWriter::make(QuakemlOptions options) {
  Result<PublicIds> ids = PublicIds::make(options.authority);
  if (!ids) {
    return tl::unexpected(ids.error());
  }
  return QuakemlWriter(std::move(options), *std::move(ids));
}

QuakemlWriter::QuakemlWriter(QuakemlOptions options, PublicIds ids)
    : options_(std::move(options)), ids_(std::move(ids)) {}

std::string QuakemlWriter::header(Time created) const {
  pugi::xml_document document;
  pugi::xml_node root = document;
  QuakemlParts(options_, ids_, root).add_creation_info(root, created);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<q:quakeml xmlns:q=\"http://quakeml.org/xmlns/quakeml/1.2\" "
      "xmlns=\"http://quakeml.org/xmlns/bed/1.2\">\n"
      "  <eventParameters publicID=\"{}\">\n{}",
      ids_.catalogue(),
      printed(root.first_child(), 2));
}

std::string QuakemlWriter::event(const StoredEvent& stored,
                                 std::span<const storage::StoredVersion> versions) const {
  pugi::xml_document document;
  pugi::xml_node root = document;
  pugi::xml_node event = add_element(root, "event");
  QuakemlParts parts(options_, ids_, event);
  const EventSummary summary = summary_of(stored);
  const Selection selection = select(stored, options_);
  const bool is_ours = stored.event.version > 0;
  set_attribute(
      event, "publicID", is_ours ? ids_.event(summary.id) : ids_.given("event", summary.id));
  add_preferred(stored, selection, ids_, event);
  add_type(stored, summary, parts, event);
  add_description(summary, event);
  if (is_ours) {
    add_history(stored, ids_, parts, event);
    parts.add_creation_info(event, stored.first_inserted, std::to_string(stored.event.version));
  } else {
    parts.add_creation_info(event, stored.first_inserted);
  }
  add_reviews(stored, selection, options_.all_magnitudes, parts);
  add_automatic(stored, selection, options_, parts);
  add_earlier(stored, versions, options_.all_magnitudes, parts);
  return printed(event, 2);
}

std::string QuakemlWriter::footer() const {
  return "  </eventParameters>\n</q:quakeml>\n";
}

}  // namespace geod::catalog
