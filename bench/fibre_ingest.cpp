// Ingest of a fibre of 10,000 channels at 1 kHz, float32, without a socket: 40 MB of samples a
// second of data. `real_time_factor` is data time over processor time.
//
//   fibre_ingest --benchmark_min_time=2
#include <chrono>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "streams/fibre_buffer.hpp"
#include "streams/wire_session.hpp"

namespace {

using namespace geod;           // NOLINT(google-build-using-namespace): a single-file program
using namespace geod::streams;  // NOLINT(google-build-using-namespace)

constexpr std::int64_t kChannels = 10'000;
constexpr std::int64_t kBlockSamples = 100;  // 0.1 s, 4 MB
constexpr std::size_t kBufferBytes = std::size_t{256} << 20U;

DasHeader header_of(std::uint64_t seq) {
  DasHeader header;
  header.boot = 1;
  header.seq = seq;
  header.geometry.fibre_id = "XX.CABLE1";
  header.geometry.rate = *SampleRate::make(1000);
  header.geometry.channels = kChannels;
  header.geometry.channel_spacing_m = 4.0;
  header.geometry.unit = DasUnit::kStrainRate;
  header.samples = kBlockSamples;
  header.start = time_from_ns(1'562'259'600'000'000'000) +
                 header.geometry.rate.span_of(static_cast<std::int64_t>(seq) * kBlockSamples);
  return header;
}

std::shared_ptr<const std::byte[]> samples_of(std::size_t bytes) {
  const std::shared_ptr<std::byte[]> samples(new std::byte[bytes]);
  for (std::size_t i = 0; i < bytes; ++i) {
    samples[static_cast<std::ptrdiff_t>(i)] = static_cast<std::byte>(i * 31U);
  }
  return samples;
}

void report(benchmark::State& state, std::size_t block_bytes) {
  const auto blocks = static_cast<double>(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(block_bytes));
  state.counters["real_time_factor"] =
      benchmark::Counter(blocks * 0.1, benchmark::Counter::kIsRate);
}

/// Blocks into the buffer and out again: what putting them on one time line costs.
void fill_buffer(benchmark::State& state) {
  const auto geometry = std::make_shared<const FibreGeometry>(header_of(0).geometry);
  const auto samples = samples_of(header_of(0).bytes());
  FibreBuffer buffer("XX.CABLE1", kBufferBytes);
  std::vector<FibreGap> gaps;
  std::uint64_t seq = 0;
  for ([[maybe_unused]] auto _ : state) {
    DasBlock block;
    block.geometry = geometry;
    block.start = header_of(seq++).start;
    block.samples = kBlockSamples;
    block.raw = samples;
    buffer.push(std::move(block), gaps);
    benchmark::DoNotOptimize(buffer.next());
  }
  report(state, header_of(0).bytes());
}
BENCHMARK(fill_buffer);

class CountingSink final : public RecordSink, public FibreSink {
 public:
  void on_record(Record /*record*/, const Delivery& /*delivery*/) override {}
  void on_end(const StreamEnd& /*end*/) override {}
  void on_block(DasBlock block, const Delivery& /*delivery*/) override {
    buffer.push(std::move(block), gaps);
    benchmark::DoNotOptimize(buffer.next());
  }
  void on_fibre_gap(FibreGap gap) override { buffer.announce(gap); }
  void on_fibre_end(FibreEnd /*end*/) override {}
  void on_fibre_metadata(FibreMetadata /*metadata*/) override {}

  FibreBuffer buffer{"XX.CABLE1", kBufferBytes};
  std::vector<FibreGap> gaps;
};

/// A whole message: header, account, the check sum when `state.range(0)`, and the buffer.
void take_message(benchmark::State& state) {
  spdlog::set_level(spdlog::level::warn);
  const SystemClock clock;
  WireSession session("bench", {}, clock);
  CountingSink sink;
  const std::string topic = "das/1/XX.CABLE1";
  const std::size_t bytes = header_of(0).bytes();
  const auto samples = samples_of(bytes);
  const Frame payload(samples.get(), bytes);
  const std::uint32_t sum = crc32_ieee(payload);
  std::uint64_t seq = 0;
  for ([[maybe_unused]] auto _ : state) {
    DasHeader header = header_of(seq++);
    if (state.range(0) != 0) {
      header.crc32 = sum;
    }
    const std::string json = das_header_json(header);
    const std::vector<Frame> frames{
        std::as_bytes(std::span(topic)), std::as_bytes(std::span(json)), payload};
    session.handle(frames, {"peer", nullptr}, {sink, sink}, [&samples] { return samples; });
  }
  const CounterSnapshot counters = session.counters().snapshot();
  if (counters.blocks != seq || counters.rejected() != 0) {
    state.SkipWithError("blocks were refused");
  }
  report(state, bytes);
}
BENCHMARK(take_message)->ArgName("crc")->Arg(0)->Arg(1);

}  // namespace

BENCHMARK_MAIN();
