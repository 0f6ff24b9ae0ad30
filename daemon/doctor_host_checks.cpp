#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/timex.h>
#include <unistd.h>
#include <zmq.h>

#include "config/endpoint.hpp"
#include "config/quantity.hpp"
#include "daemon/doctor_checks.hpp"
#include "storage/database.hpp"

namespace geod {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = 1ULL << 20;
/// Below this a commit or a checkpoint may fail any moment.
constexpr std::uint64_t kLeastFreeBytes = 256 * kMiB;
/// A busy network of a hundred stations writes about this in a month.
constexpr std::uint64_t kComfortableFreeBytes = 5 * 1024 * kMiB;
/// An integrity check reads the whole file; above this it takes minutes.
constexpr std::uint64_t kLargestCheckedBytes = 4 * 1024 * kMiB;
/// Pick times are compared with catalogues at the tenth of a second.
constexpr std::int64_t kLargestClockErrorUs = 100'000;

std::string rounded_bytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / static_cast<double>(1024 * kMiB));
}

/// `key`: where the address is configured.
Check check_tcp_bind(const std::string& name,
                     const std::string& address,
                     const char* key,
                     bool daemon_runs) {
  void* context = zmq_ctx_new();
  void* socket = zmq_socket(context, ZMQ_PULL);
  const int enabled = 1;
  zmq_setsockopt(socket, ZMQ_IPV6, &enabled, sizeof(enabled));
  const bool is_bound = zmq_bind(socket, address.c_str()) == 0;
  const int why = zmq_errno();
  zmq_close(socket);
  zmq_ctx_term(context);
  if (is_bound) {
    return {name, Verdict::kOk, address + " can be bound", ""};
  }
  if (why == EADDRINUSE && daemon_runs) {
    return {name, Verdict::kOk, address + " is held by the running daemon", ""};
  }
  return {name,
          Verdict::kFail,
          fmt::format("{} cannot be bound: {}", address, zmq_strerror(why)),
          fmt::format(fmt::runtime(why == EADDRINUSE ? "stop the program that holds it (ss -ltnp "
                                                       "shows it), or change {}"
                                                     : "write an address of this host in {}"),
                      key)};
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "ok";
    case Verdict::kWarn:
      return "warn";
    case Verdict::kFail:
      break;
  }
  return "fail";
}

Check check_directory(const std::string& name, const fs::path& directory) {
  std::error_code error;
  if (!fs::exists(directory, error)) {
    return {name,
            Verdict::kWarn,
            fmt::format("{} does not exist", directory.string()),
            "the systemd unit makes it at start; without systemd make it for the user that runs "
            "geod"};
  }
  const fs::path probe = directory / fmt::format(".geod-doctor-{}", ::getpid());
  const int fd = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    return {name,
            Verdict::kFail,
            fmt::format("{} cannot be written: {}", directory.string(), std::strerror(errno)),
            "run as the user of the service, or give that user the folder"};
  }
  ::close(fd);
  ::unlink(probe.c_str());
  return {name, Verdict::kOk, fmt::format("{} can be written", directory.string()), ""};
}

Check judge_disk_space(const fs::path& directory, std::uint64_t free_bytes) {
  Check check{"disk_space",
              Verdict::kOk,
              fmt::format("{} free at {}", rounded_bytes(free_bytes), directory.string()),
              ""};
  if (free_bytes < kComfortableFreeBytes) {
    check.verdict = free_bytes < kLeastFreeBytes ? Verdict::kFail : Verdict::kWarn;
    check.remedy =
        "free space or move daemon.state_directory; on a full disk geod holds picks in "
        "memory and stores nothing";
  }
  return check;
}

