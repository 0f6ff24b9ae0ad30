#include "trainer/run_parts.hpp"

#include <algorithm>
#include <utility>

#include "trainer/scalar_labels.hpp"

namespace geod::trainer {
namespace {

RunParts by_shares(std::vector<Recording>& recordings, const EventShares& shares) {
  RunParts out;
  const std::vector<EventPart> parts = parts_by_event(recordings, shares);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == EventPart::kTrain) {
      out.training.push_back(std::move(recordings[i]));
    } else if (parts[i] == EventPart::kValidation) {
      out.held_out.push_back(std::move(recordings[i]));
    } else if (parts[i] == EventPart::kTest) {
      out.test.push_back(std::move(recordings[i]));
    }
  }
  return out;
}

RunParts by_folds(std::vector<Recording>& recordings, const TrainOptions& options) {
  RunParts out;
  for (Recording& recording : recordings) {
    const bool is_held_out =
        recording.kind == RecordingKind::kWindow &&
        (options.hold_out_windows ||
         std::ranges::find(options.hold_out_folds, recording.fold) != options.hold_out_folds.end());
    (is_held_out ? out.held_out : out.training).push_back(std::move(recording));
  }
  return out;
}

}  // namespace

RunParts split_recordings(const TrainOptions& options,
                          Dataset& dataset,
                          const TrainObserver& observer) {
  const DatasetSummary all = dataset.summary();
  RunParts parts = options.shares ? by_shares(dataset.recordings, *options.shares)
                                  : by_folds(dataset.recordings, options);
  dataset.recordings.clear();
  observer.note(fmt::format(
      "data {}: {} recordings, {:.1f} h, {} P, {} S, {:.1f} h noise; {} recordings to train on, {} "
      "held out{}",
      dataset.description.name,
      all.recordings,
      all.hours,
      all.labels_p,
      all.labels_s,
      all.noise_hours,
      parts.training.size(),
      parts.held_out.size(),
      parts.test.empty() ? std::string() : fmt::format(", {} to test on", parts.test.size())));
  if (options.task != models::Task::kDpk) {
    observer.note(fmt::format("labels of {}: {} to train on, {} held out",
                              to_string(options.task),
                              label_count(parts.training, options.task),
                              label_count(parts.held_out, options.task)));
  }
  if (all.labels_without_waveform > 0) {
    observer.note(fmt::format("{} labels lie outside every recording or are excluded",
                              all.labels_without_waveform));
  }
  return parts;
}

}  // namespace geod::trainer
