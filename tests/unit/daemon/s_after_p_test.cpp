#include "daemon/s_after_p.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Time kStart = *parse_iso("2019-07-04T17:00:00");

Pick pick(const std::string& station, Phase phase, Duration after) {
  Pick made;
  made.instrument = {"CI", station, "", "H", "H"};
  made.phase_hint = phase;
  made.time = kStart + after;
  return made;
}

/// "3:5500" where the S pick of P number 3 lies 5500 ms after the start; "3:-" for none.
std::vector<std::string> told(SAfterP::Decisions& decisions) {
  std::vector<std::string> lines;
  for (const SAfterP::Decision& decision : decisions) {
    lines.push_back(std::to_string(decision.p) + ":" +
                    (decision.s ? std::to_string((decision.s->time - kStart) / 1ms) : "-"));
  }
  decisions.clear();
  return lines;
}

class SAfterPTest : public ::testing::Test {
 protected:
  void p(const std::string& station, Duration after, std::uint64_t number) {
    pairs_.on_p(pick(station, Phase::kP, after), number, decisions_);
  }
  void s(const std::string& station, Duration after) {
    pairs_.on_s(pick(station, Phase::kS, after), decisions_);
  }
  SAfterP pairs_;
  SAfterP::Decisions decisions_;
};

TEST_F(SAfterPTest, TakesTheFirstSOfTheInstrument) {
  p("CLC", 10s, 1);
  s("SRT", 12s);
  EXPECT_THAT(told(decisions_), IsEmpty());
  s("CLC", 15500ms);
  EXPECT_THAT(told(decisions_), ElementsAre("1:15500"));
  s("CLC", 17s);
  pairs_.end_all(decisions_);
  EXPECT_THAT(told(decisions_), IsEmpty()) << "each P is decided once";
}

TEST_F(SAfterPTest, TheNextPEndsTheWait) {
  p("CLC", 10s, 1);
  p("CLC", 14s, 2);
  EXPECT_THAT(told(decisions_), ElementsAre("1:-"));
  s("CLC", 15s);
  EXPECT_THAT(told(decisions_), ElementsAre("2:15000"));
}

TEST_F(SAfterPTest, NoSIsTakenFromBeyondTheLimitOrFromBefore) {
  p("CLC", 10s, 1);
  s("CLC", 9s);
  s("CLC", 10s);
  s("CLC", 70s + 1ns);
  EXPECT_THAT(told(decisions_), IsEmpty());
  p("SRT", 10s, 2);
  s("SRT", 70s);
  EXPECT_THAT(told(decisions_), ElementsAre("2:70000"));
}

TEST_F(SAfterPTest, TheDataPassingTheLimitEndTheWait) {
  p("CLC", 10s, 1);
  pairs_.reach({"CI", "CLC", "", "H", "H"}, kStart + 70s, decisions_);
  EXPECT_THAT(told(decisions_), IsEmpty());
  pairs_.reach({"CI", "SRT", "", "H", "H"}, kStart + 80s, decisions_);
  EXPECT_THAT(told(decisions_), IsEmpty());
  pairs_.reach({"CI", "CLC", "", "H", "H"}, kStart + 70s + 1ns, decisions_);
  EXPECT_THAT(told(decisions_), ElementsAre("1:-"));
}

TEST_F(SAfterPTest, AnSThatBecameFinalBeforeItsPIsFound) {
  s("CLC", 15s);
  p("CLC", 10s, 1);
  EXPECT_THAT(told(decisions_), ElementsAre("1:15000"));
  p("CLC", 11s, 2);
  pairs_.end({"CI", "CLC", "", "H", "H"}, decisions_);
  EXPECT_THAT(told(decisions_), ElementsAre("2:-")) << "an S belongs to one P";
}

TEST_F(SAfterPTest, TheEndDecidesWhatIsOpen) {
  p("CLC", 10s, 2);
  p("SRT", 10s, 1);
  p("WBS", 10s, 3);
  pairs_.end({"CI", "CLC", "", "H", "H"}, decisions_);
  EXPECT_THAT(told(decisions_), ElementsAre("2:-"));
  pairs_.end_all(decisions_);
  EXPECT_THAT(told(decisions_), ElementsAre("1:-", "3:-")) << "in the order of the picks";
}

}  // namespace
}  // namespace geod
