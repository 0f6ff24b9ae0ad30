#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace geod::config {

/// How a ZeroMQ endpoint is used.
enum class EndpointMode { kPullBind, kPullConnect, kSubConnect, kSubBind };

/// One geod-wire endpoint.
struct EndpointConfig {
  std::string name;      ///< for logs, metrics, cursors; unique
  std::string endpoint;  ///< "tcp://127.0.0.1:15555", "ipc:///run/geod/ingest"
  EndpointMode mode = EndpointMode::kPullBind;
  std::vector<std::string> topics{"ms/1/"};  ///< SUB only: subscription prefixes
  bool curve = false;                        ///< CURVE on this endpoint
  std::string server_public_key;             ///< Z85, connect modes with CURVE only
};

/// CURVE keys, shared by all endpoints.
struct CurveConfig {
  std::string secret_key_file;  ///< Z85 secret key of this daemon, mode 0600
  std::string allow_list_file;  ///< one `Z85-public-key name [stream-id-pattern ...]` a line
};

/// miniSEED files or folders that are read once, in time order, as a source.
struct FileSourceConfig {
  std::string name;
  std::vector<std::string> paths;
};

struct ContinuityConfig {
  Duration reorder_horizon = std::chrono::seconds{2};  ///< data time a gap waits for a late record
  std::uint32_t reorder_records = 4;                   ///< records held per channel meanwhile
  Duration max_ramp_gap = std::chrono::seconds{1};     ///< shorter gaps are bridged by a ramp
  Duration no_pick_after_gap = std::chrono::seconds{1};
};

struct WindowsConfig {
  /// Data time by which a component may lag behind the newest of its instrument, beyond the longest
  /// record of the instrument, before windows go out without it.
  Duration component_timeout = std::chrono::seconds{30};
  /// A window with less than this fraction of its samples (on its best component) is skipped.
  double min_valid_fraction = 0.1;
};

struct StreamsConfig {
  std::vector<EndpointConfig> endpoints;
  CurveConfig curve;
  bool allow_insecure_remote = false;  ///< let a non-loopback bind go without CURVE
  std::vector<FileSourceConfig> files;
  std::uint64_t receive_buffer_bytes = 64ULL << 20;  ///< per endpoint, inside ZeroMQ
  std::uint64_t max_message_bytes = 8ULL << 20;
  /// Refuse records farther than this in the future or the past; 0: any time (replay).
  Duration max_future = std::chrono::seconds{0};
  Duration max_age = std::chrono::seconds{0};
  ContinuityConfig continuity;
  WindowsConfig windows;
};

}  // namespace geod::config
