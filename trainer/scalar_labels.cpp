#include "trainer/scalar_labels.hpp"

#include <limits>

#include "core/error.hpp"

namespace geod::trainer {
namespace {

struct Labels {
  std::size_t count = 0;
  double sum = 0.0;
};

Labels add_up(std::span<const Recording> recordings, models::Task task) {
  Labels labels;
  for (const Recording& recording : recordings) {
    for (const EventLabel& event : recording.events) {
      if (const auto value = scalar_label(event, task)) {
        ++labels.count;
        labels.sum += *value;
      }
    }
  }
  return labels;
}

}  // namespace

std::optional<double> scalar_label(const EventLabel& event, models::Task task) {
  switch (task) {
    case models::Task::kPmp:
      return event.first_motion_up ? std::optional(*event.first_motion_up ? 1.0 : 0.0)
                                   : std::nullopt;
    case models::Task::kBaz:
      return event.back_azimuth_deg;
    case models::Task::kEmg:
      return event.magnitude;
    case models::Task::kDis:
      return event.distance_km;
    default:
      break;
  }
  GEOD_CHECK(false, "neither picks nor images are scalars");
  return std::nullopt;
}

std::size_t label_count(std::span<const Recording> recordings, models::Task task) {
  return add_up(recordings, task).count;
}

double mean_label(std::span<const Recording> recordings, models::Task task) {
  if (task == models::Task::kDpk) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const Labels labels = add_up(recordings, task);
  return labels.sum / static_cast<double>(labels.count);
}

}  // namespace geod::trainer
