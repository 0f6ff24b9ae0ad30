#include "streams/mseed_writer.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "streams/mseed_rate.hpp"
#include "streams/sample_codecs.hpp"
#include "streams/steim_encode.hpp"

namespace geod::streams {
namespace {

constexpr std::size_t kFixedBytes = 48;
constexpr std::size_t kMaxSamplesPerRecord = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint32_t kSequenceModulus = 1'000'000;

/// A rate as factor and multiplier, and as float32 when those two alone do not give it.
struct WrittenRate {
  std::int16_t factor = 0;
  std::int16_t multiplier = 1;
  std::optional<float> blockette_100;
};

std::optional<WrittenRate> as_factors(SampleRate rate) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int16_t>::max();
  const std::int64_t numerator = rate.numerator();
  const std::int64_t denominator = rate.denominator();
  const auto narrow = [](std::int64_t value) { return static_cast<std::int16_t>(value); };
  if (numerator <= kMost && denominator <= kMost) {
    if (numerator == 1 && denominator > 1) {
      return WrittenRate{narrow(-denominator), 1, std::nullopt};
    }
    return WrittenRate{
        narrow(numerator), narrow(denominator == 1 ? 1 : -denominator), std::nullopt};
  }
  for (std::int64_t by = 2; denominator == 1 && by <= numerator / by; ++by) {
    if (numerator % by == 0 && numerator / by <= kMost) {
      return WrittenRate{narrow(numerator / by), narrow(by), std::nullopt};
    }
  }
  return std::nullopt;
}

Result<WrittenRate> written_rate(SampleRate rate) {
  if (const std::optional<WrittenRate> exact = as_factors(rate)) {
    return *exact;
  }
  const double hz = rate.hz();
  const double nearest = hz >= 1.0 ? std::round(hz) : -std::round(1.0 / hz);
  const auto factor = static_cast<std::int16_t>(std::clamp(nearest, -32767.0, 32767.0));
  const auto single = static_cast<float>(hz);
  const RecordResult<SampleRate> nominal = rate_from_factors(factor, 1);
  const RecordResult<SampleRate> back = rate_from_float32(single, nominal ? &*nominal : nullptr);
  if (!back || *back != rate) {
    return fail(Errc::kUnsupported,
                "{} cannot be written exactly in miniSEED 2; resample to a simpler rate",
                rate.to_string());
  }
  return WrittenRate{factor, 1, single};
}

/// Code of at most `width` characters, padded with blanks.
void put_code(std::byte* at, std::string_view code, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) {
    at[i] = static_cast<std::byte>(i < code.size() ? code[i] : ' ');
  }
}

/// The header that all records of a trace share; start, count and sequence are set per record.
class HeaderTemplate {
 public:
  HeaderTemplate(const RecordHeader& header, const Mseed2Layout& layout, const WrittenRate& rate)
      : order_(layout.header_order), bytes_(rate.blockette_100 ? 128 : 64) {
    bytes_[6] = static_cast<std::byte>(layout.quality);
    bytes_[7] = std::byte{' '};
    const SourceId& id = header.source_id;
    put_code(&bytes_[8], id.station, 5);
    put_code(&bytes_[13], id.location, 2);
    put_code(&bytes_[15], id.band + id.source + id.subsource, 3);
    put_code(&bytes_[18], id.network, 2);
    put<std::uint16_t>(32, static_cast<std::uint16_t>(rate.factor));
    put<std::uint16_t>(34, static_cast<std::uint16_t>(rate.multiplier));
    put_flags(header.flags);
    bytes_[39] = std::byte{3};
    put<std::uint16_t>(44, static_cast<std::uint16_t>(bytes_.size()));
    put<std::uint16_t>(46, kFixedBytes);
    put<std::uint16_t>(kB1000, 1000);
    put<std::uint16_t>(kB1000 + 2, kB1001);
    bytes_[kB1000 + 4] = static_cast<std::byte>(header.encoding);
    bytes_[kB1000 + 5] = static_cast<std::byte>(layout.payload_order);
    bytes_[kB1000 + 6] = static_cast<std::byte>(std::countr_zero(layout.record_bytes));
    put<std::uint16_t>(kB1001, 1001);
    bytes_[kB1001 + 4] = static_cast<std::byte>(std::clamp(header.timing_quality, 0, 100));
    if (rate.blockette_100) {
      put<std::uint16_t>(kB1001 + 2, kB100);
      put<std::uint16_t>(kB100, 100);
      put<std::uint32_t>(kB100 + 4, std::bit_cast<std::uint32_t>(*rate.blockette_100));
    } else {
      bytes_[39] = std::byte{2};
    }
  }

