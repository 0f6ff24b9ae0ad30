#include "config/schema.hpp"

#include <fmt/format.h>

#include "config/schema_parts.hpp"

namespace geod::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr std::uint64_t kTiB = 1ULL << 40;
constexpr Duration kNone{0};
/// Bounds on lists, so that a hostile file stays small in memory.
constexpr std::size_t kMaxEndpoints = 64;
constexpr std::size_t kMaxFileSources = 256;
constexpr std::size_t kMaxPaths = 10'000;
constexpr std::size_t kMaxTopics = 64;
constexpr std::size_t kMaxTasks = 4;
constexpr std::size_t kMaxImageTasks = 5;
constexpr std::size_t kMaxStations = 10'000;

void describe_thresholds(Visitor& visitor, ThresholdConfig& config) {
  visitor.scalar("p", optional_number(config.p, 0.0, 1.0), "Least score of a P pick.");
  visitor.scalar("s", optional_number(config.s, 0.0, 1.0), "Least score of an S pick.");
}

void describe_endpoint(Visitor& visitor, EndpointConfig& config) {
  visitor.scalar("name",
                 required(text(config.name)),
                 "Name in logs, metrics and stored positions: 1 to 64 of A-Z a-z 0-9 . _ -, unique "
                 "among all sources.");
  visitor.scalar("endpoint",
                 required(text(config.endpoint)),
                 "ZeroMQ address: tcp://HOST:PORT or ipc:///PATH, for example "
                 "tcp://127.0.0.1:15555; HOST may be * and PORT may be * (any free) for a bind.");
  visitor.scalar("mode",
                 choice<EndpointMode>(config.mode,
                                      {{"pull_bind", EndpointMode::kPullBind},
                                       {"pull_connect", EndpointMode::kPullConnect},
                                       {"sub_connect", EndpointMode::kSubConnect},
                                       {"sub_bind", EndpointMode::kSubBind}}),
                 "PULL loses nothing (the publisher waits); SUB joins a publisher that serves many "
                 "and may lose messages when it is slow.");
  visitor.texts("topics",
                config.topics,
                Kind::kText,
                kMaxTopics,
                "Subscription prefixes of the sub modes; ms/1/ is miniSEED.");
  visitor.scalar("curve", flag(config.curve), "Encrypt and authenticate with CURVE.");
  visitor.scalar("server_public_key",
                 text(config.server_public_key),
                 "Public key of the peer, 40 Z85 characters; for the connect modes with CURVE.");
}

void describe_files(Visitor& visitor, FileSourceConfig& config) {
  visitor.scalar("name", required(text(config.name)), "Name, as of an endpoint.");
  visitor.texts("paths",
                config.paths,
                Kind::kPath,
                kMaxPaths,
                "miniSEED files, or folders of them; read once, in time order.");
}

void describe_curve(Visitor& visitor, CurveConfig& config) {
  visitor.scalar("secret_key_file",
                 path(config.secret_key_file),
                 "File with the Z85 secret key of this daemon; readable by its user only (0600).");
  visitor.scalar("allow_list_file",
                 path(config.allow_list_file),
                 "Who may connect: one `Z85-PUBLIC-KEY NAME [STREAM-ID-PATTERN ...]` a line.");
}

void describe_continuity(Visitor& visitor, ContinuityConfig& config) {
  visitor.scalar("reorder_horizon",
                 duration(config.reorder_horizon, kNone, minutes{10}),
                 "Data time for which a hole waits for a late record before it becomes a gap.");
  visitor.scalar("reorder_records",
                 integer(config.reorder_records, 0, 1024),
                 "Records held per channel meanwhile; one more closes the hole at once.");
  visitor.scalar("max_ramp_gap",
                 duration(config.max_ramp_gap, kNone, seconds{10}),
                 "Gaps up to this long are bridged by a straight line; longer ones are masked.");
  visitor.scalar("no_pick_after_gap",
                 duration(config.no_pick_after_gap, kNone, minutes{1}),
                 "No pick is taken within this time after a gap.");
}

