#include "streams/steim.hpp"

#include <array>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace geod::streams {
namespace {

constexpr std::size_t kWordsPerFrame = 16;
constexpr std::size_t kFirstDataWord = 3;  // of the first frame: codes, X0 and XN come before
constexpr std::size_t kMostPerWord = 7;

/// How one word is packed: `count` differences of `bits` bits, right-aligned, the first one
/// highest.
struct Packing {
  std::uint8_t count;
  std::uint8_t bits;
  bool undefined;
};
constexpr Packing kNone{0, 1, false};
constexpr Packing kUndefined{0, 1, true};
constexpr Packing kFourBytes{4, 8, false};

/// Indexed by code * 4 + the word's own two top bits. Steim-1 has no such bits.
using Packings = std::array<Packing, 16>;
constexpr Packings kSteim1Packings{{kNone,
                                    kNone,
                                    kNone,
                                    kNone,
                                    kFourBytes,
                                    kFourBytes,
                                    kFourBytes,
                                    kFourBytes,
                                    {2, 16, false},
                                    {2, 16, false},
                                    {2, 16, false},
                                    {2, 16, false},
                                    {1, 32, false},
                                    {1, 32, false},
                                    {1, 32, false},
                                    {1, 32, false}}};
constexpr Packings kSteim2Packings{{kNone,
                                    kNone,
                                    kNone,
                                    kNone,
                                    kFourBytes,
                                    kFourBytes,
                                    kFourBytes,
                                    kFourBytes,
                                    kUndefined,
                                    {1, 30, false},
                                    {2, 15, false},
                                    {3, 10, false},
                                    {5, 6, false},
                                    {6, 5, false},
                                    {7, 4, false},
                                    kUndefined}};

enum class Level { kSteim1, kSteim2 };

template <Level level>
constexpr const Packings& packings() {
  return level == Level::kSteim1 ? kSteim1Packings : kSteim2Packings;
}

/// Word `index` of a frame as it would stand in a big-endian record.
template <Level level, ByteOrder order>
inline std::uint32_t data_word(const std::byte* frame, std::size_t index, std::uint32_t code) {
  const std::byte* at = frame + index * 4;
  if constexpr (order == ByteOrder::kBig) {
    return load<std::uint32_t>(at, ByteOrder::kBig);
  } else {
    if (code == 1) {
      return load<std::uint32_t>(at, ByteOrder::kBig);
    }
    const auto word = load<std::uint32_t>(at, ByteOrder::kLittle);
    return level == Level::kSteim1 && code == 2 ? (word << 16U) | (word >> 16U) : word;
  }
}

/// Where the unpacking of differences stands.
struct Progress {
  std::size_t produced = 0;
  bool undefined_code = false;
};

template <int count, int bits>
inline void split_word(std::uint32_t word, std::int32_t* out) {
  for (int i = 0; i < count; ++i) {
    const int above = 32 - bits * (count - i);
    out[i] = static_cast<std::int32_t>(word << above) >> (32 - bits);
  }
}

/// Portable: writes the differences of one word.
inline void unpack_word(std::uint32_t word, std::uint8_t bits, std::int32_t* out) {
  switch (bits) {
    case 4:
      return split_word<7, 4>(word, out);
    case 5:
      return split_word<6, 5>(word, out);
    case 6:
      return split_word<5, 6>(word, out);
    case 8:
      return split_word<4, 8>(word, out);
    case 10:
      return split_word<3, 10>(word, out);
    case 15:
      return split_word<2, 15>(word, out);
    case 16:
      return split_word<2, 16>(word, out);
    case 30:
      return split_word<1, 30>(word, out);
    case 32:
      return split_word<1, 32>(word, out);
    default:
      return;
  }
}

template <Level level, ByteOrder order>
void unpack_frame_portable(const std::byte* frame,
                           std::size_t first_word,
                           std::size_t samples,
                           std::int32_t* out,
                           Progress& progress) {
  const auto codes = load<std::uint32_t>(frame, order);
  for (std::size_t i = first_word; i < kWordsPerFrame && progress.produced < samples; ++i) {
    const std::uint32_t code = (codes >> (30U - 2U * i)) & 3U;
    const std::uint32_t word = data_word<level, order>(frame, i, code);
    const Packing& packing = packings<level>()[code * 4U + (word >> 30U)];
    progress.undefined_code |= packing.undefined;
    unpack_word(word, packing.bits, out + progress.produced);
    progress.produced += packing.count;
  }
}

void integrate_portable(std::int32_t* samples, std::size_t count) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += static_cast<std::uint32_t>(samples[i]);
    samples[i] = static_cast<std::int32_t>(sum);
  }
}

