#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace geod::streams {

/// What a sequence number says about its message.
struct SequenceVerdict {
  enum class Kind : std::uint8_t {
    kAccept,
    kDuplicate,       ///< the number has come before: drop the message
    kAbsurd,          ///< too far ahead to be a loss: refuse the message, the account is unchanged
    kTooManyStreams,  ///< no room to keep account of one more stream
  };
  Kind kind = Kind::kAccept;
  std::uint64_t missing = 0;  ///< messages between the last and this one that never came
  bool is_restart = false;    ///< a publisher known under another boot came with a new one
};

/// Accounts for the messages of every stream by (stream id, boot).
///
/// A publisher numbers its messages +1 from 0 and chooses a new `boot` when it restarts. A stream
/// is joined where it is first heard; after a restart everything from 0 counts. The last few boots
/// of a stream are remembered, so that the tail of the old one does not read as another restart.
/// Bounded in streams; not thread-safe.
class SequenceLedger {
 public:
  static constexpr std::size_t kMaxStreams = 65'536;
  static constexpr std::size_t kBootsKept = 4;
  /// A jump beyond this is no loss (at 1000 messages a second: eleven days) but a broken or hostile
  /// publisher; believing it would turn all that follows into duplicates.
  static constexpr std::uint64_t kMaxJump = 1'000'000'000;

  SequenceVerdict on_data(std::string_view stream_id, std::uint64_t boot, std::uint64_t seq);

  /// `next_seq`: the number the publisher will give its next message. Shows the loss of the last
  /// messages before a silence.
  SequenceVerdict on_next_seq(std::string_view stream_id,
                              std::uint64_t boot,
                              std::uint64_t next_seq);

  /// After an orderly end: the stream may come back as if new.
  void forget(std::string_view stream_id);

  std::size_t streams() const { return streams_.size(); }

 private:
  struct Boot {
    std::uint64_t boot;
    std::uint64_t next_seq;
  };
  struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  SequenceVerdict advance(std::string_view stream_id,
                          std::uint64_t boot,
                          std::uint64_t seq,
                          std::uint64_t used);

  std::unordered_map<std::string, std::vector<Boot>, StringHash, std::equal_to<>> streams_;
};

}  // namespace geod::streams
