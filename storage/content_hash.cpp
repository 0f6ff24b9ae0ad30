#include "storage/content_hash.hpp"

namespace geod::storage {
namespace {

std::int64_t number(std::size_t count) {
  return static_cast<std::int64_t>(count);
}

void add(ContentHash& hash, const Origin& origin) {
  hash.add_all(origin.time,
               origin.latitude_deg,
               origin.longitude_deg,
               origin.depth_km,
               origin.time_sigma_s,
               origin.depth_sigma_km,
               std::int64_t{origin.depth_is_fixed},
               origin.ellipse.major_km,
               origin.ellipse.minor_km,
               origin.ellipse.major_azimuth_deg,
               origin.covariance_east_km2,
               origin.covariance_north_km2,
               origin.covariance_east_north_km2,
               origin.standard_error_s,
               origin.azimuthal_gap_deg,
               origin.nearest_station_km,
               std::int64_t{origin.phases},
               std::int64_t{origin.stations},
               to_string(origin.quality),
               std::string_view(origin.velocity_model));
}

void add(ContentHash& hash, const Amplitude& amplitude) {
  hash.add_all(std::string_view(amplitude.channel.to_string()),
               amplitude.value_nm,
               amplitude.period_s,
               amplitude.time,
               amplitude.window_from,
               amplitude.window_to,
               amplitude.snr,
               to_string(amplitude.use));
}

void add(ContentHash& hash, const StationMagnitude& part) {
  hash.add_all(std::string_view(part.instrument.to_string()),
               part.value,
               part.residual,
               part.weight,
               std::string_view(part.pick_id),
               number(part.amplitudes.size()));
  for (const Amplitude& amplitude : part.amplitudes) {
    add(hash, amplitude);
  }
}

}  // namespace

std::int64_t content_hash(const EventChange& change) {
  const EventVersion& event = change.event;
  ContentHash hash;
  hash.add_all(to_string(event.status), to_string(event.kind), event.log_odds);
  add(hash, event.origin);
  hash.add(number(event.arrivals.size()));
  for (const OriginArrival& arrival : event.arrivals) {
    hash.add_all(std::string_view(arrival.pick_id),
                 to_string(arrival.phase),
                 arrival.residual_s,
                 arrival.distance_km,
                 arrival.azimuth_deg,
                 arrival.back_azimuth_residual_deg,
                 arrival.weight);
  }
  hash.add(number(event.magnitudes.size()));
  for (const Magnitude& magnitude : event.magnitudes) {
    hash.add_all(to_string(magnitude.type),
                 magnitude.value,
                 magnitude.uncertainty,
                 std::int64_t{magnitude.stations},
                 number(magnitude.contributions.size()));
    for (const StationMagnitude& part : magnitude.contributions) {
      add(hash, part);
    }
  }
  hash.add_all(std::string_view(change.split_from), std::string_view(change.merged_into));
  // Without any, the hash is that of versions stored before they were kept.
  for (const Amplitude& amplitude : event.uncounted_amplitudes) {
    add(hash, amplitude);
  }
  return hash.value();
}

std::int64_t content_hash(const ReviewedEvent& review) {
  ContentHash hash;
  for (const std::string_view text : {std::string_view(review.origin_public_id),
                                      std::string_view(review.agency),
                                      std::string_view(review.author),
                                      std::string_view(review.type),
                                      std::string_view(review.description),
                                      std::string_view(review.evaluation_mode),
                                      std::string_view(review.evaluation_status)}) {
    hash.add(text);
  }
  hash.add_all(review.created,
               review.time,
               review.latitude_deg,
               review.longitude_deg,
               review.depth_km,
               review.standard_error_s,
               review.azimuthal_gap_deg,
               number(review.arrivals.size()));
  for (const ReviewedArrival& arrival : review.arrivals) {
    hash.add_all(std::string_view(arrival.pick_public_id),
                 std::string_view(arrival.channel.to_string()),
                 std::string_view(arrival.phase_hint),
                 arrival.time,
                 arrival.uncertainty_s,
                 std::string_view(arrival.polarity),
                 std::string_view(arrival.evaluation_mode),
                 arrival.residual_s,
                 arrival.distance_km,
                 arrival.azimuth_deg,
                 arrival.weight);
  }
  for (const ReviewedMagnitude& magnitude : review.magnitudes) {
    hash.add_all(std::string_view(magnitude.public_id),
                 std::string_view(magnitude.type),
                 magnitude.value,
                 magnitude.uncertainty,
                 std::int64_t{magnitude.stations.value_or(-1)});
  }
  return hash.value();
}

}  // namespace geod::storage
