#include <array>
#include <fstream>
#include <span>

#include <fmt/format.h>

#include "config/quantity.hpp"
#include "daemon/doctor_checks.hpp"
#include "daemon/engine_options.hpp"
#include "models/sha256.hpp"

namespace geod {
namespace {

namespace fs = std::filesystem;

/// The fastest rate that seismometers are commonly recorded at, Hz; buffers hold the raw rate.
constexpr double kFastestRateHz = 200.0;
/// Raw samples and their resampled copies, per sample and component.
constexpr double kBytesPerSample = 16.0;
/// A pick with its texts, in a queue.
constexpr std::uint64_t kBytesPerQueuedItem = 512;
/// LibTorch, its kernels and a network, resident (measured: 123 MB before any weights).
constexpr std::uint64_t kComputeBytes = 512ULL << 20;

Result<std::string> hash_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  models::Sha256 hash;
  std::array<char, 1U << 16> buffer{};
  while (stream.read(buffer.data(), buffer.size()) || stream.gcount() > 0) {
    hash.update(std::as_bytes(std::span(buffer.data(), static_cast<std::size_t>(stream.gcount()))));
  }
  if (!stream.eof()) {
    return fail(Errc::kIo, "{} cannot be read", file.string());
  }
  return hash.finish();
}

}  // namespace

Check check_model(const fs::path& directory, std::optional<models::Manifest>& manifest) {
  constexpr const char* kRemedy =
      "install the model folder again, or set models.picker to another one";
  auto loaded = models::load_manifest(directory);
  if (!loaded) {
    return {"model", Verdict::kFail, loaded.error().what, kRemedy};
  }
  const fs::path weights = directory / "model.safetensors";
  const auto hash = hash_of(weights);
  if (!hash) {
    return {"model", Verdict::kFail, hash.error().what, kRemedy};
  }
  if (*hash != loaded->weights_sha256) {
    return {"model",
            Verdict::kFail,
            fmt::format(
                "{} is not the file that its manifest names (SHA-256 {})", weights.string(), *hash),
            kRemedy};
  }
  manifest = std::move(*loaded);
  if (manifest->input() == models::InputKind::kShots) {
    const models::InversionGeometry& g = manifest->inversion;
    return {"model",
            Verdict::kOk,
            fmt::format("{} at {}: {} x {} x {} amplitudes, weights as in the manifest",
                        manifest->model_id(),
                        directory.string(),
                        g.sources,
                        g.times,
                        g.receivers),
            ""};
  }
  if (manifest->is_of_images()) {
    return {"model",
            Verdict::kOk,
            fmt::format("{} at {}: {} x {} pixels, weights as in the manifest",
                        manifest->model_id(),
                        directory.string(),
                        manifest->segmenter.rows,
                        manifest->segmenter.columns),
            ""};
  }
  return {"model",
          Verdict::kOk,
          fmt::format("{} at {}: {} samples at {}, weights as in the manifest",
                      manifest->model_id(),
                      directory.string(),
                      manifest->geometry.window_samples,
                      manifest->geometry.sampling_rate.to_string()),
          ""};
}

Check check_engine(const config::ModelsConfig& config,
                   const fs::path& model_directory,
                   std::optional<models::EngineInfo>& info) {
  const auto module = models::ComputeModule::load();
  if (!module) {
    return {"engine",
            Verdict::kFail,
            module.error().what,
            "make the modules' LibTorch reachable (docs/install.md, 1)"};
  }
  const auto engine = module->open_engine(engine_options(config, model_directory));
  if (!engine) {
    return {"engine",
            Verdict::kFail,
            engine.error().what,
            config.device == "cuda" ? "set models.device: auto, or make the device reachable "
                                      "(docs/install.md, 5)"
                                    : "read the line above; `geod model show` says what the model "
                                      "needs"};
  }
  info = (*engine)->info();
  return {"engine",
          Verdict::kOk,
          fmt::format("{}, {}, {} threads", info->device, info->precision, info->threads),
          ""};
}

double stations_carried(double windows_per_s, const models::Manifest& manifest) {
  const double hops_per_s =
      manifest.geometry.sampling_rate.hz() / static_cast<double>(manifest.picks.hop_samples);
  return windows_per_s / hops_per_s;
}

Check judge_capacity(const models::EngineInfo& info, const models::Manifest& manifest) {
  const double stations = stations_carried(info.windows_per_s, manifest);
  Check check{"capacity",
              Verdict::kOk,
              fmt::format("{:.0f} windows/s: about {:.0f} three-component stations in real time",
                          info.windows_per_s,
                          stations),
              ""};
  if (stations < 1.0) {
    check.verdict = Verdict::kFail;
    check.remedy = "use a smaller model (models.picker), or a host with a GPU";
  }
  return check;
}

std::uint64_t memory_bound_bytes(const config::Config& config,
                                 const models::Manifest& manifest,
                                 double stations) {
  const config::StreamsConfig& streams = config.streams;
  const double window_s =
      static_cast<double>(manifest.geometry.window_samples) / manifest.geometry.sampling_rate.hz();
  const double held_s = window_s + to_seconds(streams.windows.component_timeout) +
                        to_seconds(streams.continuity.reorder_horizon);
  const double bytes_per_station = held_s * kFastestRateHz * 3.0 * kBytesPerSample;
  return kComputeBytes + config.daemon.window_queue_bytes +
         streams.endpoints.size() * streams.receive_buffer_bytes + config.fibres.queue_bytes +
         config.fibres.request_count * config.fibres.request_bytes +
         config.daemon.pick_queue_items * kBytesPerQueuedItem +
         static_cast<std::uint64_t>(stations * bytes_per_station);
}

Check judge_memory(std::uint64_t bound_bytes, std::uint64_t host_bytes, double stations) {
  constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;
  Check check{"memory",
              Verdict::kOk,
              fmt::format("queues, buffers and network take at most {:.1f} GiB with {:.0f} "
                          "stations; this host has {:.1f} GiB",
                          static_cast<double>(bound_bytes) / kGiB,
                          stations,
                          static_cast<double>(host_bytes) / kGiB),
              ""};
  if (bound_bytes > host_bytes / 10 * 8) {
    check.verdict = Verdict::kWarn;
    check.remedy =
        "lower daemon.window_queue_bytes, streams.receive_buffer_bytes, fibres.queue_bytes, "
        "fibres.request_bytes or daemon.pick_queue_items";
  }
  return check;
}

}  // namespace geod
