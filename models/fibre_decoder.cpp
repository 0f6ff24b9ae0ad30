#include "models/fibre_decoder.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/event_moveout.hpp"

namespace geod::models {
namespace {

/// Rows before an event's begin that its arrivals are read from.
constexpr std::int64_t kLookBack = ArrivalPicker::kReach + ArrivalPicker::kMargin;
constexpr std::int64_t kHistoryRows = MaskEvents::kLongestRows + MaskEvents::kBridgedRows +
                                      PhasePairs::kLongestWait + kLookBack + 128;

Time time_of_row(double row, const SampleRate& rate) {
  const double whole = std::floor(row);
  return Time{rate.span_of(static_cast<std::int64_t>(whole)) +
              duration_from_seconds((row - whole) / rate.hz())};
}

/// A plane of the tile, or nothing when no class says it.
std::span<const float> plane_of(const SegmentBatch& batch, std::size_t n, int class_index) {
  return class_index < 0 ? std::span<const float>()
                         : batch.plane(n, static_cast<std::size_t>(class_index));
}

void describe_mask(const MaskEvent& event, const FibreGrid& grid, FibreDetection& detection) {
  double sum = 0.0;
  std::int64_t cells = 0;
  std::int64_t from = event.runs.front().from;
  std::int64_t to = event.runs.front().to;
  for (const ColumnRun& run : event.runs) {
    detection.mask.push_back({grid.channel_number(run.column),
                              time_of_row(static_cast<double>(run.from), grid.rate),
                              time_of_row(static_cast<double>(run.to), grid.rate)});
    sum += run.probability_sum;
    cells += run.cells;
    from = std::min(from, run.from);
    to = std::max(to, run.to);
  }
  detection.from = time_of_row(static_cast<double>(from), grid.rate);
  detection.to = time_of_row(static_cast<double>(to), grid.rate);
  detection.first_channel = grid.channel_number(event.runs.front().column);
  detection.last_channel = grid.channel_number(event.runs.back().column);
  detection.mean_probability = std::min(1.0, sum / static_cast<double>(cells));
  detection.max_probability = std::min(1.0, static_cast<double>(event.max_probability));
}

void describe_arrivals(const EventArrivals& arrivals,
                       const FibreGrid& grid,
                       FibreDetection& detection) {
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    for (const ColumnArrival& each : arrivals.of_phase[static_cast<std::size_t>(phase)]) {
      FibreArrival arrival;
      arrival.channel = grid.channel_number(each.column);
      arrival.phase_hint = phase;
      arrival.time = time_of_row(each.row, grid.rate);
      arrival.uncertainty_s = each.sigma_rows / grid.rate.hz();
      arrival.probability = std::min(1.0F, each.probability);
      arrival.is_refined = each.is_refined;
      detection.arrivals.push_back(arrival);
    }
  }
}

}  // namespace

Result<PhaseClasses> phase_classes(const SegmentSettings& segments) {
  PhaseClasses classes;
  for (std::size_t k = 1; k < segments.class_names.size(); ++k) {
    const std::string& name = segments.class_names[k];
    const bool is_first = name == "event" || name == "P";
    if (!is_first && name != "S") {
      continue;
    }
    int& place = is_first ? classes.first : classes.second;
    if (place >= 0) {
      return fail(Errc::kModelMismatch,
                  "classes of a network for das: '{}' stands beside another that says the same",
                  name);
    }
    place = static_cast<int>(k);
  }
  if (classes.first < 0 && classes.second < 0) {
    return fail(Errc::kModelMismatch,
                "classes of a network for das: none is named 'event', 'P' or 'S', so no arrival "
                "can be read");
  }
  return classes;
}

Result<FibreDecoder> FibreDecoder::make(Settings settings) {
  const auto classes = phase_classes(settings->segments);
  if (!classes) {
    return tl::unexpected(classes.error());
  }
  return FibreDecoder(std::move(settings), *classes);
}

FibreDecoder::FibreDecoder(Settings settings, PhaseClasses classes)
    : settings_(std::move(settings)),
      classes_(classes),
      merger_(settings_->segments.das.row_hop),
      events_(settings_->segments.das),
      trace_(kHistoryRows) {}

Result<void> FibreDecoder::change_network(Settings settings) {
  const auto classes = phase_classes(settings->segments);
  if (!classes) {
    return tl::unexpected(classes.error());
  }
  GEOD_CHECK(settings->segments.das.row_hop == settings_->segments.das.row_hop,
             "an adapter keeps the hops of its base");
  settings_ = std::move(settings);
  classes_ = *classes;
  events_.change_settings(settings_->segments.das);
  return {};
}

