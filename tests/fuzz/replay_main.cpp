// Runs a fuzz target once over each file of a folder, so that what a fuzzer found stays found
// without a fuzzer at hand:  geod_mseed_replay FOLDER
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "tests/support/mseed_files.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: {} FOLDER\n", argv[0]);
    return 2;
  }
  int inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    const std::vector<std::byte> bytes = geod::test::read_file(entry.path());
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ++inputs;
  }
  fmt::print("{} inputs\n", inputs);
  return inputs > 0 ? 0 : 1;
}
