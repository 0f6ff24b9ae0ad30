// B16: the associator on the synthetic suite (association_suite.hpp), fed as a live network would.
// b16_association [EVENTS_A_DAY [NOISE_FACTOR [HOURS [SEED [CHUNK_S [PICKS_FILE [LAYERS]]]]]]]
// CHUNK_S seconds of data are pushed at once (0.001: one pick). PICKS_FILE takes the picks as lines
// for b16_pyocto.py; "-": none. LAYERS: "exact" (else), the earth is as the tables are and geod is
// told so; "wrong", the earth differs from them as geod takes every crust to do.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "bench/association_run.hpp"
#include "bench/measure.hpp"

int main(int argc, char** argv) {
  const auto number = [&](int index, double otherwise) {
    return argc > index ? std::strtod(argv[index], nullptr) : otherwise;
  };
  const double hours = number(3, 24.0);
  geod::bench::ScenarioOptions options;
  options.duration_s = 3600.0 * hours;
  options.events = static_cast<int>(number(1, 500.0) * hours / 24.0 + 0.5);
  options.noise_factor = number(2, 0.3);
  options.seed = static_cast<std::uint64_t>(number(4, 1.0));
  const std::string layers = argc > 7 ? argv[7] : "exact";
  if (layers != "exact" && layers != "wrong") {
    geod::bench::give_up(layers + ": LAYERS is exact or wrong");
  }
  geod::catalog::AssociationOptions association;
  if (layers == "exact") {
    association.locator.model = geod::catalog::kExactModel;
  }
  options.model = association.locator.model;
  const geod::bench::Scenario scenario = geod::bench::make_scenario(options);
  if (argc > 6 && std::string(argv[6]) != "-") {
    geod::bench::write_scenario(scenario, argv[6]);
  }
  geod::bench::print_host();
  const double chunk_s = std::max(number(5, 10.0), 1e-3);
  const geod::bench::AssociationRun run = geod::bench::associate(scenario, association, chunk_s);
  const geod::bench::SuiteScore score = geod::bench::score_events(scenario, run.found);
  fmt::print(
      "{} events in {} h, noise {}, {} layers: {} picks, {} found, precision {:.3f}, recall "
      "{:.3f}, F1 "
      "{:.3f}\n"
      "epicentre {:.2f} km, depth {:.1f} km, origin time {:.2f} s (medians), ellipse holds {:.1f} "
      "%\n"
      "{:.0f} picks/s of processor time, chunks of {} s: median {:.2f} ms, longest {:.1f} ms\n",
      scenario.events.size(),
      hours,
      options.noise_factor,
      layers,
      scenario.picks.size(),
      run.found.size(),
      score.precision,
      score.recall,
      score.f1,
      score.median_epicentre_error_km,
      score.median_depth_error_km,
      score.median_time_error_s,
      100.0 * score.ellipse_coverage,
      static_cast<double>(scenario.picks.size()) / run.cpu_s,
      chunk_s,
      1e3 * geod::bench::quantile(run.chunk_s, 0.5),
      1e3 * geod::bench::quantile(run.chunk_s, 1.0));
  return 0;
}
