#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace geod::trainer {

/// How the networks of the paper were trained.
enum class InversionMethod : std::uint8_t {
  kBaseline,  ///< from random weights on the target set alone
  kFull,      ///< "FFT-PFM": all weights of a network that was pretrained on six sets
  kLora,      ///< "LoRA-PFM": rank 16 on all convolutions of it
};
std::string_view to_string(InversionMethod method);

/// A cell of the paper's tables: scores on a whole validation set, as printed (cut to three
/// decimals, not rounded).
struct PublishedInversion {
  std::string_view trained_on;  ///< "FVB"
  std::string_view tested_on;
  InversionMethod method = InversionMethod::kBaseline;
  int percent = 100;  ///< of the target's training samples
  double mae = 0.0;
  double rmse = 0.0;
  double ssim = 0.0;
  std::string_view remark{};  ///< what is wrong with it; empty: nothing known
};

/// Tables V (in distribution) and VI to IX (out of distribution, low data), and cross-tests of the
/// published baselines. Tables III and IV are pictures in the paper: their cells are here as far as
/// other tables repeat them.
/// Source: Ghosal et al. (arXiv 2412.19510); baselines out of distribution by the authors of the
/// Generalized Forward-Inverse framework from OpenFWI's released checkpoints.
std::span<const PublishedInversion> published_inversions();

/// The cell of a run; null where the paper has none.
const PublishedInversion* find_published_inversion(std::string_view trained_on,
                                                   std::string_view tested_on,
                                                   InversionMethod method,
                                                   int percent);

/// A row of Table II: LoRA with alpha 16, trained and tested on a set that the paper does not name
/// and whose values are those of FVB.
struct PublishedRank {
  std::int64_t rank = 0;
  double mae = 0.0;
  double rmse = 0.0;
  double ssim = 0.0;
  std::string_view remark{};
};
std::span<const PublishedRank> published_ranks();

}  // namespace geod::trainer
