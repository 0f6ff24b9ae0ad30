#include "trainer/image_batches.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "trainer/image_tiles.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {
namespace {

/// Streams of the generator: orders of epochs, and what is done to single draws.
constexpr std::uint64_t kOrderStream = 0x0DE5'0000'0000'0000ULL;

std::vector<std::size_t> order_of(std::size_t count, std::uint64_t epoch, std::uint64_t seed) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Rng random(seed, kOrderStream + epoch);
  for (std::size_t i = count; i > 1; --i) {
    std::swap(order[i - 1],
              order[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
  }
  return order;
}

/// A random start of a piece of `length` in `whole`; 0 when the whole is not longer.
std::int64_t random_start(Rng& random, std::int64_t whole, std::int64_t length) {
  return whole > length ? random.below(whole - length + 1) : 0;
}

}  // namespace

ImageBatches::ImageBatches(std::span<const LabelledImage> images, const ImageBatchRules& rules)
    : images_(images), rules_(rules) {
  const auto count = static_cast<std::int64_t>(images_.size());
  GEOD_CHECK(count > 0 && rules_.images > 0, "there is something to draw");
  const bool drops_rest = rules_.published && rules_.processes > 1;
  epoch_steps_ = std::max<std::int64_t>(
      1, drops_rest ? count / rules_.images : (count + rules_.images - 1) / rules_.images);
}

std::size_t ImageBatches::image_of(std::uint64_t number) const {
  const std::uint64_t count = images_.size();
  return order_of(images_.size(), number / count, rules_.seed)[number % count];
}

std::vector<ImageBatches::Draw> ImageBatches::draws_of(std::int64_t step) const {
  const auto wanted = static_cast<std::uint64_t>(rules_.images);
  const std::uint64_t count = images_.size();
  std::vector<Draw> draws;
  if (!rules_.published) {
    for (std::uint64_t i = 0; i < wanted; ++i) {
      const std::uint64_t number = static_cast<std::uint64_t>(step) * wanted + i;
      draws.push_back({image_of(number), number});
    }
    return draws;
  }
  const auto epoch = static_cast<std::uint64_t>(step / epoch_steps_);
  const std::uint64_t first = static_cast<std::uint64_t>(step % epoch_steps_) * wanted;
  const std::vector<std::size_t> order = order_of(images_.size(), epoch, rules_.seed);
  for (std::uint64_t i = first; i < std::min(first + wanted, count); ++i) {
    draws.push_back({order[i], epoch * count + i});
  }
  return draws;
}

TrainBatch ImageBatches::make(std::int64_t step, int rank) const {
  const std::vector<Draw> all = draws_of(step);
  const std::size_t mine = all.size() / static_cast<std::size_t>(rules_.processes);
  const auto draws = std::span(all).subspan(static_cast<std::size_t>(rank) * mine, mine);
  const std::size_t copies = rules_.published ? 2 : 1;
  const auto area = static_cast<std::size_t>(rules_.rows * rules_.columns);
  TrainBatch batch;
  batch.step = step;
  batch.windows = static_cast<std::int64_t>(copies * draws.size());
  batch.input.resize(copies * draws.size() * area);
  batch.target.resize(batch.input.size());
  std::size_t at = 0;
  for (const Draw& draw : draws) {
    const LabelledImage& image = images_[draw.image];
    Rng random(rules_.seed, draw.number);
    const PiecePlace place{random_start(random, image.rows, rules_.rows),
                           random_start(random, image.columns, rules_.columns),
                           rules_.rows,
                           rules_.columns};
    const bool flips = random.chance(0.5);
    for (std::size_t copy = 0; copy < copies; ++copy, at += area) {
      const bool mirrored = rules_.published ? copy == 1 : flips;
      cut_pixels(image, place, mirrored, std::span(batch.input).subspan(at, area));
      cut_labels(image, place, mirrored, std::span(batch.target).subspan(at, area));
    }
  }
  return batch;
}

}  // namespace geod::trainer
