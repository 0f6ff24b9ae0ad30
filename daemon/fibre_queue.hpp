#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <variant>

#include "core/bounded_queue.hpp"
#include "core/das_block.hpp"
#include "streams/fibre_sink.hpp"

namespace geod {

/// From geod-io to geod-segment, in stream order.
using FibreItem = std::variant<DasBlock, FibreEnd, FibreGap, streams::FibreMetadata>;
using FibreQueue = BoundedQueue<FibreItem>;

/// What an item counts in the queue: its samples and what holds them.
std::size_t queue_bytes(const FibreItem& item);

/// Rule of the queue of fibres: when it is full, blocks are shed down to half the limit, so that
/// what is left is in long pieces (a fibre of which every other block is missing is of no use). The
/// fibre that fills the queue most loses its oldest blocks first: a burst of one does not cost the
/// others. In the place of what was shed stands a FibreGap::kShed of exactly that time; neighbours
/// of one fibre become one gap. Ends and gaps stay, and of
/// the metadata of a fibre what came last before a block. `blocks_shed` counts.
void shed_blocks(FibreQueue::Waiting& waiting,
                 std::size_t limit,
                 std::size_t weight,
                 std::atomic<std::uint64_t>& blocks_shed);

}  // namespace geod
