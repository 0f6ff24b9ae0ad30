#include "storage/event_checks.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "storage/pick_writer.hpp"

namespace geod::storage {
namespace {

constexpr double kMaxDepth_km = 7000.0;
constexpr std::int64_t kMaxTime_ns = 4'000'000'000'000'000'000;  // 1843 to 2096

bool are_finite(std::initializer_list<double> values) {
  return std::all_of(
      values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}
bool are_absent_or_finite(std::initializer_list<std::optional<double>> values) {
  return std::all_of(values.begin(), values.end(), [](const std::optional<double>& value) {
    return !value || std::isfinite(*value);
  });
}
// All false for NaN.
bool is_positive_or_zero(double value) {
  return value >= 0.0 && std::isfinite(value);
}
bool is_fraction(double value) {
  return value >= 0.0 && value <= 1.0;
}
bool is_place(double latitude_deg, double longitude_deg) {
  return std::abs(latitude_deg) <= 90.0 && std::abs(longitude_deg) <= 180.0;
}

bool is_time(Time time) {
  return to_ns(time) >= -kMaxTime_ns && to_ns(time) <= kMaxTime_ns;
}

std::string why_refused(const Origin& origin) {
  if (!is_time(origin.time)) {
    return "its time is out of all range";
  }
  if (!is_place(origin.latitude_deg, origin.longitude_deg) ||
      !(std::abs(origin.depth_km) <= kMaxDepth_km)) {
    return fmt::format(
        "at {}, {}, {} km deep", origin.latitude_deg, origin.longitude_deg, origin.depth_km);
  }
  if (!is_positive_or_zero(origin.time_sigma_s) || !is_positive_or_zero(origin.depth_sigma_km) ||
      !is_positive_or_zero(origin.ellipse.major_km) ||
      !is_positive_or_zero(origin.ellipse.minor_km) ||
      !are_finite({origin.ellipse.major_azimuth_deg,
                   origin.covariance_east_km2,
                   origin.covariance_north_km2,
                   origin.covariance_east_north_km2,
                   origin.standard_error_s,
                   origin.azimuthal_gap_deg,
                   origin.nearest_station_km})) {
    return fmt::format(
        "an uncertainty is negative or not finite: time {} s, depth {} km, ellipse "
        "{} x {} km, residuals {} s",
        origin.time_sigma_s,
        origin.depth_sigma_km,
        origin.ellipse.major_km,
        origin.ellipse.minor_km,
        origin.standard_error_s);
  }
  return origin.quality <= QualityClass::kD
             ? std::string{}
             : fmt::format("quality class {}", static_cast<int>(origin.quality));
}

std::string why_refused(const OriginArrival& arrival) {
  if (arrival.phase <= Phase::kS && is_fraction(arrival.weight) &&
      are_finite({arrival.residual_s,
                  arrival.distance_km,
                  arrival.azimuth_deg,
                  arrival.back_azimuth_residual_deg})) {
    return {};
  }
  return fmt::format("arrival '{}': residual {} s, distance {} km, azimuth {}, weight {}",
                     arrival.pick_id,
                     arrival.residual_s,
                     arrival.distance_km,
                     arrival.azimuth_deg,
                     arrival.weight);
}

bool is_storable(const Amplitude& amplitude) {
  return !amplitude.channel.network.empty() && !amplitude.channel.station.empty() &&
         amplitude.use <= AmplitudeUse::kOutlier &&
         are_finite({amplitude.value_nm, amplitude.period_s, amplitude.snr});
}

bool is_storable(const StationMagnitude& part, MagnitudeType type) {
  return part.type == type && !part.instrument.network.empty() &&
         !part.instrument.station.empty() && are_finite({part.value, part.residual}) &&
         is_fraction(part.weight) && (part.pick_id.empty() || parse_pick_id(part.pick_id)) &&
         std::all_of(part.amplitudes.begin(), part.amplitudes.end(), [](const Amplitude& each) {
           return is_storable(each);
         });
}

std::string why_refused(const Magnitude& magnitude) {
  if (magnitude.type > MagnitudeType::kMdl || !std::isfinite(magnitude.value) ||
      !is_positive_or_zero(magnitude.uncertainty) || magnitude.stations < 0) {
    return fmt::format("magnitude {} +- {} of {} stations",
                       magnitude.value,
                       magnitude.uncertainty,
                       magnitude.stations);
  }
  for (const StationMagnitude& part : magnitude.contributions) {
    if (!is_storable(part, magnitude.type)) {
      return fmt::format("{} {} of {}: residual {}, weight {}, pick '{}', {} amplitudes",
                         to_string(magnitude.type),
                         part.value,
                         part.instrument.to_string(),
                         part.residual,
                         part.weight,
                         part.pick_id,
                         part.amplitudes.size());
    }
  }
  return {};
}

std::string why_parts_refused(const EventVersion& event) {
  std::string why = why_refused(event.origin);
  for (std::size_t i = 0; why.empty() && i < event.arrivals.size(); ++i) {
    why = why_refused(event.arrivals[i]);
  }
  std::set<MagnitudeType> types;
  for (std::size_t i = 0; why.empty() && i < event.magnitudes.size(); ++i) {
    why = why_refused(event.magnitudes[i]);
    if (why.empty() && !types.insert(event.magnitudes[i].type).second) {
      why = fmt::format("two magnitudes of type {}", to_string(event.magnitudes[i].type));
    }
  }
  for (const Amplitude& amplitude : event.uncounted_amplitudes) {
    if (why.empty() && !is_storable(amplitude)) {
      why = fmt::format("amplitude of {}: {} nm, period {} s, signal to noise {}",
                        amplitude.channel.to_string(),
                        amplitude.value_nm,
                        amplitude.period_s,
                        amplitude.snr);
    }
  }
  return why;
}

}  // namespace

std::string why_refused(const EventChange& change) {
  const EventVersion& event = change.event;
  std::string why;
  if (!parse_pick_id(event.event_id) || event.version < 1 ||
      event.status > EventStatus::kWithdrawn || event.kind > EventKind::kFewStations) {
    why = "the id must be 16 hex digits, the version 1 or above, status and kind known";
  } else if ((!change.split_from.empty() && !parse_pick_id(change.split_from)) ||
             (!change.merged_into.empty() && !parse_pick_id(change.merged_into))) {
    why = fmt::format("split from '{}', merged into '{}': ids must be 16 hex digits",
                      change.split_from,
                      change.merged_into);
  } else if (!std::isfinite(event.log_odds)) {
    why = fmt::format("log odds {}", event.log_odds);
  } else {
    why = why_parts_refused(event);
  }
  return why.empty() ? why
                     : fmt::format("event '{}' version {} at {}: {}",
                                   event.event_id,
                                   event.version,
                                   to_iso(event.origin.time),
                                   why);
}

std::string why_refused(const ReviewedEvent& review) {
  const auto refused = [&](const std::string& why) {
    return fmt::format("review '{}' at {}: {}", review.public_id, to_iso(review.time), why);
  };
  if (review.public_id.empty() || !is_time(review.time) ||
      !is_place(review.latitude_deg, review.longitude_deg) ||
      (review.depth_km && !(std::abs(*review.depth_km) <= kMaxDepth_km)) ||
      !are_absent_or_finite({review.standard_error_s, review.azimuthal_gap_deg})) {
    return refused(fmt::format("needs an id, a time and a place on earth; at {}, {}, {} km deep",
                               review.latitude_deg,
                               review.longitude_deg,
                               review.depth_km.value_or(0.0)));
  }
  for (const ReviewedArrival& arrival : review.arrivals) {
    if (!are_absent_or_finite({arrival.uncertainty_s,
                               arrival.residual_s,
                               arrival.distance_km,
                               arrival.azimuth_deg,
                               arrival.weight})) {
      return refused(
          fmt::format("arrival '{}' has a value that is not finite", arrival.pick_public_id));
    }
  }
  for (const ReviewedMagnitude& magnitude : review.magnitudes) {
    if (!std::isfinite(magnitude.value) || !are_absent_or_finite({magnitude.uncertainty})) {
      return refused(fmt::format("magnitude {} {}", magnitude.type, magnitude.value));
    }
  }
  return {};
}

}  // namespace geod::storage
