#include "streams/steim_encode.hpp"

#include <algorithm>
#include <array>

#include "streams/steim.hpp"

namespace geod::streams {
namespace {

/// `count` differences of `bits` bits; `code` goes into the frame's first word, `own_code` into the
/// two top bits of the word itself (unused by four bytes).
struct Packing {
  std::size_t count;
  unsigned bits;
  std::uint32_t code;
  std::uint32_t own_code;
};
constexpr std::array<Packing, 7> kDensestFirst{{{7, 4, 3, 2},
                                                {6, 5, 3, 1},
                                                {5, 6, 3, 0},
                                                {4, 8, 1, 0},
                                                {3, 10, 2, 3},
                                                {2, 15, 2, 2},
                                                {1, 30, 2, 1}}};
constexpr std::size_t kWordsPerFrame = 16;
constexpr std::size_t kX0Word = 1;
constexpr std::size_t kXnWord = 2;

bool fits(std::int64_t difference, unsigned bits) {
  const std::int64_t limit = std::int64_t{1} << (bits - 1);
  return difference >= -limit && difference < limit;
}

/// Differences of a trace, the first one to `previous`.
class Differences {
 public:
  Differences(std::span<const std::int32_t> samples, std::int32_t previous)
      : samples_(samples), previous_(previous) {}

  std::int64_t at(std::size_t i) const {
    return std::int64_t{samples_[i]} - (i == 0 ? previous_ : samples_[i - 1]);
  }

  /// The packing with the most differences from sample `from` on; nullptr when not even one fits.
  const Packing* densest(std::size_t from) const {
    for (const Packing& packing : kDensestFirst) {
      if (packing.count > samples_.size() - from) {
        continue;
      }
      bool all_fit = true;
      for (std::size_t i = 0; i < packing.count && all_fit; ++i) {
        all_fit = fits(at(from + i), packing.bits);
      }
      if (all_fit) {
        return &packing;
      }
    }
    return nullptr;
  }

  std::uint32_t word(const Packing& packing, std::size_t from) const {
    const std::uint32_t mask = (std::uint32_t{1} << packing.bits) - 1;
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < packing.count; ++i) {
      word = (word << packing.bits) | (static_cast<std::uint32_t>(at(from + i)) & mask);
    }
    return packing.bits == 8 ? word : word | packing.own_code << 30U;
  }

 private:
  std::span<const std::int32_t> samples_;
  std::int64_t previous_;
};

}  // namespace

Result<std::size_t> encode_steim2(std::span<const std::int32_t> samples,
                                  std::int32_t previous,
                                  ByteOrder order,
                                  std::span<std::byte> payload) {
  GEOD_CHECK(!samples.empty() && payload.size() >= kSteimFrameBytes, "nothing to pack or no frame");
  std::fill(payload.begin(), payload.end(), std::byte{0});
  const Differences differences(samples, previous);
  std::size_t packed = 0;
  for (std::size_t frame = 0; frame < payload.size() / kSteimFrameBytes; ++frame) {
    std::byte* words = payload.data() + frame * kSteimFrameBytes;
    std::uint32_t codes = 0;
    for (std::size_t i = frame == 0 ? kXnWord + 1 : 1;
         i < kWordsPerFrame && packed < samples.size();
         ++i) {
      const Packing* packing = differences.densest(packed);
      if (packing == nullptr) {
        return fail(Errc::kUnsupported,
                    "the step of {} at sample {} needs more than Steim-2's 30 bits; use INT32",
                    differences.at(packed),
                    packed);
      }
      // Single bytes keep their order in little-endian records, see decode_steim2.
      store(words + i * 4,
            differences.word(*packing, packed),
            packing->bits == 8 ? ByteOrder::kBig : order);
      codes |= packing->code << (30U - 2U * i);
      packed += packing->count;
    }
    store(words, codes, order);
  }
  store(payload.data() + kX0Word * 4, static_cast<std::uint32_t>(samples[0]), order);
  store(payload.data() + kXnWord * 4, static_cast<std::uint32_t>(samples[packed - 1]), order);
  return packed;
}

}  // namespace geod::streams
