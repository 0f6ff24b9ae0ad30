#include "trainer/synth_das_recording.hpp"

#include <cmath>
#include <fstream>

#include <fmt/format.h>

#include "models/segment_settings.hpp"
#include "streams/das_array_file.hpp"
#include "trainer/das_scene.hpp"

namespace geod::trainer {
namespace {

constexpr std::uint64_t kRecordingStream = 5'000'000;
constexpr std::int64_t kMaxSamples = 64LL << 20;

Result<void> write_arrivals(const std::filesystem::path& path,
                            const DasScene& scene,
                            const SynthDasRecordingOptions& options) {
  std::ofstream file(path);
  file << "event,channel,phase,time\n";
  for (std::size_t event = 0; event < scene.events.size(); ++event) {
    for (const bool is_p : {true, false}) {
      const auto& rows = is_p ? scene.events[event].p_row : scene.events[event].s_row;
      for (std::size_t channel = 0; channel < rows.size(); ++channel) {
        const Time time = options.start + duration_from_seconds(rows[channel] / options.rate_hz);
        file << fmt::format("{},{},{},{}\n", event + 1, channel, is_p ? "P" : "S", to_iso(time, 4));
      }
    }
  }
  file.flush();
  if (!file) {
    return fail(Errc::kIo, "{}: cannot be written", path.string());
  }
  return {};
}

}  // namespace

Result<SynthDasRecordingReport> synthesise_das_recording(const SynthDasRecordingOptions& options) {
  const auto rate = SampleRate::from_hz(options.rate_hz);
  if (!rate) {
    return tl::unexpected(rate.error());
  }
  DasSceneOptions drawn;
  drawn.rows = std::llround(options.length_s * options.rate_hz);
  drawn.channels = options.channels;
  if (drawn.rows > kMaxSamples / drawn.channels) {
    return fail(Errc::kConfig,
                "{} channels for {} s at {} Hz are more than is made at once ({} samples); make it "
                "shorter",
                options.channels,
                options.length_s,
                options.rate_hz,
                kMaxSamples);
  }
  std::vector<FibreCurve> curves;
  if (!options.moveouts.empty()) {
    auto read = read_fibre_curves(options.moveouts);
    if (!read) {
      return tl::unexpected(read.error());
    }
    curves = std::move(*read);
  }
  const models::DasSettings settings;
  drawn.rate_hz = options.rate_hz;
  drawn.spacing_m = options.spacing_m;
  drawn.band_low_hz = settings.band_low * options.rate_hz;
  drawn.band_high_hz = settings.band_high * options.rate_hz;
  drawn.with_events = options.with_events;
  drawn.curves = curves;
  Rng rng(options.seed, kRecordingStream);
  const DasScene scene = make_das_scene(rng, drawn);
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error) {
    return fail(Errc::kIo, "{}: {}", options.out.string(), error.message());
  }
  FibreGeometry geometry;
  geometry.rate = *rate;
  geometry.channels = options.channels;
  geometry.channel_spacing_m = options.spacing_m;
  if (auto written = streams::write_das_array(
          options.out / "recording.h5", geometry, options.start, scene.samples.values);
      !written) {
    return tl::unexpected(written.error());
  }
  if (auto written = write_arrivals(options.out / "arrivals.csv", scene, options); !written) {
    return tl::unexpected(written.error());
  }
  return SynthDasRecordingReport{drawn.rows, static_cast<std::int64_t>(scene.events.size())};
}

}  // namespace geod::trainer
