#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "models/geometry.hpp"
#include "models/inversion_geometry.hpp"
#include "models/inversion_settings.hpp"
#include "models/segment_settings.hpp"
#include "models/segmenter_geometry.hpp"

namespace geod::models {

/// How window scores are merged and picks are read from them. Units: samples at the model's rate.
struct PickSettings {
  std::int64_t hop_samples = 768;
  /// Scores of the first and last samples of a window that are never used.
  std::int64_t blind_left_samples = 0;
  std::int64_t blind_right_samples = 0;
  double threshold_p = 0.3;
  double threshold_s = 0.3;
  double min_distance_s = 1.0;  ///< between two picks of one phase
  /// Calibration table per phase: (score, observed probability), ascending in score, interpolated
  /// linearly and clamped at its ends. Empty: probability = score.
  std::vector<std::pair<double, double>> calibration_p;
  std::vector<std::pair<double, double>> calibration_s;
  /// One standard deviation of pick residuals in seconds at score 1 and at the threshold, linear
  /// in between; measured on held-out labels.
  double sigma_p_s[2] = {0.03, 0.08};
  double sigma_s_s[2] = {0.08, 0.15};
};

/// When a scalar task (all but dpk) is asked, and what its answers are worth.
struct ScalarSettings {
  /// Where the P arrival may lie, as shares of the window: the places it was trained for.
  double p_from = 0.10;
  double p_to = 0.45;
  /// pmp: (probability of the likelier polarity, share of these that is right), ascending, clamped
  /// at its ends and interpolated linearly. Empty: the probability as it is.
  std::vector<std::pair<double, double>> calibration;
  /// One standard deviation on held-out data; 0: not measured. emg: magnitude units; dis: relative
  /// to the distance; baz: degrees where the resultant length is 1; pmp: unused.
  double sigma = 0.0;
};
inline constexpr double kMaxScalarSigma = 180.0;

/// Families of model folders: a whole network, or GPT-2 blocks to start training from.
inline constexpr const char* kNetworkFamily = "seismollm";
inline constexpr const char* kTrunkFamily = "gpt2";
/// The same for images: encoder with decoder, or the U-Net; a DINOv2 encoder to start from.
inline constexpr const char* kSegmenterFamily = "segmenter";
inline constexpr const char* kEncoderFamily = "dinov2";
/// Shots into velocity maps.
inline constexpr const char* kInversionFamily = "inversionnet";

/// How a window is normalised: mean removed, divided by the population standard deviation, per
/// component over the samples that are there; 0 where missing.
inline constexpr const char* kWindowZscore = "zscore";
/// How an image is: values cut to whole numbers, divided by 255; no mean removed.
inline constexpr const char* kImageValues = "uint8";
/// How shots are: logarithm of the amplitudes, then their bounds to -1 and 1.
inline constexpr const char* kShotsLog = "log-minmax";

/// `manifest.json` of a model folder, beside `model.safetensors`.
struct Manifest {
  std::string name;     ///< "starter-dpk"
  std::string version;  ///< "1"
  std::string family = kNetworkFamily;
  /// For kTrunkFamily only blocks, heads, positions and d_model of the geometry mean anything.
  Task task = Task::kDpk;
  SeisMollmGeometry geometry;                 ///< of the families "seismollm" and "gpt2"
  SegmenterGeometry segmenter;                ///< of "segmenter" and "dinov2"
  InversionGeometry inversion;                ///< of "inversionnet"
  std::string normalisation = kWindowZscore;  ///< kImageValues, kShotsLog: as the family has it
  PickSettings picks;                         ///< of task dpk
  ScalarSettings scalar;                      ///< of the other seismogram tasks
  SegmentSettings segments;                   ///< of the image tasks
  InversionSettings inversion_settings;       ///< of task fwi
  std::string weights_sha256;                 ///< 64 hex digits; checked on load
  std::string
      provenance_json;  ///< the object "provenance" as text: data, licences, scores, command

  std::string model_id() const { return name + "-" + version; }
  /// By the family: `geometry`, `picks` and `scalar` speak for seismograms, `segmenter` and
  /// `segments` for images, `inversion` and `inversion_settings` for shots.
  InputKind input() const {
    if (family == kInversionFamily) {
      return InputKind::kShots;
    }
    return family == kSegmenterFamily || family == kEncoderFamily ? InputKind::kImages
                                                                  : InputKind::kSeismograms;
  }
  bool is_of_images() const { return input() == InputKind::kImages; }
};

/// From and to the text of a manifest.json, validated. kModelMismatch naming the key, kUnsupported.
Result<Manifest> manifest_from_json(std::string_view text);
Result<std::string> manifest_to_json(const Manifest& manifest);

/// Reads and validates DIR/manifest.json. kNotFound without the file, kModelMismatch naming file
/// and key when its content is wrong.
Result<Manifest> load_manifest(const std::filesystem::path& directory);

/// Writes DIR/manifest.json (beside, synced, renamed).
Result<void> save_manifest(const std::filesystem::path& directory, const Manifest& manifest);

}  // namespace geod::models
