#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "core/error.hpp"

namespace geod::trainer {

/// Weights that a validation found among the best.
struct KeptWeights {
  std::int64_t step = 0;
  double metric = 0.0;  ///< the smaller the better
  bool operator==(const KeptWeights&) const = default;
};

/// The weights of the best validations of a run, as files `best-<step>.safetensors` in its folder.
class BestWeights {
 public:
  /// @param limit  files that are kept, at least one.
  BestWeights(std::filesystem::path directory, int limit);

  /// Goes on from what a checkpoint says; the files are there.
  void restore(std::vector<KeptWeights> kept) { kept_ = std::move(kept); }

  /// Has `save` write the weights when they are among the best, and removes the file that falls
  /// out. A metric that is not a number counts as the worst. True when no others are better: a
  /// gain.
  Result<bool> offer(KeptWeights offered,
                     const std::function<Result<void>(const std::filesystem::path&)>& save);

  bool empty() const { return kept_.empty(); }
  /// Ascending in the metric.
  const std::vector<KeptWeights>& kept() const { return kept_; }
  const KeptWeights& best() const { return kept_.front(); }
  std::filesystem::path best_file() const { return file_of(best()); }

 private:
  std::filesystem::path file_of(const KeptWeights& kept) const;

  std::filesystem::path directory_;
  std::size_t limit_;
  std::vector<KeptWeights> kept_;
};

}  // namespace geod::trainer
