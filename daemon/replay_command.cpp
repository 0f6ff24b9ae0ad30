#include "daemon/replay_command.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "daemon/enum_option.hpp"
#include "daemon/signals.hpp"
#include "streams/das_layouts.hpp"
#include "streams/fibre_replay.hpp"
#include "streams/replay.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using streams::PublisherMode;
using streams::ReplayProgress;

constexpr const char* kFooter =
    "Examples:\n"
    "  geod replay 2019-07-04/*.mseed --to tcp://127.0.0.1:15555\n"
    "  geod replay archive/2019 --to ipc:///run/geod/ingest --speed 20\n"
    "  geod replay day.mseed --to tcp://*:15556 --mode pub-bind --speed max\n"
    "  geod replay optodas/*.hdf5 --to tcp://127.0.0.1:15555 --id XX.CABLE1\n"
    "  geod replay array.mat --to ipc:///run/geod/ingest --id XX.WELL --rate 2000 --spacing 1.02 "
    "\\\n"
    "    --t0 2019-04-27T00:00:00 --unit m/m/s --transpose\n"
    "HDF5 files go out as blocks of one fibre: OptoDAS, Febus, Terra15, PRODML (Silixa), DAS-RCN,\n"
    "DASDAE, xdas, and plain arrays (MATLAB 7.3 too) with what the options say.\n"
    "All channels go out in order of their records' times, then an orderly end.\n"
    "Exit codes: 0 everything was taken, 1 failed or interrupted, 2 wrong command line.";

struct ReplayCommand {
  streams::ReplayOptions options;
  std::string speed = "1";
  double wait_s = 30.0;
  streams::DasFileOptions fibre;  ///< what the user says about HDF5 files
  std::string t0;
  std::string unit;
  bool is_transposed = false;
  double block_s = 0.2;
};

/// "max" is 0, anything else a positive number. Throws what CLI11 turns into a usage error.
double parse_speed(const std::string& text) {
  if (text == "max") {
    return 0.0;
  }
  double speed = 0.0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), speed);
  if (status != std::errc{} || end != text.data() + text.size() || !(speed > 0.0) || speed > 1e6) {
    throw CLI::ValidationError("--speed", "'" + text + "' is neither a positive number nor max");
  }
  return speed;
}

std::string progress_line(const ReplayProgress& p) {
  const double elapsed_s = to_seconds(p.elapsed);
  switch (p.phase) {
    case ReplayProgress::Phase::kScanning:
      return fmt::format("scanning {} of {} files", p.files, p.files_total);
    case ReplayProgress::Phase::kConnecting:
      return "waiting for a receiver";
    case ReplayProgress::Phase::kDraining:
      return fmt::format(
          "{} {} sent, waiting for the receiver to take the last ones", p.records, p.items);
    case ReplayProgress::Phase::kSending:
    case ReplayProgress::Phase::kDone:
      break;
  }
  const double data_s = p.records > 0 ? to_seconds(p.data_time - p.first_end) : 0.0;
  std::string line = fmt::format("{} of {} {}, {}",
                                 p.records,
                                 p.records_total,
                                 p.items,
                                 p.records > 0 ? to_iso(p.data_time, 0) : "");
  if (elapsed_s > 0.0) {
    line += fmt::format(", {:.0f} {}/s, {:.0f} times real time",
                        static_cast<double>(p.records) / elapsed_s,
                        p.items,
                        data_s / elapsed_s);
    if (p.records > 0 && p.records < p.records_total) {
      line += fmt::format(", {:.0f} s left",
                          elapsed_s / static_cast<double>(p.records) *
                              static_cast<double>(p.records_total - p.records));
    }
  }
  return line;
}

/// Rewrites one line on a terminal; elsewhere writes a plain line every ten seconds and at the end.
class ProgressPrinter {
 public:
  void operator()(const ReplayProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    const bool done = progress.phase == ReplayProgress::Phase::kDone;
    if (is_terminal_) {
      std::fprintf(stderr, "\r\033[K%s%s", progress_line(progress).c_str(), done ? "\n" : "");
    } else if (done || now >= next_line_) {
      std::fprintf(stderr, "%s\n", progress_line(progress).c_str());
      next_line_ = now + 10s;
    }
  }

 private:
  const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::chrono::steady_clock::time_point next_line_{};
};

/// Throws what CLI11 turns into a usage error.
streams::DasFileOptions fibre_options(const ReplayCommand& command) {
  streams::DasFileOptions options = command.fibre;
  options.fibre_id = command.options.publisher.stream_id;
  if (!command.t0.empty()) {
    const auto start = parse_iso(command.t0);
    if (!start) {
      throw CLI::ValidationError("--t0", start.error().what);
    }
    options.start = *start;
  }
  if (!command.unit.empty()) {
    const auto unit = streams::parse_das_unit(command.unit);
    if (!unit) {
      throw CLI::ValidationError("--unit", "'" + command.unit + "' is no unit of a fibre");
    }
    options.unit = unit->first;
    options.scale = options.scale.value_or(1.0) * unit->second;
  }
  if (command.is_transposed) {
    options.is_channel_major = true;
  }
  return options;
}

