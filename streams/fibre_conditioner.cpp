#include "streams/fibre_conditioner.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace geod::streams {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
/// Samples read between two looks for finished rows: bounds what a long block adds to the memory.
constexpr std::int64_t kReadAtATime = 256;

std::int64_t channels_per_column(const FibreGeometry& geometry, const FibreConditioning& settings) {
  const double spacing = geometry.channel_spacing_m * static_cast<double>(geometry.channel_stride);
  if (!(spacing > 0.0) || !(settings.channel_spacing_m > spacing)) {
    return 1;
  }
  const double ratio = std::round(settings.channel_spacing_m / spacing);
  return static_cast<std::int64_t>(std::min(ratio, static_cast<double>(geometry.channels)));
}

}  // namespace

FibreConditioner::FibreConditioner(const FibreConditioning& settings)
    : settings_(settings), grid_(settings.rate) {}

Result<FibreGrid> FibreConditioner::grid_of(const FibreGeometry& geometry,
                                            const FibreConditioning& settings) {
  if (!FibreDecimator::supports(geometry.rate, settings.rate)) {
    return fail(Errc::kUnsupported,
                "{}: {} cannot be brought to the {} of the tiles; between {:g} and {:g} "
                "times that can (state another grid for this fibre)",
                geometry.fibre_id,
                geometry.rate.to_string(),
                settings.rate.to_string(),
                FibreDecimator::kSlowestRatio,
                FibreDecimator::kFastestRatio);
  }
  if (geometry.channels < 1) {
    return fail(Errc::kUnsupported, "{}: has no channels", geometry.fibre_id);
  }
  const std::int64_t width = channels_per_column(geometry, settings);
  FibreGrid grid;
  grid.fibre_id = geometry.fibre_id;
  grid.rate = settings.rate;
  grid.columns = geometry.channels / width;
  grid.first_channel = geometry.channel_number((width - 1) / 2);
  grid.channel_stride = geometry.channel_stride * width;
  grid.column_spacing_m = geometry.channel_spacing_m * static_cast<double>(grid.channel_stride);
  return grid;
}

Result<void> FibreConditioner::push(const FibrePiece& piece, std::vector<FibreRows>& out) {
  if (piece.begins_segment || !segment_) {
    finish(out);
    if (auto begun = begin(piece); !begun) {
      return begun;
    }
  }
  Segment& segment = *segment_;
  note_anchor(piece);
  std::vector<float> values;
  row_.resize(static_cast<std::size_t>(segment.grid->columns));
  for (std::int64_t index = 0; index < piece.samples(); ++index) {
    if (segment.reader.read(piece, index, row_.data())) {
      std::copy(row_.begin(), row_.end(), segment.decimator.append());
    }
    ++segment.samples;
    if (segment.samples % kReadAtATime == 0) {
      produce(false, values);
    }
  }
  segment.arrived_at = piece.block.arrived_at;
  produce(false, values);
  give(std::move(values), out);
  return {};
}

void FibreConditioner::finish(std::vector<FibreRows>& out) {
  if (!segment_) {
    return;
  }
  std::vector<float> values;
  if (segment_->decimator.end() > 0) {
    produce(true, values);
    segment_->leveller.finish(values);
    give(std::move(values), out);
  }
  segment_.reset();
}

Result<void> FibreConditioner::begin(const FibrePiece& piece) {
  const FibreGeometry& geometry = piece.geometry();
  auto grid = grid_of(geometry, settings_);
  if (!grid) {
    return tl::unexpected(grid.error());
  }
  const double per_row = geometry.rate.hz() / settings_.rate.hz();
  FibreReader::Settings reading;
  reading.channels_per_column = channels_per_column(geometry, settings_);
  reading.check_every = std::max<std::int64_t>(1, std::llround(per_row));
  reading.dead_hold = std::llround(static_cast<double>(kDeadHoldRows) * per_row);
  const std::int64_t columns = grid->columns;
  const Duration half =
      FibreReader::takes_difference(geometry.unit) ? geometry.rate.period() / 2 : Duration{0};
  const std::int64_t first_row = grid_.ceil_index(piece.start + half);
  segment_.emplace(
      Segment{std::make_shared<const FibreGrid>(*std::move(grid)),
              geometry.rate,
              FibreReader(geometry, reading),
              FibreDecimator(geometry.rate, settings_.rate, settings_.band_high, columns),
              FibreLeveller(columns, settings_.band_low, settings_.clip_sigmas),
              {},
              0,
              first_row,
              first_row,
              false,
              {}});
  return {};
}