void FibreDecoder::push(const FibreTile& tile,
                        const SegmentBatch& batch,
                        std::size_t n,
                        FibreDecoderOutput& out) {
  if (tile.begins_segment && tile.first_column == 0) {
    finish(out);
  }
  grid_ = tile.grid;
  tile_rows_ = tile.rows;
  live_columns_ = tile.live_columns;
  completed_at_ = tile.arrived_at;
  ++counters_.tiles;
  std::vector<MaskRows> rows;
  counters_.unusable_probabilities += merger_.add(
      tile, plane_of(batch, n, classes_.first), plane_of(batch, n, classes_.second), rows);
  decode(std::move(rows), out);
}

void FibreDecoder::finish(FibreDecoderOutput& out) {
  if (!grid_) {
    return;
  }
  std::vector<MaskRows> rows;
  merger_.take_rest(rows);
  decode(std::move(rows), out);
  std::vector<MaskEvent> events;
  events_.finish(events);
  decide(std::move(events), out);
  std::vector<MaskEvent> waiting;
  pairs_.finish(waiting);
  give(waiting, out);
  grid_.reset();
}

void FibreDecoder::decode(std::vector<MaskRows> rows, FibreDecoderOutput& out) {
  for (MaskRows& each : rows) {
    account(each, out);
    std::vector<MaskEvent> events;
    events_.push(each, events);
    trace_.push(std::move(each));
    decide(std::move(events), out);
  }
}

/// A network that does not tell S has no fronts to put together.
void FibreDecoder::decide(std::vector<MaskEvent> parts, FibreDecoderOutput& out) {
  if (classes_.first < 0 || classes_.second < 0) {
    return give(parts, out);
  }
  std::vector<MaskEvent> events;
  pairs_.push(std::move(parts), events_, tile_rows_, events);
  give(events, out);
}

void FibreDecoder::give(const std::vector<MaskEvent>& events, FibreDecoderOutput& out) {
  for (const MaskEvent& event : events) {
    if (auto detection = detection_of(event)) {
      ++counters_.detections;
      out.detections.push_back(*std::move(detection));
    }
  }
}

std::optional<FibreDetection> FibreDecoder::detection_of(const MaskEvent& event) {
  const DasSettings& das = settings_->segments.das;
  const EventArrivals arrivals = ArrivalPicker(das).pick(event, trace_);
  const Moveout moveout = moveout_of(arrivals, *grid_, das);
  if (!moveout.has_arrivals) {
    ++counters_.without_arrivals;
    return std::nullopt;
  }
  if (moveout.is_too_slow) {
    ++counters_.too_slow;
    return std::nullopt;
  }
  if (moveout.is_everywhere_at_once) {
    ++counters_.at_once;
    return std::nullopt;
  }
  FibreDetection detection;
  detection.fibre_id = grid_->fibre_id;
  detection.channel_spacing_m =
      grid_->column_spacing_m / static_cast<double>(grid_->channel_stride);
  describe_mask(event, *grid_, detection);
  describe_arrivals(arrivals, *grid_, detection);
  detection.picks = aperture_picks(arrivals, *grid_, settings_->aperture_m);
  detection.apparent_velocity_m_s = moveout.velocity_m_s;
  detection.detection_id =
      make_detection_id(detection.fibre_id, detection.first_channel, detection.from);
  detection.model_id = settings_->model_id;
  detection.model_hash = settings_->model_hash;
  detection.adapter_id = settings_->adapter_id;
  detection.adapter_hash = settings_->adapter_hash;
  detection.completed_at = completed_at_;
  return detection;
}

/// Seconds of each hour that these rows cover. A fibre without a live channel was not looked at.
void FibreDecoder::account(const MaskRows& rows, FibreDecoderOutput& out) const {
  const SampleRate rate = rows.grid->rate;
  const std::int64_t end = rows.first_row + rows.rows;
  for (std::int64_t from = rows.first_row; from < end;) {
    const Time begin{rate.span_of(from)};
    const Time hour = std::chrono::floor<std::chrono::hours>(begin);
    const Time next_hour = hour + std::chrono::hours{1};
    const std::int64_t to =
        std::clamp(rate.samples_ceil(next_hour.time_since_epoch()), from + 1, end);
    FibreCompleteness part;
    part.fibre_id = rows.grid->fibre_id;
    part.hour = hour;
    part.channels = live_columns_;
    part.from = begin;
    part.to = std::min(next_hour, Time{rate.span_of(to)});
    part.model_id = settings_->model_id;
    part.model_hash = settings_->model_hash;
    part.adapter_id = settings_->adapter_id;
    part.adapter_hash = settings_->adapter_hash;
    const double seconds = static_cast<double>(to - from) / rate.hz();
    (live_columns_ > 0 ? part.scored_s : part.masked_s) = seconds;
    out.completeness.push_back(std::move(part));
    from = to;
  }
}

FibreDecoderCounters FibreDecoder::counters() const {
  FibreDecoderCounters counters = counters_;
  counters.masks = events_.counters();
  return counters;
}

}  // namespace geod::models
