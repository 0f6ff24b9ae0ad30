// Fuzz target of the geod-wire receiver below the sockets: topics, JSON headers, check sums,
// sequence account, permissions, splitting and decoding, blocks of fibres with their packing and
// their time line, over several messages of two peers.
//
// Input: messages one after another. A message is one byte (low three bits: number of frames, next
// bit: which peer), then for each frame two bytes of length, little-endian, and its bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "streams/fibre_buffer.hpp"
#include "streams/wire_session.hpp"

namespace {

using namespace geod;           // NOLINT(google-build-using-namespace): a single-file program
using namespace geod::streams;  // NOLINT(google-build-using-namespace)

class StillClock final : public Clock {
 public:
  Time now() const override { return time_from_ns(1'562'260'200'000'000'000); }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
};

const AllowedKey kNarrowKey{"narrow", {"XX.*", "FDSN:XX_*"}};

/// Checks what must hold whatever came in.
class CheckingSink final : public RecordSink, public FibreSink {
 public:
  void on_record(Record record, const Delivery& delivery) override {
    GEOD_CHECK(delivery.source == "fuzz" && !delivery.cursor, "delivery");
    GEOD_CHECK(!is_narrow || kNarrowKey.permits_channel(record.header.source_id), "permission");
    open_channels.insert(record.header.source_id);
    ++records;
  }
  void on_end(const StreamEnd& end) override {
    for (const SourceId& channel : end.channels) {
      GEOD_CHECK(open_channels.contains(channel), "end of a channel that never came");
    }
    ++ends;
  }

  void on_block(DasBlock block, const Delivery& delivery) override {
    const FibreGeometry& geometry = *block.geometry;
    GEOD_CHECK(delivery.source == "fuzz" && !delivery.cursor, "delivery");
    GEOD_CHECK(!is_narrow || kNarrowKey.permits_stream(geometry.fibre_id), "permission");
    GEOD_CHECK(block.samples > 0 && geometry.channels > 0 && block.bytes() <= kMaxBlockBytes,
               "size");
    GEOD_CHECK(reinterpret_cast<std::uintptr_t>(block.raw.get()) % bytes_of(geometry.type) == 0,
               "alignment");
    GEOD_CHECK(block.end() > block.start, "time");
    for (const ChannelSpan& dead : block.dead) {
      GEOD_CHECK(0 <= dead.first && dead.first < dead.second && dead.second <= geometry.channels,
                 "dead channels");
    }
    ++blocks;
    last_byte = block.raw[static_cast<std::ptrdiff_t>(block.bytes()) - 1];
    buffer.push(std::move(block), gaps);
    while (const auto piece = buffer.next()) {
      GEOD_CHECK(piece->from < piece->to && piece->to <= piece->block.samples, "piece");
      last_byte = *piece->layout().at(piece->samples() - 1, piece->geometry().channels - 1);
    }
  }
  void on_fibre_gap(FibreGap gap) override { buffer.announce(gap); }
  void on_fibre_end(FibreEnd /*end*/) override { buffer.end(); }
  void on_fibre_metadata(FibreMetadata metadata) override {
    GEOD_CHECK(metadata.json.size() <= kMaxMetadataBytes, "metadata");
  }

  bool is_narrow = false;
  FibreBuffer buffer{"fuzz", 1 << 20};
  std::vector<FibreGap> gaps;
  std::uint64_t blocks = 0;
  std::byte last_byte{};
  std::uint64_t records = 0;
  std::uint64_t ends = 0;
  std::set<SourceId> open_channels;
};

/// Takes the frames of the next message off `input`; each into memory of its own, so that one byte
/// too far is seen.
std::vector<std::vector<std::byte>> take_frames(std::span<const std::byte>& input,
                                                std::size_t count) {
  std::vector<std::vector<std::byte>> frames;
  for (std::size_t i = 0; i < count && input.size() >= 2; ++i) {
    const std::size_t wanted =
        std::to_integer<std::size_t>(input[0]) | std::to_integer<std::size_t>(input[1]) << 8;
    input = input.subspan(2);
    const auto frame = input.first(std::min(wanted, input.size()));
    frames.emplace_back(frame.begin(), frame.end());
    input = input.subspan(frame.size());
  }
  return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  spdlog::set_level(spdlog::level::off);
  const StillClock clock;
  WireSession session("fuzz", {std::chrono::hours{24}, std::chrono::hours{24 * 365 * 30}}, clock);
  CheckingSink sink;
  std::span<const std::byte> input = std::as_bytes(std::span(data, size));
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  while (!input.empty()) {
    const auto control = std::to_integer<unsigned>(input[0]);
    input = input.subspan(1);
    const auto frames = take_frames(input, control & 7U);
    const std::vector<Frame> views(frames.begin(), frames.end());
    sink.is_narrow = (control & 8U) != 0;
    session.handle(views, {"peer", sink.is_narrow ? &kNarrowKey : nullptr}, {sink, sink});
    ++messages;
    for (const auto& frame : frames) {
      bytes += frame.size();
    }
  }
  const CounterSnapshot counters = session.counters().snapshot();
  GEOD_CHECK(counters.messages == messages && counters.bytes == bytes, "messages or bytes");
  GEOD_CHECK(counters.records == sink.records, "records");
  GEOD_CHECK(counters.blocks == sink.blocks, "blocks");
  GEOD_CHECK(counters.ends >= sink.ends, "ends");
  GEOD_CHECK(counters.missing <= messages * SequenceLedger::kMaxJump, "missing");
  return 0;
}
