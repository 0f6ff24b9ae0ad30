// Compares geod's decoder with libmseed over miniSEED 2 files:  geod_mseed_compare FILE...
// Prints the counts; exits 1 when a record differs.
#include <cstdint>
#include <map>
#include <string>

#include <fmt/format.h>

#include "streams/mseed_reader.hpp"
#include "streams/sample_codecs.hpp"
#include "tests/support/mseed_oracle.hpp"

int main(int argc, char** argv) {
  std::uint64_t records = 0;
  std::uint64_t samples = 0;
  std::uint64_t different = 0;
  std::uint64_t skipped = 0;
  std::map<std::string, std::uint64_t> kinds;
  for (int i = 1; i < argc; ++i) {
    geod::Result<geod::streams::MseedReader> reader = geod::streams::MseedReader::open(argv[i]);
    if (!reader) {
      fmt::print("{}\n", reader.error().what);
      return 1;
    }
    geod::streams::Record record;
    while (auto next = reader->next()) {
      if (!*next) {
        ++kinds[std::string(to_string(next->error().reason))];
        fmt::print("{}\n", next->error().what);
        continue;
      }
      const auto decoded = geod::streams::decode_record((*next)->bytes, record);
      const std::string difference =
          decoded ? geod::test::difference_from_libmseed((*next)->bytes, record)
                  : decoded.error().what;
      ++records;
      samples += record.header.samples;
      ++kinds[fmt::format("{}, {} bytes", to_string(record.header.encoding), record.header.length)];
      if (!difference.empty()) {
        ++different;
        fmt::print("{} byte {}: {}\n", argv[i], (*next)->offset, difference);
      }
    }
    skipped += reader->skipped_bytes();
  }
  for (const auto& [kind, count] : kinds) {
    fmt::print("{}: {}\n", kind, count);
  }
  fmt::print("files={} records={} samples={} different={} skipped_bytes={}\n",
             argc - 1,
             records,
             samples,
             different,
             skipped);
  return different == 0 ? 0 : 1;
}
