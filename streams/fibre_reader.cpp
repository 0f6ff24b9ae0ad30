#include "streams/fibre_reader.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace geod::streams {
namespace {

/// Of a column that was not dead so far: before all rows, the held ones, too.
constexpr std::int64_t kNever = INT64_MIN;

std::size_t at(std::int64_t index) {
  return static_cast<std::size_t>(index);
}

}  // namespace

FibreReader::FibreReader(const FibreGeometry& geometry, const Settings& settings)
    : settings_(settings),
      channels_(geometry.channels),
      columns_(geometry.channels / settings.channels_per_column),
      difference_(takes_difference(geometry.unit)),
      factor_(geometry.scale * (difference_ ? geometry.rate.hz() : 1.0)),
      reference_(at(channels_), 0.0),
      stored_(at(channels_), 0.0),
      last_checked_(at(channels_), 0.0F),
      repeats_(at(channels_), 0),
      dead_until_(at(channels_), 0),
      is_dead_(at(channels_), 0),
      live_(at(columns_), static_cast<std::int32_t>(settings.channels_per_column)),
      dead_from_(at(columns_), kNever),
      dead_to_(at(columns_), kNever) {
  GEOD_CHECK(columns_ > 0, "a fibre has at least one column");
  if (settings_.channels_per_column > 1) {
    channel_values_.resize(at(channels_));
  }
}

bool FibreReader::takes_difference(DasUnit unit) {
  return unit == DasUnit::kStrain || unit == DasUnit::kPhase;
}

bool FibreReader::read(const FibrePiece& piece, std::int64_t index, float* row) {
  float* values = settings_.channels_per_column > 1 ? channel_values_.data() : row;
  const bool is_usable = convert_row(piece, index, values);
  for (const ChannelSpan& span : piece.block.dead) {
    for (std::int64_t c = span.first; c < span.second; ++c) {
      note_dead(c);
    }
  }
  if (!is_usable) {
    note_unusable(values);
  }
  if (sample_ % settings_.check_every == 0) {
    note_constant(values);
  }
  if (!dead_.empty()) {
    silence(values);
  }
  if (settings_.channels_per_column > 1) {
    average(row);
  }
  return ++sample_ > 1 || !difference_;
}

template <class Sample>
bool FibreReader::convert(const std::byte* first, std::ptrdiff_t step, float* values) {
  double* stored = stored_.data();
  if (step == static_cast<std::ptrdiff_t>(sizeof(Sample))) {
    const auto* samples = reinterpret_cast<const Sample*>(first);
    for (std::int64_t c = 0; c < channels_; ++c) {
      stored[c] = static_cast<double>(samples[c]);
    }
  } else {
    for (std::int64_t c = 0; c < channels_; ++c) {
      stored[c] = static_cast<double>(*reinterpret_cast<const Sample*>(first + c * step));
    }
  }
  if (sample_ == 0) {
    std::copy(stored_.begin(), stored_.end(), reference_.begin());
  }
  const double* reference = reference_.data();
  const double factor = factor_;
  int unusable = 0;
  for (std::int64_t c = 0; c < channels_; ++c) {
    const auto value = static_cast<float>((stored[c] - reference[c]) * factor);
    values[c] = value;
    unusable |= static_cast<int>(!(std::abs(value) <= kLargest));
  }
  if (difference_) {
    std::swap(reference_, stored_);
  }
  return unusable == 0;
}

bool FibreReader::convert_row(const FibrePiece& piece, std::int64_t index, float* values) {
  const FibreLayout layout = piece.layout();
  const std::byte* first = layout.at(index, 0);
  switch (piece.geometry().type) {
    case DasSampleType::kInt16:
      return convert<std::int16_t>(first, layout.channel_step, values);
    case DasSampleType::kInt32:
      return convert<std::int32_t>(first, layout.channel_step, values);
    case DasSampleType::kFloat32:
      return convert<float>(first, layout.channel_step, values);
    case DasSampleType::kFloat64:
      break;
  }
  return convert<double>(first, layout.channel_step, values);
}

void FibreReader::note_dead(std::int64_t channel) {
  dead_until_[at(channel)] = sample_ + settings_.dead_hold;
  if (is_dead_[at(channel)] == 0) {
    is_dead_[at(channel)] = 1;
    dead_.push_back(channel);
    change_live(channel, -1);
  }
}

void FibreReader::note_unusable(const float* values) {
  for (std::int64_t c = 0; c < channels_; ++c) {
    if (!(std::abs(values[c]) <= kLargest)) {
      note_dead(c);
    }
  }
}

void FibreReader::note_constant(const float* values) {
  float* last = last_checked_.data();
  std::int32_t* repeats = repeats_.data();
  std::int32_t most = 0;
  for (std::int64_t c = 0; c < channels_; ++c) {
    repeats[c] = values[c] == last[c] ? repeats[c] + 1 : 0;
    last[c] = values[c];
    most = std::max(most, repeats[c]);
  }
  if (most < kConstantChecks) {
    return;
  }
  for (std::int64_t c = 0; c < channels_; ++c) {
    if (repeats[c] >= kConstantChecks) {
      repeats[c] = kConstantChecks;
      note_dead(c);
    }
  }
}

/// Dead channels read 0; one whose time is up begins anew from this sample as its reference.
void FibreReader::silence(float* values) {
  const auto still_dead = [&](std::int64_t c) {
    values[c] = 0.0F;
    if (dead_until_[at(c)] > sample_) {
      return true;
    }
    if (!difference_) {
      reference_[at(c)] = stored_[at(c)];
    }
    is_dead_[at(c)] = 0;
    change_live(c, +1);
    return false;
  };
  dead_.erase(std::stable_partition(dead_.begin(), dead_.end(), still_dead), dead_.end());
}

void FibreReader::change_live(std::int64_t channel, int by) {
  const std::int64_t column = channel / settings_.channels_per_column;
  if (column >= columns_) {
    return;  // the channels left over at the far end make no column
  }
  live_[at(column)] += by;
  if (by < 0 && live_[at(column)] == 0) {
    dead_from_[at(column)] = sample_;
    dead_to_[at(column)] = kOpen;
  } else if (by > 0 && live_[at(column)] == 1) {
    dead_to_[at(column)] = sample_;
  }
}

void FibreReader::average(float* row) const {
  const std::int64_t width = settings_.channels_per_column;
  for (std::int64_t column = 0; column < columns_; ++column) {
    const float* from = channel_values_.data() + column * width;
    float sum = 0.0F;
    for (std::int64_t c = 0; c < width; ++c) {
      sum += from[c];
    }
    row[column] = sum / static_cast<float>(std::max(1, live_[at(column)]));
  }
}

}  // namespace geod::streams
