#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/doctor_checks.hpp"
#include "tests/support/das_blocks.hpp"
#include "tests/support/fake_segmenter.hpp"

namespace geod {
namespace {

using ::testing::HasSubstr;

/// 80 channels at 10 m and 100 Hz.
FibreGeometry fibre() {
  FibreGeometry geometry = streams::test_geometry(80);
  geometry.rate = *SampleRate::make(100);
  geometry.channel_spacing_m = 10.0;
  return geometry;
}

TEST(DoctorFibres, CountsTheTilesThatAFibreAsksFor) {
  // Tiles of 16 columns 8 apart over 80: nine; rows of tiles every 32 rows at 100 Hz.
  const auto tiles = tiles_needed_per_s(fibre(), {}, test::small_segmenter());
  ASSERT_TRUE(tiles) << tiles.error().what;
  EXPECT_NEAR(*tiles, 9.0 * 100.0 / 32.0, 1e-9);
  config::FibreConfig fewer;
  fewer.last_channel = 15;
  EXPECT_NEAR(*tiles_needed_per_s(fibre(), fewer, test::small_segmenter()), 100.0 / 32.0, 1e-9);
  config::FibreConfig wider;
  wider.channel_spacing_m = 50.0;
  EXPECT_NEAR(*tiles_needed_per_s(fibre(), wider, test::small_segmenter()), 100.0 / 32.0, 1e-9);
}

TEST(DoctorFibres, WarnsWhereTheHostIsTooSlow) {
  const models::Manifest network = test::small_segmenter();
  const std::vector<KnownFibre> fibres{{fibre(), {}}, {fibre(), {}}};  // 56 tiles/s
  EXPECT_EQ(judge_fibres(200.0, network, fibres).verdict, Verdict::kOk);
  const Check tight = judge_fibres(80.0, network, fibres);
  EXPECT_EQ(tight.verdict, Verdict::kWarn);
  EXPECT_THAT(tight.finding, HasSubstr("2 configured fibres ask for 56.2 tiles/s"));
  const Check too_slow = judge_fibres(40.0, network, fibres);
  EXPECT_EQ(too_slow.verdict, Verdict::kWarn);
  EXPECT_THAT(too_slow.remedy, HasSubstr("will be shed"));
}

TEST(DoctorFibres, WithoutKnownFibresSaysWhatTheHostCarries) {
  const Check check = judge_fibres(100.0, test::small_segmenter(), {});
  EXPECT_EQ(check.verdict, Verdict::kOk);
  // 50 tiles/s planned with, 3.125 rows of tiles a second, 8 channels a tile.
  EXPECT_THAT(check.finding, HasSubstr("about 128 channels at 100 Hz and 10 m"));
}

}  // namespace
}  // namespace geod
