#include "daemon/image_eval.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "adapters/bundle.hpp"
#include "models/engine.hpp"
#include "trainer/image_report.hpp"
#include "trainer/image_tasks.hpp"

namespace geod {
namespace {

constexpr std::int64_t kBatchTiles = 4;

/// The network, opened, and the images it is scored on.
struct ImageEvaluation {
  std::unique_ptr<models::SegmentationEngine> engine;
  trainer::DatasetDescription description;
  std::vector<trainer::LabelledImage> images;
  std::string part;  ///< of the data set
};

Result<std::unique_ptr<models::SegmentationEngine>> open_network(const ImageEvalRequest& request) {
  const auto base = models::load_manifest(request.model);
  if (!base) {
    return tl::unexpected(base.error());
  }
  models::EngineOptions options;
  options.model_directory = request.model;
  options.threads = request.threads;
  options.max_batch = kBatchTiles;
  options.task = base->task;
  if (!request.adapter.empty()) {
    const auto bundle = adapters::read_bundle(request.adapter, *base);
    if (!bundle) {
      return tl::unexpected(bundle.error());
    }
    options.overlay = bundle->overlay;
    options.task = bundle->overlay->manifest.task;
  } else if (base->family == models::kEncoderFamily) {
    return fail(Errc::kModelMismatch,
                "{}: an encoder alone; give the bundle that was trained over it with --adapter",
                request.model.string());
  }
  const auto module = models::ComputeModule::load();
  if (!module) {
    return tl::unexpected(module.error());
  }
  return module->open_segmenter(options);
}

Result<ImageEvaluation> prepare(const ImageEvalRequest& request) {
  auto engine = open_network(request);
  if (!engine) {
    return tl::unexpected(engine.error());
  }
  const models::Manifest& manifest = (*engine)->manifest();
  trainer::ImageRequest images;
  images.data = request.data;
  images.task = manifest.task;
  images.split = request.split;
  images.class_names = manifest.segments.class_names;
  auto set = trainer::load_image_set(images);
  if (!set) {
    return tl::unexpected(set.error());
  }
  ImageEvaluation out{std::move(*engine), set->description, {}, {}};
  const std::string by_itself = set->test.empty() ? "validation" : "test";
  out.part = request.part.empty() ? by_itself : request.part;
  auto chosen = trainer::images_of(std::move(*set), out.part);
  if (!chosen) {
    return tl::unexpected(chosen.error());
  }
  out.images = std::move(*chosen);
  return out;
}

/// "train/3" becomes "train-3".
std::string file_name(const std::string& image) {
  std::string name = image;
  std::ranges::replace(name, '/', '-');
  return name + ".png";
}

trainer::ReportContext context_of(const ImageEvaluation& evaluation,
                                  const ImageEvalRequest& request) {
  const models::Manifest& manifest = evaluation.engine->manifest();
  const models::EngineInfo& info = evaluation.engine->info();
  trainer::ReportContext context;
  context.title =
      fmt::format("{} {}: {}", manifest.name, manifest.version, trainer::name_of(manifest.task));
  context.subtitle = fmt::format("scored on {}, {} images of part {}",
                                 evaluation.description.name,
                                 evaluation.images.size(),
                                 evaluation.part);
  context.command = request.command_line;
  context.facts = {
      {"model", manifest.model_id()},
      {"weights (SHA-256)", manifest.weights_sha256},
      {"adapter (SHA-256)",
       evaluation.engine->adapter_hash().empty() ? std::string("none")
                                                 : evaluation.engine->adapter_hash()},
      {"decoder", std::string(to_string(manifest.segmenter.decoder))},
      {"parameters", std::to_string(info.parameters)},
      {"tile", fmt::format("{} x {} pixels", manifest.segmenter.rows, manifest.segmenter.columns)},
      {"computed on", fmt::format("{}, {}", info.device, info.precision)}};
  context.data = evaluation.description;
  return context;
}

/// Scores every image and writes its picture where asked for.
Result<trainer::ImageReportData> score(ImageEvaluation& evaluation,
                                       const ImageEvalRequest& request) {
  const models::Manifest& manifest = evaluation.engine->manifest();
  trainer::ImageReportData data;
  data.task = manifest.task;
  data.decoder = manifest.segmenter.decoder;
  trainer::ScoringSettings settings;
  settings.class_names = manifest.segments.class_names;
  settings.tiles = {manifest.segmenter.rows,
                    manifest.segmenter.columns,
                    settings.class_names.size(),
                    kBatchTiles};
  settings.batch_images = trainer::image_task(manifest.task).batch_images;
  Result<void> pictures;
  const trainer::ImageObserver gallery = data.overlays.observer(settings.class_names.size());
  const auto scores = trainer::score_images(
      evaluation.images,
      settings,
      [&](std::span<const models::Tile* const> tiles, models::SegmentBatch& out) {
        return evaluation.engine->segment(tiles, out);
      },
      [&](const trainer::LabelledImage& image,
          std::span<const float> probabilities,
          std::span<const std::int8_t> classes) {
        gallery(image, probabilities, classes);
        if (!request.overlays.empty() && pictures) {
          pictures = streams::write_png(request.overlays / file_name(image.name),
                                        trainer::comparison_picture(image, classes));
        }
      });
  if (!scores || !pictures) {
    return tl::unexpected(scores ? pictures.error() : scores.error());
  }
  data.scores = *scores;
  return data;
}

}  // namespace

Result<void> evaluate_images(const ImageEvalRequest& request) {
  auto evaluation = prepare(request);
  if (!evaluation) {
    return tl::unexpected(evaluation.error());
  }
  std::error_code error;
  if (!request.overlays.empty()) {
    std::filesystem::create_directories(request.overlays, error);
    if (error) {
      return fail(Errc::kIo, "{}: {}", request.overlays.string(), error.message());
    }
  }
  const auto data = score(*evaluation, request);
  if (!data) {
    return tl::unexpected(data.error());
  }
  if (!request.report.empty()) {
    const auto report = trainer::image_report(context_of(*evaluation, request), *data);
    if (!report) {
      return tl::unexpected(report.error());
    }
    if (auto written = trainer::write_html(request.report, *report); !written) {
      return written;
    }
  }
  if (request.json) {
    fmt::print("{}\n", trainer::segment_scores_to_json(data->scores, true));
  } else {
    fmt::print("{}\n{}",
               trainer::segment_scores_to_text(data->scores),
               trainer::published_table_text(data->task, data->decoder, data->scores));
  }
  return {};
}

}  // namespace geod
