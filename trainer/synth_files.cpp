#include "trainer/synth_files.hpp"

#include <cmath>
#include <fstream>
#include <numbers>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "streams/mseed_writer.hpp"
#include "trainer/geodesic.hpp"

namespace geod::trainer {
namespace {

/// The made-up network lies around this point; nothing real is there.
constexpr GeoPoint kCentre{0.0, -30.0};
constexpr double kMaskHalfWidthS = 0.5;
constexpr double kMinNoiseS = 3.0;

/// By the azimuth and distance from the network's centre.
GeoPoint geographic(const PointKm& position) {
  const double azimuth_deg = std::atan2(position[0], position[1]) * 180.0 / std::numbers::pi;
  return point_at(kCentre, azimuth_deg, std::hypot(position[0], position[1]));
}

Result<void> append_waveform(const std::filesystem::path& path,
                             const streams::RecordHeader& header,
                             std::vector<std::int32_t> counts) {
  const auto records = streams::write_mseed2(header, streams::Samples(std::move(counts)));
  if (!records) {
    return fail_with(records.error(), path.string());
  }
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file.write(reinterpret_cast<const char*>(records->data()),
             static_cast<std::streamsize>(records->size()));
  file.flush();
  if (!file) {
    return fail(Errc::kIo, "{}: cannot be written", path.string());
  }
  return {};
}

}  // namespace

SynthFiles::SynthFiles(const SynthOptions& options) : options_(options) {}

Result<SynthFiles> SynthFiles::create(const SynthOptions& options) {
  std::error_code error;
  if (std::filesystem::exists(options.out, error) &&
      !std::filesystem::is_empty(options.out, error)) {
    return fail(Errc::kIo, "{}: is there already and not empty", options.out.string());
  }
  std::filesystem::create_directories(options.out / "mseed", error);
  if (error) {
    return fail(Errc::kIo, "{}: {}", options.out.string(), error.message());
  }
  return SynthFiles(options);
}

void SynthFiles::add_station(const SynthStation& station) {
  const GeoPoint place = geographic(station.position);
  stations_ += fmt::format("{},{},{:.5f},{:.5f},0\n",
                           station.network,
                           station.station,
                           place.latitude_deg,
                           place.longitude_deg);
}

void SynthFiles::add_event(const SynthEvent& event) {
  const GeoPoint place = geographic(event.position);
  events_ += fmt::format("{},{},{:.5f},{:.5f},{:.2f},{:.2f}\n",
                         event.id,
                         to_iso(event.origin, 3),
                         place.latitude_deg,
                         place.longitude_deg,
                         event.position[2],
                         event.magnitude);
  ++report_.events;
}

Result<void> SynthFiles::add_record(const SynthStation& station,
                                    const SynthEvent& event,
                                    Time start,
                                    const SynthRecord& record) {
  const double rate = options_.sampling_rate_hz;
  const auto sample_rate = SampleRate::from_hz(rate);
  if (!sample_rate) {
    return tl::unexpected(sample_rate.error());
  }
  constexpr const char* kComponentCodes[] = {"Z", "N", "E"};
  for (std::size_t c = 0; c < 3; ++c) {
    const std::string channel = station.band + kComponentCodes[c];
    const auto source = SourceId::from_seed(station.network, station.station, "", channel);
    if (!source) {
      return tl::unexpected(source.error());
    }
    streams::RecordHeader header;
    header.source_id = *source;
    header.start = start;
    header.rate = *sample_rate;
    header.encoding = streams::Encoding::kSteim2;
    const auto begin = record.counts.begin() + static_cast<std::ptrdiff_t>(c) * record.samples;
    const std::string name =
        fmt::format("{}.{}..{}.mseed", station.network, station.station, channel);
    if (auto written = append_waveform(options_.out / "mseed" / name,
                                       header,
                                       std::vector<std::int32_t>(begin, begin + record.samples));
        !written) {
      return written;
    }
  }
  const auto at = [&](double sample) { return start + duration_from_seconds(sample / rate); };
  for (const SynthArrival& arrival : record.arrivals) {
    if (arrival.clear) {
      ++(arrival.phase == Phase::kP ? report_.labels_p : report_.labels_s);
      labels_ += fmt::format("{},{},{},{},{},{},{}\n",
                             station.network,
                             station.station,
                             to_string(arrival.phase),
                             to_iso(at(arrival.sample), 4),
                             event.id,
                             event.fold,
                             arrival.upward ? (*arrival.upward ? "U" : "D") : "");
    } else {
      ++report_.unlabelled_arrivals;
      const double half = kMaskHalfWidthS * rate;
      masks_ += fmt::format("{},{},{},{},{}\n",
                            station.network,
                            station.station,
                            to_string(arrival.phase),
                            to_iso(at(arrival.sample - half), 4),
                            to_iso(at(arrival.sample + half), 4));
    }
  }
  if (static_cast<double>(record.noise_end) > kMinNoiseS * rate) {
    noise_ += fmt::format("{},{},{},{}\n",
                          station.network,
                          station.station,
                          to_iso(start, 4),
                          to_iso(at(static_cast<double>(record.noise_end)), 4));
  }
  return {};
}

Result<void> SynthFiles::write(const std::string& name, const std::string& text) const {
  std::ofstream file(options_.out / name);
  file << text << std::flush;
  if (!file) {
    return fail(Errc::kIo, "{}: cannot be written", (options_.out / name).string());
  }
  return {};
}

Result<SynthReport> SynthFiles::finish() {
  const nlohmann::json folder = {
      {"name", "synthetic"},
      {"path", "."},
      {"kind", "windows"},
      {"waveforms", "mseed"},
      {"labels", "labels.csv"},
      {"masks", "masks.csv"},
      {"noise", "noise.csv"},
      {"events", "events.csv"},
      {"stations", "stations.csv"},
      {"labels_by", "physics"},
      {"licence", "made by geod synth; no rights reserved"},
      {"attribution", fmt::format("geod synth seismic, seed {}", options_.seed)}};
  const nlohmann::json description = {{"name", "synthetic"}, {"folders", {folder}}};
  for (const auto& [name, text] : {std::pair<const char*, std::string>{"stations.csv", stations_},
                                   {"events.csv", events_},
                                   {"labels.csv", labels_},
                                   {"masks.csv", masks_},
                                   {"noise.csv", noise_},
                                   {"dataset.json", description.dump(1) + "\n"}}) {
    if (auto written = write(name, text); !written) {
      return tl::unexpected(written.error());
    }
  }
  return report_;
}

}  // namespace geod::trainer
