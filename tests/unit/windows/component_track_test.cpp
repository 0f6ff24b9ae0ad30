#include "streams/component_track.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_maker.hpp"

namespace geod::streams {
namespace {

using ::testing::ElementsAre;
using Values = std::vector<double>;

TimeGrid grid() {
  return TimeGrid(test::rate_of(1));
}

TEST(ComponentTrack, CopiesRelativeToTheFirstValueAndReportsHoles) {
  ComponentTrack track(grid());
  track.append(10, Values{1e9, 1e9 + 1.0, 1e9 + 2.0});
  track.append(15, Values{1e9 + 5.0});
  std::vector<float> out(8, -1.0F);
  std::vector<SampleSpan> missing;
  EXPECT_EQ(track.copy(9, 17, out, missing), 4);
  EXPECT_THAT(out, ElementsAre(0.F, 0.F, 1.F, 2.F, 0.F, 0.F, 5.F, 0.F));
  EXPECT_THAT(missing, ElementsAre(SampleSpan{0, 1}, SampleSpan{4, 6}, SampleSpan{7, 8}));
}

TEST(ComponentTrack, LeavesOutWhatIsMarkedMissing) {
  ComponentTrack track(grid());
  track.append(0, Values{5, 6, 7, 8});
  track.add_mark({TraceMark::Kind::kMissing,
                  time_from_ns(1'000'000'000),
                  time_from_ns(3'000'000'000),
                  time_from_ns(0),
                  0.0});
  std::vector<float> out(4);
  std::vector<SampleSpan> missing;
  EXPECT_EQ(track.copy(0, 4, out, missing), 2);
  EXPECT_THAT(out, ElementsAre(0.F, 0.F, 0.F, 3.F));
  EXPECT_THAT(missing, ElementsAre(SampleSpan{1, 3}));
}

TEST(ComponentTrack, ShowsAMarkOnlyToWindowsThatCouldKnowIt) {
  ComponentTrack track(grid());
  track.add_mark({TraceMark::Kind::kNoPicks,
                  time_from_ns(2'000'000'000),
                  time_from_ns(9'000'000'000),
                  time_from_ns(5'000'000'000),
                  0.0});
  std::vector<SampleSpan> spans;
  track.collect(TraceMark::Kind::kNoPicks, 0, 5, spans);
  EXPECT_THAT(spans, ::testing::IsEmpty());
  track.collect(TraceMark::Kind::kNoPicks, 0, 6, spans);
  EXPECT_THAT(spans, ElementsAre(SampleSpan{2, 6}));
}

TEST(ComponentTrack, ForgetsBothWays) {
  ComponentTrack track(grid());
  track.append(0, Values{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  track.drop_before(3);
  track.drop_from(8);
  EXPECT_EQ(track.frontier(), 8);
  EXPECT_EQ(track.first_from(0), 3);
  EXPECT_EQ(track.first_from(8), std::nullopt);
  track.append(6, Values{60, 70, 80});
  std::vector<float> out(9);
  std::vector<SampleSpan> missing;
  EXPECT_EQ(track.copy(0, 9, out, missing), 6);
  EXPECT_THAT(out, ElementsAre(0.F, 0.F, 0.F, 0.F, 1.F, 2.F, 3.F, 4.F, 77.F));
}

TEST(ComponentTrack, JoinsSpans) {
  std::vector<SampleSpan> spans{{5, 7}, {1, 2}, {2, 4}, {6, 9}};
  join_spans(spans);
  EXPECT_THAT(spans, ElementsAre(SampleSpan{1, 4}, SampleSpan{5, 9}));
}

}  // namespace
}  // namespace geod::streams
