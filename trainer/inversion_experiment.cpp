#include "trainer/inversion_experiment.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include <nlohmann/json.hpp>

#include "trainer/openfwi_sets.hpp"

namespace geod::trainer {
namespace {

using nlohmann::json;

constexpr int kWhole = 100;  // per cent
constexpr std::array kMethods{
    InversionMethod::kBaseline, InversionMethod::kFull, InversionMethod::kLora};

/// The code of a set of OpenFWI, or the name as it is.
std::string short_name(const std::string& name) {
  const OpenFwiSet* set = find_openfwi_set(name);
  return set == nullptr ? name : std::string(set->code);
}

InversionCell cell_of(const std::vector<double>& values) {
  if (values.empty()) {
    return {std::numeric_limits<double>::quiet_NaN(), 0.0};
  }
  const auto count = static_cast<double>(values.size());
  InversionCell cell;
  for (const double value : values) {
    cell.mean += value / count;
  }
  for (const double value : values) {
    cell.spread += (value - cell.mean) * (value - cell.mean);
  }
  cell.spread = values.size() > 1 ? std::sqrt(cell.spread / (count - 1.0)) : 0.0;
  return cell;
}

/// What the paper has of a row.
void add_published(InversionExperiment experiment, InversionRow& row) {
  if (!row.plan.method) {
    return;
  }
  if (experiment == InversionExperiment::kRankAlpha) {
    const auto ranks = published_ranks();
    const auto found = std::ranges::find(ranks, row.plan.rank, &PublishedRank::rank);
    if (row.is_in_distribution() && row.trained_on == "FVB" && row.plan.alpha == 16.0 &&
        found != ranks.end()) {
      row.published = InversionScores{0, found->mae, found->rmse, found->ssim};
      row.remark = found->remark;
    }
    return;
  }
  const auto* cell =
      find_published_inversion(row.trained_on, row.tested_on, *row.plan.method, row.plan.percent);
  if (cell != nullptr) {
    row.published = InversionScores{0, cell->mae, cell->rmse, cell->ssim};
    row.remark = cell->remark;
  }
}

/// Scores of one test of all seeds.
struct Gathered {
  std::vector<double> mae;
  std::vector<double> rmse;
  std::vector<double> ssim;
};

/// Scores of every test of a run, by the short name of the set, in their order.
Result<std::vector<std::pair<std::string, InversionScores>>> tests_of(const InversionRun& run) {
  const json scores = json::parse(run.scores_json, nullptr, false);
  std::vector<std::pair<std::string, InversionScores>> out;
  const auto is_number = [](const json& each, const char* key) {
    return each.contains(key) && each[key].is_number();
  };
  if (scores.is_object() && scores.contains("sets") && scores["sets"].is_array()) {
    for (const json& each : scores["sets"]) {
      if (!each.is_object() || !each.contains("name") || !each["name"].is_string() ||
          !is_number(each, "mae") || !is_number(each, "rmse") || !is_number(each, "ssim")) {
        break;
      }
      out.emplace_back(short_name(each["name"]),
                       InversionScores{0, each["mae"], each["rmse"], each["ssim"]});
    }
    if (!out.empty() && out.size() == scores["sets"].size()) {
      return out;
    }
  }
  return fail(Errc::kCorruptRecord,
              "{}: its scores are not those of inversions",
              run_name(run.plan, run.trained_on));
}

bool beats(double lora, double full, std::size_t metric) {
  return metric == 2 ? lora > full : lora < full;
}

double gain(double lora, double full, std::size_t metric) {
  return (metric == 2 ? lora - full : full - lora) / full;
}

/// Pairs of the two methods on one training and test; each value is {MAE, RMSE, SSIM}.
using Triple = std::array<double, 3>;
LoraGain gain_of(std::span<const std::pair<Triple, Triple>> full_and_lora) {
  LoraGain out;
  std::array<double, 3> sums{};
  for (const auto& [full, lora] : full_and_lora) {
    ++out.pairs;
    for (std::size_t m = 0; m < sums.size(); ++m) {
      out.better[m] += beats(lora[m], full[m], m) ? 1 : 0;
      sums[m] += gain(lora[m], full[m], m);
    }
  }
  for (std::size_t m = 0; m < sums.size(); ++m) {
    out.mean[m] = sums[m] / static_cast<double>(out.pairs);
  }
  return out;
}

}  // namespace

std::string_view to_string(InversionExperiment experiment) {
  switch (experiment) {
    case InversionExperiment::kOod:
      return "ood";
    case InversionExperiment::kLowData:
      return "low-data";
    case InversionExperiment::kRankAlpha:
      return "rank-alpha";
  }
  return "";
}

std::vector<InversionPlan> plan_of(InversionExperiment experiment, const InversionMatrix& matrix) {
  std::vector<InversionPlan> plan;
  for (const std::uint64_t seed : matrix.seeds) {
    InversionPlan each;
    each.seed = seed;
    plan.push_back(each);
    const std::size_t targets = experiment == InversionExperiment::kRankAlpha ? 1 : matrix.targets;
    for (each.target = 0; each.target < targets; ++each.target) {
      switch (experiment) {
        case InversionExperiment::kOod:
          for (const InversionMethod method : kMethods) {
            each.method = method;
            plan.push_back(each);
          }
          break;
        case InversionExperiment::kLowData:
          for (const int percent : matrix.percents) {
            for (const InversionMethod method : {InversionMethod::kFull, InversionMethod::kLora}) {
              each.method = method;
              each.percent = percent;
              plan.push_back(each);
            }
          }
          break;
        case InversionExperiment::kRankAlpha:
          each.method = InversionMethod::kLora;
          for (const std::int64_t rank : matrix.ranks) {
            for (const double alpha : matrix.alphas) {
              each.rank = rank;
              each.alpha = alpha;
              plan.push_back(each);
            }
          }
          break;
      }
    }
  }
  return plan;
}

std::string run_name(const InversionPlan& plan, std::string_view trained_on) {
  if (!plan.method) {
    return fmt::format("pretrained-{}", plan.seed);
  }
  std::string name = fmt::format("{}-{}-{}", to_string(*plan.method), trained_on, plan.percent);
  if (plan.method == InversionMethod::kLora) {
    name += fmt::format("-r{}-a{:g}", plan.rank, plan.alpha);
  }
  return name + fmt::format("-{}", plan.seed);
}

Result<std::vector<InversionRow>> inversion_rows(InversionExperiment experiment,
                                                 std::span<const InversionRun> runs) {
  std::vector<InversionRow> rows;
  std::vector<Gathered> gathered;
  for (const InversionRun& run : runs) {
    const auto tests = tests_of(run);
    if (!tests) {
      return tl::unexpected(tests.error());
    }
    const std::string trained_on = run.plan.method ? short_name(run.trained_on) : "-";
    for (const auto& [tested_on, scores] : *tests) {
      InversionPlan plan = run.plan;
      const auto same = std::ranges::find_if(rows, [&](const InversionRow& row) {
        plan.seed = row.plan.seed;
        return row.trained_on == trained_on && row.tested_on == tested_on && row.plan == plan;
      });
      const auto at = static_cast<std::size_t>(same - rows.begin());
      if (same == rows.end()) {
        InversionRow row;
        row.trained_on = trained_on;
        row.tested_on = tested_on;
        row.plan = run.plan;
        row.trainable = run.trainable;
        rows.push_back(std::move(row));
        gathered.emplace_back();
      }
      ++rows[at].runs;
      gathered[at].mae.push_back(scores.mae);
      gathered[at].rmse.push_back(scores.rmse);
      gathered[at].ssim.push_back(scores.ssim);
    }
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].mae = cell_of(gathered[i].mae);
    rows[i].rmse = cell_of(gathered[i].rmse);
    rows[i].ssim = cell_of(gathered[i].ssim);
    add_published(experiment, rows[i]);
  }
  return rows;
}

