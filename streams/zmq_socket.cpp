#include "streams/zmq_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace geod::streams {
namespace {

using config::EndpointConfig;
using config::EndpointMode;

constexpr int kReconnectMs = 100;
constexpr int kReconnectMaxMs = 30'000;
constexpr int kHandshakeMs = 5'000;
constexpr int kKeepAliveIdleS = 10;
constexpr int kKeepAliveIntervalS = 5;
constexpr int kKeepAliveProbes = 3;

constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kIpc = "ipc://";

bool is_subscriber(EndpointMode mode) {
  return mode == EndpointMode::kSubBind || mode == EndpointMode::kSubConnect;
}

/// ZeroMQ removes a socket file before it binds, also one that another program listens on; this
/// asks first.
bool is_served(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return false;  // bind will say so
  }
  path.copy(address.sun_path, path.size());
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    return false;
  }
  const bool is_answered =
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(descriptor);
  return is_answered;
}

/// Heartbeats, ends and metadata of what is subscribed under ms/1/ or das/1/ come along.
void subscribe(zmq::socket_t& socket, const EndpointConfig& endpoint) {
  const auto add_companions = [&](std::string_view id, std::initializer_list<const char*> kinds) {
    for (const char* const kind : kinds) {
      socket.set(zmq::sockopt::subscribe, fmt::format("{}{}", kind, id));
    }
  };
  constexpr std::string_view kRecords = "ms/1/";
  constexpr std::string_view kBlocks = "das/1/";
  for (const std::string& topic : endpoint.topics) {
    socket.set(zmq::sockopt::subscribe, topic);
    const std::string_view prefix = topic;
    if (prefix.starts_with(kRecords)) {
      add_companions(prefix.substr(kRecords.size()), {"hb/1/", "end/1/"});
    } else if (prefix.starts_with(kBlocks)) {
      add_companions(prefix.substr(kBlocks.size()), {"hb/1/", "end/1/", "dasmeta/1/"});
    }
  }
}

Result<void> apply_curve(zmq::socket_t& socket,
                         const EndpointConfig& endpoint,
                         const CurveKeypair& keys) {
  socket.set(zmq::sockopt::curve_secretkey, keys.secret_key);
  if (is_bind(endpoint.mode)) {
    socket.set(zmq::sockopt::curve_server, true);
    socket.set(zmq::sockopt::zap_domain, endpoint.name);
    return {};
  }
  if (!is_z85_key(endpoint.server_public_key)) {
    return fail(Errc::kConfig,
                "endpoint {}: server_public_key is not a Z85 key of 40 characters",
                endpoint.name);
  }
  socket.set(zmq::sockopt::curve_publickey, keys.public_key);
  socket.set(zmq::sockopt::curve_serverkey, endpoint.server_public_key);
  return {};
}

tl::unexpected<Error> open_error(const EndpointConfig& endpoint, int reason) {
  const std::string where = fmt::format("endpoint {} ({})", endpoint.name, endpoint.endpoint);
  switch (reason) {
    case EADDRINUSE:
      return fail(Errc::kIo,
                  "{}: the address is in use by another program; stop it or choose another port",
                  where);
    case EACCES:
      return fail(Errc::kIo, "{}: permission denied", where);
    case ENOENT:
      return fail(Errc::kIo, "{}: the directory of the socket does not exist", where);
    case ENODEV:
    case EADDRNOTAVAIL:
      return fail(Errc::kIo, "{}: this host has no such address or interface", where);
    case EINVAL:
    case EPROTONOSUPPORT:
      return fail(Errc::kConfig,
                  "{}: not a ZeroMQ endpoint; write tcp://ADDRESS:PORT or ipc:///PATH",
                  where);
    default:
      return fail(Errc::kIo, "{}: {}", where, ::zmq_strerror(reason));
  }
}

}  // namespace

bool is_bind(EndpointMode mode) {
  return mode == EndpointMode::kPullBind || mode == EndpointMode::kSubBind;
}

