#include "daemon/event_text.hpp"

#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "storage/preferred_event.hpp"

namespace geod {
namespace {

/// Appends lines to a text.
class Lines {
 public:
  template <class... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
    text_ += '\n';
  }
  std::string take() && { return std::move(text_); }

 private:
  std::string text_;
};

/// "35.7500 N 117.5000 W".
std::string place(double latitude_deg, double longitude_deg) {
  return fmt::format("{:.4f} {} {:.4f} {}",
                     std::abs(latitude_deg),
                     latitude_deg < 0.0 ? 'S' : 'N',
                     std::abs(longitude_deg),
                     longitude_deg < 0.0 ? 'W' : 'E');
}

void add_links(Lines& lines, const storage::StoredEvent& stored) {
  if (!stored.split_from.empty()) {
    lines.add("           split from {}", stored.split_from);
  }
  if (!stored.merged_into.empty()) {
    lines.add("           merged into {}", stored.merged_into);
  }
  if (!stored.merged_from.empty()) {
    lines.add("           merged into this one: {}", fmt::join(stored.merged_from, ", "));
  }
  if (!stored.split_off.empty()) {
    lines.add("           split from this one: {}", fmt::join(stored.split_off, ", "));
  }
}

void add_origin(Lines& lines, const EventVersion& event) {
  const Origin& origin = event.origin;
  lines.add("automatic  {} +-{:.2f} s   {}   {:.1f} km{}",
            to_iso(origin.time, 2),
            origin.time_sigma_s,
            place(origin.latitude_deg, origin.longitude_deg),
            origin.depth_km,
            origin.depth_is_fixed ? " (fixed)" : fmt::format(" +-{:.1f}", origin.depth_sigma_km));
  lines.add("           ellipse {:.1f} x {:.1f} km, long axis towards {:.0f}; quality {}; {}",
            origin.ellipse.major_km,
            origin.ellipse.minor_km,
            origin.ellipse.major_azimuth_deg,
            to_string(origin.quality),
            origin.velocity_model);
  lines.add("           {} phases of {} stations, gap {:.0f}, nearest {:.0f} km, rms {:.2f} s",
            origin.phases,
            origin.stations,
            origin.azimuthal_gap_deg,
            origin.nearest_station_km,
            origin.standard_error_s);
}

void add_review(Lines& lines, const ReviewedEvent& review) {
  lines.add("review     {}   {}   {}   {}",
            to_iso(review.time, 2),
            place(review.latitude_deg, review.longitude_deg),
            review.depth_km ? fmt::format("{:.1f} km", *review.depth_km) : "no depth",
            review.type);
  lines.add("           {} {} {} {}: {}",
            review.evaluation_mode,
            review.agency,
            review.author,
            review.created ? to_iso(*review.created, 0) : "",
            review.public_id);
  for (const ReviewedMagnitude& magnitude : review.magnitudes) {
    lines.add("           {} {:.2f}", magnitude.type, magnitude.value);
  }
  lines.add("           {} arrivals", review.arrivals.size());
}

void add_magnitude(Lines& lines, const Magnitude& magnitude) {
  lines.add("{:10} {:.2f} +-{:.2f} of {} stations",
            to_string(magnitude.type),
            magnitude.value,
            magnitude.uncertainty,
            magnitude.stations);
  for (const StationMagnitude& part : magnitude.contributions) {
    std::string amplitudes;
    for (const Amplitude& amplitude : part.amplitudes) {
      amplitudes += fmt::format("  {} {:.3g} nm{}",
                                amplitude.channel.subsource,
                                amplitude.value_nm,
                                amplitude.use == AmplitudeUse::kUsed
                                    ? std::string{}
                                    : fmt::format(" ({})", to_string(amplitude.use)));
    }
    lines.add("           {:16} {:5.2f}  residual {:+.2f}  weight {:.2f}{}",
              part.instrument.to_string(),
              part.value,
              part.residual,
              part.weight,
              amplitudes);
  }
}

void add_uncounted(Lines& lines, const std::vector<Amplitude>& amplitudes) {
  if (amplitudes.empty()) {
    return;
  }
  lines.add("no ML: none of these amplitudes counts");
  for (const Amplitude& amplitude : amplitudes) {
    lines.add("           {:18} {:9.3g} nm  signal to noise {:.1f} ({})",
              amplitude.channel.seed_id(),
              amplitude.value_nm,
              amplitude.snr,
              to_string(amplitude.use));
  }
}

struct PickText {
  std::string site;
  Time time;
  double uncertainty_s = 0.0;
  double probability = 0.0;
  std::string maker;
};

PickText text_of(const storage::StoredPick& stored) {
  const Pick& pick = stored.pick;
  return {pick.instrument.to_string(),
          pick.time,
          pick.uncertainty_s,
          pick.probability,
          pick.adapter_id.empty() ? pick.model_id : pick.adapter_id};
}
PickText text_of(const storage::StoredFibrePick& stored) {
  return {fmt::format("{}:{}", stored.fibre_id, stored.pick.channel),
          stored.pick.time,
          stored.pick.uncertainty_s,
          stored.pick.probability,
          stored.adapter_id.empty() ? stored.model_id : stored.adapter_id};
}

void add_arrivals(Lines& lines, const std::vector<storage::StoredArrival>& arrivals) {
  if (arrivals.empty()) {
    return;
  }
  std::map<std::string, int> makers;
  lines.add("");
  lines.add("{:18} {:2} {:24} {:>6} {:>6} {:>5} {:>6} {:>4} {:>5}",
            "arrival",
            "ph",
            "time",
            "+-s",
            "res_s",
            "wt",
            "km",
            "az",
            "prob");
  for (const storage::StoredArrival& each : arrivals) {
    const PickText pick = std::visit([](const auto& stored) { return text_of(stored); }, each.pick);
    ++makers[pick.maker];
    lines.add("{:18} {:2} {:24} {:6.2f} {:+6.2f} {:5.2f} {:6.1f} {:4.0f} {:5.2f}",
              pick.site,
              to_string(each.arrival.phase),
              to_iso(pick.time, 3),
              pick.uncertainty_s,
              each.arrival.residual_s,
              each.arrival.weight,
              each.arrival.distance_km,
              each.arrival.azimuth_deg,
              pick.probability);
  }
  for (const auto& [maker, picks] : makers) {
    lines.add("picks by   {}: {}", maker, picks);
  }
}

void add_versions(Lines& lines, const std::vector<storage::StoredVersion>& versions) {
  if (versions.empty()) {
    return;
  }
  lines.add("");
  lines.add("{:>7} {:11} {:20} {:24} {:>9} {:>9} {:>5} {:>3} {:6}",
            "version",
            "status",
            "stored",
            "origin",
            "latitude",
            "longitude",
            "km",
            "ph",
            "mag");
  for (const storage::StoredVersion& stored : versions) {
    const EventVersion& event = stored.change.event;
    lines.add("{:7} {:11} {:20} {:24} {:9.4f} {:9.4f} {:5.1f} {:3} {:6}",
              event.version,
              to_string(event.status),
              to_iso(stored.inserted, 0),
              to_iso(event.origin.time, 2),
              event.origin.latitude_deg,
              event.origin.longitude_deg,
              event.origin.depth_km,
              event.origin.phases,
              event.magnitudes.empty() ? std::string{}
                                       : fmt::format("{} {:.1f}",
                                                     to_string(event.magnitudes[0].type),
                                                     event.magnitudes[0].value));
    if (!stored.change.split_from.empty()) {
      lines.add("        split from {}", stored.change.split_from);
    }
    if (!stored.change.merged_into.empty()) {
      lines.add("        merged into {}", stored.change.merged_into);
    }
  }
}

}  // namespace

std::string event_text(const storage::StoredEvent& stored,
                       const std::vector<storage::StoredVersion>& versions) {
  Lines lines;
  const EventVersion& event = stored.event;
  if (event.version > 0) {
    lines.add("event      {}   {}, version {}, {}, log odds {:.1f}",
              event.event_id,
              to_string(event.status),
              event.version,
              event.kind == EventKind::kNetwork ? "by a network" : "by few stations",
              event.log_odds);
  } else {
    lines.add("event      {}   not found by geod", storage::id_of(stored));
  }
  add_links(lines, stored);
  for (const ReviewedEvent& review : stored.reviewed) {
    add_review(lines, review);
  }
  if (event.version > 0) {
    add_origin(lines, event);
  }
  for (const Magnitude& magnitude : event.magnitudes) {
    add_magnitude(lines, magnitude);
  }
  add_uncounted(lines, event.uncounted_amplitudes);
  add_arrivals(lines, stored.arrivals);
  add_versions(lines, versions);
  return std::move(lines).take();
}

}  // namespace geod
