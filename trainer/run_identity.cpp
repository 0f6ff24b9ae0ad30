#include "trainer/run_identity.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/sha256.hpp"

namespace geod::trainer {
namespace {

/// Enough to tell two runs apart, short enough for a message.
constexpr std::size_t kShortHashDigits = 12;
/// Stands for a label that is absent; no label has this value.
constexpr double kUnknown = -1e9;

class Fingerprint {
 public:
  /// Length first, so that no two lists of texts give the same bytes.
  void add(std::string_view text) {
    add_value(text.size());
    hash_.update(std::as_bytes(std::span(text)));
  }
  template <class T>
  void add_value(T value) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    hash_.update(std::as_bytes(std::span(&value, 1)));
  }
  void add(std::span<const float> values) {
    add_value(values.size());
    hash_.update(std::as_bytes(values));
  }
  std::string finish() { return hash_.finish().substr(0, kShortHashDigits); }

 private:
  models::Sha256 hash_;
};

void add_recording(const Recording& recording, Fingerprint& fingerprint) {
  fingerprint.add(recording.id);
  fingerprint.add_value(recording.kind);
  fingerprint.add(recording.event);
  fingerprint.add_value(recording.fold);
  fingerprint.add(std::span<const float>(recording.data));
  if (recording.store != nullptr) {
    fingerprint.add(recording.store->identity());
  }
  fingerprint.add_value(recording.labels.size());
  for (const PhaseLabel& label : recording.labels) {
    fingerprint.add_value(label.phase);
    fingerprint.add_value(label.sample);
  }
  fingerprint.add_value(recording.masks.size());
  for (const PhaseMask& mask : recording.masks) {
    fingerprint.add_value(mask.phase);
    fingerprint.add_value(mask.begin);
    fingerprint.add_value(mask.end);
  }
  fingerprint.add_value(recording.events.size());
  for (const EventLabel& event : recording.events) {
    fingerprint.add_value(event.p_sample);
    fingerprint.add_value(event.s_sample.value_or(kUnknown));
    fingerprint.add_value(event.first_motion_up ? (*event.first_motion_up ? 1 : 0) : 2);
    fingerprint.add_value(event.back_azimuth_deg.value_or(kUnknown));
    fingerprint.add_value(event.magnitude.value_or(kUnknown));
    fingerprint.add_value(event.distance_km.value_or(kUnknown));
  }
  fingerprint.add_value(recording.noise.size());
  for (const SampleSpan& span : recording.noise) {
    fingerprint.add_value(span.begin);
    fingerprint.add_value(span.end);
  }
}

std::string describe_data(const Dataset& dataset) {
  Fingerprint fingerprint;
  fingerprint.add(description_to_json(dataset.description));
  for (const Recording& recording : dataset.recordings) {
    add_recording(recording, fingerprint);
  }
  return fmt::format("{} with {} recordings, fingerprint {}",
                     dataset.description.name,
                     dataset.recordings.size(),
                     fingerprint.finish());
}

std::string describe_data(const ImageSet& set) {
  Fingerprint fingerprint;
  fingerprint.add(description_to_json(set.description));
  std::size_t count = 0;
  for (const auto* part : {&set.training, &set.held_out, &set.test}) {
    fingerprint.add_value(part->size());
    count += part->size();
    for (const LabelledImage& image : *part) {
      fingerprint.add(image.name);
      fingerprint.add_value(image.columns);
      fingerprint.add(std::string_view(reinterpret_cast<const char*>(image.pixels.data()),
                                       image.pixels.size()));
      fingerprint.add(std::string_view(reinterpret_cast<const char*>(image.labels.data()),
                                       image.labels.size()));
    }
  }
  return fmt::format(
      "{} with {} images, fingerprint {}", set.description.name, count, fingerprint.finish());
}

std::string describe_geometry(const models::SeisMollmGeometry& geometry) {
  Fingerprint fingerprint;
  fingerprint.add(models::geometry_to_json(geometry));
  return fmt::format("{} samples at {} Hz, {} wide, fingerprint {}",
                     geometry.window_samples,
                     geometry.sampling_rate.hz(),
                     geometry.d_model(),
                     fingerprint.finish());
}

std::string describe_start(const std::filesystem::path& folder, const std::string& sha256) {
  return folder.empty() ? "none" : "weights " + sha256.substr(0, kShortHashDigits);
}

std::string describe_folds(std::vector<int> folds) {
  std::ranges::sort(folds);
  return folds.empty() ? "none" : fmt::format("{}", fmt::join(folds, " "));
}

std::string describe_lora(const LoraOptions& lora, const models::SeisMollmGeometry& geometry) {
  std::string layers;
  for (const LoraTarget target : lora.targets) {
    layers += fmt::format(" {}", to_string(target));
  }
  return fmt::format("rank {}, alpha {}, dropout {}, layers{}",
                     geometry.lora_rank,
                     geometry.lora_alpha,
                     geometry.lora_dropout,
                     layers.empty() ? " all" : layers);
}

std::string describe_split(const TrainOptions& options) {
  return !options.split.shares ? "none"
                               : fmt::format("{}/{} by {}, seed {}",
                                             options.split.shares->train,
                                             options.split.shares->validation,
                                             options.split.by_row ? "row" : "event",
                                             options.split.seed);
}

std::string describe_shares(const std::optional<EventShares>& shares) {
  return shares ? fmt::format("{:g} of {:g}, {:g} validation, seed {}",
                              shares->train,
                              shares->pool,
                              shares->validation,
                              shares->seed)
                : "none";
}

std::string yes_or_no(bool value) {
  return value ? "yes" : "no";
}

/// What both families of tasks have.
RunIdentity option_identity(const TrainOptions& options, const std::string& start_sha256) {
  const auto number = [](auto value) { return fmt::format("{}", value); };
  return {{"--task", std::string(to_string(options.task))},
          {"--method", std::string(to_string(method_of(options)))},
          {"--split", describe_split(options)},
          {"--preset", std::string(preset_name(options.preset))},
          {"--init", describe_start(options.init, start_sha256)},
          {"--name", options.name},
          {"--model-version", options.version},
          {"--steps", number(options.steps)},
          {"--batch", number(options.batch_windows)},
          {"--accumulate", number(options.accumulate_steps)},
          {"--lr", number(options.learning_rate)},
          {"--warmup", number(options.warmup_steps)},
          {"--average", number(options.average_decay)},
          {"--clip", number(options.max_gradient_norm)},
          {"--patience", number(options.patience)},
          {"--keep", number(options.keep_best)},
          {"--validate", number(options.validate_steps)},
          {"--world", number(options.world.size)},
          {"--seed", number(options.seed)},
          {"--device", options.device},
          {"--bf16", yes_or_no(options.bfloat16)},
          {"--tf32", yes_or_no(options.tf32)}};
}

}  // namespace