bool is_local_endpoint(std::string_view endpoint) {
  if (endpoint.starts_with(kIpc) || endpoint.starts_with("inproc://")) {
    return true;
  }
  if (!endpoint.starts_with(kTcp)) {
    return false;
  }
  endpoint.remove_prefix(kTcp.size());
  const std::string_view host = endpoint.substr(0, endpoint.rfind(':'));
  // All of 127.0.0.0/8 is loopback, but only as a literal: "127.example.org" is a name.
  const bool is_literal_127 = host.starts_with("127.") && std::ranges::all_of(host, [](char c) {
                                return c == '.' || (c >= '0' && c <= '9');
                              });
  return is_literal_127 || host == "localhost" || host == "[::1]" || host == "lo";
}

Result<void> check_exposure(const EndpointConfig& endpoint, bool allow_insecure_remote) {
  if (!is_bind(endpoint.mode) || endpoint.curve || allow_insecure_remote ||
      is_local_endpoint(endpoint.endpoint)) {
    return {};
  }
  return fail(Errc::kConfig,
              "endpoint {} ({}) can be reached from other hosts and has no CURVE: set curve with "
              "an allow list, bind 127.0.0.1, or set allow_insecure_remote",
              endpoint.name,
              endpoint.endpoint);
}

void apply_receive_options(zmq::socket_t& socket, const config::StreamsConfig& config) {
  const std::uint64_t largest = std::max<std::uint64_t>(config.max_message_bytes, 1);
  const std::uint64_t messages = (config.receive_buffer_bytes + largest - 1) / largest;
  constexpr std::uint64_t kMaxMessages = std::numeric_limits<int>::max();
  socket.set(zmq::sockopt::rcvhwm,
             static_cast<int>(std::clamp<std::uint64_t>(messages, 1, kMaxMessages)));
  socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(largest));
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
  socket.set(zmq::sockopt::reconnect_ivl, kReconnectMs);
  socket.set(zmq::sockopt::reconnect_ivl_max, kReconnectMaxMs);
  socket.set(zmq::sockopt::ipv6, 1);
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, kKeepAliveIdleS);
  socket.set(zmq::sockopt::tcp_keepalive_intvl, kKeepAliveIntervalS);
  socket.set(zmq::sockopt::tcp_keepalive_cnt, kKeepAliveProbes);
}

Result<zmq::socket_t> make_receive_socket(zmq::context_t& context,
                                          const EndpointConfig& endpoint,
                                          const config::StreamsConfig& config,
                                          const std::optional<CurveKeypair>& keys) {
  if (auto checked = check_exposure(endpoint, config.allow_insecure_remote); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  try {
    zmq::socket_t socket(
        context, is_subscriber(endpoint.mode) ? zmq::socket_type::sub : zmq::socket_type::pull);
    apply_receive_options(socket, config);
    if (endpoint.curve) {
      GEOD_CHECK(keys.has_value(), "a CURVE endpoint is opened with keys");
      if (auto applied = apply_curve(socket, endpoint, *keys); !applied) {
        return tl::unexpected(std::move(applied.error()));
      }
    }
    if (is_subscriber(endpoint.mode)) {
      subscribe(socket, endpoint);
    }
    return socket;
  } catch (const zmq::error_t& error) {
    return open_error(endpoint, error.num());
  }
}

Result<void> attach_socket(zmq::socket_t& socket, const EndpointConfig& endpoint) {
  const std::string_view address = endpoint.endpoint;
  try {
    if (!is_bind(endpoint.mode)) {
      socket.connect(endpoint.endpoint);
    } else if (address.starts_with(kIpc) && is_served(address.substr(kIpc.size()))) {
      return open_error(endpoint, EADDRINUSE);
    } else {
      socket.bind(endpoint.endpoint);
    }
    return {};
  } catch (const zmq::error_t& error) {
    return open_error(endpoint, error.num());
  }
}

}  // namespace geod::streams
