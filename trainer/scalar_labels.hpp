#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "models/geometry.hpp"
#include "trainer/recording.hpp"

namespace geod::trainer {

/// The label of a scalar task: pmp 1 up, 0 down; baz degrees; emg magnitude; dis km. Nothing when
/// it is not known. dpk is a programmer error.
std::optional<double> scalar_label(const EventLabel& event, models::Task task);

/// Labels of a scalar task in all recordings; their mean (NaN without any, and for dpk).
std::size_t label_count(std::span<const Recording> recordings, models::Task task);
double mean_label(std::span<const Recording> recordings, models::Task task);

}  // namespace geod::trainer
