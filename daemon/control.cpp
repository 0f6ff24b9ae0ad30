#include "daemon/control.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <zmq.hpp>

namespace geod {
namespace {

constexpr std::size_t kMaxRequestBytes = 64 * 1024;
/// Address, empty frame, JSON; arrays may follow.
constexpr std::size_t kRequestFrames = 3;
/// Messages of one client that wait: a REQ socket has one.
constexpr int kMaxWaiting = 2;

std::filesystem::path socket_path(const std::filesystem::path& runtime_directory) {
  return runtime_directory / "control";
}

/// The frames of `message`.
bool send_message(zmq::socket_t& socket, const ControlMessage& message, zmq::send_flags flags) {
  for (std::size_t i = 0; i <= message.arrays.size(); ++i) {
    const bool is_last = i == message.arrays.size();
    const std::string& frame = i == 0 ? message.json : message.arrays[i - 1];
    if (!socket.send(zmq::buffer(frame), is_last ? flags : flags | zmq::send_flags::sndmore)) {
      return false;
    }
  }
  return true;
}

}  // namespace

struct ControlServer::Impl {
  zmq::context_t context{1};
  zmq::socket_t socket{context, zmq::socket_type::router};
  std::filesystem::path path;
  Handler handler;
};

ControlServer::ControlServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ControlServer::~ControlServer() {
  impl_->socket.close();
  std::error_code ignored;
  std::filesystem::remove(impl_->path, ignored);
}

Result<std::unique_ptr<ControlServer>> ControlServer::bind(
    const std::filesystem::path& runtime_directory,
    std::uint64_t max_array_bytes,
    Handler handler) {
  using namespace std::chrono_literals;
  std::error_code error;
  std::filesystem::create_directories(runtime_directory, error);
  if (error) {
    return fail(
        Errc::kIo,
        "runtime directory {}: {}; set daemon.runtime_directory to one that this user can write",
        runtime_directory.string(),
        error.message());
  }
  // ZeroMQ replaces an existing socket file silently: ask first whether a daemon lives behind it.
  if (std::filesystem::exists(socket_path(runtime_directory)) &&
      control_request(runtime_directory, R"({"command":"status"})", 500ms)) {
    return fail(
        Errc::kIo,
        "another geod answers at {}; stop it, or give this one another daemon.runtime_directory",
        socket_path(runtime_directory).string());
  }
  auto impl = std::make_unique<Impl>();
  impl->path = socket_path(runtime_directory);
  impl->handler = std::move(handler);
  try {
    impl->socket.set(zmq::sockopt::linger, 0);
    impl->socket.set(
        zmq::sockopt::maxmsgsize,
        static_cast<std::int64_t>(std::max<std::uint64_t>(max_array_bytes, kMaxRequestBytes)));
    impl->socket.set(zmq::sockopt::rcvhwm, kMaxWaiting);
    const mode_t previous = ::umask(0077);  // the socket file is born owner-only
    impl->socket.bind("ipc://" + impl->path.string());
    ::umask(previous);
  } catch (const zmq::error_t& failure) {
    return fail(Errc::kIo, "control socket {}: {}", impl->path.string(), failure.what());
  }
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(impl)));
}

int ControlServer::fd() const {
  return impl_->socket.get(zmq::sockopt::fd);
}

void ControlServer::serve_pending() {
  try {
    while ((impl_->socket.get(zmq::sockopt::events) & ZMQ_POLLIN) != 0) {
      // From a REQ socket: address, empty frame, request. Anything else is not ours and dropped.
      std::vector<std::string> frames;
      zmq::message_t frame;
      do {
        if (!impl_->socket.recv(frame, zmq::recv_flags::dontwait)) {
          return;
        }
        if (frames.size() <= kRequestFrames + kMaxControlArrays) {
          frames.push_back(frame.to_string());
        }
      } while (frame.more());
      if (frames.size() < kRequestFrames || frames.size() > kRequestFrames + kMaxControlArrays ||
          !frames[1].empty() || frames[2].size() > kMaxRequestBytes) {
        continue;
      }
      ControlMessage request(std::move(frames[2]));
      request.arrays.assign(std::make_move_iterator(frames.begin() + kRequestFrames),
                            std::make_move_iterator(frames.end()));
      if (const auto reply = impl_->handler(std::move(request), frames[0])) {
        answer(frames[0], *reply);
      }
    }
  } catch (const zmq::error_t&) {
    // The socket is gone with its context; there is nobody to answer.
  }
}

void ControlServer::answer(const Client& client, const ControlMessage& reply) {
  try {
    impl_->socket.send(zmq::buffer(client), zmq::send_flags::sndmore | zmq::send_flags::dontwait);
    impl_->socket.send(zmq::message_t(), zmq::send_flags::sndmore | zmq::send_flags::dontwait);
    send_message(impl_->socket, reply, zmq::send_flags::dontwait);
  } catch (const zmq::error_t&) {
    // A client that vanished between request and reply costs only its own answer.
  }
}

Result<std::string> control_request(const std::filesystem::path& runtime_directory,
                                    const std::string& request,
                                    std::chrono::milliseconds timeout) {
  auto reply = control_exchange(runtime_directory, request, timeout);
  if (!reply) {
    return tl::unexpected(reply.error());
  }
  return std::move(reply->json);
}

Result<ControlMessage> control_exchange(const std::filesystem::path& runtime_directory,
                                        const ControlMessage& request,
                                        std::chrono::milliseconds timeout) {
  const std::string path = socket_path(runtime_directory).string();
  if (!std::filesystem::exists(path)) {
    return fail(Errc::kDisconnected,
                "no geod runs with runtime directory {} (start it with `geod run`, or name its "
                "configuration with --config)",
                runtime_directory.string());
  }
  try {
    zmq::context_t context{1};
    zmq::socket_t socket{context, zmq::socket_type::req};
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::rcvtimeo, static_cast<int>(timeout.count()));
    socket.set(zmq::sockopt::sndtimeo, static_cast<int>(timeout.count()));
    socket.connect("ipc://" + path);
    if (!send_message(socket, request, zmq::send_flags::none)) {
      return fail(Errc::kDisconnected, "the geod behind {} does not take requests", path);
    }
    ControlMessage reply;
    zmq::message_t frame;
    if (!socket.recv(frame, zmq::recv_flags::none)) {
      return fail(
          Errc::kDisconnected, "no geod answers behind {} within {} ms", path, timeout.count());
    }
    reply.json = frame.to_string();
    while (frame.more() && socket.recv(frame, zmq::recv_flags::none)) {
      reply.arrays.push_back(frame.to_string());
    }
    return reply;
  } catch (const zmq::error_t& failure) {
    return fail(Errc::kDisconnected, "control socket {}: {}", path, failure.what());
  }
}

}  // namespace geod
