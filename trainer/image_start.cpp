#include "trainer/image_start.hpp"

#include <algorithm>
#include <utility>

#include "models/file_io.hpp"
#include "models/manifest.hpp"

namespace geod::trainer {
namespace {

using models::SegmentDecoder;
using models::SegmenterGeometry;

constexpr std::uint64_t kMaxGeometryBytes = 1 << 20;

Result<SegmenterGeometry> chosen_geometry(const std::string& name_or_file) {
  if (!name_or_file.ends_with(".json")) {
    // "starter" is the default of --geometry, which is that of the seismogram tasks.
    return models::named_segmenter(name_or_file == "starter" ? "starter-das" : name_or_file);
  }
  const auto text = models::read_text_file(name_or_file, kMaxGeometryBytes);
  if (!text) {
    return tl::unexpected(text.error());
  }
  return models::segmenter_from_json(*text);
}

Result<void> check_method(const TrainOptions& options) {
  const Method method = method_of(options);
  if (method != Method::kFull && method != Method::kLora && method != Method::kHead &&
      method != Method::kScratch) {
    return fail(Errc::kConfig,
                "--method {}: of other tasks; images are trained with full, lora, head or scratch",
                to_string(method));
  }
  if (!options.trunk.empty()) {
    return fail(Errc::kConfig, "--trunk: of the seismogram tasks; give an encoder with --init");
  }
  if (method == Method::kScratch && !options.init.empty()) {
    return fail(Errc::kConfig,
                "--method scratch starts from random weights: leave out --init, or take --method "
                "full");
  }
  if (method != Method::kScratch && options.init.empty()) {
    return fail(
        Errc::kConfig,
        "--method {} needs weights to start from: give --init DIR (geod import dinov2 makes "
        "one)",
        to_string(method));
  }
  if (!options.lora.targets.empty()) {
    return fail(Errc::kConfig,
                "--lora-targets: of the seismogram tasks; pairs of images lie on qkv and proj");
  }
  return {};
}

Result<void> set_lora(const TrainOptions& options, SegmenterGeometry& geometry) {
  const LoraOptions& lora = options.lora;
  if (method_of(options) != Method::kLora) {
    return {};
  }
  if (!geometry.has_encoder()) {
    return fail(Errc::kConfig, "--method lora: the U-Net has no attention; take full");
  }
  const bool base_has_pairs = geometry.lora_rank > 0;
  if (base_has_pairs && ((lora.rank && *lora.rank != geometry.lora_rank) ||
                         (lora.alpha && *lora.alpha != geometry.lora_alpha))) {
    return fail(Errc::kConfig,
                "--lora-rank, --lora-alpha: the base has LoRA pairs of rank {} and alpha {}, which "
                "go on training; leave both options out",
                geometry.lora_rank,
                geometry.lora_alpha);
  }
  if (!base_has_pairs) {
    geometry.lora_rank = lora.rank.value_or(kDefaultImageLoraRank);
    const bool published = options.preset == Preset::kPaper;
    geometry.lora_alpha =
        lora.alpha.value_or(published ? 1.0 : static_cast<double>(geometry.lora_rank));
  }
  geometry.lora_dropout = lora.dropout.value_or(geometry.lora_dropout);
  return {};
}

/// The size of the images where all have the same one.
Result<void> take_image_size(const ImageSet& images, SegmenterGeometry& geometry) {
  const std::vector<LabelledImage>* any = images.training.empty() ? nullptr : &images.training;
  GEOD_CHECK(any != nullptr, "there are images to train on");
  for (const auto* part : {&images.training, &images.held_out, &images.test}) {
    for (const LabelledImage& image : *part) {
      if (image.rows != any->front().rows || image.columns != any->front().columns) {
        return fail(Errc::kConfig,
                    "{} is {} x {} and {} is {} x {}: images of several sizes are cut into pieces "
                    "of one; give --tile ROWSxCOLUMNS",
                    any->front().name,
                    any->front().rows,
                    any->front().columns,
                    image.name,
                    image.rows,
                    image.columns);
      }
    }
  }
  geometry.rows = any->front().rows;
  geometry.columns = any->front().columns;
  return {};
}

Result<void> set_decoder(const TrainOptions& options, SegmenterGeometry& geometry) {
  const std::optional<SegmentDecoder>& wanted = options.image.decoder;
  if (!wanted && geometry.decoder == SegmentDecoder::kNone) {
    return fail(Errc::kConfig,
                "--decoder is needed: an encoder alone gives no classes; linear, pup, mla, dpt, or "
                "unet without an encoder");
  }
  if (!wanted || *wanted == geometry.decoder) {
    return {};
  }
  if (*wanted == SegmentDecoder::kUnet && !options.init.empty()) {
    return fail(Errc::kConfig, "--decoder unet is a network of its own: leave out --init");
  }
  geometry.decoder = *wanted;
  geometry.decoder_width = models::published_decoder_width(*wanted);
  return {};
}

}  // namespace

Result<StartingPoint> find_image_start(const TrainOptions& options, const ImageSet& images) {
  if (auto fits = check_method(options); !fits) {
    return tl::unexpected(fits.error());
  }
  StartingPoint start;
  SegmenterGeometry& geometry = start.segmenter;
  bool has_size = false;
  if (options.init.empty()) {
    const bool unet = options.image.decoder == SegmentDecoder::kUnet;
    const auto chosen =
        unet ? Result<SegmenterGeometry>(SegmenterGeometry{}) : chosen_geometry(options.geometry);
    if (!chosen) {
      return tl::unexpected(chosen.error());
    }
    geometry = *chosen;
    has_size = geometry.decoder != SegmentDecoder::kNone;
  } else {
    const auto manifest = models::load_manifest(options.init);
    if (!manifest) {
      return tl::unexpected(manifest.error());
    }
    if (!manifest->is_of_images()) {
      return fail(Errc::kModelMismatch,
                  "{}: a network of seismograms; task {} starts from an encoder (geod import "
                  "dinov2) or a model of images",
                  options.init.string(),
                  to_string(options.task));
    }
    geometry = manifest->segmenter;
    take_origin(*manifest, start);
    has_size = manifest->family == models::kSegmenterFamily;
    start.segments = manifest->segments;
  }
  if (auto set = set_decoder(options, geometry); !set) {
    return tl::unexpected(set.error());
  }
  geometry.classes = static_cast<std::int64_t>(images.class_names.size());
  if (options.image.tile_rows > 0) {
    geometry.rows = options.image.tile_rows;
    geometry.columns = options.image.tile_columns;
  } else if (!has_size) {
    if (auto taken = take_image_size(images, geometry); !taken) {
      return tl::unexpected(taken.error());
    }
  }
  if (auto set = set_lora(options, geometry); !set) {
    return tl::unexpected(set.error());
  }
  if (auto valid = geometry.validate(); !valid) {
    return tl::unexpected(valid.error());
  }
  start.segments.class_names = images.class_names;
  models::DasSettings& das = start.segments.das;
  if (!has_size || das.row_hop > geometry.rows || das.column_hop > geometry.columns) {
    das.row_hop = std::max<std::int64_t>(1, geometry.rows / 2);
    das.column_hop = std::max<std::int64_t>(1, geometry.columns / 2);
  }
  return start;
}

}  // namespace geod::trainer