void describe_windows(Visitor& visitor, WindowsConfig& config) {
  visitor.scalar(
      "component_timeout",
      duration(config.component_timeout, milliseconds{100}, hours{1}),
      "Data time by which a component may lag behind the newest of its instrument, beyond "
      "the instrument's longest record, before windows go out without it.");
  visitor.scalar("min_valid_fraction",
                 number(config.min_valid_fraction, 0.0, 1.0),
                 "A window with less than this fraction of its samples on its best component is "
                 "skipped.");
}

void describe_streams(Visitor& visitor, StreamsConfig& config) {
  visitor.list("endpoints",
               items_of(config.endpoints, kMaxEndpoints, describe_endpoint),
               "geod-wire endpoints: where publishers send miniSEED over ZeroMQ.");
  visitor.section("curve",
                  "CURVE keys, shared by all endpoints with curve: true.",
                  [&](Visitor& inner) { describe_curve(inner, config.curve); });
  visitor.scalar("allow_insecure_remote",
                 flag(config.allow_insecure_remote),
                 "Let a bind that other hosts can reach go without CURVE. Anybody on the network "
                 "can then feed the daemon.");
  visitor.list("files",
               items_of(config.files, kMaxFileSources, describe_files),
               "Recordings that are read once, like a stream.");
  visitor.scalar("receive_buffer_bytes",
                 bytes(config.receive_buffer_bytes, kMiB, 64 * kGiB),
                 "Memory for messages that wait inside ZeroMQ, per endpoint.");
  visitor.scalar("max_message_bytes",
                 bytes(config.max_message_bytes, 64ULL << 10, kGiB),
                 "A peer that sends a larger message is disconnected.");
  visitor.scalar("max_future",
                 duration(config.max_future, kNone, hours{24 * 365}),
                 "Records that start later than this after now are refused; 0s: any time.");
  visitor.scalar("max_age",
                 duration(config.max_age, kNone, hours{24 * 36'500}),
                 "Records older than this are refused; 0s: any time, as a replay needs.");
  visitor.section("continuity",
                  "Gaps, overlaps and late records of one channel.",
                  [&](Visitor& inner) { describe_continuity(inner, config.continuity); });
  visitor.section("windows",
                  "How the windows given to the network are put together.",
                  [&](Visitor& inner) { describe_windows(inner, config.windows); });
}

void describe_models(Visitor& visitor, ModelsConfig& config) {
  visitor.scalar("picker",
                 path(config.picker),
                 "Folder of the model that picks (manifest.json, model.safetensors); empty: the "
                 "starter model that comes with geod.");
  visitor.texts(
      "tasks",
      config.tasks,
      Kind::kText,
      kMaxTasks,
      "What is told of P picks beside their time: pmp (polarity), baz (back-azimuth), emg "
      "(magnitude), dis (distance); each is live where a bundle for the picker is there. "
      "[]: picks alone.");
  visitor.scalar(
      "segmenter",
      path(config.segmenter),
      "Folder of the model for images and fibres; empty: the starter for fibres, where it "
      "is installed. Without one fibres are not looked at.");
  visitor.texts("image_tasks",
                config.image_tasks,
                Kind::kText,
                kMaxImageTasks,
                "What the segmenter serves: das on fibres, facies, salt, crater and fault on "
                "request (`geod segment`); each is live where the segmenter or a bundle for it is "
                "of that task.");
  visitor.scalar("inverter",
                 path(config.inverter),
                 "Folder of the model for full-waveform inversion, which answers `geod invert`; "
                 "empty: none. fibres.request_bytes and request_count hold for it, too.");
  visitor.scalar(
      "device",
      choice<std::string>(config.device, {{"auto", "auto"}, {"cpu", "cpu"}, {"cuda", "cuda"}}),
      "Where the network runs; auto: a CUDA device when there is one.");
  visitor.scalar("precision",
                 choice<std::string>(config.precision,
                                     {{"auto", "auto"},
                                      {"float32", "float32"},
                                      {"bfloat16", "bfloat16"},
                                      {"float16", "float16"}}),
                 "auto: the faster one that passes the accuracy check, measured at start.");
  visitor.scalar("threads",
                 integer(config.threads, 0, 1024),
                 "CPU threads of one forward pass; 0: measured at start.");
  visitor.scalar(
      "max_batch", integer(config.max_batch, 1, 4096), "Windows in one forward pass at most.");
  visitor.scalar("max_batch_delay",
                 duration(config.max_batch_delay, kNone, seconds{60}),
                 "A batch that is not full goes out after this time.");
  visitor.scalar("max_image_batch",
                 integer(config.max_image_batch, 1, 256),
                 "Tiles of fibres or images in one forward pass at most.");
  visitor.section("thresholds",
                  "Pick thresholds for all stations; null: the model's own.",
                  [&](Visitor& inner) { describe_thresholds(inner, config.thresholds); });
  visitor.table("station_thresholds",
                named_items_of(config.station_thresholds, kMaxStations, describe_thresholds),
                "Pick thresholds of single stations, by NET.STA; null: as for all stations.");
}

void describe_adapters(Visitor& visitor, AdaptersConfig& config) {
  visitor.scalar("directory",
                 required(text(config.directory)),
                 "Folder of adapter bundles, watched by the daemon; relative to "
                 "daemon.state_directory.");
  visitor.scalar("on_new",
                 choice<OnNewBundle>(config.on_new,
                                     {{"check", OnNewBundle::kCheck},
                                      {"shadow", OnNewBundle::kShadow},
                                      {"activate", OnNewBundle::kActivate}}),
                 "A bundle that appears there: check says whether it is sound, shadow also lets it "
                 "run beside the active one, activate lets it serve.");
  visitor.scalar("settle",
                 duration(config.settle, milliseconds{10}, minutes{10}),
                 "A bundle that is copied in file by file is read when nothing in it changed for "
                 "this time; one that is renamed into the folder is read at once.");
}

void describe_waveforms(Visitor& visitor, WaveformsConfig& config) {
  visitor.scalar(
      "folder",
      text(config.folder),
      "Folder of the SDS tree (YEAR/NET/STA/CHAN.D) that windows around picks and events "
      "are kept in as miniSEED; relative to daemon.state_directory. Empty: none are "
      "kept.");
  visitor.scalar("before_pick",
                 duration(config.before_pick, kNone, minutes{10}),
                 "What is kept before a pick.");
  visitor.scalar("after_pick",
                 duration(config.after_pick, seconds{1}, minutes{30}),
                 "What is kept after a pick.");
  visitor.scalar("quota",
                 bytes(config.quota, 1ULL << 20, 1024 * kTiB),
                 "Size of the tree at which its oldest days are removed.");
  visitor.scalar(
      "ring",
      duration(config.ring, minutes{1}, hours{24}),
      "How much data of each channel is held in memory, for amplitudes and for these windows, "
      "behind what the association has come to; behind the newest sample where there is no "
      "inventory. Nothing is held where there is no folder either.");
  visitor.scalar("ring_memory",
                 bytes(config.ring_memory, 1ULL << 20, kTiB),
                 "Memory for it; where it does not reach, what came first goes first. A channel of "
                 "100 Hz takes about 30 KiB a minute.");
}

void describe_storage(Visitor& visitor, StorageConfig& config) {
  visitor.scalar("database",
                 required(text(config.database)),
                 "SQLite file; relative to daemon.state_directory.");
  visitor.scalar("synchronous",
                 choice<std::string>(config.synchronous, {{"normal", "normal"}, {"full", "full"}}),
                 "full: a commit also survives loss of power; normal: a crash of the daemon.");
  visitor.scalar("max_batch_rows",
                 integer(config.max_batch_rows, 1, 1'000'000),
                 "Rows in one transaction at most.");
  visitor.scalar("max_batch_delay",
                 duration(config.max_batch_delay, kNone, seconds{10}),
                 "A transaction that is not full is committed after this time.");
  visitor.scalar("busy_timeout",
                 duration(config.busy_timeout, milliseconds{1}, minutes{10}),
                 "How long the writer waits for another process that holds the database.");
  visitor.scalar("checkpoint_bytes",
                 bytes(config.checkpoint_bytes, 64ULL << 10, 16 * kGiB),
                 "Size of the write-ahead log at which it is folded into the database.");
  visitor.section("waveforms",
                  "Recent waveforms, and windows of them on disk.",
                  [&](Visitor& inner) { describe_waveforms(inner, config.waveforms); });
}

void describe_daemon(Visitor& visitor, DaemonConfig& config) {
  visitor.scalar("state_directory",
                 required(path(config.state_directory)),
                 "What must survive a restart: the database, adapters.");
  visitor.scalar("runtime_directory",
                 required(path(config.runtime_directory)),
                 "The control socket; created by systemd, gone after a reboot.");
  visitor.scalar("log_level",
                 choice<std::string>(config.log_level,
                                     {{"trace", "trace"},
                                      {"debug", "debug"},
                                      {"info", "info"},
                                      {"warn", "warn"},
                                      {"error", "error"}}),
                 "Least important message that is written.");
  visitor.scalar(
      "overload",
      choice<Overload>(config.overload,
                       {{"block", Overload::kBlock}, {"drop_oldest", Overload::kDropOldest}}),
      "When the network cannot keep up: block lets publishers wait, drop_oldest keeps "
      "up with the present and stores the loss as a gap.");
  visitor.scalar("window_queue_bytes",
                 bytes(config.window_queue_bytes, kMiB, 1024 * kGiB),
                 "Memory for windows that wait for the network.");
  visitor.scalar("pick_queue_items",
                 integer(config.pick_queue_items, 1, 100'000'000),
                 "Picks and rows that wait for the database.");
  visitor.scalar("stop_deadline",
                 duration(config.stop_deadline, seconds{1}, minutes{10}),
                 "Time to finish queued work when asked to stop; keep it below TimeoutStopSec of "
                 "the systemd unit (45 s).");
  visitor.scalar("exit_when_sources_end",
                 flag(config.exit_when_sources_end),
                 "Stop by itself when all files are read and every publisher has sent `end`.");
}

/// Collects every scalar's path.
class KeyLister final : public Visitor {
 public:
  void scalar(std::string_view name, const Scalar& scalar, std::string_view meaning) override {
    keys.push_back({prefix_ + std::string(name), scalar, scalar.get(), std::string(meaning)});
  }
  void texts(
      std::string_view, std::vector<std::string>&, Kind, std::size_t, std::string_view) override {}
  void section(std::string_view name,
               std::string_view,
               const std::function<void(Visitor&)>& children) override {
    below(std::string(name) + ".", children);
  }
  void list(std::string_view name, const Items& items, std::string_view) override {
    below(std::string(name) + "[].", items.visit_example);
  }
  void table(std::string_view name, const Items& items, std::string_view) override {
    below(std::string(name) + "{}.", items.visit_example);
  }

  std::vector<KeyInfo> keys;

 private:
  void below(const std::string& step, const std::function<void(Visitor&)>& children) {
    const std::string outer = prefix_;
    prefix_ += step;
    children(*this);
    prefix_ = outer;
  }

  std::string prefix_;
};

}  // namespace

void describe(Visitor& visitor, Config& config) {
  visitor.section("streams", "What geod listens to.", [&](Visitor& inner) {
    describe_streams(inner, config.streams);
  });
  visitor.section("fibres",
                  "Fibres (DAS) that come in on the endpoints, and images on request.",
                  [&](Visitor& inner) { describe_fibres(inner, config.fibres); });
  visitor.section("models", "The network and what counts as a pick.", [&](Visitor& inner) {
    describe_models(inner, config.models);
  });
  visitor.section("adapters",
                  "Adapter bundles: what `geod train` makes and `geod adapters` exchanges.",
                  [&](Visitor& inner) { describe_adapters(inner, config.adapters); });
  visitor.section("catalog", "Events: from picks to origins.", [&](Visitor& inner) {
    describe_catalog(inner, config.catalog);
  });
  visitor.section("storage", "The database, and waveforms.", [&](Visitor& inner) {
    describe_storage(inner, config.storage);
  });
  visitor.section("service",
                  "What other programs read: FDSN event and station, the live feed, health.",
                  [&](Visitor& inner) { describe_service(inner, config.service); });
  visitor.section("daemon", "Folders, queues, logs, stopping.", [&](Visitor& inner) {
    describe_daemon(inner, config.daemon);
  });
}

std::vector<KeyInfo> all_keys() {
  Config config;
  KeyLister lister;
  describe(lister, config);
  for (KeyInfo& key : lister.keys) {
    key.scalar.get = nullptr;  // bound to a struct that ends here
    key.scalar.set = nullptr;
  }
  return std::move(lister.keys);
}

}  // namespace geod::config
