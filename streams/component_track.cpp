#include "streams/component_track.hpp"

#include <algorithm>

namespace geod::streams {

void ComponentTrack::append(std::int64_t first, std::span<const double> values) {
  if (has_frontier_ && first < frontier_) {
    const std::int64_t known = frontier_ - first;
    if (known >= static_cast<std::int64_t>(values.size())) {
      return;
    }
    values = values.subspan(static_cast<std::size_t>(known));
    first = frontier_;
  }
  if (values.empty()) {
    return;
  }
  if (runs_.empty() || runs_.back().end() != first) {
    runs_.emplace_back().first = first;
  }
  Run& run = runs_.back();
  run.values.insert(run.values.end(), values.begin(), values.end());
  frontier_ = run.end();
  has_frontier_ = true;
}

void ComponentTrack::add_mark(const TraceMark& mark) {
  const Mark found{mark.kind,
                   grid_.ceil_index(mark.from),
                   grid_.ceil_index(mark.to),
                   grid_.ceil_index(mark.known_at),
                   mark.timing_s};
  if (found.begin >= found.end) {
    return;
  }
  // A mark that only goes on from the last of its kind, known as it goes: one longer mark.
  for (auto last = marks_.rbegin(); last != marks_.rend(); ++last) {
    if (last->kind == found.kind) {
      if (last->end == found.begin && last->timing_s == found.timing_s &&
          found.known_at <= found.begin) {
        last->end = found.end;
        return;
      }
      break;
    }
  }
  marks_.push_back(found);
}

std::optional<std::int64_t> ComponentTrack::first_from(std::int64_t k) const {
  for (const Run& run : runs_) {
    if (run.end() > k) {
      return std::max(run.first, k);
    }
  }
  return std::nullopt;
}

std::int64_t ComponentTrack::copy(std::int64_t begin,
                                  std::int64_t end,
                                  std::span<float> out,
                                  std::vector<SampleSpan>& missing) const {
  missing.clear();
  collect(TraceMark::Kind::kMissing, begin, end, missing);
  std::int64_t known_to = begin;
  for (const Run& run : runs_) {
    const std::int64_t from = std::max(run.first, begin);
    const std::int64_t to = std::min(run.end(), end);
    if (from >= to) {
      continue;
    }
    if (from > known_to) {
      missing.push_back({known_to - begin, from - begin});
    }
    known_to = to;
  }
  if (known_to < end) {
    missing.push_back({known_to - begin, end - begin});
  }
  join_spans(missing);

  std::fill(out.begin(), out.end(), 0.0F);
  std::optional<double> reference;
  std::int64_t present = 0;
  std::int64_t from = begin;
  const auto write_to = [&](std::int64_t to) {
    for (const Run& run : runs_) {
      const std::int64_t low = std::max(run.first, from);
      const std::int64_t high = std::min(run.end(), to);
      if (low >= high) {
        continue;
      }
      const double* values = run.values.data() + run.skipped + (low - run.first);
      reference = reference.value_or(values[0]);
      const double offset = *reference;
      float* to_out = out.data() + (low - begin);
      for (std::int64_t i = 0; i < high - low; ++i) {
        to_out[i] = static_cast<float>(values[i] - offset);
      }
      present += high - low;
    }
  };
  for (const SampleSpan& hole : missing) {
    write_to(begin + hole.begin);
    from = begin + hole.end;
  }
  write_to(end);
  return present;
}

void ComponentTrack::collect(TraceMark::Kind kind,
                             std::int64_t begin,
                             std::int64_t end,
                             std::vector<SampleSpan>& spans) const {
  for (const Mark& mark : marks_) {
    const std::int64_t from = std::max(mark.begin, begin);
    const std::int64_t to = std::min(mark.end, end);
    if (mark.kind == kind && mark.known_at < end && from < to) {
      spans.push_back({from - begin, to - begin});
    }
  }
}

double ComponentTrack::timing_s(std::int64_t begin, std::int64_t end) const {
  double largest = 0.0;
  for (const Mark& mark : marks_) {
    if (mark.kind == TraceMark::Kind::kTiming && mark.known_at < end && mark.begin < end &&
        mark.end > begin) {
      largest = std::max(largest, mark.timing_s);
    }
  }
  return largest;
}

void ComponentTrack::drop_before(std::int64_t k) {
  while (!runs_.empty() && runs_.front().end() <= k) {
    runs_.pop_front();
  }
  if (!runs_.empty() && runs_.front().first < k) {
    Run& run = runs_.front();
    run.skipped += static_cast<std::size_t>(k - run.first);
    run.first = k;
    if (run.skipped > run.values.size() / 2) {
      run.values.erase(run.values.begin(),
                       run.values.begin() + static_cast<std::ptrdiff_t>(run.skipped));
      run.skipped = 0;
    }
  }
  std::erase_if(marks_, [k](const Mark& mark) { return mark.end <= k; });
}

void ComponentTrack::drop_from(std::int64_t k) {
  while (!runs_.empty() && runs_.back().first >= k) {
    runs_.pop_back();
  }
  if (!runs_.empty() && runs_.back().end() > k) {
    Run& run = runs_.back();
    run.values.resize(run.skipped + static_cast<std::size_t>(k - run.first));
  }
  std::erase_if(marks_, [k](const Mark& mark) { return mark.begin >= k; });
  frontier_ = std::min(frontier_, k);
}

void ComponentTrack::clear() {
  runs_.clear();
  marks_.clear();
  has_frontier_ = false;
  frontier_ = 0;
}

void join_spans(std::vector<SampleSpan>& spans) {
  std::sort(spans.begin(), spans.end(), [](const SampleSpan& a, const SampleSpan& b) {
    return a.begin < b.begin;
  });
  std::size_t kept = 0;
  for (const SampleSpan& span : spans) {
    if (kept > 0 && span.begin <= spans[kept - 1].end) {
      spans[kept - 1].end = std::max(spans[kept - 1].end, span.end);
    } else {
      spans[kept++] = span;
    }
  }
  spans.resize(kept);
}

}  // namespace geod::streams
