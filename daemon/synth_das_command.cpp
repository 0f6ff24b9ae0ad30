#include "daemon/synth_das_command.hpp"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/enum_option.hpp"
#include "daemon/progress_line.hpp"
#include "trainer/synth_das.hpp"
#include "trainer/synth_das_recording.hpp"

namespace geod {
namespace {

constexpr const char* kFooter =
    "Writes images and labels (0 background, bands of 1 P and 2 S from their onsets, -1 where "
    "nothing "
    "can be said), "
    "images.json, tiles.csv and split.csv. The tiles have passed the conditioning of the running "
    "daemon. The same options and seed give the same files.\n\n"
    "Examples:\n"
    "  geod synth das --out tiles --count 200 --seed 1\n"
    "  geod synth das --out tiles --count 200 --moveouts tests/data/das_moveouts/cook_inlet.csv\n"
    "  geod synth das --out tiles --count 100 --format dat --classes event\n"
    "  geod synth das --out fibre --recording 60 --channels 400 && geod replay fibre/recording.h5 "
    "--to tcp://127.0.0.1:5555\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong command line.";

struct Options {
  trainer::SynthDasOptions das;
  trainer::SynthDasRecordingOptions recording;
  bool is_recording = false;
  bool json = false;
};

void print(const Options& options, const trainer::SynthDasReport& report) {
  if (options.json) {
    const nlohmann::ordered_json object = {{"out", options.das.out.string()},
                                           {"seed", options.das.seed},
                                           {"tiles", report.tiles},
                                           {"held_out", report.held_out},
                                           {"tiles_without_event", report.tiles_without_event},
                                           {"scenes", report.scenes},
                                           {"events", report.events},
                                           {"p_share", report.p_share},
                                           {"s_share", report.s_share}};
    fmt::print("{}\n", object.dump());
    return;
  }
  fmt::print(
      "{}: {} tiles ({} held out, {} without event) of {} scenes with {} events; P on "
      "{:.1f} %, S on {:.1f} % of the pixels\n",
      options.das.out.string(),
      report.tiles,
      report.held_out,
      report.tiles_without_event,
      report.scenes,
      report.events,
      100.0 * report.p_share,
      100.0 * report.s_share);
}

int run_recording(Options& options) {
  trainer::SynthDasRecordingOptions& recording = options.recording;
  recording.out = options.das.out;
  recording.seed = options.das.seed;
  recording.moveouts = options.das.moveouts;
  recording.with_events = options.das.noise_share < 1.0;
  const auto report = trainer::synthesise_das_recording(recording);
  if (!report) {
    fmt::print(stderr, "geod synth: {}\n", report.error().what);
    return kExitFailure;
  }
  if (options.json) {
    const nlohmann::ordered_json object = {{"out", recording.out.string()},
                                           {"seed", recording.seed},
                                           {"channels", recording.channels},
                                           {"samples", report->samples},
                                           {"events", report->events}};
    fmt::print("{}\n", object.dump());
    return kExitOk;
  }
  fmt::print("{}: {} channels, {} samples each, {} events\n",
             (recording.out / "recording.h5").string(),
             recording.channels,
             report->samples,
             report->events);
  return kExitOk;
}

int run(const Options& options) {
  Result<trainer::SynthDasReport> report;
  {
    ProgressLine progress("tile", options.das.tiles);
    report = trainer::synthesise_das(options.das, [&](std::int64_t done) { progress.show(done); });
  }
  if (!report) {
    fmt::print(stderr, "geod synth: {}\n", report.error().what);
    return kExitFailure;
  }
  print(options, *report);
  return kExitOk;
}

void add_image_options(CLI::App& das, Options& options) {
  constexpr std::int64_t kSmallest = 56;
  constexpr std::int64_t kLargest = 2048;
  das.add_option("--rows", options.das.rows, "Samples in time of a tile")
      ->type_name("N")
      ->check(CLI::Range(kSmallest, kLargest))
      ->capture_default_str();
  das.add_option("--columns", options.das.columns, "Channels of a tile")
      ->type_name("N")
      ->check(CLI::Range(kSmallest, kLargest))
      ->capture_default_str();
  take_names_of<trainer::DasTileFormat>(
      das.add_option_function<int>(
             "--format",
             [&options](int value) {
               options.das.format = static_cast<trainer::DasTileFormat>(value);
             },
             "npy: one .npy a tile; dat: train/ and valid/ with headerless float32 and int8")
          ->type_name("NAME"),
      {{"npy", trainer::DasTileFormat::kNpy}, {"dat", trainer::DasTileFormat::kDat}});
  take_names(*das.add_option_function<int>(
                     "--classes",
                     [&options](int value) { options.das.one_class = value == 1; },
                     "phases: P and S; event: one class for both")
                  ->type_name("NAME"),
             {{"phases", 0}, {"event", 1}});
}

void add_recording_options(CLI::App& das, Options& options) {
  trainer::SynthDasRecordingOptions& recording = options.recording;
  CLI::Option* length =
      das.add_option_function<double>(
             "--recording",
             [&options](double seconds) {
               options.is_recording = true;
               options.recording.length_s = seconds;
             },
             "Write a continuous recording of so many seconds instead of tiles: recording.h5 for "
             "geod replay, arrivals.csv with the true times; --noise-share 1: without events")
          ->type_name("SECONDS")
          ->check(CLI::Range(1.0, 86400.0));
  das.add_option("--rate", recording.rate_hz, "Of the recording, samples a second")
      ->type_name("HZ")
      ->check(CLI::Range(1.0, 10000.0))
      ->needs(length)
      ->capture_default_str();
  das.add_option("--spacing", recording.spacing_m, "Of the recording, metres between channels")
      ->type_name("M")
      ->check(CLI::Range(0.1, 1000.0))
      ->needs(length)
      ->capture_default_str();
  das.add_option("--channels", recording.channels, "Of the recording")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{16}, std::int64_t{100000}))
      ->needs(length)
      ->capture_default_str();
}

}  // namespace

void add_synth_das_command(CLI::App& synth, CommandContext& context) {
  auto options = std::make_shared<Options>();
  CLI::App* das =
      synth.add_subcommand("das", "Labelled tiles of fibres with earthquakes and noise");
  das->footer(kFooter);
  das->add_option("--out", options->das.out, "Folder to write; must be new or empty")
      ->required()
      ->type_name("DIR");
  constexpr std::int64_t kMostTiles = 1'000'000;
  das->add_option("--count", options->das.tiles, "Tiles to make")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostTiles))
      ->capture_default_str();
  das->add_option("--seed", options->das.seed, "Same seed and options, same files")
      ->type_name("N")
      ->capture_default_str();
  add_image_options(*das, *options);
  das->add_option("--noise-share", options->das.noise_share, "Share of the scenes without events")
      ->type_name("SHARE")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  das->add_option("--held-out-share",
                  options->das.held_out_share,
                  "Share of the scenes whose tiles are for validation")
      ->type_name("SHARE")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  das->add_option("--moveouts",
                  options->das.moveouts,
                  "Table of observed P and S curves (curve,distance_m,p_s,s_s); some of the events "
                  "on surface cables take theirs")
      ->type_name("FILE");
  das->add_flag("--json", options->json, "One JSON object");
  add_recording_options(*das, *options);
  das->callback([options, &context] {
    context.exit_code = options->is_recording ? run_recording(*options) : run(*options);
  });
}

}  // namespace geod
