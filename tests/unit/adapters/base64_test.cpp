#include "adapters/base64.hpp"

#include <gtest/gtest.h>

namespace geod::adapters {
namespace {

TEST(Base64, GivesFloatsBack) {
  for (std::size_t count = 0; count < 7; ++count) {
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(1.5F * static_cast<float>(i) - 2.25F);
    }
    const auto back = floats_from_base64(to_base64(values));
    ASSERT_TRUE(back) << count;
    EXPECT_EQ(*back, values);
  }
}

TEST(Base64, IsThatOfPython) {
  // base64.b64encode(numpy.array([1, -2], "<f4"))
  EXPECT_EQ(to_base64(std::vector{1.0F, -2.0F}), "AACAPwAAAMA=");
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (const char* text : {"AACAPw",        // no padding
                           "AACAPw==AAAA",  // padding inside
                           "AACAP===",
                           "AACA Pw=",
                           "AACAPx==",  // bits left over
                           "AACAPwA=",  // five bytes
                           "AACA-w==",
                           "===="}) {
    EXPECT_FALSE(floats_from_base64(text)) << text;
  }
}

}  // namespace
}  // namespace geod::adapters