RunIdentity run_identity(const TrainOptions& options,
                         const Dataset& dataset,
                         const models::SeisMollmGeometry& geometry,
                         const std::string& start_sha256) {
  RunIdentity identity = option_identity(options, start_sha256);
  const auto number = [](auto value) { return fmt::format("{}", value); };
  identity.insert({{"LoRA", describe_lora(options.lora, geometry)},
                   {"--data", describe_data(dataset)},
                   {"--hold-out-fold", describe_folds(options.hold_out_folds)},
                   {"--hold-out-windows", yes_or_no(options.hold_out_windows)},
                   {"share of the events", describe_shares(options.shares)},
                   {"--geometry", describe_geometry(geometry)},
                   {"--trunk", describe_start(options.trunk, start_sha256)},
                   {"--sigma-start", number(options.sigma_start_samples)},
                   {"--sigma", number(options.sigma_samples)},
                   {"--hand-share", number(options.hand_labelled_rate)},
                   {"--cycle-up", number(options.cycle_up_steps)},
                   {"--cycle-down", number(options.cycle_down_steps)},
                   {"lowest learning rate", number(options.min_learning_rate)}});
  return identity;
}

RunIdentity image_run_identity(const TrainOptions& options,
                               const ImageSet& images,
                               const models::SegmenterGeometry& geometry,
                               const std::string& start_sha256) {
  RunIdentity identity = option_identity(options, start_sha256);
  const ImageOptions& image = options.image;
  identity.insert({{"--data", describe_data(images)},
                   {"--geometry", models::geometry_to_json(geometry)},
                   {"--loss", image.loss ? std::string(to_string(*image.loss)) : "none"},
                   {"--compat", yes_or_no(image.compat)},
                   {"--class-names", fmt::format("{}", fmt::join(images.class_names, ","))},
                   {"--class-weights", fmt::format("{}", fmt::join(image.class_weights, ","))}});
  return identity;
}

RunIdentity inversion_run_identity(const TrainOptions& options,
                                   std::span<const InversionFolder> folders,
                                   const models::InversionGeometry& geometry,
                                   const models::InversionSettings& shots,
                                   const std::string& start_sha256) {
  const InversionOptions& inversion = options.inversion;
  Fingerprint data;
  for (const InversionFolder& folder : folders) {
    data.add(folder.identity());
  }
  RunIdentity identity = option_identity(options, start_sha256);
  identity.insert(
      {{"--data", fmt::format("{} data sets, fingerprint {}", folders.size(), data.finish())},
       {"--geometry", models::geometry_to_json(geometry)},
       {"--misfit", std::string(to_string(inversion.misfit))},
       {"--bounds",
        fmt::format("{} {} {}", inversion.bounds, shots.amplitude_min, shots.amplitude_max)},
       {"--share", fmt::format("{} seed {}", inversion.share, inversion.share_seed)},
       {"--first-samples", yes_or_no(inversion.takes_first)},
       {"--select", std::string(to_string(inversion.selection))}});
  return identity;
}

double identity_number(const RunIdentity& identity) {
  Fingerprint fingerprint;
  for (const auto& [option, value] : identity) {
    fingerprint.add(option);
    fingerprint.add(value);
  }
  constexpr int kHexDigits = 8;
  return static_cast<double>(std::stoul(fingerprint.finish().substr(0, kHexDigits), nullptr, 16));
}

std::string identity_difference(const std::map<std::string, std::string>& stored,
                                const RunIdentity& now) {
  std::vector<std::string> differences;
  for (const auto& [option, value] : now) {
    const auto found = stored.find(option);
    if (found == stored.end()) {
      differences.push_back(fmt::format("{} (not recorded, now {})", option, value));
    } else if (found->second != value) {
      differences.push_back(fmt::format("{} ({}, now {})", option, found->second, value));
    }
  }
  return fmt::format("{}", fmt::join(differences, ", "));
}

}  // namespace geod::trainer