  std::size_t size() const { return bytes_.size(); }

  /// Writes the header of one record. `start` lies in the years 1970 to 2100.
  void write(std::uint32_t sequence, Time start, std::size_t samples, std::byte* to) {
    const std::string digits = fmt::format("{:06}", sequence % kSequenceModulus);
    put_code(bytes_.data(), digits, digits.size());
    put_start(start);
    put<std::uint16_t>(30, static_cast<std::uint16_t>(samples));
    std::copy(bytes_.begin(), bytes_.end(), to);
  }

 private:
  static constexpr std::uint16_t kB1000 = 48;
  static constexpr std::uint16_t kB1001 = 56;
  static constexpr std::uint16_t kB100 = 64;

  template <class T>
  void put(std::size_t offset, T value) {
    store(&bytes_[offset], value, order_);
  }

  void put_flags(const RecordFlags& flags) {
    const auto bit = [](bool set, unsigned index) { return set ? 1U << index : 0U; };
    bytes_[36] = static_cast<std::byte>(bit(flags.calibration_signal, 0));
    bytes_[37] = static_cast<std::byte>(bit(flags.clock_locked, 5));
    bytes_[38] =
        static_cast<std::byte>(bit(flags.saturated, 1) | bit(flags.spikes_or_glitches, 3) |
                               bit(flags.missing_or_padded, 4) | bit(flags.telemetry_error, 5) |
                               bit(flags.filter_charging, 6) | bit(flags.time_questionable, 7));
  }

  /// Tenths of milliseconds in the fixed section, the rest, -50 to 49 us, in blockette 1001.
  void put_start(Time start) {
    using std::chrono::microseconds;
    const auto rounded = std::chrono::round<microseconds>(start);
    const auto tenths =
        std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<1, 10'000>>>(
            rounded + microseconds{50});
    const auto rest = rounded - tenths;
    const auto day = std::chrono::floor<std::chrono::days>(tenths);
    const std::chrono::year year = std::chrono::year_month_day{day}.year();
    const auto day_of_year = (day - std::chrono::sys_days{year / 1 / 1}).count() + 1;
    const std::chrono::hh_mm_ss time{tenths - day};
    put<std::uint16_t>(20, static_cast<std::uint16_t>(static_cast<int>(year)));
    put<std::uint16_t>(22, static_cast<std::uint16_t>(day_of_year));
    bytes_[24] = static_cast<std::byte>(time.hours().count());
    bytes_[25] = static_cast<std::byte>(time.minutes().count());
    bytes_[26] = static_cast<std::byte>(time.seconds().count());
    put<std::uint16_t>(28, static_cast<std::uint16_t>(time.subseconds().count()));
    bytes_[kB1001 + 5] = static_cast<std::byte>(rest.count());
  }

  ByteOrder order_;
  std::vector<std::byte> bytes_;
};

Result<void> check_header(const RecordHeader& header, const Mseed2Layout& layout) {
  const SourceId& id = header.source_id;
  if (id.network.size() > 2 || id.station.size() > 5 || id.location.size() > 2 ||
      id.band.size() != 1 || id.source.size() != 1 || id.subsource.size() != 1) {
    return fail(Errc::kUnsupported,
                "{} does not fit into SEED codes of 2, 5, 2 and 3 characters",
                id.to_string());
  }
  if (!std::has_single_bit(layout.record_bytes) || layout.record_bytes < 256 ||
      layout.record_bytes > 65'536) {
    return fail(Errc::kUnsupported,
                "record length {} is not a power of two from 256 to 65536",
                layout.record_bytes);
  }
  return {};
}

