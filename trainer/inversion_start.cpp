#include "trainer/inversion_start.hpp"

#include <utility>

#include "models/file_io.hpp"
#include "models/manifest.hpp"

namespace geod::trainer {
namespace {

using models::InversionGeometry;
using models::InversionSettings;
using models::InversionTuning;

constexpr std::uint64_t kMaxGeometryBytes = 1 << 20;

Result<InversionGeometry> chosen_geometry(const std::string& name_or_file) {
  if (!name_or_file.ends_with(".json")) {
    // "starter" is the default of --geometry, which is that of the seismogram tasks.
    return models::named_inversion(name_or_file == "starter" ? "inversionnet" : name_or_file);
  }
  const auto text = models::read_text_file(name_or_file, kMaxGeometryBytes);
  if (!text) {
    return tl::unexpected(text.error());
  }
  return models::inversion_from_json(*text);
}

Result<InversionTuning> tuning_of(Method method) {
  switch (method) {
    case Method::kLora:
      return InversionTuning::kLora;
    case Method::kBitFit:
      return InversionTuning::kBitFit;
    case Method::kNorms:
      return InversionTuning::kNorms;
    case Method::kSsf:
      return InversionTuning::kSsf;
    case Method::kAdaptFormer:
      return InversionTuning::kAdaptFormer;
    case Method::kPrompt:
      return InversionTuning::kPrompt;
    case Method::kFull:
    case Method::kScratch:
      return InversionTuning::kNone;
    case Method::kHead:
      break;
  }
  return fail(Errc::kConfig,
              "--method {}: an inversion has no head; give full, scratch, lora, ssf, adaptformer, "
              "bitfit, norms or prompt",
              to_string(method));
}

Result<void> check_options(const TrainOptions& options) {
  if (options.preset == Preset::kSeismollm) {
    return fail(Errc::kConfig, "--preset seismollm is of the seismogram tasks; give geod or paper");
  }
  if (!options.trunk.empty() || !options.lora.targets.empty()) {
    return fail(Errc::kConfig, "--trunk, --lora-targets: of the seismogram tasks");
  }
  const bool scratch = method_of(options) == Method::kScratch;
  if (scratch != options.init.empty()) {
    return scratch ? fail(Errc::kConfig,
                          "--method scratch starts from random weights: leave out --init, or take "
                          "--method full")
                   : fail(Errc::kConfig,
                          "--method {} needs weights to start from: give --init DIR",
                          to_string(method_of(options)));
  }
  if (!options.init.empty() && options.inversion.width) {
    return fail(Errc::kConfig, "--width: that of --init is used; leave it out");
  }
  return {};
}

void lay_on(const TrainOptions& options, InversionTuning tuning, InversionGeometry& geometry) {
  geometry.tuning = tuning;
  if (tuning == InversionTuning::kNone) {
    return;
  }
  geometry.bn_policy = options.inversion.bn_policy;
  geometry.bottleneck = options.inversion.bottleneck;
  geometry.lora_rank = options.lora.rank.value_or(kDefaultLoraRank);
  geometry.lora_alpha = options.lora.alpha.value_or(static_cast<double>(geometry.lora_rank));
  geometry.lora_scaling = options.inversion.lora_scaling;
  geometry.lora_dropout = options.lora.dropout.value_or(0.0);
}

void take_bounds(const OpenFwiSet& set, InversionSettings& settings) {
  settings.bounds_of = set.name;
  settings.amplitude_min = set.amplitude_min;
  settings.amplitude_max = set.amplitude_max;
}

Result<void> set_bounds(const TrainOptions& options,
                        std::span<const InversionFolder> folders,
                        InversionSettings& settings) {
  const std::string& bounds = options.inversion.bounds;
  if (bounds.empty()) {
    if (options.init.empty()) {
      take_bounds(openfwi_union(), settings);
    }
    return {};
  }
  if (bounds == kOwnBounds) {
    const bool is_one = folders.size() == 1 && folders.front().published() != nullptr;
    take_bounds(is_one ? *folders.front().published() : openfwi_union(), settings);
    return {};
  }
  const OpenFwiSet* set = find_openfwi_set(bounds);
  if (set == nullptr) {
    return fail(Errc::kConfig,
                "--bounds {}: neither a set of OpenFWI (as flatvel-a), nor openfwi, nor own",
                bounds);
  }
  take_bounds(*set, settings);
  return {};
}

Result<void> check_sizes(const TrainOptions& options,
                         const InversionGeometry& geometry,
                         std::span<const InversionFolder> folders) {
  const InversionShape wanted{
      geometry.sources, geometry.times, geometry.receivers, geometry.depths, geometry.offsets};
  for (const InversionFolder& folder : folders) {
    if (folder.shape() != wanted) {
      return fail(Errc::kModelMismatch,
                  "{}: samples of {}, the network ({}) is for {}",
                  folder.name(),
                  to_string(folder.shape()),
                  options.init.empty() ? options.geometry : options.init.string(),
                  to_string(wanted));
    }
  }
  return {};
}

}  // namespace

Result<StartingPoint> find_inversion_start(const TrainOptions& options,
                                           std::span<const InversionFolder> folders) {
  if (auto fits = check_options(options); !fits) {
    return tl::unexpected(fits.error());
  }
  const auto tuning = tuning_of(method_of(options));
  if (!tuning) {
    return tl::unexpected(tuning.error());
  }
  StartingPoint start;
  if (options.init.empty()) {
    const auto geometry = chosen_geometry(options.geometry);
    if (!geometry) {
      return tl::unexpected(geometry.error());
    }
    start.inversion = *geometry;
    start.inversion.width = options.inversion.width.value_or(geometry->width);
  } else {
    const auto manifest = models::load_manifest(options.init);
    if (!manifest) {
      return tl::unexpected(manifest.error());
    }
    if (manifest->input() != models::InputKind::kShots) {
      return fail(Errc::kModelMismatch,
                  "{}: a network of family {}; task fwi starts from an InversionNet",
                  options.init.string(),
                  manifest->family);
    }
    if (manifest->inversion.tuning != InversionTuning::kNone) {
      return fail(Errc::kModelMismatch,
                  "{}: {} lies on this network already; start from its base",
                  options.init.string(),
                  to_string(manifest->inversion.tuning));
    }
    if (manifest->inversion_settings.log_k != 1.0 || manifest->inversion_settings.log_c != 0.0) {
      return fail(Errc::kUnsupported,
                  "{}: its logarithm has k = {} and c = {}; networks are trained with 1 and 0",
                  options.init.string(),
                  manifest->inversion_settings.log_k,
                  manifest->inversion_settings.log_c);
    }
    start.inversion = manifest->inversion;
    start.shots = manifest->inversion_settings;
    take_origin(*manifest, start);
  }
  lay_on(options, *tuning, start.inversion);
  for (const auto& valid : {start.inversion.validate(),
                            set_bounds(options, folders, start.shots),
                            check_sizes(options, start.inversion, folders)}) {
    if (!valid) {
      return tl::unexpected(valid.error());
    }
  }
  return start;
}

Result<std::vector<InversionSettings>> inversion_settings(
    const InversionOptions& options,
    const InversionSettings& start,
    std::span<const InversionFolder> folders) {
  std::vector<InversionSettings> settings(folders.size(), start);
  if (options.bounds != kOwnBounds) {
    return settings;
  }
  for (std::size_t f = 0; f < folders.size(); ++f) {
    if (folders[f].published() == nullptr) {
      return fail(
          Errc::kConfig,
          "--bounds own: {} is named as none of OpenFWI's sets, whose bounds are known; give "
          "--bounds openfwi",
          folders[f].name());
    }
    take_bounds(*folders[f].published(), settings[f]);
  }
  return settings;
}

}  // namespace geod::trainer
