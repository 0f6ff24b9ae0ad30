#include "models/mask_events.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"

namespace geod::models {
namespace {

/// Rows between two looks at what must be cut; on the absolute grid.
constexpr std::int64_t kLookEvery = 64;

std::size_t at(std::int64_t index) {
  return static_cast<std::size_t>(index);
}

}  // namespace

void MaskEvents::push(const MaskRows& rows, std::vector<MaskEvent>& out) {
  if (rows.begins_segment || columns_.empty()) {
    GEOD_CHECK(parts_.empty(), "a segment begins after the one before was finished");
    begin(rows);
  }
  GEOD_CHECK(rows.first_row == row_ && at(rows.grid->columns) == columns_.size(),
             "rows of a segment follow one another");
  const std::size_t width = columns_.size();
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    const auto of_row = [&](const std::vector<float>& all) {
      return all.empty() ? std::span<const float>() : std::span(all).subspan(at(r) * width, width);
    };
    push_row(of_row(rows.probability[0]), of_row(rows.probability[1]));
    give_complete(out);
    ++row_;
    if (row_ % kLookEvery == 0) {
      keep_bounded(out);
    }
  }
}

void MaskEvents::begin(const MaskRows& rows) {
  columns_.assign(at(rows.grid->columns), Column{});
  row_ = rows.first_row;
  segment_row_ = rows.first_row;
}

void MaskEvents::push_row(std::span<const float> first, std::span<const float> second) {
  const auto width = static_cast<std::int64_t>(columns_.size());
  bool any_on = false;
  for (std::int64_t c = 0; c < width; ++c) {
    const float p = first.empty() ? 0.0F : first[at(c)];
    const float s = second.empty() ? 0.0F : second[at(c)];
    // Most columns of most rows are off and stay so.
    if (columns_[at(c)].state != State::kOff ||
        static_cast<double>(p + s) >= settings_.threshold_on) {
      step(c, p, s);
      any_on = true;
    }
  }
  for (std::int64_t c = 0; any_on && c < width; ++c) {
    if (columns_[at(c)].state == State::kOn) {
      join_neighbours(c);
    }
  }
}

/// One column, one row on.
void MaskEvents::step(std::int64_t column, float first, float second) {
  Column& here = columns_[at(column)];
  const auto probability = static_cast<double>(first + second);
  const bool is_on = probability >= settings_.threshold_on;
  switch (here.state) {
    case State::kOff:
      open_run(column, second > first);
      extend_run(column, first, second);
      break;
    case State::kOn:
      if (probability >= settings_.threshold_off) {
        extend_run(column, first, second);
      } else {
        here.state = State::kGap;
      }
      break;
    case State::kGap:
      if (row_ - here.run.to > kBridgedRows) {
        close_run(column);
        if (is_on) {
          open_run(column, second > first);
          extend_run(column, first, second);
        }
      } else if (is_on) {
        here.state = State::kOn;
        extend_run(column, first, second);
      }
      break;
    case State::kSpent:
      if (probability < settings_.threshold_off) {
        here.state = State::kOff;
      }
      break;
  }
}

void MaskEvents::open_run(std::int64_t column, bool as_s) {
  Column& here = columns_[at(column)];
  here.state = State::kOn;
  here.part = next_part_++;
  here.place = 0;
  here.s_rows = 0;
  here.s_mass = 0.0;
  here.run = ColumnRun{};
  here.run.column = column;
  here.run.from = row_;
  here.run.has_onset = row_ > segment_row_;
  here.run.begins_as_s = as_s;
  Part& part = parts_[here.part];
  part.first_row = row_;
  part.open.push_back(column);
  ++runs_held_;
}

void MaskEvents::extend_run(std::int64_t column, float first, float second) {
  Column& here = columns_[at(column)];
  here.run.to = row_ + 1;
  here.run.probability_sum += static_cast<double>(first + second);
  ++here.run.cells;
  const bool s_leads = second > first;
  here.s_rows = s_leads ? here.s_rows + 1 : 0;
  here.s_mass = s_leads ? here.s_mass + static_cast<double>(second) : 0.0;
  if (here.s_rows >= kSteadyRows && here.s_mass > here.run.s_mass) {
    here.run.s_mass = here.s_mass;
    here.run.s_from = row_ + 1 - here.s_rows;
  }
  Part& part = parts_[here.part];
  part.max_probability = std::max(part.max_probability, first + second);
}

void MaskEvents::close_run(std::int64_t column) {
  Column& here = columns_[at(column)];
  Part& part = parts_[here.part];
  part.closed.push_back(here.run);
  const std::int64_t moved = part.open.back();
  part.open[here.place] = moved;
  columns_[at(moved)].place = here.place;
  part.open.pop_back();
  if (part.open.empty()) {
    ended_.push_back(here.part);
  }
  here.state = State::kOff;
  here.part = -1;
}

bool MaskEvents::is_on_from(std::int64_t from, std::int64_t to) const {
  return std::any_of(parts_.begin(), parts_.end(), [from, to](const auto& each) {
    return from <= each.second.first_row && each.second.first_row < to;
  });
}