struct PortablePath {
  template <Level level, ByteOrder order>
  static void unpack_frame(const std::byte* frame,
                           std::size_t first_word,
                           std::size_t samples,
                           std::int32_t* out,
                           Progress& progress) {
    unpack_frame_portable<level, order>(frame, first_word, samples, out, progress);
  }
  static void integrate(std::int32_t* samples, std::size_t count) {
    integrate_portable(samples, count);
  }
};

#if defined(__x86_64__)

/// Shift counts that bring each difference of a word to the top of its lane and back down with its
/// sign; lanes beyond `count` become zero because a shift by 32 clears them.
struct Shifts {
  alignas(32) std::array<std::array<std::uint32_t, 8>, 16> left{};
  alignas(32) std::array<std::array<std::uint32_t, 8>, 16> right{};
};
constexpr Shifts make_shifts(const Packings& packings) {
  Shifts shifts;
  for (std::size_t i = 0; i < packings.size(); ++i) {
    for (std::uint32_t lane = 0; lane < 8; ++lane) {
      const Packing& packing = packings[i];
      const bool used = lane < packing.count;
      shifts.left[i][lane] = used ? 32U - packing.bits * (packing.count - lane) : 32U;
      shifts.right[i][lane] = 32U - packing.bits;
    }
  }
  return shifts;
}
constexpr Shifts kSteim1Shifts = make_shifts(kSteim1Packings);
constexpr Shifts kSteim2Shifts = make_shifts(kSteim2Packings);

/// Unpacks every word with the same three vector instructions, so that noisy data, whose packing
/// changes from word to word, costs no mispredicted branch.
struct Avx2Path {
  template <Level level, ByteOrder order>
  __attribute__((target("avx2"))) static void unpack_frame(const std::byte* frame,
                                                           std::size_t first_word,
                                                           std::size_t samples,
                                                           std::int32_t* out,
                                                           Progress& progress) {
    constexpr const Shifts& kShifts = level == Level::kSteim1 ? kSteim1Shifts : kSteim2Shifts;
    const auto codes = load<std::uint32_t>(frame, order);
    std::size_t produced = progress.produced;
    bool undefined_code = false;
    for (std::size_t i = first_word; i < kWordsPerFrame && produced < samples; ++i) {
      const std::uint32_t code = (codes >> (30U - 2U * i)) & 3U;
      const std::uint32_t word = data_word<level, order>(frame, i, code);
      const std::size_t index = code * 4U + (word >> 30U);
      const auto* left = reinterpret_cast<const __m256i*>(kShifts.left[index].data());
      const auto* right = reinterpret_cast<const __m256i*>(kShifts.right[index].data());
      const __m256i raised =
          _mm256_sllv_epi32(_mm256_set1_epi32(static_cast<int>(word)), _mm256_load_si256(left));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + produced),
                          _mm256_srav_epi32(raised, _mm256_load_si256(right)));
      undefined_code |= packings<level>()[index].undefined;
      produced += packings<level>()[index].count;
    }
    progress.produced = produced;
    progress.undefined_code |= undefined_code;
  }

  /// Running sum, eight at a time; touches up to seven elements behind `count`.
  __attribute__((target("avx2"))) static void integrate(std::int32_t* samples, std::size_t count) {
    __m256i before = _mm256_setzero_si256();
    const __m256i last_of_low = _mm256_set1_epi32(3);
    const __m256i last = _mm256_set1_epi32(7);
    for (std::size_t i = 0; i < count; i += 8) {
      auto* at = reinterpret_cast<__m256i*>(samples + i);
      __m256i sum = _mm256_loadu_si256(at);
      sum = _mm256_add_epi32(sum, _mm256_slli_si256(sum, 4));
      sum = _mm256_add_epi32(sum, _mm256_slli_si256(sum, 8));
      const __m256i carry = _mm256_permutevar8x32_epi32(sum, last_of_low);
      sum = _mm256_add_epi32(sum, _mm256_blend_epi32(_mm256_setzero_si256(), carry, 0xF0));
      sum = _mm256_add_epi32(sum, before);
      _mm256_storeu_si256(at, sum);
      before = _mm256_permutevar8x32_epi32(sum, last);
    }
  }
};