/// The files as what they are: records, or blocks of a fibre.
Result<ReplayProgress> replay_files(const ReplayCommand& command,
                                    const Clock& clock,
                                    const std::function<void(const ReplayProgress&)>& progress,
                                    std::stop_token stop) {
  const auto are_fibres = streams::are_fibre_recordings(command.options.paths);
  if (!are_fibres) {
    return tl::unexpected(are_fibres.error());
  }
  if (!*are_fibres) {
    return streams::replay(command.options, clock, progress, std::move(stop));
  }
  streams::FibreReplayOptions options;
  options.paths = command.options.paths;
  options.file = fibre_options(command);
  options.publisher = command.options.publisher;
  options.speed = command.options.speed;
  options.block = duration_from_seconds(command.block_s);
  options.patience = command.options.patience;
  return streams::replay_fibre(options, clock, progress, std::move(stop));
}

int replay(ReplayCommand command) {
  log::init("warn");
  command.options.speed = parse_speed(command.speed);
  command.options.patience = duration_from_seconds(command.wait_s);
  SystemClock clock;
  SignalFd signals;
  // Turns Ctrl-C into a stop request while the main thread replays.
  std::stop_source stop;
  std::jthread watcher([&](std::stop_token done) {
    while (!done.stop_requested()) {
      if (signals.wait(100ms)) {
        stop.request_stop();
      }
    }
  });
  ProgressPrinter printer;
  const auto outcome = replay_files(command, clock, std::ref(printer), stop.get_token());
  if (!outcome) {
    std::fprintf(stderr, "geod replay: %s\n", outcome.error().what.c_str());
    return kExitFailure;
  }
  if (outcome->rejected > 0) {
    std::fprintf(stderr,
                 "%llu records of the files were left out: see the warnings above\n",
                 static_cast<unsigned long long>(outcome->rejected));
  }
  return kExitOk;
}

/// What HDF5 files do not say.
void add_fibre_options(CLI::App& sub, ReplayCommand& command) {
  const std::string group = "Fibres (HDF5 files)";
  sub.add_option("--rate", command.fibre.rate_hz, "Sample rate")->type_name("HZ")->group(group);
  sub.add_option("--spacing", command.fibre.channel_spacing_m, "Distance between channels")
      ->type_name("METRES")
      ->group(group);
  sub.add_option("--gauge", command.fibre.gauge_length_m, "Gauge length")
      ->type_name("METRES")
      ->group(group);
  sub.add_option("--t0", command.t0, "Time of the first sample, UTC")
      ->type_name("TIME")
      ->group(group);
  sub.add_option("--unit", command.unit, "Of the samples: m/m, m/m/s, m/s, rad, rad/s, rad/m/s")
      ->type_name("UNIT")
      ->group(group);
  sub.add_option("--scale", command.fibre.scale, "Physical value of a sample of 1")
      ->type_name("FACTOR")
      ->group(group);
  sub.add_option("--dataset", command.fibre.dataset, "The array, when it is not the largest")
      ->type_name("PATH")
      ->group(group);
  sub.add_flag("--transpose", command.is_transposed, "The array is (channels, times)")
      ->group(group);
  sub.add_option("--block", command.block_s, "Data a message")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 1.0))
      ->capture_default_str()
      ->group(group);
}

}  // namespace

void add_replay_command(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<ReplayCommand>();
  CLI::App* sub =
      app.add_subcommand("replay", "Publish recorded miniSEED or DAS files as a live stream");
  sub->add_option("files", command->options.paths, "miniSEED or HDF5 files, or folders with such")
      ->type_name("PATH")
      ->required();
  sub->add_option("--to",
                  command->options.publisher.endpoint,
                  "ZeroMQ endpoint, tcp://HOST:PORT or ipc://PATH")
      ->type_name("ENDPOINT")
      ->required();
  sub->add_option(
         "--speed", command->speed, "Times real time, or max: as fast as the receiver takes it")
      ->type_name("FACTOR")
      ->default_str("1");
  take_names_of<PublisherMode>(
      sub->add_option("--mode",
                      command->options.publisher.mode,
                      "push-connect (to a daemon that binds), push-bind or pub-bind")
          ->type_name("MODE"),
      {{"push-connect", PublisherMode::kPushConnect},
       {"push-bind", PublisherMode::kPushBind},
       {"pub-bind", PublisherMode::kPubBind}});
  sub->add_option("--id",
                  command->options.publisher.stream_id,
                  "Stream id that the receiver keeps account of")
      ->type_name("NAME")
      ->capture_default_str();
  sub->add_option("--bundle", command->options.records_per_message, "Records a message, at most")
      ->type_name("RECORDS")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  sub->add_option("--wait", command->wait_s, "How long to wait for a receiver to appear")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
  auto* secret = sub->add_option("--curve-secret",
                                 command->options.publisher.secret_key_file,
                                 "File with this publisher's secret CURVE key (geod keygen)")
                     ->type_name("FILE");
  sub->add_option("--curve-server",
                  command->options.publisher.server_public_key,
                  "The daemon's public CURVE key")
      ->type_name("KEY")
      ->needs(secret);
  add_fibre_options(*sub, *command);
  sub->footer(kFooter);
  sub->callback([command, &context] { context.exit_code = replay(*command); });
}

}  // namespace geod
