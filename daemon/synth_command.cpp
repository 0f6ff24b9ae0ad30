#include "daemon/synth_command.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "daemon/synth_das_command.hpp"
#include "daemon/synth_fwi_command.hpp"
#include "trainer/synth_seismic.hpp"

namespace geod {
namespace {

constexpr const char* kFooter =
    "Writes miniSEED, labels.csv (with first motions), masks.csv, noise.csv, events.csv, "
    "stations.csv and dataset.json. The same options and seed give the same files.\n\n"
    "Examples:\n"
    "  geod synth seismic --out synth --count 50 --seed 1\n"
    "  geod synth seismic --out synth --count 50 --noise starter/dataset.json\n"
    "  geod train --data synth --out model --steps 500 --hold-out-fold 0\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong command line.";

int run(const trainer::SynthOptions& options) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  constexpr int kPlainLines = 10;
  const auto report = trainer::synthesise_seismic(options, [&](int event) {
    if (terminal) {
      fmt::print(stderr, "\r\033[Kevent {}/{}", event, options.events);
      std::fflush(stderr);
    } else if (event % std::max(1, options.events / kPlainLines) == 0) {
      fmt::print(stderr, "event {}/{}\n", event, options.events);
    }
  });
  if (!report) {
    fmt::print(stderr, "{}geod synth: {}\n", terminal ? "\r\033[K" : "", report.error().what);
    return kExitFailure;
  }
  fmt::print(stderr, "{}", terminal ? "\r\033[K" : "");
  fmt::print("{}: {} events, {} P, {} S labelled, {} arrivals below the noise masked\n",
             options.out.string(),
             report->events,
             report->labels_p,
             report->labels_s,
             report->unlabelled_arrivals);
  return kExitOk;
}

}  // namespace

void add_synth_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<trainer::SynthOptions>();
  CLI::App* synth = app.add_subcommand("synth", "Make labelled synthetic data from physics");
  synth->require_subcommand(1);
  add_synth_das_command(*synth, context);
  add_synth_fwi_command(*synth, context);
  CLI::App* seismic = synth->add_subcommand("seismic", "Earthquakes at a network of stations");
  seismic->footer(kFooter);
  seismic->add_option("--out", options->out, "Folder to write; must be new or empty")
      ->required()
      ->type_name("DIR");
  seismic->add_option("--count", options->events, "Earthquakes to make")
      ->type_name("N")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  seismic->add_option("--seed", options->seed, "Same seed and options, same files")
      ->type_name("N")
      ->capture_default_str();
  seismic->add_option("--stations", options->stations, "Stations of the network")
      ->type_name("N")
      ->check(CLI::Range(1, 999))
      ->capture_default_str();
  seismic->add_option("--rate", options->sampling_rate_hz, "Samples a second")
      ->type_name("HZ")
      ->check(CLI::Range(10.0, 1000.0))
      ->capture_default_str();
  seismic->add_option("--window", options->window_s, "Seconds recorded around each event")
      ->type_name("SECONDS")
      ->check(CLI::Range(20.0, 3600.0))
      ->capture_default_str();
  seismic->add_option("--radius", options->radius_km, "Radius of the network in km")
      ->type_name("KM")
      ->check(CLI::Range(1.0, 400.0))
      ->capture_default_str();
  seismic
      ->add_option(
          "--source-radius",
          options->source_radius_km,
          "Epicentres lie within this distance of the network's centre in km; 0: 1.3 times "
          "the radius of the network")
      ->type_name("KM")
      ->check(CLI::Range(0.0, 600.0))
      ->capture_default_str();
  seismic
      ->add_option(
          "--before-p",
          options->before_p_s,
          "Seconds recorded before P, at every station; 0: the origin lies at a quarter of "
          "the window, for distances of up to some ten km")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 600.0))
      ->capture_default_str();
  seismic
      ->add_option(
          "--min-magnitude", options->min_magnitude, "Least moment magnitude that is drawn")
      ->type_name("MW")
      ->check(CLI::Range(-1.0, 7.0))
      ->capture_default_str();
  seismic
      ->add_option("--max-magnitude",
                   options->max_magnitude,
                   "Greatest moment magnitude; in between ten times fewer for each unit more")
      ->type_name("MW")
      ->check(CLI::Range(-1.0, 8.0))
      ->capture_default_str();
  seismic->add_flag("--even-magnitudes",
                    options->even_magnitudes,
                    "Draw all magnitudes equally often instead of by Gutenberg-Richter");
  seismic->add_option("--noise", options->noise, "Data set whose noise intervals are mixed in")
      ->type_name("PATH");
  seismic->callback([options, &context] {
    if (options->max_magnitude <= options->min_magnitude) {
      fmt::print(stderr, "geod synth: --max-magnitude must be above --min-magnitude\n");
      context.exit_code = kExitUsage;
      return;
    }
    if (options->before_p_s >= options->window_s) {
      fmt::print(stderr, "geod synth: --before-p must be below --window\n");
      context.exit_code = kExitUsage;
      return;
    }
    // Records begin up to one travel time later than one another: 1000 km at 5.5 km/s.
    constexpr double kLongestTravelS = 180.0;
    options->spacing_s =
        2.0 * options->window_s + (options->before_p_s > 0.0 ? kLongestTravelS : 0.0);
    context.exit_code = run(*options);
  });
}

}  // namespace geod
