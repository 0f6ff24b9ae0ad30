#include "streams/fibre_session.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "streams/decompress.hpp"

namespace geod::streams {
namespace {

template <class... Args>
tl::unexpected<WireRejection> reject(WireFault fault,
                                     fmt::format_string<Args...> text,
                                     Args&&... args) {
  return tl::unexpected(WireRejection{fault, fmt::format(text, std::forward<Args>(args)...)});
}

std::shared_ptr<const std::byte[]> copy_of(Frame bytes) {
  const std::shared_ptr<std::byte[]> copy(new std::byte[bytes.size()]);
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  return copy;
}

/// Small messages may lie at any address of ZeroMQ's buffer.
bool is_aligned(const std::byte* bytes, DasSampleType type) {
  return reinterpret_cast<std::uintptr_t>(bytes) % bytes_of(type) == 0;
}

}  // namespace

FibreSession::FibreSession(RecordAgeLimits limits, WireAccount& account)
    : limits_(limits), account_(account) {}

void FibreSession::handle_block(const WireMessage& message,
                                const WirePeer& peer,
                                const PayloadKeeper& keep_payload,
                                FibreSink& sink) {
  auto header = parse_das_header(message.json);
  if (!header) {
    header.error().detail = fmt::format("fibre {}: {}", message.stream_id, header.error().detail);
    account_.refuse(header.error(), peer);
    return;
  }
  if (header->geometry.fibre_id != message.stream_id) {
    account_.refuse(
        WireFault::kIdMismatch,
        fmt::format("topic says {}, header says {}", message.stream_id, header->geometry.fibre_id),
        peer);
    return;
  }
  Fibre* const fibre = find_or_add(message, peer);
  std::uint64_t missing = 0;
  if (fibre == nullptr || !settle_sequence(*header, peer, missing)) {
    return;
  }
  const auto border = judge_header(*header, *fibre);
  auto raw =
      border ? unpack(*header, message.payload, keep_payload) : tl::unexpected(border.error());
  if (!raw) {
    raw.error().detail =
        fmt::format("fibre {} block {}: {}", message.stream_id, header->seq, raw.error().detail);
    account_.refuse(raw.error(), peer);
    return;
  }
  take_header(*header, *border, *fibre, sink);
  account_time(*header, missing, *fibre);
  DasBlock block{fibre->geometry,
                 header->start,
                 header->samples,
                 std::move(header->dead),
                 header->clock,
                 std::move(*raw),
                 account_.clock().steady_now()};
  SourceCounters::add(account_.counters().blocks);
  SourceCounters::add(account_.counters().block_bytes, block.bytes());
  const auto arrived_at = block.arrived_at;
  sink.on_block(std::move(block), {account_.source(), arrived_at, std::nullopt});
}

void FibreSession::handle_metadata(const WireMessage& message,
                                   const WirePeer& peer,
                                   FibreSink& sink) {
  const auto fields = parse_json_fields(message.json, {kMaxMetadataBytes, kMaxMetadataDepth});
  if (!fields) {
    account_.refuse(
        fields.error().fault,
        fmt::format("metadata of fibre {}: {}", message.stream_id, fields.error().detail),
        peer);
    return;
  }
  Fibre* const fibre = find_or_add(message, peer);
  if (fibre == nullptr) {
    return;
  }
  SourceCounters::add(account_.counters().fibre_metadata);
  const std::string_view text(reinterpret_cast<const char*>(message.json.data()),
                              message.json.size());
  if (text != fibre->metadata) {
    fibre->metadata = text;
    sink.on_fibre_metadata({std::string(message.stream_id), fibre->metadata});
  }
}

void FibreSession::handle_end(const WireMessage& message, FibreSink& sink) {
  const auto found = fibres_.find(std::string(message.stream_id));
  if (found == fibres_.end()) {
    return;
  }
  const bool gave_blocks = found->second.geometry != nullptr;
  fibres_.erase(found);
  if (gave_blocks) {
    sink.on_fibre_end({std::string(message.stream_id), message.header.reason});
  }
}

FibreSession::Fibre* FibreSession::find_or_add(const WireMessage& message, const WirePeer& peer) {
  const std::string id(message.stream_id);
  if (const auto known = fibres_.find(id); known != fibres_.end()) {
    return &known->second;
  }
  if (fibres_.size() >= kMaxFibres) {
    account_.refuse(WireFault::kTooManyStreams, "more fibres than are kept account of", peer);
    return nullptr;
  }
  return &fibres_[id];
}

bool FibreSession::settle_sequence(const DasHeader& header,
                                   const WirePeer& peer,
                                   std::uint64_t& missing) {
  const std::string& id = header.geometry.fibre_id;
  const SequenceVerdict verdict = account_.ledger().on_data(id, header.boot, header.seq);
  missing = verdict.missing;
  return account_.settle(verdict, id, peer);
}

/// Age, and what the blocks before admit.
WireResult<FibreSession::Border> FibreSession::judge_header(const DasHeader& header,
                                                            const Fibre& fibre) const {
  const Time end = header.start + header.geometry.rate.span_of(header.samples);
  if (!limits_.admit(header.start, end, account_.clock().now())) {
    return reject(WireFault::kRecordTime, "its time {} is too far from now", to_iso(header.start));
  }
  if (fibre.geometry == nullptr) {
    return Border::kNone;
  }
  if (header.boot != fibre.boots.back()) {
    if (std::ranges::find(fibre.boots, header.boot) != fibre.boots.end()) {
      return reject(WireFault::kStaleHeader,
                    "of boot {}, when {} is in force",
                    header.boot,
                    fibre.boots.back());
    }
    return Border::kRestart;
  }
  if (header.meta_rev && fibre.meta_rev && *header.meta_rev < *fibre.meta_rev) {
    return reject(WireFault::kStaleHeader,
                  "of meta_rev {}, when {} is in force",
                  *header.meta_rev,
                  *fibre.meta_rev);
  }
  if (header.meta_rev && *header.meta_rev > fibre.meta_rev.value_or(0)) {
    return Border::kNewRevision;
  }
  if (header.geometry != *fibre.geometry) {
    return reject(WireFault::kGeometry,
                  "the sampling changed without a new boot or a higher meta_rev: {} channels at "
                  "{}, before {} at {}",
                  header.geometry.channels,
                  header.geometry.rate.to_string(),
                  fibre.geometry->channels,
                  fibre.geometry->rate.to_string());
  }
  return Border::kNone;
}

WireResult<std::shared_ptr<const std::byte[]>> FibreSession::unpack(
    const DasHeader& header, Frame payload, const PayloadKeeper& keep_payload) const {
  const bool is_packed = header.compression != DasCompression::kNone;
  if (!is_packed && payload.size() != header.bytes()) {
    return reject(WireFault::kBlockLength,
                  "{} bytes of samples, its header says {}",
                  payload.size(),
                  header.bytes());
  }
  if (header.crc32 && *header.crc32 != crc32_ieee(payload)) {
    return reject(WireFault::kChecksum, "crc32 does not fit {} bytes of samples", payload.size());
  }
  if (is_packed) {
    return decompress(header.compression, payload, header.bytes());
  }
  auto kept = keep_payload ? keep_payload() : copy_of(payload);
  return is_aligned(kept.get(), header.geometry.type) ? kept
                                                      : copy_of({kept.get(), header.bytes()});
}

/// From here on the header is the one in force.
void FibreSession::take_header(const DasHeader& header,
                               Border border,
                               Fibre& fibre,
                               FibreSink& sink) {
  const bool is_first = fibre.geometry == nullptr;
  if (border == Border::kRestart) {
    sink.on_fibre_gap({header.geometry.fibre_id,
                       FibreGap::Kind::kRestart,
                       header.start,
                       header.start,
                       fmt::format("boot {}, before {}", header.boot, fibre.boots.back())});
    if (fibre.boots.size() == kBootsKept) {
      fibre.boots.pop_front();
    }
    fibre.meta_rev.reset();
  }
  if (is_first || border == Border::kRestart) {
    fibre.boots.push_back(header.boot);
    fibre.line = FibreTimeLine(header.start, header.geometry.rate);
  }
  if (header.meta_rev) {
    fibre.meta_rev = header.meta_rev;
  }
  if (is_first || *fibre.geometry != header.geometry) {
    const bool is_same_rate = !is_first && fibre.geometry->rate == header.geometry.rate;
    fibre.geometry = std::make_shared<const FibreGeometry>(header.geometry);
    if (!is_same_rate) {
      fibre.line = FibreTimeLine(header.start, header.geometry.rate);
    }
    spdlog::info("source={} fibre={} channels={} rate={:g} unit={} spacing_m={:g}",
                 account_.source(),
                 header.geometry.fibre_id,
                 header.geometry.channels,
                 header.geometry.rate.hz(),
                 to_string(header.geometry.unit),
                 header.geometry.channel_spacing_m);
  }
}

/// Counts what the times say, whatever the numbers say. FibreBuffer acts on it.
void FibreSession::account_time(const DasHeader& header, std::uint64_t missing, Fibre& fibre) {
  using Kind = FibreTimeLine::Kind;
  SourceCounters& counters = account_.counters();
  const FibreTimeLine::Verdict verdict = fibre.line.judge(header.start, header.samples);
  const bool is_contiguous = verdict.kind == Kind::kContiguous || verdict.kind == Kind::kStep;
  if (verdict.kind == Kind::kStep) {
    SourceCounters::add(counters.time_steps);
  } else if (verdict.kind == Kind::kHole) {
    SourceCounters::add(counters.time_holes);
  } else if (!is_contiguous) {
    SourceCounters::add(counters.time_overlaps);
  }
  if (is_contiguous && missing > 0) {
    SourceCounters::add(counters.renumbered, missing);
  }
  if (!is_contiguous && account_.may_log(fmt::format("time|{}", header.geometry.fibre_id))) {
    spdlog::warn("source={} fibre={} at={} offset_s={:g} missing_messages={}",
                 account_.source(),
                 header.geometry.fibre_id,
                 to_iso(header.start),
                 to_seconds(verdict.offset),
                 missing);
  }
  if (verdict.kind != Kind::kContiguous) {
    fibre.line.set_anchor(header.start);
  }
  fibre.line.advance(header.samples);
}

}  // namespace geod::streams
