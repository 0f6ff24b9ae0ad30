#include "streams/sample_codecs.hpp"

#include <array>
#include <bit>
#include <limits>
#include <type_traits>

#include "streams/steim.hpp"

namespace geod::streams {
namespace {

constexpr std::uint8_t kInt24Code = 2;
constexpr std::uint8_t kSteim3Code = 19;
constexpr std::uint8_t kOpaqueCode = 100;

/// The vector of type T inside `samples`, kept when it is there already.
template <class T>
std::vector<T>& buffer_of(Samples& samples) {
  if (auto* present = std::get_if<std::vector<T>>(&samples)) {
    return *present;
  }
  return samples.emplace<std::vector<T>>();
}

/// out[i] = convert(word i) for words of one width; the byte order is decided once, so that the
/// compiler can use vectors.
template <class Word, class T, class Convert>
void convert_words(const std::byte* in, ByteOrder order, std::vector<T>& out, Convert convert) {
  const std::size_t count = out.size();
  T* to = out.data();
  if (order == kHostOrder) {
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = convert(load<Word>(in + i * sizeof(Word), kHostOrder));
    }
  } else {
    constexpr ByteOrder kOther =
        kHostOrder == ByteOrder::kBig ? ByteOrder::kLittle : ByteOrder::kBig;
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = convert(load<Word>(in + i * sizeof(Word), kOther));
    }
  }
}

template <class Word, class Convert>
void decode_integers(std::span<const std::byte> payload,
                     ByteOrder order,
                     std::size_t count,
                     Samples& samples,
                     Convert convert) {
  std::vector<std::int32_t>& out = buffer_of<std::int32_t>(samples);
  out.resize(count);
  convert_words<Word>(payload.data(), order, out, convert);
}

/// FLOAT32 (Word = uint32) and FLOAT64 (Word = uint64).
template <class Float, class Word>
RecordResult<void> decode_floats(std::span<const std::byte> payload,
                                 ByteOrder order,
                                 std::size_t count,
                                 Samples& samples) {
  constexpr Word kExponent = std::bit_cast<Word>(std::numeric_limits<Float>::infinity());
  std::vector<Float>& out = buffer_of<Float>(samples);
  out.resize(count);
  Word non_finite = 0;
  convert_words<Word>(payload.data(), order, out, [&non_finite](Word word) {
    non_finite |= static_cast<Word>((word & kExponent) == kExponent);
    return std::bit_cast<Float>(word);
  });
  if (non_finite != 0) {
    return reject(RejectReason::kNonFinite, "the record has a NaN or infinite sample");
  }
  return {};
}

template <class Word>
std::int32_t sign_extended(Word word) {
  return static_cast<std::int32_t>(static_cast<std::make_signed_t<Word>>(word));
}

/// CDSN: 2 bits of gain (shift 0, 2, 4, 7), 14 bits of mantissa biased by 8191.
std::int32_t cdsn_sample(std::uint16_t word) {
  constexpr std::array<int, 4> kFactor{1, 1 << 2, 1 << 4, 1 << 7};
  return ((word & 0x3FFF) - 0x1FFF) * kFactor[word >> 14U];
}

/// SRO: 4 bits of gain g, 12 bits of two's complement mantissa m, sample = m * 2^(10 - g).
RecordResult<void> decode_sro(std::span<const std::byte> payload,
                              ByteOrder order,
                              std::size_t count,
                              Samples& samples) {
  constexpr int kBaseExponent = 10;
  bool out_of_range = false;
  decode_integers<std::uint16_t>(payload, order, count, samples, [&](std::uint16_t word) {
    const int mantissa = sign_extended(static_cast<std::uint16_t>(word << 4U)) / 16;
    const int exponent = kBaseExponent - (word >> 12U);
    out_of_range |= exponent < 0;
    return exponent < 0 ? 0 : mantissa * (1 << exponent);
  });
  if (out_of_range) {
    return reject(RejectReason::kBadGainRange, "an SRO sample has a gain range above 10");
  }
  return {};
}

/// GEOSCOPE 16 bit: 12 bits of mantissa biased by 2048, divided by 2 to the power of the exponent.
void decode_geoscope16(std::span<const std::byte> payload,
                       ByteOrder order,
                       std::uint16_t exponent_mask,
                       std::size_t count,
                       Samples& samples) {
  std::vector<float>& out = buffer_of<float>(samples);
  out.resize(count);
  convert_words<std::uint16_t>(payload.data(), order, out, [=](std::uint16_t word) {
    const int mantissa = (word & 0x0FFF) - 2048;
    const int exponent = (word & exponent_mask) >> 12;
    return static_cast<float>(mantissa) / static_cast<float>(1 << exponent);
  });
}

/// GEOSCOPE 24 bit: two's complement integers of three bytes.
void decode_geoscope24(std::span<const std::byte> payload,
                       ByteOrder order,
                       std::size_t count,
                       Samples& samples) {
  std::vector<float>& out = buffer_of<float>(samples);
  out.resize(count);
  const std::size_t high = order == ByteOrder::kBig ? 0 : 2;
  for (std::size_t i = 0; i < count; ++i) {
    const std::byte* at = payload.data() + i * 3;
    const std::uint32_t word = static_cast<std::uint32_t>(at[high]) << 24U |
                               static_cast<std::uint32_t>(at[1]) << 16U |
                               static_cast<std::uint32_t>(at[2 - high]) << 8U;
    out[i] = static_cast<float>(static_cast<std::int32_t>(word) / 256);
  }
}

