#include "daemon/service_metrics.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

namespace geod {
namespace {

using service::Labels;
using service::Metric;
using service::MetricHistogram;
using service::MetricSample;
using Kind = service::Metric::Kind;

constexpr std::array kBounds_s{
    0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0};

double number(std::uint64_t value) {
  return static_cast<double>(value);
}

/// Collects metrics; each function adds one name.
class Collector {
 public:
  void counter(std::string name, std::string help, double value) {
    metrics.push_back({std::move(name), std::move(help), Kind::kCounter, {{value, {}}}, {}});
  }
  void gauge(std::string name, std::string help, double value) {
    metrics.push_back({std::move(name), std::move(help), Kind::kGauge, {{value, {}}}, {}});
  }
  void samples(std::string name, std::string help, Kind kind, std::vector<MetricSample> values) {
    metrics.push_back({std::move(name), std::move(help), kind, std::move(values), {}});
  }
  void histogram(std::string name, std::string help, const LatencyHistogram& latency) {
    metrics.push_back(
        {std::move(name), std::move(help), Kind::kHistogram, {}, {shown(latency, {})}});
  }
  /// One a task.
  void histograms(std::string name,
                  std::string help,
                  std::initializer_list<std::pair<const char*, const LatencyHistogram*>> tasks) {
    std::vector<MetricHistogram> all;
    for (const auto& [task, latency] : tasks) {
      all.push_back(shown(*latency, {{"task", task}}));
    }
    metrics.push_back({std::move(name), std::move(help), Kind::kHistogram, {}, std::move(all)});
  }

  std::vector<Metric> metrics;

