#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "trainer/html_report.hpp"
#include "trainer/inversion_metrics.hpp"
#include "trainer/inversion_published.hpp"

namespace geod::trainer {

/// The matrices of the paper that `geod experiment fwi` runs.
enum class InversionExperiment : std::uint8_t {
  kOod,        ///< Tables III to V: baseline, full and LoRA, each tested on every target
  kLowData,    ///< Tables VI to IX: full and LoRA on shares of the training samples
  kRankAlpha,  ///< Table II: LoRA of several ranks and alphas on the first target
};
std::string_view to_string(InversionExperiment experiment);

/// One training of an experiment. Without a method: the pretrained network as it is.
struct InversionPlan {
  std::optional<InversionMethod> method;
  std::size_t target = 0;  ///< which data set it is trained on
  int percent = 100;       ///< of its training samples
  std::int64_t rank = 16;  ///< of LoRA
  double alpha = 16.0;
  std::uint64_t seed = 1;

  bool operator==(const InversionPlan&) const = default;
};

/// What varies in an experiment.
struct InversionMatrix {
  std::size_t targets = 1;
  std::vector<int> percents{10, 25, 50, 75, 100};
  std::vector<std::int64_t> ranks{4, 8, 16, 32, 64, 128};
  std::vector<double> alphas{16.0};
  std::vector<std::uint64_t> seeds{1};
};

/// The trainings of an experiment, seed by seed, the pretrained network first.
std::vector<InversionPlan> plan_of(InversionExperiment experiment, const InversionMatrix& matrix);

/// A training that is done.
struct InversionRun {
  InversionPlan plan;
  std::string trained_on;  ///< name of the folder, or "-" of the pretrained network
  std::int64_t trainable = 0;
  std::int64_t steps = 0;
  double wall_s = 0.0;
  std::string scores_json;  ///< inversion_tests_to_json
};

/// "full, FVB, 25 %, seed 1": a name for people and, as "full-FVB-25-1", for files.
std::string run_name(const InversionPlan& plan, std::string_view trained_on);

/// A score over the seeds.
struct InversionCell {
  double mean = 0.0;    ///< NaN without a number
  double spread = 0.0;  ///< sample standard deviation; 0 for one seed
};

/// One training tested on one set, over the seeds, beside what the paper has of it.
struct InversionRow {
  std::string trained_on;  ///< of OpenFWI's sets their codes, else names of folders
  std::string tested_on;
  InversionPlan plan;  ///< of the first seed
  int runs = 0;
  std::int64_t trainable = 0;
  InversionCell mae;
  InversionCell rmse;
  InversionCell ssim;
  std::optional<InversionScores> published;
  std::string_view remark;  ///< on the published numbers

  bool is_in_distribution() const { return trained_on == tested_on; }
};

/// The rows of an experiment, in the order of its plan. kCorruptRecord when the scores of a run are
/// not those of inversion_tests_to_json.
Result<std::vector<InversionRow>> inversion_rows(InversionExperiment experiment,
                                                 std::span<const InversionRun> runs);

/// In how many pairs of rows, out of distribution, LoRA is better than full fine-tuning, and by how
/// much in the mean: (F - L) / F of errors, (L - F) / F of SSIM.
struct LoraGain {
  int pairs = 0;
  int better[3] = {};   ///< in MAE, RMSE, SSIM
  double mean[3] = {};  ///< NaN without a pair
};
LoraGain lora_gain(std::span<const InversionRow> rows);
/// The same of the paper's Tables VI to IX.
LoraGain published_lora_gain();

std::string experiment_to_text(InversionExperiment experiment, std::span<const InversionRow> rows);
/// {"experiment", "rows", "runs", "lora_gain", "corrections"}
std::string experiment_to_json(InversionExperiment experiment,
                               std::span<const InversionRun> runs,
                               std::span<const InversionRow> rows);
HtmlReport experiment_to_report(InversionExperiment experiment,
                                std::span<const InversionRow> rows,
                                const std::string& command);

}  // namespace geod::trainer
