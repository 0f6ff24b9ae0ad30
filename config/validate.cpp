#include "config/validate.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/endpoint.hpp"
#include "config/quantity.hpp"
#include "core/estimate.hpp"
#include "core/source_id.hpp"

namespace geod::config {
namespace {

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxTopicBytes = 128;
/// `id` of geod-wire 1.
constexpr std::string_view kFibreIdCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";
constexpr std::array<std::string_view, 5> kImageTasks{"das", "facies", "salt", "crater", "fault"};
constexpr std::size_t kZ85KeyBytes = 40;
/// ZeroMQ RFC 32 (Z85): the 85 characters a key is written in.
constexpr std::string_view kZ85Characters =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= kMaxNameBytes &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

bool is_z85_key(const std::string& key) {
  return key.size() == kZ85KeyBytes && key.find_first_not_of(kZ85Characters) == std::string::npos;
}

/// Collects faults of one configuration.
class Validator {
 public:
  explicit Validator(const Config& config) : config_(config) {}

  std::vector<Fault> run() {
    for (std::size_t i = 0; i < config_.streams.endpoints.size(); ++i) {
      const std::string key = fmt::format("streams.endpoints[{}]", i);
      check_name(key, config_.streams.endpoints[i].name);
      check_endpoint(key, config_.streams.endpoints[i]);
    }
    for (std::size_t i = 0; i < config_.streams.files.size(); ++i) {
      check_file_source(fmt::format("streams.files[{}]", i), config_.streams.files[i]);
    }
    check_bounds();
    check_stations();
    check_tasks();
    check_fibres();
    check_catalog();
    check_service();
    return std::move(faults_);
  }

 private:
  template <class... Args>
  void add(const std::string& key, fmt::format_string<Args...> text, Args&&... args) {
    faults_.push_back({"", 0, key, fmt::format(text, std::forward<Args>(args)...)});
  }

  void check_name(const std::string& key, const std::string& name) {
    if (!is_name(name)) {
      add(key + ".name", "'{}' is not a name; write 1 to 64 of A-Z a-z 0-9 . _ -", name);
    } else if (!names_.insert(name).second) {
      add(key + ".name", "'{}' names another source already; give each its own name", name);
    }
  }

  void check_endpoint(const std::string& key, const EndpointConfig& source) {
    const bool binds =
        source.mode == EndpointMode::kPullBind || source.mode == EndpointMode::kSubBind;
    const bool subscribes =
        source.mode == EndpointMode::kSubConnect || source.mode == EndpointMode::kSubBind;
    check_address(key, source, binds);
    check_topics(key, source, subscribes);
    check_curve(key, source, binds);
  }

  void check_address(const std::string& key, const EndpointConfig& source, bool binds) {
    const auto endpoint = parse_endpoint(source.endpoint);
    if (!endpoint) {
      add(key + ".endpoint", "{}", endpoint.error().what);
      return;
    }
    const bool has_wildcard = endpoint->transport == Endpoint::Transport::kTcp &&
                              (endpoint->host == "*" || !endpoint->port);
    if (!binds && has_wildcard) {
      add(key + ".endpoint",
          "'{}' cannot be connected to: * is for the bind modes; write the host and port of the "
          "publisher",
          source.endpoint);
    }
    if (binds && endpoint->port && !bound_.insert(source.endpoint).second) {
      add(key + ".endpoint", "'{}' is bound twice; remove one of the two", source.endpoint);
    }
    if (binds && !endpoint->is_local() && !source.curve && !config_.streams.allow_insecure_remote) {
      add(key + ".endpoint",
          "'{}' can be reached from other hosts and has no CURVE; set curve: true and "
          "streams.curve, or bind 127.0.0.1, or set streams.allow_insecure_remote: true",
          source.endpoint);
    }
  }

  void check_topics(const std::string& key, const EndpointConfig& source, bool subscribes) {
    if (subscribes && source.topics.empty()) {
      add(key + ".topics", "is empty, so nothing would be received; write [\"ms/1/\"]");
    }
    if (!subscribes && source.topics != EndpointConfig{}.topics) {
      add(key + ".topics", "is for the sub modes only; remove it or change mode");
    }
    for (const std::string& topic : source.topics) {
      const bool printable =
          std::all_of(topic.begin(), topic.end(), [](char c) { return c > 0x20 && c < 0x7F; });
      if (!printable || topic.size() > kMaxTopicBytes) {
        add(key + ".topics",
            "'{}' is not a topic; write at most {} printable ASCII characters",
            topic,
            kMaxTopicBytes);
      }
    }
  }

  void check_curve(const std::string& key, const EndpointConfig& source, bool binds) {
    const CurveConfig& keys = config_.streams.curve;
    if (!source.curve) {
      if (!source.server_public_key.empty()) {
        add(key + ".server_public_key", "is given without CURVE; set curve: true or remove it");
      }
      return;
    }
    if (keys.secret_key_file.empty()) {
      add(key + ".curve",
          "needs streams.curve.secret_key_file, the file with the secret key of this daemon");
    }
    if (binds && keys.allow_list_file.empty()) {
      add(key + ".curve",
          "needs streams.curve.allow_list_file, the list of the clients that may connect");
    }
    if (binds && !source.server_public_key.empty()) {
      add(key + ".server_public_key", "is for the connect modes only; remove it");
    }
    if (!binds && !is_z85_key(source.server_public_key)) {
      add(key + ".server_public_key",
          "'{}' is not a public key; write the 40 Z85 characters of the publisher's key",
          source.server_public_key);
    }
  }

  void check_file_source(const std::string& key, const FileSourceConfig& source) {
    check_name(key, source.name);
    if (source.paths.empty()) {
      add(key + ".paths", "is empty; write at least one miniSEED file or folder");
    }
  }