/// Samples of one trace that are written record by record.
class PayloadWriter {
 public:
  PayloadWriter(Encoding encoding, ByteOrder order, const Samples& samples)
      : encoding_(encoding), order_(order) {
    if (const auto* integers = std::get_if<std::vector<std::int32_t>>(&samples)) {
      integers_ = *integers;
    } else if (const auto* floats = std::get_if<std::vector<float>>(&samples)) {
      floats_ = *floats;
    }
  }

  Result<void> check() const {
    const bool integer = encoding_ == Encoding::kSteim2 || encoding_ == Encoding::kInt32;
    if (integer ? integers_.empty() : encoding_ != Encoding::kFloat32 || floats_.empty()) {
      return fail(Errc::kUnsupported,
                  "{}: write int32 samples as Steim-2 or INT32, float samples as FLOAT32",
                  to_string(encoding_));
    }
    const auto finite = [](float value) { return std::isfinite(value); };
    if (!std::all_of(floats_.begin(), floats_.end(), finite)) {
      return fail(Errc::kUnsupported, "a sample is not finite");
    }
    return {};
  }

  std::size_t total() const { return std::max(integers_.size(), floats_.size()); }

  /// Fills `payload` with samples from `from` on; returns how many.
  Result<std::size_t> write(std::size_t from, std::span<std::byte> payload) const {
    const std::size_t most = std::min(total() - from, kMaxSamplesPerRecord);
    if (encoding_ == Encoding::kSteim2) {
      return encode_steim2(
          integers_.subspan(from, most), integers_[from == 0 ? 0 : from - 1], order_, payload);
    }
    const std::size_t count = std::min(most, payload.size() / sizeof(std::uint32_t));
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t word = encoding_ == Encoding::kInt32
                                     ? static_cast<std::uint32_t>(integers_[from + i])
                                     : std::bit_cast<std::uint32_t>(floats_[from + i]);
      store(payload.data() + i * sizeof(word), word, order_);
    }
    return count;
  }

 private:
  Encoding encoding_;
  ByteOrder order_;
  std::span<const std::int32_t> integers_;
  std::span<const float> floats_;
};

bool in_record_years(Time time) {
  using std::chrono::sys_days;
  using std::chrono::year;
  return time >= Time{sys_days{year{1970} / 1 / 1}} && time < Time{sys_days{year{2100} / 1 / 1}};
}

}  // namespace

Result<std::vector<std::byte>> write_mseed2(const RecordHeader& header,
                                            const Samples& samples,
                                            const Mseed2Layout& layout) {
  const PayloadWriter payload(header.encoding, layout.payload_order, samples);
  const Result<WrittenRate> rate = written_rate(header.rate);
  for (const Result<void>& checked : {check_header(header, layout), payload.check()}) {
    if (!checked) {
      return tl::unexpected(checked.error());
    }
  }
  if (!rate) {
    return tl::unexpected(rate.error());
  }
  HeaderTemplate records(header, layout, *rate);
  std::vector<std::byte> out;
  std::uint32_t sequence = layout.first_sequence;
  for (std::size_t written = 0; written < payload.total(); ++sequence) {
    const std::size_t at = out.size();
    out.resize(at + layout.record_bytes);
    const Result<std::size_t> count =
        payload.write(written, std::span(out).subspan(at + records.size()));
    if (!count) {
      return fail_with(count.error(), header.source_id.seed_id());
    }
    const Time start = header.start + header.rate.span_of(static_cast<std::int64_t>(written));
    if (!in_record_years(start)) {
      return fail(Errc::kUnsupported, "{} is not in the years 1970 to 2099", to_iso(start));
    }
    records.write(sequence, start, *count, out.data() + at);
    written += *count;
  }
  return out;
}

}  // namespace geod::streams
