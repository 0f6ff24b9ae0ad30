// B1: validated decode of miniSEED 2 records against a bare msr_unpack loop over the same bytes.
//
//   b1_decode [FILE...]     FILE: real miniSEED 2 files as one more case
//
// Each case holds at least 64 MB, more than the caches. geod's side finds each record's length,
// validates it and decodes into a reused record, as the daemon does; libmseed is handed the length
// and a reused MSRecord. Both sum the samples, and the sums must agree. The two run in ABBA order
// and the median ratio of the rounds is printed with its quartiles: above 1 geod is faster.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <libmseed.h>

#include "bench/measure.hpp"
#include "streams/mseed_record.hpp"
#include "streams/mseed_splitter.hpp"

namespace {

using geod::bench::give_up;
using namespace geod::streams;  // NOLINT(google-build-using-namespace): a single-file program

constexpr std::size_t kCaseBytes = std::size_t{64} << 20U;
constexpr int kRounds = 7;

/// Records back to back, and how long each is for libmseed.
struct Case {
  std::string name;
  std::vector<char> bytes;
  std::vector<int> lengths;
  double goal = 1.0;
};

struct Pass {
  double seconds = 0.0;
  std::uint64_t samples = 0;
  double sum = 0.0;
};

template <class T>
double sum_of(const T* samples, std::size_t count) {
  if constexpr (std::is_integral_v<T>) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      sum += samples[i];
    }
    return static_cast<double>(sum);
  } else {
    double sum = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
      sum += static_cast<double>(samples[i]);
    }
    return sum;
  }
}

template <class Body>
Pass timed(Body body) {
  Pass pass;
  const auto begin = std::chrono::steady_clock::now();
  body(pass);
  pass.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return pass;
}

Pass run_geod(const Case& input) {
  return timed([&](Pass& pass) {
    std::span<const std::byte> rest = std::as_bytes(std::span(input.bytes));
    Record record;
    while (!rest.empty()) {
      const RecordExtent extent = next_record_length(rest);
      if (extent.state != RecordExtent::State::kComplete) {
        give_up("a record was not recognised");
      }
      if (const auto decoded = decode_record(rest.first(extent.bytes), record); !decoded) {
        give_up(decoded.error().what);
      }
      std::visit(
          [&](const auto& samples) {
            pass.samples += samples.size();
            pass.sum += sum_of(samples.data(), samples.size());
          },
          record.samples);
      rest = rest.subspan(extent.bytes);
    }
  });
}

Pass run_libmseed(Case& input) {
  return timed([&](Pass& pass) {
    MSRecord* record = nullptr;
    char* at = input.bytes.data();
    for (const int length : input.lengths) {
      if (msr_unpack(at, length, &record, 1, 0) != MS_NOERROR) {
        give_up("libmseed refuses a record");
      }
      const auto count = static_cast<std::size_t>(record->numsamples);
      pass.samples += count;
      switch (record->sampletype) {
        case 'i':
          pass.sum += sum_of(static_cast<const std::int32_t*>(record->datasamples), count);
          break;
        case 'f':
          pass.sum += sum_of(static_cast<const float*>(record->datasamples), count);
          break;
        default:
          pass.sum += sum_of(static_cast<const double*>(record->datasamples), count);
      }
      at += length;
    }
    msr_free(&record);
  });
}

void append_record(char* bytes, int length, void* out) {
  auto& input = *static_cast<Case*>(out);
  input.bytes.insert(input.bytes.end(), bytes, bytes + length);
  input.lengths.push_back(length);
}

/// Ground noise of a few bits with bursts, so that the packing of words keeps changing.
std::vector<std::int32_t> noise(std::size_t samples, std::mt19937_64& random) {
  std::normal_distribution<float> step(0.0F, 1.0F);
  std::vector<std::int32_t> values(samples);
  float level = 20.0F;
  float value = 0.0F;
  for (std::size_t i = 0; i < samples; ++i) {
    if (i % 64 == 0) {
      level = std::exp2(3.0F + 3.0F * step(random) * 0.5F);
    }
    value = 0.95F * value + level * step(random);
    values[i] = static_cast<std::int32_t>(value);
  }
  return values;
}

