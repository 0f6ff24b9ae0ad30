#include "daemon/inversion_eval.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "adapters/bundle.hpp"
#include "models/manifest.hpp"
#include "trainer/engine_inverter.hpp"
#include "trainer/inversion_report.hpp"

namespace geod {
namespace {

constexpr std::size_t kBatch = 16;

Result<std::unique_ptr<models::InversionEngine>> open_network(const InversionModel& model) {
  const auto base = models::load_manifest(model.folder);
  if (!base) {
    return tl::unexpected(base.error());
  }
  models::EngineOptions options;
  options.model_directory = model.folder;
  options.device = model.device;
  options.threads = model.threads;
  options.precision = models::Precision::kFloat32;
  options.max_batch = kBatch;
  options.task = models::Task::kFwi;
  if (!model.adapter.empty()) {
    const auto bundle = adapters::read_bundle(model.adapter, *base);
    if (!bundle) {
      return tl::unexpected(bundle.error());
    }
    options.overlay = bundle->overlay;
  }
  const auto module = models::ComputeModule::load();
  if (!module) {
    return tl::unexpected(module.error());
  }
  return module->open_inverter(options);
}

Result<std::vector<trainer::InversionFolder>> open_folders(
    std::span<const std::filesystem::path> data, const models::InversionGeometry& geometry) {
  const trainer::InversionShape wanted{
      geometry.sources, geometry.times, geometry.receivers, geometry.depths, geometry.offsets};
  std::vector<trainer::InversionFolder> folders;
  for (const std::filesystem::path& path : data) {
    auto folder = trainer::InversionFolder::open(path);
    if (!folder) {
      return tl::unexpected(folder.error());
    }
    if (folder->shape() != wanted) {
      return fail(Errc::kModelMismatch,
                  "{}: samples of {}, the network is for {}",
                  path.string(),
                  to_string(folder->shape()),
                  to_string(wanted));
    }
    folders.push_back(std::move(*folder));
  }
  return folders;
}

Result<std::vector<trainer::InversionTest>> score(models::InversionEngine& engine,
                                                  std::span<const trainer::InversionFolder> folders,
                                                  std::span<const trainer::InversionSample> samples,
                                                  const trainer::InversionObserver& observer = {}) {
  const std::vector<models::InversionSettings> settings(folders.size(),
                                                        engine.manifest().inversion_settings);
  return trainer::score_inversions(
      folders, samples, settings, kBatch, trainer::engine_inverter(engine, kBatch), observer);
}

/// "flatvel-a, shard 1, sample 17" becomes "flatvel-a-1-17.png".
std::string file_name(const trainer::InversionFolder& folder, const trainer::ShardSample& place) {
  return fmt::format("{}-{}-{}.png", folder.name(), place.shard, place.sample);
}

trainer::ReportContext context_of(const models::InversionEngine& engine,
                                  const InversionEvalRequest& request,
                                  std::span<const trainer::InversionFolder> folders) {
  const models::Manifest& manifest = engine.manifest();
  const models::EngineInfo& info = engine.info();
  trainer::ReportContext context;
  context.title =
      fmt::format("{} {}: {}", manifest.name, manifest.version, trainer::name_of(manifest.task));
  context.subtitle = fmt::format("scored on {}", folders.front().name());
  context.command = request.command_line;
  context.facts = {{"model", manifest.model_id()},
                   {"weights (SHA-256)", manifest.weights_sha256},
                   {"adapter (SHA-256)",
                    engine.adapter_hash().empty() ? std::string("none") : engine.adapter_hash()},
                   {"bounds of amplitude",
                    fmt::format("{} ({} to {})",
                                manifest.inversion_settings.bounds_of,
                                manifest.inversion_settings.amplitude_min,
                                manifest.inversion_settings.amplitude_max)},
                   {"parameters", std::to_string(info.parameters)},
                   {"computed on", fmt::format("{}, {}", info.device, info.precision)}};
  context.data = trainer::describe(folders);
  return context;
}

Result<std::vector<trainer::InversionSample>> samples_of_part(
    std::span<const trainer::InversionFolder> folders, const InversionEvalRequest& request) {
  std::vector<trainer::InversionSample> samples;
  if (request.part == "test") {
    return fail(Errc::kConfig,
                "--part test: sets of shots have a part to train on and one for validation; give "
                "validation (default), train or all");
  }
  if (request.part == "train" || request.part == "all") {
    samples = trainer::samples_of(folders, trainer::InversionPart::kTraining);
  }
  if (request.part != "train") {
    std::ranges::move(trainer::samples_of(folders, trainer::InversionPart::kValidation),
                      std::back_inserter(samples));
  }
  if (samples.empty()) {
    return fail(Errc::kConfig, "{}: no samples of this part", request.data.string());
  }
  return samples;
}

}  // namespace

Result<void> evaluate_inversions(const InversionEvalRequest& request) {
  auto engine = open_network(request.model);
  if (!engine) {
    return tl::unexpected(engine.error());
  }
  const auto folders = open_folders(std::span(&request.data, 1), (*engine)->manifest().inversion);
  if (!folders) {
    return tl::unexpected(folders.error());
  }
  const auto samples = samples_of_part(*folders, request);
  if (!samples) {
    return tl::unexpected(samples.error());
  }
  std::error_code error;
  if (!request.overlays.empty() &&
      (std::filesystem::create_directories(request.overlays, error), error)) {
    return fail(Errc::kIo, "{}: {}", request.overlays.string(), error.message());
  }
  trainer::InversionReportData data;
  data.gallery = trainer::InversionGallery(*folders);
  Result<void> pictures;
  const auto gallery = data.gallery.observer();
  auto tests = score(**engine, *folders, *samples, [&](const trainer::InvertedSample& inverted) {
    gallery(inverted);
    const trainer::InversionFolder& folder = (*folders)[inverted.sample.folder];
    if (!request.overlays.empty() && pictures) {
      pictures = streams::write_png(
          request.overlays / file_name(folder, inverted.sample.place),
          trainer::inversion_picture(
              inverted.truth, inverted.predicted, folder.shape().depths, folder.shape().offsets));
    }
  });
  if (!tests || !pictures) {
    return tl::unexpected(tests ? pictures.error() : tests.error());
  }
  data.tests = std::move(*tests);
  if (!request.report.empty()) {
    const auto report = trainer::inversion_report(context_of(**engine, request, *folders), data);
    if (!report) {
      return tl::unexpected(report.error());
    }
    if (auto written = trainer::write_html(request.report, *report); !written) {
      return written;
    }
  }
  fmt::print("{}",
             request.json ? trainer::inversion_tests_to_json(data.tests) + "\n"
                          : trainer::inversion_tests_to_text(data.tests));
  return {};
}

Result<std::vector<trainer::InversionTest>> score_inversion_model(
    const InversionModel& model, std::span<const std::filesystem::path> data) {
  auto engine = open_network(model);
  if (!engine) {
    return tl::unexpected(engine.error());
  }
  const auto folders = open_folders(data, (*engine)->manifest().inversion);
  if (!folders) {
    return tl::unexpected(folders.error());
  }
  return score(
      **engine, *folders, trainer::samples_of(*folders, trainer::InversionPart::kValidation));
}

}  // namespace geod
