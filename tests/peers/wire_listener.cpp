// Receives geod-wire on a port of its own choice until every publisher has sent its end; prints
// the endpoint on the first line, then a line a record or block, then the counters. For tests of
// publishers written in other languages:  geod_wire_listener | publisher
#include <chrono>

#include <fmt/format.h>

#include "core/clock.hpp"
#include "streams/zmq_receiver.hpp"

namespace {

class PrintingSink final : public geod::streams::RecordSink, public geod::streams::FibreSink {
 public:
  void on_record(geod::streams::Record record,
                 const geod::streams::Delivery& /*delivery*/) override {
    fmt::print("record {} {} {}\n",
               record.header.source_id.seed_id(),
               geod::to_iso(record.header.start),
               record.header.samples);
  }
  void on_end(const geod::streams::StreamEnd& end) override {
    fmt::print("end {} {}\n", end.stream_id, end.channels.size());
  }
  void on_block(geod::DasBlock block, const geod::streams::Delivery& /*delivery*/) override {
    fmt::print("block {} {} {} {} {}\n",
               block.geometry->fibre_id,
               geod::to_iso(block.start, 9),
               block.samples,
               block.geometry->channels,
               to_string(block.geometry->unit));
  }
  void on_fibre_gap(geod::FibreGap gap) override {
    fmt::print("gap {} {}\n", gap.fibre_id, to_string(gap.kind));
  }
  void on_fibre_end(geod::FibreEnd end) override { fmt::print("fibre_end {}\n", end.fibre_id); }
  void on_fibre_metadata(geod::streams::FibreMetadata metadata) override {
    fmt::print("metadata {} {}\n", metadata.fibre_id, metadata.json);
  }
};

}  // namespace

int main() {
  constexpr std::chrono::seconds kPatience{60};
  geod::config::StreamsConfig config;
  config.endpoints.emplace_back();
  config.endpoints[0].name = "listener";
  config.endpoints[0].endpoint = "tcp://127.0.0.1:*";
  const geod::SystemClock clock;
  const auto receiver = geod::streams::ZmqReceiver::open(config, clock);
  if (!receiver) {
    fmt::print(stderr, "{}\n", receiver.error().what);
    return 1;
  }
  fmt::print("endpoint {}\n", (*receiver)->status()[0].endpoint);
  std::fflush(stdout);
  PrintingSink sink;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!(*receiver)->has_ended() && std::chrono::steady_clock::now() < deadline) {
    if (const auto polled = (*receiver)->poll({sink, sink}, std::chrono::milliseconds{100});
        !polled) {
      fmt::print(stderr, "{}\n", polled.error().what);
      return 1;
    }
  }
  const auto counters = (*receiver)->status()[0].counters;
  fmt::print(
      "counters messages={} records={} rejected={} missing={} duplicates={} blocks={} "
      "time_holes={} time_overlaps={} time_steps={}\n",
      counters.messages,
      counters.records,
      counters.rejected(),
      counters.missing,
      counters.duplicates,
      counters.blocks,
      counters.time_holes,
      counters.time_overlaps,
      counters.time_steps);
  return (*receiver)->has_ended() ? 0 : 1;
}
