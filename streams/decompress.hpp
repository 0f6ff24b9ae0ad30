#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "streams/das_header.hpp"

namespace geod::streams {

/// Unpacks samples into memory of exactly `bytes`, whatever the packed bytes claim. LZ4 as block or
/// frame (told apart by the frame's magic number, which no block can begin with), Zstandard frames.
/// Rejection: kCompression when the result is not exactly `bytes` long or the input is damaged.
/// `compression` is not kNone. Thread: any.
WireResult<std::shared_ptr<const std::byte[]>> decompress(DasCompression compression,
                                                          std::span<const std::byte> packed,
                                                          std::size_t bytes);

}  // namespace geod::streams
