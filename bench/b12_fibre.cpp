// B12, the part before the network: real-time factor of what brings the samples of a fibre to tiles
// and what makes detections of masks, on one core.
//
//   b12_fibre [CHANNELS [RATE_HZ]]     10000 channels at 1000 Hz if not told
//
// Each case is 5 s of noise (int16, one-second blocks, made before) after 5 s to warm up, so that
// what a segment's begin costs is not counted. The figure is data time over processor time of the
// thread; "floor" copies every stored sample to float once, the least that any conditioning does.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/measure.hpp"
#include "models/fibre_decoder.hpp"
#include "streams/fibre_conditioner.hpp"
#include "streams/fibre_tiler.hpp"

namespace {

using namespace geod;           // NOLINT(google-build-using-namespace): a single-file program
using namespace geod::streams;  // NOLINT(google-build-using-namespace)

constexpr int kSeconds = 5;
constexpr int kRounds = 2;

std::shared_ptr<const std::byte[]> noise_of(const FibreGeometry& geometry, std::int64_t samples) {
  const auto count = static_cast<std::size_t>(samples * geometry.channels);
  const auto raw = std::shared_ptr<std::byte[]>(new std::byte[count * 2]);
  std::mt19937_64 random(1);
  std::normal_distribution<float> normal(0.0F, 300.0F);
  std::vector<std::int16_t> pool(1 << 16U);
  std::generate(
      pool.begin(), pool.end(), [&] { return static_cast<std::int16_t>(normal(random)); });
  for (std::size_t i = 0; i < count; ++i) {
    const std::int16_t value = pool[(i * 2654435761U >> 7U) % pool.size()];
    std::memcpy(raw.get() + 2 * i, &value, 2);
  }
  return raw;
}

/// Blocks of a second each, again and again the same bytes: what they hold costs nothing to make.
FibrePiece piece_of(const std::shared_ptr<const FibreGeometry>& geometry,
                    const std::shared_ptr<const std::byte[]>& raw,
                    int second) {
  FibrePiece piece;
  piece.block.geometry = geometry;
  piece.block.samples = geometry->rate.samples_in(std::chrono::seconds{1});
  piece.block.raw = raw;
  piece.block.start = Time{std::chrono::seconds{1'800'000'000 + second}};
  piece.to = piece.block.samples;
  piece.start = piece.block.start;
  piece.begins_segment = second == 0;
  return piece;
}

double floor_s(const std::byte* raw, std::int64_t count) {
  std::vector<float> out(1 << 14U);
  const bench::Stopwatch watch;
  const auto* from = reinterpret_cast<const std::int16_t*>(raw);
  float sum = 0.0F;
  for (std::int64_t i = 0; i + static_cast<std::int64_t>(out.size()) <= count;
       i += static_cast<std::int64_t>(out.size())) {
    std::copy_n(from + i, out.size(), out.begin());
    sum += out[static_cast<std::size_t>(i) % out.size()];
  }
  const double seconds = watch.cpu_s();
  return sum == 0.5F ? 0.0 : seconds;  // the copies are needed
}

struct Costs {
  double condition_s = 1e9;
  double tile_s = 1e9;
  double decode_s = 1e9;
};

/// Rows of `seconds`, tiles of them, and a mask with an event in them through the decoder.
Costs measure(const std::shared_ptr<const FibreGeometry>& geometry) {
  const auto raw = noise_of(*geometry, geometry->rate.samples_in(std::chrono::seconds{1}));
  FibreConditioner conditioner{FibreConditioning{}};
  const FibreTiling tiling;
  FibreTiler tiler(tiling);
  models::FibreDecoderSettings settings;
  auto decoder = models::FibreDecoder::make(
      std::make_shared<const models::FibreDecoderSettings>(std::move(settings)));
  models::SegmentBatch batch;
  batch.tiles = 1;
  batch.classes = 2;
  batch.rows = tiling.rows;
  batch.columns = tiling.columns;
  batch.values.assign(static_cast<std::size_t>(2 * tiling.rows * tiling.columns), 0.05F);
  Costs costs{0.0, 0.0, 0.0};
  for (int second = 0; second < 2 * kSeconds; ++second) {
    if (second == kSeconds) {
      costs = {0.0, 0.0, 0.0};
    }
    std::vector<FibreRows> rows;
    const bench::Stopwatch condition;
    if (const auto pushed = conditioner.push(piece_of(geometry, raw, second), rows); !pushed) {
      bench::give_up(pushed.error().what);
    }
    costs.condition_s += condition.cpu_s();
    std::vector<FibreTile> tiles;
    const bench::Stopwatch tile;
    for (const FibreRows& each : rows) {
      tiler.push(each, tiles);
    }
    costs.tile_s += tile.cpu_s();
    const bench::Stopwatch decode;
    models::FibreDecoderOutput out;
    for (const FibreTile& each : tiles) {
      decoder->push(each, batch, 0, out);
    }
    costs.decode_s += decode.cpu_s();
  }
  return costs;
}

void print(const std::string& name, const std::shared_ptr<const FibreGeometry>& geometry) {
  Costs best;
  for (int round = 0; round < kRounds; ++round) {
    const Costs costs = measure(geometry);
    best.condition_s = std::min(best.condition_s, costs.condition_s);
    best.tile_s = std::min(best.tile_s, costs.tile_s);
    best.decode_s = std::min(best.decode_s, costs.decode_s);
  }
  const std::int64_t second = geometry->rate.samples_in(std::chrono::seconds{1});
  const auto raw = noise_of(*geometry, second);
  double least = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    least = std::min(least, floor_s(raw.get(), second * geometry->channels));
  }
  const auto factor = [](double seconds) { return kSeconds / seconds; };
  fmt::print(
      "{:<34} conditioner {:>6.1f} x real time, tiler {:>6.0f} x, decoder {:>6.1f} x, all {:>5.1f} "
      "x"
      " | floor {:>5.0f} x\n",
      name,
      factor(best.condition_s),
      factor(best.tile_s),
      factor(best.decode_s),
      factor(best.condition_s + best.tile_s + best.decode_s),
      1.0 / least);
}

}  // namespace

int main(int argc, char** argv) {
  bench::print_host();
  FibreGeometry geometry;
  geometry.fibre_id = "XX.BENCH";
  geometry.channels = argc > 1 ? std::atoll(argv[1]) : 10'000;
  geometry.channel_spacing_m = 10.0;
  geometry.type = DasSampleType::kInt16;
  const auto rate = SampleRate::make(argc > 2 ? std::atoll(argv[2]) : 1000);
  if (geometry.channels < 1 || !rate) {
    bench::give_up("channels and rate are positive whole numbers");
  }
  geometry.rate = *rate;
  for (const DasUnit unit : {DasUnit::kStrainRate, DasUnit::kStrain}) {
    for (const DasOrder order : {DasOrder::kTimeMajor, DasOrder::kChannelMajor}) {
      geometry.unit = unit;
      geometry.order = order;
      print(fmt::format("{} ch, {}, {}, {}",
                        geometry.channels,
                        geometry.rate.to_string(),
                        to_string(unit),
                        order == DasOrder::kTimeMajor ? "tc" : "ct"),
            std::make_shared<const FibreGeometry>(geometry));
    }
  }
  return 0;
}
