#include "streams/constant_runs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_maker.hpp"

namespace geod::streams {
namespace {

using test::at_s;
using namespace std::chrono_literals;

/// 200 samples at 100 Hz that all differ but for a run of `length` from `begin` on.
std::vector<double> with_run(std::size_t begin, std::size_t length) {
  std::vector<double> samples(200);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = i >= begin && i < begin + length ? -1.0 : static_cast<double>(i);
  }
  return samples;
}

std::vector<TraceMark> marks_of(const std::vector<double>& samples, std::size_t piece_length) {
  ConstantRuns runs(1s);
  std::vector<TraceMark> marks;
  for (std::size_t from = 0; from < samples.size(); from += piece_length) {
    TracePiece piece;
    piece.start = at_s(static_cast<double>(from) / 100.0);
    piece.rate = test::rate_of(100);
    const std::size_t to = std::min(samples.size(), from + piece_length);
    piece.samples.assign(samples.begin() + static_cast<std::ptrdiff_t>(from),
                         samples.begin() + static_cast<std::ptrdiff_t>(to));
    runs.scan(piece);
    marks.insert(marks.end(), piece.marks.begin(), piece.marks.end());
  }
  return marks;
}

TEST(ConstantRuns, IgnoresARunBelowHalfASecond) {
  EXPECT_THAT(marks_of(with_run(50, 49), 200), ::testing::IsEmpty());
}

TEST(ConstantRuns, MarksBothEdgesOfARunOfHalfASecond) {
  using Kind = TraceMark::Kind;
  EXPECT_THAT(
      marks_of(with_run(50, 50), 200),
      ::testing::ElementsAre(TraceMark{Kind::kNoPicks, at_s(0.3), at_s(1.5), at_s(0.99), 0.0},
                             TraceMark{Kind::kConstant, at_s(0.5), at_s(1.0), at_s(0.99), 0.0},
                             TraceMark{Kind::kNoPicks, at_s(0.8), at_s(2.0), at_s(1.0), 0.0}));
}

TEST(ConstantRuns, FindsTheSameEdgesHoweverThePiecesAreCut) {
  const auto edges = [](const std::vector<TraceMark>& marks) {
    std::vector<TraceMark> found;
    for (const TraceMark& mark : marks) {
      if (mark.kind == TraceMark::Kind::kNoPicks) {
        found.push_back(mark);
      }
    }
    return found;
  };
  const auto samples = with_run(37, 110);
  const auto whole = edges(marks_of(samples, 200));
  ASSERT_EQ(whole.size(), 2U);
  for (std::size_t length = 1; length < 200; ++length) {
    ASSERT_EQ(edges(marks_of(samples, length)), whole) << length;
  }
}

TEST(ConstantRuns, CoversALongRunWithoutHoles) {
  Time covered = at_s(0.37);
  for (const TraceMark& mark : marks_of(with_run(37, 110), 13)) {
    if (mark.kind == TraceMark::Kind::kConstant) {
      EXPECT_EQ(mark.from, covered);
      covered = mark.to;
    }
  }
  EXPECT_EQ(covered, at_s(1.47));
}

}  // namespace
}  // namespace geod::streams