/// A run that is on joins what is near: on or in a gap to its left, in a gap to its right (who is
/// on there looks left itself).
void MaskEvents::join_neighbours(std::int64_t column) {
  const auto width = static_cast<std::int64_t>(columns_.size());
  for (std::int64_t d = 1; d <= 1 + kBridgedColumns; ++d) {
    for (const std::int64_t other : {column - d, column + d}) {
      if (other < 0 || other >= width) {
        continue;
      }
      const State state = columns_[at(other)].state;
      if (state == State::kGap || (state == State::kOn && other < column)) {
        unite(columns_[at(column)].part, columns_[at(other)].part);
      }
    }
  }
}

void MaskEvents::unite(std::int64_t a, std::int64_t b) {
  if (a == b) {
    return;
  }
  const auto weight = [this](std::int64_t part) {
    return parts_[part].open.size() + parts_[part].closed.size();
  };
  if (weight(a) < weight(b)) {
    std::swap(a, b);
  }
  Part& larger = parts_[a];
  Part& smaller = parts_[b];
  for (const std::int64_t column : smaller.open) {
    columns_[at(column)].part = a;
    columns_[at(column)].place = larger.open.size();
    larger.open.push_back(column);
  }
  larger.closed.insert(larger.closed.end(), smaller.closed.begin(), smaller.closed.end());
  larger.first_row = std::min(larger.first_row, smaller.first_row);
  larger.max_probability = std::max(larger.max_probability, smaller.max_probability);
  parts_.erase(b);
}

void MaskEvents::keep_bounded(std::vector<MaskEvent>& out) {
  std::vector<std::int64_t> too_long;
  for (const auto& [id, part] : parts_) {
    if (row_ - part.first_row >= kLongestRows) {
      too_long.push_back(id);
    }
  }
  for (const std::int64_t id : too_long) {
    cut(id, out);
  }
  while (runs_held_ > kRunsPerColumn * static_cast<std::int64_t>(columns_.size())) {
    const auto largest =
        std::max_element(parts_.begin(), parts_.end(), [](const auto& a, const auto& b) {
          return a.second.closed.size() < b.second.closed.size();
        });
    cut(largest->first, out);
  }
}

void MaskEvents::cut(std::int64_t id, std::vector<MaskEvent>& out) {
  Part part = std::move(parts_[id]);
  parts_.erase(id);
  for (const std::int64_t column : part.open) {
    Column& here = columns_[at(column)];
    part.closed.push_back(here.run);
    here.state = here.state == State::kOn ? State::kSpent : State::kOff;
    here.part = -1;
  }
  ++counters_.cut;
  give(std::move(part), true, out);
}

void MaskEvents::give_complete(std::vector<MaskEvent>& out) {
  const std::size_t before = out.size();
  for (const std::int64_t id : ended_) {
    give(std::move(parts_.extract(id).mapped()), false, out);
  }
  ended_.clear();
  std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(before),
                   out.end(),
                   [](const MaskEvent& a, const MaskEvent& b) {
                     return a.runs.front().column < b.runs.front().column;
                   });
}

void MaskEvents::give(Part part, bool is_cut, std::vector<MaskEvent>& out) {
  runs_held_ -= static_cast<std::int64_t>(part.closed.size());
  MaskEvent event;
  event.runs = std::move(part.closed);
  std::sort(event.runs.begin(), event.runs.end(), [](const ColumnRun& a, const ColumnRun& b) {
    return std::pair(a.column, a.from) < std::pair(b.column, b.from);
  });
  event.decided_row = row_;
  event.max_probability = part.max_probability;
  event.is_cut = is_cut;
  ++counters_.parts;
  if (passes(event)) {
    out.push_back(std::move(event));
  }
}

bool MaskEvents::passes(const MaskEvent& event) {
  std::int64_t channels = 0;
  std::int64_t last_column = -1;
  std::int64_t longest = 0;
  double sum = 0.0;
  std::int64_t cells = 0;
  for (const ColumnRun& run : event.runs) {
    channels += run.column != last_column ? 1 : 0;
    last_column = run.column;
    longest = std::max(longest, run.to - run.from);
    sum += run.probability_sum;
    cells += run.cells;
  }
  // A fibre may have fewer channels than an event needs elsewhere.
  const std::int64_t half = (static_cast<std::int64_t>(columns_.size()) + 1) / 2;
  if (channels < std::min(settings_.min_channels, half)) {
    ++counters_.narrow;
    return false;
  }
  if (longest < settings_.min_rows) {
    ++counters_.brief;
    return false;
  }
  if (sum < settings_.min_probability * static_cast<double>(cells)) {
    ++counters_.unlikely;
    return false;
  }
  return true;
}

void MaskEvents::finish(std::vector<MaskEvent>& out) {
  const std::size_t before = out.size();
  while (!parts_.empty()) {
    const auto first = parts_.begin();
    Part part = std::move(first->second);
    parts_.erase(first);
    for (const std::int64_t column : part.open) {
      part.closed.push_back(columns_[at(column)].run);
    }
    give(std::move(part), false, out);
  }
  std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(before),
                   out.end(),
                   [](const MaskEvent& a, const MaskEvent& b) {
                     return a.runs.front().column < b.runs.front().column;
                   });
  columns_.clear();
}

}  // namespace geod::models