LoraGain lora_gain(std::span<const InversionRow> rows) {
  std::vector<std::pair<Triple, Triple>> pairs;
  for (const InversionRow& full : rows) {
    if (full.plan.method != InversionMethod::kFull || full.is_in_distribution()) {
      continue;
    }
    const auto lora = std::ranges::find_if(rows, [&](const InversionRow& row) {
      return row.plan.method == InversionMethod::kLora && row.trained_on == full.trained_on &&
             row.tested_on == full.tested_on && row.plan.percent == full.plan.percent;
    });
    if (lora != rows.end()) {
      pairs.push_back({{full.mae.mean, full.rmse.mean, full.ssim.mean},
                       {lora->mae.mean, lora->rmse.mean, lora->ssim.mean}});
    }
  }
  return gain_of(pairs);
}

LoraGain published_lora_gain() {
  std::vector<std::pair<Triple, Triple>> pairs;
  for (const PublishedInversion& full : published_inversions()) {
    const auto* lora = find_published_inversion(
        full.trained_on, full.tested_on, InversionMethod::kLora, full.percent);
    if (full.method == InversionMethod::kFull && full.trained_on != full.tested_on &&
        lora != nullptr) {
      pairs.push_back({{full.mae, full.rmse, full.ssim}, {lora->mae, lora->rmse, lora->ssim}});
    }
  }
  return gain_of(pairs);
}

std::string experiment_to_json(InversionExperiment experiment,
                               std::span<const InversionRun> runs,
                               std::span<const InversionRow> rows) {
  const auto cell = [](const InversionCell& each) {
    return json{{"mean", each.mean}, {"std", each.spread}};
  };
  const auto plan = [](const InversionPlan& each) {
    json out{{"method", each.method ? to_string(*each.method) : "pretrained"},
             {"percent", each.percent},
             {"seed", each.seed}};
    if (each.method == InversionMethod::kLora) {
      out["rank"] = each.rank;
      out["alpha"] = each.alpha;
    }
    return out;
  };
  json table = json::array();
  for (const InversionRow& row : rows) {
    json each = plan(row.plan);
    each.erase("seed");
    each["trained_on"] = row.trained_on;
    each["tested_on"] = row.tested_on;
    each["runs"] = row.runs;
    each["trainable"] = row.trainable;
    each["mae"] = cell(row.mae);
    each["rmse"] = cell(row.rmse);
    each["ssim"] = cell(row.ssim);
    if (row.published) {
      each["published"] = {{"mae", row.published->mae},
                           {"rmse", row.published->rmse},
                           {"ssim", row.published->ssim}};
      if (!row.remark.empty()) {
        each["published"]["remark"] = row.remark;
      }
    }
    table.push_back(std::move(each));
  }
  json done = json::array();
  for (const InversionRun& run : runs) {
    json each = plan(run.plan);
    each["trained_on"] = run.trained_on;
    each["trainable"] = run.trainable;
    each["steps"] = run.steps;
    each["wall_s"] = run.wall_s;
    each["scores"] = json::parse(run.scores_json);
    done.push_back(std::move(each));
  }
  json out{{"experiment", to_string(experiment)}, {"rows", table}, {"runs", done}};
  if (const LoraGain gain = lora_gain(rows); gain.pairs > 0) {
    out["lora_gain"] = {{"pairs", gain.pairs}, {"better", gain.better}, {"mean", gain.mean}};
  }
  return out.dump();
}

}  // namespace geod::trainer