RecordResult<void> decode_steim(Encoding encoding,
                                ByteOrder order,
                                std::span<const std::byte> payload,
                                std::size_t count,
                                Samples& samples) {
  std::vector<std::int32_t>& out = buffer_of<std::int32_t>(samples);
  out.resize(count + kSteimSlack);
  const SteimOutcome outcome = encoding == Encoding::kSteim1
                                   ? decode_steim1(payload, order, count, out.data())
                                   : decode_steim2(payload, order, count, out.data());
  out.resize(count);
  switch (outcome) {
    case SteimOutcome::kOk:
      return {};
    case SteimOutcome::kBadCode:
      return reject(RejectReason::kBadSteimCode, "{}: undefined packing code", to_string(encoding));
    case SteimOutcome::kTooShort:
      return reject(RejectReason::kSteimTooShort,
                    "{}: the frames hold fewer than the declared {} samples",
                    to_string(encoding),
                    count);
    case SteimOutcome::kMismatch:
      break;
  }
  return reject(RejectReason::kSteimMismatch,
                "{}: the last sample {} is not the reverse integration constant",
                to_string(encoding),
                out.back());
}

}  // namespace

RecordResult<Encoding> sample_encoding(std::uint8_t code) {
  switch (static_cast<Encoding>(code)) {
    case Encoding::kText:
      return reject(RejectReason::kTextRecord, "a text record, not data");
    case Encoding::kInt16:
    case Encoding::kInt32:
    case Encoding::kFloat32:
    case Encoding::kFloat64:
    case Encoding::kSteim1:
    case Encoding::kSteim2:
    case Encoding::kGeoscope24:
    case Encoding::kGeoscope16_3:
    case Encoding::kGeoscope16_4:
    case Encoding::kCdsn:
    case Encoding::kSro:
    case Encoding::kDwwssn:
      return static_cast<Encoding>(code);
  }
  const std::string_view name = code == kInt24Code    ? " (INT24)"
                                : code == kSteim3Code ? " (Steim-3)"
                                : code == kOpaqueCode ? " (opaque)"
                                                      : "";
  return reject(RejectReason::kUnsupportedEncoding,
                "sample encoding {}{} is not decoded; have the sender use Steim-2 or INT32",
                code,
                name);
}

std::string_view to_string(Encoding encoding) {
  switch (encoding) {
    case Encoding::kText:
      return "text";
    case Encoding::kInt16:
      return "INT16";
    case Encoding::kInt32:
      return "INT32";
    case Encoding::kFloat32:
      return "FLOAT32";
    case Encoding::kFloat64:
      return "FLOAT64";
    case Encoding::kSteim1:
      return "Steim-1";
    case Encoding::kSteim2:
      return "Steim-2";
    case Encoding::kGeoscope24:
      return "GEOSCOPE 24 bit";
    case Encoding::kGeoscope16_3:
      return "GEOSCOPE 16 bit, 3 bit exponent";
    case Encoding::kGeoscope16_4:
      return "GEOSCOPE 16 bit, 4 bit exponent";
    case Encoding::kCdsn:
      return "CDSN";
    case Encoding::kSro:
      return "SRO";
    case Encoding::kDwwssn:
      return "DWWSSN";
  }
  return "unknown";
}

std::size_t max_samples(Encoding encoding, std::size_t payload_bytes) {
  switch (encoding) {
    case Encoding::kText:
      return payload_bytes;
    case Encoding::kInt16:
    case Encoding::kGeoscope16_3:
    case Encoding::kGeoscope16_4:
    case Encoding::kCdsn:
    case Encoding::kSro:
    case Encoding::kDwwssn:
      return payload_bytes / 2;
    case Encoding::kGeoscope24:
      return payload_bytes / 3;
    case Encoding::kInt32:
    case Encoding::kFloat32:
      return payload_bytes / 4;
    case Encoding::kFloat64:
      return payload_bytes / 8;
    case Encoding::kSteim1:
      return max_steim1_samples(payload_bytes);
    case Encoding::kSteim2:
      return max_steim2_samples(payload_bytes);
  }
  return 0;
}

RecordResult<void> decode_payload(Encoding encoding,
                                  ByteOrder order,
                                  std::span<const std::byte> payload,
                                  std::size_t count,
                                  Samples& samples) {
  switch (encoding) {
    case Encoding::kText:
      return reject(RejectReason::kTextRecord, "a text record, not data");
    case Encoding::kInt16:
    case Encoding::kDwwssn:
      decode_integers<std::uint16_t>(payload, order, count, samples, sign_extended<std::uint16_t>);
      return {};
    case Encoding::kInt32:
      decode_integers<std::uint32_t>(payload, order, count, samples, sign_extended<std::uint32_t>);
      return {};
    case Encoding::kFloat32:
      return decode_floats<float, std::uint32_t>(payload, order, count, samples);
    case Encoding::kFloat64:
      return decode_floats<double, std::uint64_t>(payload, order, count, samples);
    case Encoding::kSteim1:
    case Encoding::kSteim2:
      return decode_steim(encoding, order, payload, count, samples);
    case Encoding::kGeoscope24:
      decode_geoscope24(payload, order, count, samples);
      return {};
    case Encoding::kGeoscope16_3:
      decode_geoscope16(payload, order, 0x7000, count, samples);
      return {};
    case Encoding::kGeoscope16_4:
      decode_geoscope16(payload, order, 0xF000, count, samples);
      return {};
    case Encoding::kCdsn:
      decode_integers<std::uint16_t>(payload, order, count, samples, cdsn_sample);
      return {};
    case Encoding::kSro:
      return decode_sro(payload, order, count, samples);
  }
  return reject(RejectReason::kUnsupportedEncoding, "unknown sample encoding");
}

}  // namespace geod::streams
