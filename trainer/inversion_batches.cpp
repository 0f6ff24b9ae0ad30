#include "trainer/inversion_batches.hpp"

#include <numeric>
#include <utility>

#include "models/inversion_scaling.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {
namespace {

/// Streams of the generator: one an epoch.
constexpr std::uint64_t kOrderStream = 0x1FE5'0000'0000'0000ULL;

std::vector<std::uint32_t> order_of(std::size_t count, std::uint64_t epoch, std::uint64_t seed) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  Rng random(seed, kOrderStream + epoch);
  for (std::size_t i = count; i > 1; --i) {
    std::swap(order[i - 1],
              order[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
  }
  return order;
}

}  // namespace

InversionBatches::InversionBatches(std::span<const InversionFolder> folders,
                                   std::span<const InversionSample> samples,
                                   std::vector<models::InversionSettings> settings,
                                   const InversionBatchRules& rules)
    : folders_(folders), samples_(samples), settings_(std::move(settings)), rules_(rules) {
  GEOD_CHECK(epoch_steps() > 0, "a whole batch");
  GEOD_CHECK(settings_.size() == folders_.size(), "settings of every folder");
}

std::int64_t InversionBatches::epoch_steps() const {
  return static_cast<std::int64_t>(samples_.size()) / rules_.samples;
}

TrainBatch InversionBatches::make(std::int64_t step, int rank) const {
  const std::int64_t epoch = step / epoch_steps();
  const std::vector<std::uint32_t> order =
      order_of(samples_.size(), static_cast<std::uint64_t>(epoch), rules_.seed);
  const std::int64_t mine = rules_.samples / rules_.processes;
  const std::int64_t first = step % epoch_steps() * rules_.samples + rank * mine;
  const InversionShape& shape = folders_.front().shape();
  TrainBatch batch;
  batch.step = step;
  batch.windows = mine;
  const auto count = static_cast<std::size_t>(mine);
  batch.input.resize(count * shape.shot_values());
  batch.target.resize(count * shape.map_values());
  batch.weight.resize(count * kInversionWeights);
  for (std::size_t i = 0; i < count; ++i) {
    fill(samples_[order[static_cast<std::size_t>(first) + i]], i, batch);
  }
  return batch;
}

void InversionBatches::fill(const InversionSample& sample,
                            std::size_t at,
                            TrainBatch& batch) const {
  const InversionFolder& folder = folders_[sample.folder];
  const models::InversionScaling scaling(settings_[sample.folder]);
  const std::size_t shot_values = folder.shape().shot_values();
  const std::size_t map_values = folder.shape().map_values();
  const auto shots = std::span(batch.input).subspan(at * shot_values, shot_values);
  const auto map = std::span(batch.target).subspan(at * map_values, map_values);
  const auto weights = std::span(batch.weight).subspan(at * kInversionWeights, kInversionWeights);
  weights[kLogMinimum] = scaling.log_min();
  weights[kLogSpan] = scaling.log_span();
  weights[kCounts] = 1.0F;
  if (const auto read = folder.read(sample.place, shots, map); !read) {
    std::ranges::fill(shots, 0.0F);
    std::ranges::fill(map, 0.0F);
    weights[kCounts] = 0.0F;
    const std::lock_guard lock(mutex_);
    if (faults_.samples++ == 0) {
      faults_.first = read.error().what;
    }
    return;
  }
  for (float& value : map) {
    value = scaling.velocity(value);
  }
}

InversionBatches::Faults InversionBatches::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

}  // namespace geod::trainer