  void check_bounds() {
    const StreamsConfig& streams = config_.streams;
    if (streams.receive_buffer_bytes < streams.max_message_bytes) {
      add("streams.receive_buffer_bytes",
          "{} is smaller than streams.max_message_bytes ({}); one message must fit",
          format_bytes(streams.receive_buffer_bytes),
          format_bytes(streams.max_message_bytes));
    }
    if (config_.storage.database.empty()) {
      add("storage.database", "is empty; write a file name, for example geod.sqlite");
    }
    if (config_.adapters.directory.empty()) {
      add("adapters.directory", "is empty; write a folder, for example adapters");
    }
    if (config_.daemon.state_directory.empty()) {
      add("daemon.state_directory", "is empty; write a folder, for example /var/lib/geod");
    }
    if (config_.daemon.runtime_directory.empty()) {
      add("daemon.runtime_directory", "is empty; write a folder, for example /run/geod");
    }
  }

  void check_catalog() {
    const CatalogConfig& catalog = config_.catalog;
    for (const auto& [id, fibre] : catalog.fibres) {
      check_fibre_id("catalog.fibres." + id, id);
    }
    if (catalog.fixed_depth_km > catalog.max_depth_km) {
      add("catalog.fixed_depth_km",
          "{} lies below catalog.max_depth_km ({})",
          catalog.fixed_depth_km,
          catalog.max_depth_km);
    }
    if (catalog.min_phases < catalog.min_stations) {
      add("catalog.min_phases",
          "{} picks cannot come from {} stations (catalog.min_stations)",
          catalog.min_phases,
          catalog.min_stations);
    }
  }

  void check_tasks() {
    check_tasks("models.tasks", config_.models.tasks, kScalarTasks);
    check_tasks("models.image_tasks", config_.models.image_tasks, kImageTasks);
  }

  template <class Known>
  void check_tasks(const std::string& key,
                   const std::vector<std::string>& tasks,
                   const Known& known) {
    std::set<std::string> seen;
    for (const std::string& task : tasks) {
      if (std::find(known.begin(), known.end(), task) == known.end()) {
        add(key, "'{}' is not one of {}", task, fmt::join(known, ", "));
      } else if (!seen.insert(task).second) {
        add(key, "'{}' is written twice", task);
      }
    }
  }

  void check_fibres() {
    check_fibre("fibres.defaults", config_.fibres.defaults);
    for (const auto& [id, own] : config_.fibres.each) {
      check_fibre_id("fibres.each." + id, id);
      check_fibre("fibres.each." + id, config_.fibres.of(id));
    }
  }

  void check_fibre_id(const std::string& key, const std::string& id) {
    if (id.empty() || id.size() > kMaxNameBytes ||
        id.find_first_not_of(kFibreIdCharacters) != std::string::npos) {
      add(key, "'{}' is not a fibre; write its id on the wire, for example XX.CABLE1", id);
    }
  }

  void check_fibre(const std::string& key, const FibreConfig& fibre) {
    if (fibre.first_channel && fibre.last_channel && *fibre.last_channel < *fibre.first_channel) {
      add(key + ".last_channel",
          "{} lies before first_channel ({})",
          *fibre.last_channel,
          *fibre.first_channel);
    }
    if (fibre.threshold_on && fibre.threshold_off && *fibre.threshold_on < *fibre.threshold_off) {
      add(key + ".threshold_off",
          "{} is above threshold_on ({}): an event would end where it begins",
          *fibre.threshold_off,
          *fibre.threshold_on);
    }
  }

  void check_service() {
    const ServiceConfig& service = config_.service;
    if (const auto address = parse_listen(service.listen); !address) {
      add("service.listen", "{}", address.error().what);
    }
    for (std::size_t i = 0; i < service.hosts.size(); ++i) {
      if (const auto host = parse_public_host(service.hosts[i]); !host) {
        add(fmt::format("service.hosts[{}]", i), "{}", host.error().what);
      }
    }
    if (!is_name(service.agency_id) || service.agency_id.size() < 3 ||
        std::string_view("._-").find(service.agency_id.front()) != std::string_view::npos) {
      add("service.agency_id",
          "'{}' is not an agency; write 3 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or "
          "digit",
          service.agency_id);
    }
    if (service.max_subscribers >= service.max_connections) {
      add("service.max_subscribers",
          "{} must be below service.max_connections ({}): subscribers could keep all others out",
          service.max_subscribers,
          service.max_connections);
    }
    if (!service.publish.empty()) {
      check_publish(service.publish);
    }
  }

  void check_publish(const std::string& address) {
    const auto endpoint = parse_endpoint(address);
    if (!endpoint) {
      add("service.publish", "{}", endpoint.error().what);
    } else if (endpoint->port && !bound_.insert(address).second) {
      add("service.publish", "'{}' is bound twice; choose another", address);
    }
  }

  void check_stations() {
    for (const auto& [name, thresholds] : config_.models.station_thresholds) {
      const auto dot = name.find('.');
      const bool valid =
          dot != std::string::npos &&
          SourceId::from_seed(name.substr(0, dot), name.substr(dot + 1), "", "HHZ").has_value() &&
          name.find(' ') == std::string::npos;
      if (!valid) {
        add("models.station_thresholds." + name,
            "'{}' is not a station; write NET.STA, for example CI.CLC",
            name);
      }
    }
  }

  const Config& config_;
  std::set<std::string> names_;
  std::set<std::string> bound_;
  std::vector<Fault> faults_;
};

}  // namespace

std::vector<Fault> validate(const Config& config) {
  return Validator(config).run();
}

}  // namespace geod::config
