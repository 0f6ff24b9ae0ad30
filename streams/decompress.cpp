#include "streams/decompress.hpp"

#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <lz4.h>
#include <lz4frame.h>
#include <zstd.h>

namespace geod::streams {
namespace {

/// Bytes written into `out`, or nothing when the input is damaged or does not fit.
std::optional<std::size_t> unpack_lz4_block(std::span<const std::byte> packed,
                                            std::span<std::byte> out) {
  if (!std::in_range<int>(packed.size()) || !std::in_range<int>(out.size())) {
    return std::nullopt;
  }
  const int written = LZ4_decompress_safe(reinterpret_cast<const char*>(packed.data()),
                                          reinterpret_cast<char*>(out.data()),
                                          static_cast<int>(packed.size()),
                                          static_cast<int>(out.size()));
  return written < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(written));
}

std::optional<std::size_t> unpack_lz4_frame(std::span<const std::byte> packed,
                                            std::span<std::byte> out) {
  LZ4F_dctx* context = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) != 0) {
    return std::nullopt;
  }
  const std::unique_ptr<LZ4F_dctx, decltype(&LZ4F_freeDecompressionContext)> owner(
      context, &LZ4F_freeDecompressionContext);
  std::size_t written = 0;
  while (true) {
    std::size_t used = packed.size();
    std::size_t room = out.size() - written;
    const std::size_t wanted =
        LZ4F_decompress(context, out.data() + written, &room, packed.data(), &used, nullptr);
    if (LZ4F_isError(wanted) != 0) {
      return std::nullopt;
    }
    written += room;
    packed = packed.subspan(used);
    if (wanted == 0) {
      return packed.empty() ? std::optional(written) : std::nullopt;
    }
    if (used == 0 && room == 0) {
      return std::nullopt;  // cut short, or more than fits
    }
  }
}

std::optional<std::size_t> unpack_zstd(std::span<const std::byte> packed,
                                       std::span<std::byte> out) {
  const std::size_t written = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  return ZSTD_isError(written) != 0 ? std::nullopt : std::optional(written);
}

bool is_lz4_frame(std::span<const std::byte> packed) {
  constexpr std::array<unsigned char, 4> kMagic{0x04, 0x22, 0x4D, 0x18};
  return packed.size() >= kMagic.size() &&
         std::memcmp(packed.data(), kMagic.data(), kMagic.size()) == 0;
}

}  // namespace

WireResult<std::shared_ptr<const std::byte[]>> decompress(DasCompression compression,
                                                          std::span<const std::byte> packed,
                                                          std::size_t bytes) {
  const std::shared_ptr<std::byte[]> raw(new std::byte[bytes]);
  const std::span<std::byte> out(raw.get(), bytes);
  const auto written = compression == DasCompression::kZstd ? unpack_zstd(packed, out)
                       : is_lz4_frame(packed)               ? unpack_lz4_frame(packed, out)
                                                            : unpack_lz4_block(packed, out);
  if (written != bytes) {
    return tl::unexpected(
        WireRejection{WireFault::kCompression,
                      fmt::format("{} packed bytes do not unpack to {}", packed.size(), bytes)});
  }
  return raw;
}

}  // namespace geod::streams