/// The first piece of a segment, and every one after a clock step, says anew what time it is.
void FibreConditioner::note_anchor(const FibrePiece& piece) {
  Segment& segment = *segment_;
  if (!segment.anchors.empty()) {
    const Anchor& last = segment.anchors.back();
    if (piece.start == last.time + segment.rate.span_of(segment.samples - last.sample)) {
      return;
    }
  }
  segment.anchors.push_back({segment.samples, piece.start, grid_.ceil_index(piece.start)});
}

/// Where a row lies in the decimator's series; exact up to the last division.
FibreDecimator::Position FibreConditioner::position_of(std::int64_t row) {
  Segment& segment = *segment_;
  while (segment.anchors.size() > 1 && row >= segment.anchors[1].first_row) {
    segment.anchors.pop_front();
  }
  const Anchor& anchor = segment.anchors.front();
  const Int128 n_out = settings_.rate.numerator();
  const Int128 d_out = static_cast<Int128>(settings_.rate.denominator()) * kNsPerSecond;
  const Int128 elapsed = row * d_out - to_ns(anchor.time) * n_out;  // in ns / n_out
  const Int128 divisor = n_out * segment.rate.denominator() * kNsPerSecond * 2;
  Int128 scaled = elapsed * segment.rate.numerator() * 2;
  if (segment.reader.gives_differences()) {
    // Difference i is that of samples i and i + 1, half a sample after sample i.
    scaled -= divisor / 2;
  }
  Int128 whole = scaled / divisor;
  Int128 rest = scaled - whole * divisor;
  if (rest < 0) {
    rest += divisor;
    --whole;
  }
  return {static_cast<std::int64_t>(whole) + anchor.sample,
          static_cast<double>(rest) / static_cast<double>(divisor)};
}

void FibreConditioner::produce(bool at_end, std::vector<float>& values) {
  Segment& segment = *segment_;
  FibreDecimator& decimator = segment.decimator;
  const std::int64_t half = decimator.half();
  const auto columns = static_cast<std::size_t>(segment.grid->columns);
  positions_.clear();
  while (true) {
    const auto position = position_of(segment.next_row);
    const bool is_past = position.whole + (position.fraction > 0.0 ? 1 : 0) >= decimator.end();
    if (is_past || (!at_end && position.whole + half >= decimator.end())) {
      break;
    }
    positions_.push_back(position);
    ++segment.next_row;
  }
  decimated_.resize(positions_.size() * columns);
  decimator.rows_at(positions_, decimated_.data());
  dead_.resize(columns);
  for (std::size_t p = 0; p < positions_.size(); ++p) {
    const std::int64_t whole = positions_[p].whole;
    for (std::size_t c = 0; c < columns; ++c) {
      const auto column = static_cast<std::int64_t>(c);
      dead_[c] = segment.reader.is_dead(column, whole - half + 1, whole + half + 2) ? 1 : 0;
    }
    segment.leveller.push(std::span(decimated_).subspan(p * columns, columns), dead_, values);
  }
  if (!positions_.empty()) {
    decimator.forget_before(positions_.back().whole);
  }
}

void FibreConditioner::give(std::vector<float> values, std::vector<FibreRows>& out) {
  if (values.empty()) {
    return;
  }
  Segment& segment = *segment_;
  FibreRows rows;
  rows.grid = segment.grid;
  rows.first_row = segment.out_row;
  rows.rows = static_cast<std::int64_t>(values.size()) / segment.grid->columns;
  rows.values = std::move(values);
  rows.begins_segment = !std::exchange(segment.has_given, true);
  rows.arrived_at = segment.arrived_at;
  segment.out_row += rows.rows;
  out.push_back(std::move(rows));
}

}  // namespace geod::streams
