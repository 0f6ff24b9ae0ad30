#include "trainer/training_split.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "trainer/event_split.hpp"

namespace geod::trainer {
namespace {

bool is_held_out(const Recording& recording, const TrainOptions& options) {
  if (recording.part != Part::kUnassigned) {
    return recording.part == Part::kValidation;
  }
  return recording.kind == RecordingKind::kWindow &&
         (options.hold_out_windows || std::ranges::find(options.hold_out_folds, recording.fold) !=
                                          options.hold_out_folds.end());
}

TrainingSplit split_by_shares(std::vector<Recording> recordings, const EventShares& shares) {
  const std::vector<EventPart> parts = parts_by_event(recordings, shares);
  TrainingSplit split;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == EventPart::kTrain) {
      split.training.push_back(std::move(recordings[i]));
    } else if (parts[i] == EventPart::kValidation) {
      split.held_out.push_back(std::move(recordings[i]));
    } else if (parts[i] == EventPart::kTest) {
      split.testing.push_back(std::move(recordings[i]));
    }
  }
  return split;
}

}  // namespace

void assign_parts(std::span<Recording> recordings, const SplitOptions& split) {
  if (!split.shares) {
    return;
  }
  if (split.by_row) {
    split_by_row(recordings, *split.shares, static_cast<std::uint32_t>(split.seed));
  } else {
    split_by_event(recordings, *split.shares, split.seed);
  }
}

TrainingSplit split_recordings(std::vector<Recording> recordings, const TrainOptions& options) {
  if (options.shares) {
    return split_by_shares(std::move(recordings), *options.shares);
  }
  assign_parts(recordings, options.split);
  TrainingSplit split;
  for (Recording& recording : recordings) {
    if (recording.part == Part::kTest) {
      split.testing.push_back(std::move(recording));
    } else {
      (is_held_out(recording, options) ? split.held_out : split.training)
          .push_back(std::move(recording));
    }
  }
  return split;
}

std::vector<std::string> describe_data(const std::string& name,
                                       const DatasetSummary& summary,
                                       const TrainingSplit& split) {
  std::vector<std::string> lines{fmt::format(
      "data {}: {} recordings, {:.1f} h, {} P, {} S, {:.1f} h noise; {} recordings held out",
      name,
      summary.recordings,
      summary.hours,
      summary.labels_p,
      summary.labels_s,
      summary.noise_hours,
      split.held_out.size())};
  if (!split.testing.empty()) {
    lines.push_back(fmt::format("{} recordings left for a test", split.testing.size()));
  }
  if (summary.labels_without_waveform > 0) {
    lines.push_back(fmt::format("{} labels lie outside every recording or are excluded",
                                summary.labels_without_waveform));
  }
  if (summary.skipped_traces > 0) {
    lines.push_back(fmt::format(
        "{} traces skipped, the first: {}", summary.skipped_traces, summary.first_skip));
  }
  return lines;
}

std::string describe_faults(const std::vector<Recording>& recordings) {
  std::set<const WaveformStore*> stores;
  std::size_t traces = 0;
  std::string first;
  for (const Recording& recording : recordings) {
    if (recording.store != nullptr && stores.insert(recording.store.get()).second) {
      const WaveformStore::Faults faults = recording.store->faults();
      traces += faults.traces;
      first = first.empty() ? faults.first : first;
    }
  }
  return traces == 0 ? ""
                     : fmt::format("{} traces could not be read, the first: {}", traces, first);
}

}  // namespace geod::trainer
