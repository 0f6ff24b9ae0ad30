#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/das_block.hpp"
#include "streams/das_header.hpp"
#include "streams/fibre_sink.hpp"
#include "streams/fibre_time_line.hpp"
#include "streams/source.hpp"
#include "streams/wire_account.hpp"
#include "streams/wire_message.hpp"

namespace geod::streams {

/// Hands over the bytes of a message's last frame, so that they are shared and not copied. Called
/// at most once; the frames' views are not used after it.
using PayloadKeeper = std::function<std::shared_ptr<const std::byte[]>()>;

inline constexpr std::size_t kMaxMetadataBytes = 1 << 20;
inline constexpr std::size_t kMaxMetadataDepth = 32;

/// What is done with `das/1`, `dasmeta/1` and the end of a fibre on one endpoint, without a socket.
///
/// A block is refused by its header, its age, its sequence number, its length, its checksum, its
/// packing, or because the sampling changed without a new boot or a higher meta_rev; each is
/// counted once. A block whose header is good has used its number: it is refused, never missing.
///
/// Thread: one (geod-io).
class FibreSession {
 public:
  /// Fibres kept account of; blocks of further ones are refused.
  static constexpr std::size_t kMaxFibres = 1024;
  static constexpr std::size_t kBootsKept = SequenceLedger::kBootsKept;

  /// `account` outlives the session.
  FibreSession(RecordAgeLimits limits, WireAccount& account);

  void handle_block(const WireMessage& message,
                    const WirePeer& peer,
                    const PayloadKeeper& keep_payload,
                    FibreSink& sink);
  void handle_metadata(const WireMessage& message, const WirePeer& peer, FibreSink& sink);
  /// Forgets the fibre; tells the sink if it had given a block.
  void handle_end(const WireMessage& message, FibreSink& sink);

 private:
  /// What the blocks of one fibre have said so far.
  struct Fibre {
    std::shared_ptr<const FibreGeometry> geometry;  ///< null before the first block
    std::deque<std::uint64_t> boots;                ///< the last is in force
    std::optional<std::uint64_t> meta_rev;
    FibreTimeLine line;  ///< valid while geometry is set
    std::string metadata;
  };
  enum class Border { kNone, kRestart, kNewRevision };

  Fibre* find_or_add(const WireMessage& message, const WirePeer& peer);
  bool settle_sequence(const DasHeader& header, const WirePeer& peer, std::uint64_t& missing);
  WireResult<Border> judge_header(const DasHeader& header, const Fibre& fibre) const;
  WireResult<std::shared_ptr<const std::byte[]>> unpack(const DasHeader& header,
                                                        Frame payload,
                                                        const PayloadKeeper& keep_payload) const;
  void take_header(const DasHeader& header, Border border, Fibre& fibre, FibreSink& sink);
  void account_time(const DasHeader& header, std::uint64_t missing, Fibre& fibre);

  const RecordAgeLimits limits_;
  WireAccount& account_;
  std::unordered_map<std::string, Fibre> fibres_;  ///< heard and not ended
};

}  // namespace geod::streams