Check check_disk_space(const fs::path& directory) {
  std::error_code error;
  fs::path existing = directory;
  while (!fs::exists(existing, error) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  const fs::space_info space = fs::space(existing, error);
  if (error) {
    return {"disk_space",
            Verdict::kWarn,
            fmt::format("unknown for {}: {}", existing.string(), error.message()),
            "check that the file system is mounted"};
  }
  return judge_disk_space(existing, space.available);
}

Check check_database(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) {
    return {
        "database", Verdict::kOk, fmt::format("{} will be made at first start", file.string()), ""};
  }
  auto database = storage::Database::open_reader(file, std::chrono::seconds{5});
  if (!database) {
    return {"database",
            Verdict::kFail,
            database.error().what,
            "restore a backup, or move the file away to start an empty one"};
  }
  const std::uint64_t size = fs::file_size(file, error);
  if (error || size > kLargestCheckedBytes) {
    return {
        "database",
        Verdict::kOk,
        fmt::format(
            "{} opens ({}; too large to be read through here)", file.string(), rounded_bytes(size)),
        ""};
  }
  if (const auto whole = database->check_integrity(); !whole) {
    return {"database",
            Verdict::kFail,
            whole.error().what,
            "stop geod and restore a backup; `geod catalog` may still read parts of this one"};
  }
  return {"database",
          Verdict::kOk,
          fmt::format("{} is whole ({})", file.string(), rounded_bytes(size)),
          ""};
}

std::vector<Check> check_endpoints(const config::StreamsConfig& streams, bool daemon_runs) {
  std::vector<Check> checks;
  for (const config::EndpointConfig& source : streams.endpoints) {
    const auto endpoint = config::parse_endpoint(source.endpoint);
    const bool binds = source.mode == config::EndpointMode::kPullBind ||
                       source.mode == config::EndpointMode::kSubBind;
    if (!endpoint || !binds) {
      continue;
    }
    const std::string name = "endpoint " + source.name;
    // Binding an ipc address would take its socket file away from whoever holds it.
    checks.push_back(endpoint->transport == config::Endpoint::Transport::kTcp
                         ? check_tcp_bind(name, source.endpoint, "streams.endpoints", daemon_runs)
                         : check_directory(name, fs::path(endpoint->path).parent_path()));
  }
  if (streams.endpoints.empty() && streams.files.empty()) {
    checks.push_back({"sources",
                      Verdict::kWarn,
                      "none is configured: geod would have nothing to listen to",
                      "add an item to streams.endpoints"});
  }
  return checks;
}

std::vector<Check> check_service(const config::ServiceConfig& service, bool daemon_runs) {
  if (!service.enabled) {
    return {};
  }
  std::vector<Check> checks;
  if (const auto listen = config::parse_listen(service.listen)) {
    const bool is_v6 = listen->host.find(':') != std::string::npos;
    checks.push_back(check_tcp_bind(
        "service.listen",
        fmt::format("tcp://{}:{}",
                    is_v6 ? "[" + listen->host + "]" : listen->host,
                    listen->port == 0 ? std::string("*") : std::to_string(listen->port)),
        "service.listen",
        daemon_runs));
  }
  constexpr std::string_view kIpc = "ipc://";
  if (service.publish.starts_with(kIpc)) {
    checks.push_back(check_directory("service.publish",
                                     fs::path(service.publish.substr(kIpc.size())).parent_path()));
  } else if (!service.publish.empty()) {
    checks.push_back(
        check_tcp_bind("service.publish", service.publish, "service.publish", daemon_runs));
  }
  return checks;
}

Check judge_clock(bool is_synchronised, std::int64_t max_error_us) {
  if (!is_synchronised) {
    return {"clock",
            Verdict::kWarn,
            "the kernel's clock is not synchronised",
            "run chrony or systemd-timesyncd; limits on record age (streams.max_future, max_age) "
            "and the latencies shown depend on the clock, pick times do not"};
  }
  if (max_error_us > kLargestClockErrorUs) {
    return {"clock",
            Verdict::kWarn,
            fmt::format("synchronised, but possibly off by {:.2f} s",
                        static_cast<double>(max_error_us) * 1e-6),
            "check the time servers (chronyc tracking, timedatectl timesync-status)"};
  }
  return {"clock",
          Verdict::kOk,
          fmt::format("synchronised within {:.1f} ms", static_cast<double>(max_error_us) * 1e-3),
          ""};
}

Check check_clock() {
  timex state{};
  const int result = ::adjtimex(&state);
  if (result < 0) {
    return {"clock",
            Verdict::kWarn,
            fmt::format("its state cannot be read: {}", std::strerror(errno)),
            "look at timedatectl"};
  }
  return judge_clock(result != TIME_ERROR && (state.status & STA_UNSYNC) == 0, state.maxerror);
}

}  // namespace geod
