#include "trainer/inversion_scores.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/inversion_scaling.hpp"

namespace geod::trainer {
namespace {

using nlohmann::json;

json to_object(const InversionScores& scores, double unit_m_s) {
  return {{"mae", scores.mae},
          {"rmse", scores.rmse},
          {"ssim", scores.ssim},
          {"maps", scores.maps},
          {"mae_m_s", scores.mae * unit_m_s},
          {"rmse_m_s", scores.rmse * unit_m_s}};
}

/// The samples of one folder, a batch at a time.
class FolderScorer {
 public:
  FolderScorer(const InversionFolder& folder,
               const models::InversionSettings& settings,
               const InvertFunction& invert,
               const InversionObserver& observer)
      : folder_(folder),
        settings_(settings),
        scaling_(settings),
        invert_(invert),
        observer_(observer),
        metrics_(folder.shape().depths, folder.shape().offsets) {}

  Result<void> add(std::span<const InversionSample> samples) {
    const std::size_t shot_values = folder_.shape().shot_values();
    const std::size_t map_values = folder_.shape().map_values();
    shots_.resize(samples.size() * shot_values);
    truth_.resize(samples.size() * map_values);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (auto read = folder_.read(samples[i].place,
                                   std::span(shots_).subspan(i * shot_values, shot_values),
                                   std::span(truth_).subspan(i * map_values, map_values));
          !read) {
        return read;
      }
    }
    for (float& value : truth_) {
      value = scaling_.velocity(value);
    }
    if (auto inverted = invert_(shots_, settings_, predicted_); !inverted) {
      return inverted;
    }
    GEOD_CHECK(predicted_.size() == truth_.size(), "a map for every sample");
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto truth = std::span<const float>(truth_).subspan(i * map_values, map_values);
      const auto predicted = std::span<const float>(predicted_).subspan(i * map_values, map_values);
      const InversionScores scores = metrics_.add(truth, predicted);
      if (observer_) {
        observer_({samples[i], truth, predicted, scores});
      }
    }
    return {};
  }

  InversionTest finish() const {
    return {folder_.name(), folder_.published(), metrics_.scores(), scaling_.unit_m_s()};
  }

 private:
  const InversionFolder& folder_;
  const models::InversionSettings& settings_;
  models::InversionScaling scaling_;
  const InvertFunction& invert_;
  const InversionObserver& observer_;
  InversionMetrics metrics_;
  std::vector<float> shots_;
  std::vector<float> truth_;
  std::vector<float> predicted_;
};

}  // namespace

Result<std::vector<InversionTest>> score_inversions(
    std::span<const InversionFolder> folders,
    std::span<const InversionSample> samples,
    std::span<const models::InversionSettings> settings,
    std::int64_t batch,
    const InvertFunction& invert,
    const InversionObserver& observer) {
  GEOD_CHECK(settings.size() == folders.size() && batch > 0, "settings of every folder");
  std::vector<InversionTest> tests;
  for (std::size_t f = 0; f < folders.size(); ++f) {
    std::vector<InversionSample> own;
    std::ranges::copy_if(
        samples, std::back_inserter(own), [f](const InversionSample& s) { return s.folder == f; });
    if (own.empty()) {
      continue;
    }
    FolderScorer scorer(folders[f], settings[f], invert, observer);
    const auto step = static_cast<std::size_t>(batch);
    for (std::size_t first = 0; first < own.size(); first += step) {
      const auto part =
          std::span<const InversionSample>(own).subspan(first, std::min(step, own.size() - first));
      if (auto added = scorer.add(part); !added) {
        return tl::unexpected(added.error());
      }
    }
    tests.push_back(scorer.finish());
  }
  return tests;
}

InversionScores joined(std::span<const InversionTest> tests) {
  InversionScores all;
  for (const InversionTest& test : tests) {
    const auto maps = static_cast<double>(test.scores.maps);
    all.maps += test.scores.maps;
    all.mae += maps * test.scores.mae;
    all.rmse += maps * test.scores.rmse * test.scores.rmse;
    all.ssim += maps * test.scores.ssim;
  }
  const auto maps = static_cast<double>(all.maps);
  return {all.maps, all.mae / maps, std::sqrt(all.rmse / maps), all.ssim / maps};
}

std::string inversion_tests_to_json(std::span<const InversionTest> tests) {
  GEOD_CHECK(!tests.empty(), "scores of something");
  json out = to_object(joined(tests), tests.front().unit_m_s);
  out["sets"] = json::array();
  for (const InversionTest& test : tests) {
    json each = to_object(test.scores, test.unit_m_s);
    each["name"] = test.name;
    if (test.published != nullptr) {
      each["set"] = test.published->code;
    }
    out["sets"].push_back(std::move(each));
  }
  return out.dump();
}

std::string inversion_tests_to_text(std::span<const InversionTest> tests) {
  std::string text = fmt::format("{:<24}{:>7}{:>9}{:>9}{:>9}{:>11}{:>11}\n",
                                 "data set",
                                 "maps",
                                 "MAE",
                                 "RMSE",
                                 "SSIM",
                                 "MAE m/s",
                                 "RMSE m/s");
  for (const InversionTest& test : tests) {
    text += fmt::format("{:<24}{:>7}{:>9.4f}{:>9.4f}{:>9.4f}{:>11.1f}{:>11.1f}\n",
                        test.name,
                        test.scores.maps,
                        test.scores.mae,
                        test.scores.rmse,
                        test.scores.ssim,
                        test.scores.mae * test.unit_m_s,
                        test.scores.rmse * test.unit_m_s);
  }
  return text;
}

}  // namespace geod::trainer
