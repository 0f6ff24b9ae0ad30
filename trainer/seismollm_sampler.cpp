#include <utility>
#include <vector>

#include "trainer/published_trace.hpp"
#include "trainer/window_mixing.hpp"
#include "trainer/window_sampler.hpp"

namespace geod::trainer {
namespace {

/// One labelled event of a recording: P and the S after it, samples from the recording's start.
struct LabelledPair {
  const Recording* recording;
  double p;
  double s;
};

std::vector<LabelledPair> labelled_pairs(std::span<const Recording> recordings) {
  std::vector<LabelledPair> pairs;
  for (const Recording& recording : recordings) {
    for (std::size_t i = 0; i < recording.labels.size(); ++i) {
      if (recording.labels[i].phase != Phase::kP) {
        continue;
      }
      for (std::size_t j = i + 1; j < recording.labels.size(); ++j) {
        if (recording.labels[j].phase == Phase::kP) {
          break;
        }
        pairs.push_back({&recording, recording.labels[i].sample, recording.labels[j].sample});
        break;
      }
    }
  }
  return pairs;
}

class SeismollmSampler final : public WindowSampler {
 public:
  SeismollmSampler(std::vector<LabelledPair> pairs,
                   std::int64_t window_samples,
                   double sampling_rate_hz,
                   std::uint64_t seed,
                   bool augmented)
      : pairs_(std::move(pairs)),
        window_samples_(window_samples),
        rate_hz_(sampling_rate_hz),
        seed_(seed),
        epoch_draws_((augmented ? 2 : 1) * pairs_.size()) {}

  LabelledWindow draw(std::uint64_t n) const override {
    const std::uint64_t count = pairs_.size();
    const std::uint64_t item =
        shuffled_draw(seed_, n / epoch_draws_, n % epoch_draws_, epoch_draws_);
    Rng rng(seed_, n);
    const LabelledPair& pair = pairs_[item % count];
    PublishedTrace trace =
        cut_published_trace(*pair.recording, pair.p, pair.s, window_samples_, rng);
    if (item >= count && !trace.missing) {
      augment_as_published(trace, rng);
    }
    LabelledWindow window = cut_published_window(trace, window_samples_, rate_hz_, rng);
    if (trace.missing) {
      const auto all = static_cast<double>(window_samples_);
      window.labels.clear();
      window.masks = {{Phase::kP, 0.0, all}, {Phase::kS, 0.0, all}};
    }
    normalise(window);
    return window;
  }

 private:
  std::vector<LabelledPair> pairs_;
  std::int64_t window_samples_;
  double rate_hz_;
  std::uint64_t seed_;
  std::uint64_t epoch_draws_;
};

}  // namespace

std::uint64_t labelled_pair_count(std::span<const Recording> recordings) {
  return labelled_pairs(recordings).size();
}

Result<std::unique_ptr<WindowSampler>> make_seismollm_sampler(std::span<const Recording> recordings,
                                                              std::int64_t window_samples,
                                                              double sampling_rate_hz,
                                                              std::uint64_t seed,
                                                              bool augmented) {
  std::vector<LabelledPair> pairs = labelled_pairs(recordings);
  if (pairs.empty()) {
    return fail(Errc::kConfig,
                "the training data hold no P label followed by an S label; the seismollm preset "
                "trains on such pairs");
  }
  return std::make_unique<SeismollmSampler>(
      std::move(pairs), window_samples, sampling_rate_hz, seed, augmented);
}

}  // namespace geod::trainer
