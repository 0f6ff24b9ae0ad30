// Writes the hostile records as files:  geod_mseed_write_hostile tests/data/mseed/hostile
#include <filesystem>

#include <fmt/format.h>

#include "tests/support/mseed_files.hpp"
#include "tests/support/mseed_hostile.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print("usage: geod_mseed_write_hostile FOLDER\n");
    return 1;
  }
  for (const geod::test::HostileRecord& hostile : geod::test::hostile_records()) {
    geod::test::write_file(std::filesystem::path(argv[1]) / (hostile.name + ".mseed"),
                           hostile.bytes);
  }
  return 0;
}
