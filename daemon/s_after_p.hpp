#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/pick.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"

namespace geod {

/// Finds the S pick that belongs to a P pick: the first of the instrument after it, before its next
/// P pick and within a limit. Decided in data time alone, in the order in which picks become final,
/// so live and replayed data give the same. Memory: one P and one S pick an instrument.
class SAfterP {
 public:
  /// About 500 km from the event, as far as the networks know distances.
  static constexpr Duration kLimit = std::chrono::seconds{60};

  struct Decision {
    std::uint64_t p = 0;    ///< the number of the P pick
    std::optional<Pick> s;  ///< nothing: none followed
  };
  using Decisions = std::vector<Decision>;

  /// A P pick became final; `number` names it in the decision, which is made exactly once.
  void on_p(const Pick& pick, std::uint64_t number, Decisions& decisions);
  void on_s(const Pick& pick, Decisions& decisions);

  /// All picks of the instrument before `time` are out.
  void reach(const InstrumentId& instrument, Time time, Decisions& decisions);

  /// No more picks come from the instrument, or from any.
  void end(const InstrumentId& instrument, Decisions& decisions);
  void end_all(Decisions& decisions);

 private:
  struct OpenP {
    std::uint64_t number = 0;
    Time time;
  };
  struct Instrument {
    std::optional<OpenP> p;
    std::optional<Pick> last_s;  ///< it may have become final before its P
  };
  static bool belongs(const Pick& s, Time p) { return s.time > p && s.time - p <= kLimit; }

  std::unordered_map<InstrumentId, Instrument> instruments_;
};

}  // namespace geod