 private:
  static MetricHistogram shown(const LatencyHistogram& latency, Labels labels) {
    MetricHistogram out;
    // Before the buckets: what is added meanwhile is then in neither +Inf nor the sum.
    out.count = latency.count();
    out.sum = latency.sum_s();
    for (const double bound_s : kBounds_s) {
      out.buckets.push_back({bound_s, std::min(latency.count_at_most(bound_s), out.count)});
    }
    out.labels = std::move(labels);
    return out;
  }
};

/// One number of each source, labelled with its name.
void add_of_sources(const nlohmann::json& sources,
                    const char* key,
                    std::string name,
                    std::string help,
                    Collector& out) {
  std::vector<MetricSample> values;
  for (const auto& source : sources) {
    values.push_back({source.value(key, 0.0), {{"stream", source.value("name", "")}}});
  }
  out.samples(std::move(name), std::move(help), Kind::kCounter, std::move(values));
}

void add_sources(const DaemonStats& stats, Collector& out) {
  const auto sources = nlohmann::json::parse(stats.sources_json());
  add_of_sources(sources, "records", "geod_stream_records_total", "Records taken, by source.", out);
  add_of_sources(sources, "bytes", "geod_stream_bytes_total", "Bytes received, by source.", out);
  add_of_sources(sources,
                 "missing",
                 "geod_stream_missing_total",
                 "Messages that never came, by the numbers of their sender.",
                 out);
  add_of_sources(sources,
                 "auth_failures",
                 "geod_auth_failures_total",
                 "Peers refused for their key, by source.",
                 out);
  add_of_sources(sources, "blocks", "geod_das_blocks_total", "Blocks of fibres, by source.", out);
  std::vector<MetricSample> rejected;
  for (const auto& source : sources) {
    const auto reasons = source.value("rejected_by_reason", nlohmann::json::object());
    for (const auto& [reason, count] : reasons.items()) {
      rejected.push_back(
          {count.get<double>(), {{"stream", source.value("name", "")}, {"reason", reason}}});
    }
  }
  out.samples("geod_stream_rejected_total",
              "Messages and records refused, by source and reason.",
              Kind::kCounter,
              std::move(rejected));
}

void add_streams(const DaemonStats& stats, Collector& out) {
  const auto streams = nlohmann::json::parse(stats.streams_json());
  const auto total = [&](const char* key, std::string name, std::string help) {
    out.counter(std::move(name), std::move(help), streams.value(key, 0.0));
  };
  total("gaps", "geod_stream_gaps_total", "Gaps in channels.");
  total("overlaps", "geod_stream_overlaps_total", "Overlaps of records in channels.");
  total("duplicates", "geod_stream_duplicates_total", "Records that came twice.");
  total("time_steps", "geod_time_steps_total", "Steps of clocks of channels.");
  out.gauge("geod_stream_last_sample_timestamp_seconds",
            "Time of the newest sample of any channel, seconds since 1970.",
            static_cast<double>(stats.newest_sample_ns.load()) * 1e-9);
  out.counter("geod_das_blocks_shed_total",
              "Blocks of fibres that were not looked at, because their queue was full.",
              number(stats.fibre_blocks_shed.load()));
}

void add_inference(const DaemonStats& stats, Collector& out) {
  out.histograms("geod_inference_seconds",
                 "Time inside a network for one batch of windows or tiles, by task.",
                 {{"dpk", &stats.batch_time},
                  {"scalar", &stats.scalar_batch_time},
                  {"das", &stats.tile_batch_time}});
  out.samples("geod_inference_windows_total",
              "Windows and tiles scored, by task.",
              Kind::kCounter,
              {{number(stats.windows_scored.load()), {{"task", "dpk"}}},
               {number(stats.scalar_windows_scored.load()), {{"task", "scalar"}}},
               {number(stats.tiles_scored.load()), {{"task", "das"}}}});
  out.counter("geod_windows_shed_total",
              "Windows that were not looked at, because their queue was full.",
              number(stats.windows_shed.load()));
  const auto adapters = nlohmann::json::parse(stats.adapters_json());
  std::vector<MetricSample> models;
  const auto tasks = adapters.value("tasks", nlohmann::json::object());
  for (const auto& [task, roles] : tasks.items()) {
    const auto active = roles.find("active");
    if (active != roles.end()) {
      models.push_back({1.0, {{"task", task}, {"adapter", active->value("bundle", "")}}});
    }
  }
  out.samples("geod_model_info",
              "Which bundle serves which task; empty: the model's own head.",
              Kind::kGauge,
              std::move(models));
  out.counter("geod_model_reloads_total",
              "Times that another network took a role.",
              number(stats.network_changes.load()));
}

void add_picks(const DaemonStats& stats, Collector& out) {
  const models::DecoderCounters decoders = stats.decoder_counters();
  out.samples(
      "geod_picks_total",
      "Picks made, by phase.",
      Kind::kCounter,
      {{number(decoders.picks_p), {{"phase", "P"}}}, {number(decoders.picks_s), {{"phase", "S"}}}});
  out.counter(
      "geod_picks_stored_total", "Picks new to the store.", number(stats.picks_stored.load()));
  out.histogram("geod_pick_processing_seconds",
                "From the arrival of the last sample that a pick needed to its commit.",
                stats.pick_latency);
  out.histogram("geod_pick_delay_seconds",
                "From the time of a pick, that of its sample, to its commit; picks younger than "
                "ten minutes alone, so that a replay does not count.",
                stats.pick_delay);
  out.counter("geod_detections_stored_total",
              "Detections on fibres new to the store.",
              number(stats.detections_stored.load()));
  out.histogram("geod_detection_processing_seconds",
                "From the arrival of the last sample that a detection needed to its commit.",
                stats.detection_latency);
}

void add_events(const AssociationStats& stats, Collector& out) {
  out.counter("geod_events_total", "Events told for the first time.", number(stats.events.load()));
  out.counter(
      "geod_event_versions_total", "Versions of all events.", number(stats.versions.load()));
  out.counter("geod_events_withdrawn_total",
              "Events that were none after all, or became part of another.",
              number(stats.withdrawn.load()));
  out.histogram("geod_event_processing_seconds",
                "From the arrival of the last sample that an event needed to its first version.",
                stats.latency);
  out.histogram("geod_event_delay_seconds",
                "From the origin time of an event to its first version; live data alone.",
                stats.delay);
  out.histogram("geod_associator_seconds", "Time of one push of picks.", stats.push);
  out.gauge("geod_associator_live_picks",
            "Picks that the associator holds.",
            number(stats.live_picks.load()));
}

void add_database(const DaemonStats& stats, const std::filesystem::path& database, Collector& out) {
  out.counter("geod_db_commits_total", "Transactions committed.", number(stats.commits.load()));
  out.histogram("geod_db_commit_seconds",
                "Time of one transaction, from its first row until it is on disk.",
                stats.commit_time);
  out.counter("geod_db_rows_refused_total",
              "Rows that cannot be stored.",
              number(stats.rows_refused.load()));
  out.gauge("geod_db_failing",
            "1 while the database refuses writes; what it refused is held and tried again.",
            stats.storage_failing.load() ? 1.0 : 0.0);
  std::error_code fault;
  const auto bytes = std::filesystem::file_size(database, fault);
  out.gauge("geod_db_size_bytes",
            "Size of the database without its write-ahead log.",
            fault ? 0.0 : static_cast<double>(bytes));
}

void add_queues(const QueueLevels& queues, Collector& out) {
  const auto two = [](std::size_t windows, std::size_t fibres) {
    return std::vector<MetricSample>{{static_cast<double>(windows), {{"queue", "windows"}}},
                                     {static_cast<double>(fibres), {{"queue", "fibres"}}}};
  };
  out.samples("geod_queue_bytes",
              "What waits for a network.",
              Kind::kGauge,
              two(queues.window_bytes, queues.fibre_bytes));
  out.samples("geod_queue_limit_bytes",
              "What may wait for a network.",
              Kind::kGauge,
              two(queues.window_limit_bytes, queues.fibre_limit_bytes));
  out.gauge("geod_db_queue_rows",
            "Rows that wait for the database.",
            static_cast<double>(queues.sink_items));
  out.gauge("geod_db_queue_limit_rows",
            "Rows that may wait for the database.",
            static_cast<double>(queues.sink_limit_items));
}

}  // namespace

std::vector<service::Metric> daemon_metrics(const DaemonStats& stats,
                                            const QueueLevels& queues,
                                            const std::filesystem::path& database) {
  Collector out;
  out.samples("geod_build_info",
              "The program that runs.",
              Kind::kGauge,
              {{1.0, {{"version", GEOD_VERSION}}}});
  add_sources(stats, out);
  add_streams(stats, out);
  add_queues(queues, out);
  add_inference(stats, out);
  add_picks(stats, out);
  add_events(stats.association, out);
  add_database(stats, database, out);
  return std::move(out.metrics);
}

}  // namespace geod
