#pragma once

#include <vector>

#include "bench/association_suite.hpp"
#include "catalog/associator.hpp"

namespace geod::bench {

/// The tables of the suite's own GradientModel, made once.
const catalog::TravelTimes& suite_travel_times();

std::vector<catalog::AssociationSite> sites_of(const Scenario& scenario);
/// Pick i has the id "i" in eight digits.
catalog::AssociationPick association_pick(const Scenario& scenario, std::size_t index);
FoundEvent found_event(const EventVersion& event);

struct AssociationRun {
  std::vector<FoundEvent> found;  ///< as they stood in the end
  std::vector<double> chunk_s;    ///< wall time of each push
  double cpu_s = 0.0;             ///< of all pushes
};
/// Pushes the picks in order of time, `chunk_s` of data at once, to a new associator.
AssociationRun associate(const Scenario& scenario,
                         const catalog::AssociationOptions& options,
                         double chunk_s);

}  // namespace geod::bench
