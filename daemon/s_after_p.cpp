#include "daemon/s_after_p.hpp"

#include <algorithm>
#include <utility>

namespace geod {

void SAfterP::on_p(const Pick& pick, std::uint64_t number, Decisions& decisions) {
  Instrument& instrument = instruments_[pick.instrument];
  if (instrument.p) {
    decisions.push_back({instrument.p->number, std::nullopt});
    instrument.p.reset();
  }
  if (instrument.last_s && belongs(*instrument.last_s, pick.time)) {
    decisions.push_back({number, std::move(instrument.last_s)});
    instrument.last_s.reset();
  } else {
    instrument.p = OpenP{number, pick.time};
  }
}

void SAfterP::on_s(const Pick& pick, Decisions& decisions) {
  Instrument& instrument = instruments_[pick.instrument];
  if (instrument.p && belongs(pick, instrument.p->time)) {
    decisions.push_back({instrument.p->number, pick});
    instrument.p.reset();
  } else {
    instrument.last_s = pick;
  }
}

void SAfterP::reach(const InstrumentId& instrument, Time time, Decisions& decisions) {
  const auto found = instruments_.find(instrument);
  if (found != instruments_.end() && found->second.p && found->second.p->time + kLimit < time) {
    decisions.push_back({found->second.p->number, std::nullopt});
    found->second.p.reset();
  }
}

void SAfterP::end(const InstrumentId& instrument, Decisions& decisions) {
  const auto found = instruments_.find(instrument);
  if (found == instruments_.end()) {
    return;
  }
  if (found->second.p) {
    decisions.push_back({found->second.p->number, std::nullopt});
  }
  instruments_.erase(found);
}

void SAfterP::end_all(Decisions& decisions) {
  for (const auto& [id, instrument] : instruments_) {
    if (instrument.p) {
      decisions.push_back({instrument.p->number, std::nullopt});
    }
  }
  std::sort(decisions.begin(), decisions.end(), [](const Decision& a, const Decision& b) {
    return a.p < b.p;
  });
  instruments_.clear();
}

}  // namespace geod
