#include "daemon/bridge_command.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "daemon/enum_option.hpp"
#include "daemon/signals.hpp"
#include "streams/bridge.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using streams::BridgeKind;
using streams::FebusStamp;

constexpr const char* kFooter =
    "Examples:\n"
    "  geod bridge asn --from tcp://optodas:3333 --to tcp://127.0.0.1:15555 --id XX.CABLE1\n"
    "  geod bridge febus --from tcp://a1:16667 --to ipc:///run/geod/ingest --id XX.CABLE2\n"
    "  geod bridge xdas --from tcp://host:5556 --to tcp://127.0.0.1:15555 --id XX.CABLE3\n"
    "Runs until it is stopped. Samples are scaled and placed by the interrogator's own header; a\n"
    "header that is not understood whole stops the flow until a good one comes.\n"
    "Exit codes: 0 stopped, 1 failed, 2 wrong command line.";

int bridge(const streams::BridgeOptions& options) {
  log::init("info");
  SystemClock clock;
  SignalFd signals;
  std::stop_source stop;
  std::jthread watcher([&](std::stop_token done) {
    while (!done.stop_requested()) {
      if (signals.wait(100ms)) {
        stop.request_stop();
      }
    }
  });
  const auto outcome = streams::run_bridge(options, clock, stop.get_token());
  if (!outcome) {
    std::fprintf(stderr, "geod bridge: %s\n", outcome.error().what.c_str());
    return kExitFailure;
  }
  std::fprintf(stderr,
               "%llu blocks passed on, %llu messages not understood, %llu sets never seen\n",
               static_cast<unsigned long long>(outcome->blocks),
               static_cast<unsigned long long>(outcome->refused),
               static_cast<unsigned long long>(outcome->skipped));
  return kExitOk;
}

}  // namespace

void add_bridge_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<streams::BridgeOptions>();
  CLI::App* sub =
      app.add_subcommand("bridge", "Pass an interrogator's live data on to a daemon as das/1");
  CLI::Option* protocol = sub->add_option(
      "protocol", options->kind, "asn (OptoDAS), febus (A1) or xdas (NetCDF packets)");
  take_names_of<BridgeKind>(
      protocol->type_name("PROTOCOL")->required(),
      {{"asn", BridgeKind::kAsn}, {"febus", BridgeKind::kFebus}, {"xdas", BridgeKind::kXdas}});
  protocol->default_str("");
  sub->add_option("--from", options->from, "ZeroMQ endpoint of the interrogator")
      ->type_name("ENDPOINT")
      ->required();
  sub->add_option("--to", options->publisher.endpoint, "Where the daemon binds")
      ->type_name("ENDPOINT")
      ->required();
  sub->add_option("--id", options->publisher.stream_id, "Id of the fibre, NET.CABLE by custom")
      ->type_name("ID")
      ->required();
  take_names_of<FebusStamp>(
      sub->add_option("--febus-stamp",
                      options->febus_stamp,
                      "What the time of a Febus block is of, when its origin does not say")
          ->type_name("WHAT"),
      {{"middle", FebusStamp::kMiddle}, {"first", FebusStamp::kFirstSample}});
  auto* secret = sub->add_option("--curve-secret",
                                 options->publisher.secret_key_file,
                                 "File with this publisher's secret CURVE key (geod keygen)")
                     ->type_name("FILE");
  sub->add_option(
         "--curve-server", options->publisher.server_public_key, "The daemon's public CURVE key")
      ->type_name("KEY")
      ->needs(secret);
  sub->footer(kFooter);
  sub->callback([options, &context] { context.exit_code = bridge(*options); });
}

}  // namespace geod
