#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "streams/crc32c.hpp"

namespace geod::streams {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// Check values of RFC 3720 B.4 and of the CRC catalogue ("123456789").
TEST(Crc32c, MatchesThePublishedCheckValues) {
  EXPECT_EQ(crc32c({}), 0U);
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0})), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::vector<std::byte>(32, std::byte{0xFF})), 0x62A8AB43U);
}

TEST(Crc32c, SumsInPiecesOfAnySize) {
  const std::string_view text = "a record summed in two pieces must give the sum of the whole";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(crc32c(bytes_of(text.substr(cut)), crc32c(bytes_of(text.substr(0, cut)))),
              crc32c(bytes_of(text)))
        << cut;
  }
}

}  // namespace
}  // namespace geod::streams