/// Packs records with libmseed until the case is full. `per_packet`: samples of a packet, 0 for
/// records filled to the brim.
Case packed_case(const std::string& name, char encoding, std::size_t per_packet, double goal) {
  Case input;
  input.name = name;
  input.goal = goal;
  input.bytes.reserve(kCaseBytes + 4096);
  std::mt19937_64 random(42);
  const std::vector<std::int32_t> integers = noise(1'000'000, random);
  const std::vector<float> floats(integers.begin(), integers.end());
  MSRecord* record = msr_init(nullptr);
  std::strcpy(record->network, "XX");
  std::strcpy(record->station, "BENCH");
  std::strcpy(record->channel, "HHZ");
  record->dataquality = 'D';
  record->samprate = 100.0;
  record->reclen = 512;
  record->encoding = encoding;
  record->byteorder = 1;
  record->sampletype = encoding == DE_FLOAT32 ? 'f' : 'i';
  const std::size_t count = per_packet == 0 ? integers.size() : per_packet;
  std::size_t from = 0;
  while (input.bytes.size() < kCaseBytes) {
    from = from + count > integers.size() ? 0 : from;
    const void* samples = encoding == DE_FLOAT32 ? static_cast<const void*>(&floats[from])
                                                 : static_cast<const void*>(&integers[from]);
    record->datasamples = std::malloc(count * 4);
    std::memcpy(record->datasamples, samples, count * 4);
    record->numsamples = static_cast<std::int64_t>(count);
    record->starttime = 1'562'259'775'000'000 + static_cast<hptime_t>(from) * 10'000;
    std::int64_t packed = 0;
    msr_pack(record, append_record, &input, &packed, 1, 0);
    std::free(record->datasamples);
    record->datasamples = nullptr;
    from += count;
  }
  msr_free(&record);
  return input;
}

/// Records of real files, repeated until the case is full.
Case file_case(int argc, char** argv) {
  Case input;
  input.name = "real records of the files given";
  std::vector<char> all;
  for (int i = 1; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    all.insert(all.end(), std::istreambuf_iterator<char>(in), {});
  }
  std::vector<int> lengths;
  std::span<const std::byte> rest = std::as_bytes(std::span(all));
  while (!rest.empty()) {
    const RecordExtent extent = next_record_length(rest);
    if (extent.state != RecordExtent::State::kComplete) {
      give_up("the files are not whole miniSEED 2 records back to back");
    }
    lengths.push_back(static_cast<int>(extent.bytes));
    rest = rest.subspan(extent.bytes);
  }
  while (input.bytes.size() < kCaseBytes && !all.empty()) {
    input.bytes.insert(input.bytes.end(), all.begin(), all.end());
    input.lengths.insert(input.lengths.end(), lengths.begin(), lengths.end());
  }
  return input;
}

/// Runs the case in ABBA order and prints one line; true when the goal is reached.
bool compare(Case& input) {
  geod::bench::Ratios ratios;
  double geod_seconds = 1e9;
  double libmseed_seconds = 1e9;
  Pass geod;
  run_geod(input);
  run_libmseed(input);
  for (int round = 0; round < kRounds; ++round) {
    const Pass a1 = run_geod(input);
    const Pass b1 = run_libmseed(input);
    const Pass b2 = run_libmseed(input);
    const Pass a2 = run_geod(input);
    if (a1.samples != b1.samples || a1.sum != b1.sum) {
      give_up(input.name + ": the two sides do not agree on the samples");
    }
    ratios.values.push_back((b1.seconds + b2.seconds) / (a1.seconds + a2.seconds));
    geod_seconds = std::min({geod_seconds, a1.seconds, a2.seconds});
    libmseed_seconds = std::min({libmseed_seconds, b1.seconds, b2.seconds});
    geod = a1;
  }
  const auto per_s = [&](double amount, double seconds) { return amount / seconds * 1e-6; };
  const auto records = static_cast<double>(input.lengths.size());
  const auto samples = static_cast<double>(geod.samples);
  const auto megabytes = static_cast<double>(input.bytes.size());
  fmt::print(
      "{:<36} {:>7} rec {:>6.1f} smp/rec | geod {:>5.2f} M rec/s {:>6.0f} M smp/s {:>6.0f} MB/s | "
      "msr_unpack {:>5.2f} M rec/s {:>6.0f} M smp/s | ratio {} goal {:.1f} "
      "{}\n",
      input.name,
      input.lengths.size(),
      samples / records,
      per_s(records, geod_seconds),
      per_s(samples, geod_seconds),
      per_s(megabytes, geod_seconds),
      per_s(records, libmseed_seconds),
      per_s(samples, libmseed_seconds),
      ratios.text(),
      input.goal,
      ratios.verdict(input.goal));
  std::fflush(stdout);
  return ratios.median() >= input.goal;
}

}  // namespace

int main(int argc, char** argv) {
  geod::bench::print_host();
  fmt::print("libmseed {}\n", LIBMSEED_VERSION);
  struct Kind {
    const char* name;
    char encoding;
    double goal;
  };
  constexpr std::array<Kind, 4> kKinds{{{"Steim-2", DE_STEIM2, 1.5},
                                        {"Steim-1", DE_STEIM1, 1.0},
                                        {"INT32", DE_INT32, 1.0},
                                        {"FLOAT32", DE_FLOAT32, 1.0}}};
  bool reached = true;
  for (const Kind& kind : kKinds) {
    Case full =
        packed_case(fmt::format("{}, full 512 B records", kind.name), kind.encoding, 0, kind.goal);
    reached &= compare(full);
    Case packets =
        packed_case(fmt::format("{}, 1 s packets of 100", kind.name), kind.encoding, 100, 1.0);
    reached &= compare(packets);
  }
  if (argc > 1) {
    Case files = file_case(argc, argv);
    reached &= compare(files);
  }
  return reached ? 0 : 1;
}
