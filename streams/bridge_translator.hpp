#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/das_block.hpp"
#include "core/error.hpp"
#include "core/fibre_places.hpp"
#include "streams/fibre_time_line.hpp"
#include "streams/wire_message.hpp"

namespace geod::streams {

/// Turns the live messages of an interrogator's own protocol into blocks. No socket: tested with
/// bytes. Not thread-safe.
class BridgeTranslator {
 public:
  virtual ~BridgeTranslator() = default;

  /// Blocks of one message, possibly none. Errors: kProtocol, kUnsupported; the message is lost,
  /// the next may be good.
  virtual Result<std::vector<DasBlock>> take(std::span<const Frame> message) = 0;

  /// One JSON object that describes what is in force; a change of it is a new revision.
  virtual std::string metadata() const = 0;
};

/// ASN OptoDAS, SUB on port 3333: a JSON header, at the start as a welcome and again whenever
/// something changes, and messages of 8 bytes (ns since 1970, little-endian) with time-major
/// samples. A message is a block only if it has exactly the length that the header in force states.
/// A header that is not understood whole ends the validity of the one before: nothing is sent until
/// a good one comes, so no block is ever scaled or placed by a stale header.
class AsnTranslator final : public BridgeTranslator {
 public:
  explicit AsnTranslator(std::string fibre_id) : fibre_id_(std::move(fibre_id)) {}
  Result<std::vector<DasBlock>> take(std::span<const Frame> message) override;
  std::string metadata() const override { return header_text_; }

 private:
  Result<void> take_header(std::string_view text);

  const std::string fibre_id_;
  std::string header_text_ = "{}";
  std::shared_ptr<const FibreGeometry> geometry_;  ///< null: no good header is in force
  std::int64_t samples_ = 0;                       ///< a message
};

/// Where in its block the time stamp of a Febus block lies, when `origin` does not say.
enum class FebusStamp : std::uint8_t { kFirstSample, kMiddle };

/// Febus A1, REQ to port 16667: three frames, [set i32, epoch f64][6 f64, 7 i32][float32 samples].
/// Blocks overlap: what the block before gave is cut off.
class FebusTranslator final : public BridgeTranslator {
 public:
  FebusTranslator(std::string fibre_id, FebusStamp stamp)
      : fibre_id_(std::move(fibre_id)), stamp_(stamp) {}
  Result<std::vector<DasBlock>> take(std::span<const Frame> message) override;
  std::string metadata() const override;

  /// Time stamp of the newest block, seconds since 1970: what the next request says. 0: none yet.
  double last_epoch_s() const { return last_epoch_s_; }
  /// Length of the newest block; zero before the first.
  Duration block_length() const;
  /// Sets whose numbers were jumped over: the interrogator had gone on before we asked.
  std::uint64_t skipped_sets() const { return skipped_sets_; }

 private:
  struct Header;
  Result<Header> read_header(std::span<const Frame> message) const;

  const std::string fibre_id_;
  const FebusStamp stamp_;
  std::shared_ptr<const FibreGeometry> geometry_;
  FibreTimeLine line_;  ///< valid while geometry_ is set
  std::int64_t samples_ = 0;
  std::int64_t last_set_ = -1;
  double last_epoch_s_ = 0.0;
  std::uint64_t skipped_sets_ = 0;
};

/// xdas: each message is one NetCDF-4 file.
class XdasTranslator final : public BridgeTranslator {
 public:
  explicit XdasTranslator(std::string fibre_id) : fibre_id_(std::move(fibre_id)) {}
  Result<std::vector<DasBlock>> take(std::span<const Frame> message) override;
  std::string metadata() const override;

 private:
  const std::string fibre_id_;
  std::shared_ptr<const FibreGeometry> geometry_;
};

/// The acquisition in DMETA's words where it has them, one JSON object. Of more than 5,000 places
/// evenly as many: the fibre is straight in between.
std::string acquisition_json(const FibreGeometry& geometry,
                             std::string_view source,
                             std::span<const FibrePlace> places = {});

}  // namespace geod::streams