bool has_avx2() {
  static const bool found = __builtin_cpu_supports("avx2") != 0;
  return found;
}

#endif  // __x86_64__

template <class Path, Level level, ByteOrder order>
SteimOutcome decode(std::span<const std::byte> payload, std::size_t samples, std::int32_t* out) {
  const std::size_t frames = payload.size() / kSteimFrameBytes;
  if (frames == 0 || samples == 0) {
    return SteimOutcome::kTooShort;
  }
  Progress progress;
  for (std::size_t i = 0; i < frames && progress.produced < samples; ++i) {
    Path::template unpack_frame<level, order>(
        payload.data() + i * kSteimFrameBytes, i == 0 ? kFirstDataWord : 1, samples, out, progress);
  }
  if (progress.undefined_code) {
    return SteimOutcome::kBadCode;
  }
  if (progress.produced < samples) {
    return SteimOutcome::kTooShort;
  }
  // The first difference leads from the previous record; X0 takes its place.
  out[0] = static_cast<std::int32_t>(load<std::uint32_t>(payload.data() + 4, order));
  Path::integrate(out, samples);
  const auto last = static_cast<std::int32_t>(load<std::uint32_t>(payload.data() + 8, order));
  return out[samples - 1] == last ? SteimOutcome::kOk : SteimOutcome::kMismatch;
}

template <class Path, Level level>
SteimOutcome decode(std::span<const std::byte> payload,
                    ByteOrder order,
                    std::size_t samples,
                    std::int32_t* out) {
  return order == ByteOrder::kBig ? decode<Path, level, ByteOrder::kBig>(payload, samples, out)
                                  : decode<Path, level, ByteOrder::kLittle>(payload, samples, out);
}

template <Level level>
SteimOutcome decode_best(std::span<const std::byte> payload,
                         ByteOrder order,
                         std::size_t samples,
                         std::int32_t* out) {
#if defined(__x86_64__)
  if (has_avx2()) {
    return decode<Avx2Path, level>(payload, order, samples, out);
  }
#endif
  return decode<PortablePath, level>(payload, order, samples, out);
}

/// Data words of all frames but X0 and XN, times the differences a word holds at most.
std::size_t max_samples(std::size_t payload_bytes, std::size_t per_word) {
  const std::size_t frames = payload_bytes / kSteimFrameBytes;
  return frames == 0 ? 0 : (frames * (kWordsPerFrame - 1) - 2) * per_word;
}

}  // namespace

std::size_t max_steim1_samples(std::size_t payload_bytes) {
  return max_samples(payload_bytes, 4);
}
std::size_t max_steim2_samples(std::size_t payload_bytes) {
  return max_samples(payload_bytes, kMostPerWord);
}

SteimOutcome decode_steim1(std::span<const std::byte> payload,
                           ByteOrder order,
                           std::size_t samples,
                           std::int32_t* out) {
  return decode_best<Level::kSteim1>(payload, order, samples, out);
}
SteimOutcome decode_steim2(std::span<const std::byte> payload,
                           ByteOrder order,
                           std::size_t samples,
                           std::int32_t* out) {
  return decode_best<Level::kSteim2>(payload, order, samples, out);
}
SteimOutcome decode_steim1_portable(std::span<const std::byte> payload,
                                    ByteOrder order,
                                    std::size_t samples,
                                    std::int32_t* out) {
  return decode<PortablePath, Level::kSteim1>(payload, order, samples, out);
}
SteimOutcome decode_steim2_portable(std::span<const std::byte> payload,
                                    ByteOrder order,
                                    std::size_t samples,
                                    std::int32_t* out) {
  return decode<PortablePath, Level::kSteim2>(payload, order, samples, out);
}

}  // namespace geod::streams
