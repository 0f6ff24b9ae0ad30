#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/fibres_config.hpp"
#include "core/das_block.hpp"
#include "core/error.hpp"
#include "core/fibre_tile.hpp"
#include "daemon/fibre_status.hpp"
#include "models/fibre_decoder.hpp"
#include "models/manifest.hpp"
#include "models/segmentation.hpp"
#include "streams/channel_range.hpp"
#include "streams/fibre_buffer.hpp"
#include "streams/fibre_conditioner.hpp"
#include "streams/fibre_tiler.hpp"

namespace geod {

/// The network's settings with what the configuration says of a fibre over them.
models::SegmentSettings segment_settings(const models::Manifest& network,
                                         const config::FibreConfig& fibre);

/// What a push makes; the caller empties it.
struct FibreWork {
  std::vector<FibreTile> tiles;
  std::vector<FibreGap> gaps;
  std::vector<FibreGeometryChange> geometries;
  void clear();
};

/// One fibre: blocks to tiles (FibreBuffer, FibreConditioner, FibreTiler), and the scores of the
/// tiles to rows (FibreDecoder). Thread: geod-segment only.
class FibrePipeline {
 public:
  /// `network`: the first that serves das; the tiles stay as it asked for. `ids`: of what serves.
  /// `max_bytes`: of blocks held. kModelMismatch, kUnsupported when the configuration asks for a
  /// grid that cannot be.
  static Result<FibrePipeline> make(std::string fibre_id,
                                    const config::FibreConfig& config,
                                    const models::Manifest& network,
                                    models::FibreDecoderSettings ids,
                                    std::size_t max_bytes);

  /// A block that nothing can be made of becomes a gap with the reason.
  void push(DasBlock block, FibreWork& out);
  /// A gap that came with the stream: shed, or a restart of the publisher.
  void note(const FibreGap& gap);
  /// Nothing contiguous follows: the rest goes out as tiles.
  void end(FibreWork& out);

  /// What the network said of `tile`, number `n` of its batch. In the order of the tiles.
  void score(const FibreTile& tile,
             const models::SegmentBatch& batch,
             std::size_t n,
             models::FibreDecoderOutput& out);
  /// After the last tile was scored: every event becomes final.
  void finish(models::FibreDecoderOutput& out) { decoder_.finish(out); }

  /// Another network of the same tiles serves from the next tile on.
  Result<void> change_network(const models::Manifest& network, models::FibreDecoderSettings ids);

  FibreStatus status() const;

 private:
  FibrePipeline(std::string fibre_id,
                const config::FibreConfig& config,
                std::size_t max_bytes,
                streams::FibreConditioning conditioning,
                const streams::FibreTiling& tiling,
                models::FibreDecoder decoder);

  void condition(const streams::FibrePiece& piece, FibreWork& out);
  void cut(FibreWork& out);

  config::FibreConfig config_;
  streams::ChannelRange range_;
  streams::FibreBuffer buffer_;
  streams::FibreConditioner conditioner_;
  streams::FibreTiler tiler_;
  models::FibreDecoder decoder_;

  std::shared_ptr<const FibreGeometry> told_;  ///< geometry that was given out last
  FibreStatus status_;
  std::vector<FibreRows> rows_;  ///< scratch
};

}  // namespace geod
