#include "tests/support/mseed_oracle.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <type_traits>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <libmseed.h>

namespace geod::test {
namespace {

struct FreeRecord {
  void operator()(MSRecord* record) const { msr_free(&record); }
};

/// libmseed's blockette detection may touch bytes behind the record.
constexpr std::size_t kPadding = 64;

/// libmseed writes its complaints to stderr unless told otherwise.
void silence_libmseed() {
  ms_loginit([](char*) {}, nullptr, [](char*) {}, nullptr);
}

template <class T>
std::string compare_samples(const std::vector<T>& ours, const MSRecord& theirs) {
  const char type = std::is_same_v<T, std::int32_t> ? 'i' : std::is_same_v<T, float> ? 'f' : 'd';
  if (theirs.sampletype != type) {
    return fmt::format("sample type {} instead of {}", type, theirs.sampletype);
  }
  if (theirs.numsamples != static_cast<std::int64_t>(ours.size())) {
    return fmt::format("{} samples instead of {}", ours.size(), theirs.numsamples);
  }
  const T* expected = static_cast<const T*>(theirs.datasamples);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (std::memcmp(&ours[i], &expected[i], sizeof(T)) != 0) {
      return fmt::format("sample {} is {} instead of {}", i, ours[i], expected[i]);
    }
  }
  return {};
}

}  // namespace

std::string difference_from_libmseed(std::span<const std::byte> bytes,
                                     const streams::Record& record) {
  std::vector<char> padded(bytes.size() + kPadding);
  std::memcpy(padded.data(), bytes.data(), bytes.size());
  silence_libmseed();
  MSRecord* raw = nullptr;
  const int status = msr_unpack(padded.data(), static_cast<int>(bytes.size()), &raw, 1, 0);
  const std::unique_ptr<MSRecord, FreeRecord> expected(raw);
  if (status != MS_NOERROR) {
    return fmt::format("libmseed refuses it with {}", status);
  }
  const streams::RecordHeader& header = record.header;
  const std::string seed_id = fmt::format(
      "{}.{}.{}.{}", expected->network, expected->station, expected->location, expected->channel);
  if (header.source_id.seed_id() != seed_id) {
    return fmt::format("codes {} instead of {}", header.source_id.seed_id(), seed_id);
  }
  if (to_ns(header.start) != expected->starttime * 1000) {
    return fmt::format("start {} ns instead of {} us", to_ns(header.start), expected->starttime);
  }
  // Blockette 100 is a float32 which geod maps to a rational: 6e-8 relative.
  if (std::abs(header.rate.hz() - expected->samprate) > 6e-8 * expected->samprate) {
    return fmt::format("rate {} instead of {} Hz", header.rate.to_string(), expected->samprate);
  }
  return std::visit([&](const auto& samples) { return compare_samples(samples, *expected); },
                    record.samples);
}

std::string PackedTrace::kind() const {
  return fmt::format("encoding {}, header order {}, payload order {}",
                     encoding,
                     static_cast<int>(header_order),
                     static_cast<int>(payload_order));
}

std::string PackedTrace::to_string() const {
  return fmt::format("{}, {} bytes, {} Hz, {} us, {} samples of {} bits, seed {}",
                     kind(),
                     record_bytes,
                     rate_hz,
                     start_us,
                     samples,
                     bits,
                     seed);
}

namespace {

template <class T>
std::vector<T> walk(const PackedTrace& trace) {
  std::mt19937_64 random(trace.seed);
  const std::int64_t limit = std::int64_t{1} << trace.bits;
  std::vector<T> samples(trace.samples);
  std::int64_t value = 0;
  for (T& sample : samples) {
    value += std::uniform_int_distribution<std::int64_t>(-limit, limit - 1)(random);
    if (trace.encoding == 1) {
      value %= 32'768;
    }
    value %= std::int64_t{1} << 28;
    sample = static_cast<T>(value);
  }
  return samples;
}

template <class T>
void set_samples(MSRecord& record, const std::vector<T>& samples, char type) {
  record.sampletype = type;
  record.numsamples = static_cast<std::int64_t>(samples.size());
  record.datasamples = std::malloc(samples.size() * sizeof(T));  // libmseed frees it
  std::memcpy(record.datasamples, samples.data(), samples.size() * sizeof(T));
}

void keep_record(char* bytes, int length, void* out) {
  const auto view = std::as_bytes(std::span(bytes, static_cast<std::size_t>(length)));
  static_cast<std::vector<std::vector<std::byte>>*>(out)->emplace_back(view.begin(), view.end());
}

}  // namespace

std::vector<std::vector<std::byte>> pack_with_libmseed(const PackedTrace& trace) {
  silence_libmseed();
  const std::unique_ptr<MSRecord, FreeRecord> record(msr_init(nullptr));
  std::strcpy(record->network, "XX");
  std::strcpy(record->station, "PACK");
  std::strcpy(record->location, "01");
  std::strcpy(record->channel, "BHN");
  record->dataquality = 'D';
  record->starttime = trace.start_us;
  record->samprate = trace.rate_hz;
  record->reclen = static_cast<int>(trace.record_bytes);
  record->encoding = static_cast<char>(trace.encoding);
  // libmseed swaps when the two settings below differ from this.
  record->byteorder = static_cast<char>(streams::kHostOrder);
  if (trace.encoding == 4) {
    set_samples(*record, walk<float>(trace), 'f');
  } else if (trace.encoding == 5) {
    set_samples(*record, walk<double>(trace), 'd');
  } else {
    set_samples(*record, walk<std::int32_t>(trace), 'i');
  }
  MS_PACKHEADERBYTEORDER(static_cast<flag>(trace.header_order));
  MS_PACKDATABYTEORDER(static_cast<flag>(trace.payload_order));
  std::vector<std::vector<std::byte>> records;
  std::int64_t packed = 0;
  msr_pack(record.get(), keep_record, &records, &packed, 1, 0);
  return records;
}

}  // namespace geod::test
