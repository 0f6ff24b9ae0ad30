#include "tests/support/mseed_oracle.hpp"

#include <cmath>
#include <cstring>
#include <memory>
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

}  // namespace geod::test
