#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace geod {

/// A request or an answer: one JSON object, and the arrays that belong to it, each a frame of
/// little-endian numbers.
struct ControlMessage {
  ControlMessage() = default;
  ControlMessage(std::string text) : json(std::move(text)) {}  // NOLINT: a text is a message

  std::string json;
  std::vector<std::string> arrays;
};
inline constexpr std::size_t kMaxControlArrays = 2;

/// The daemon's door for its own commands (`geod status`, `geod adapters`, `geod segment`): ZeroMQ
/// ROUTER on `ipc://` in the runtime directory, for the owner only. A client is a REQ socket: one
/// message in, one message out. A request that takes long is answered later, and delays no other.
class ControlServer {
 public:
  /// Who asked: the address that an answer goes back to.
  using Client = std::string;
  /// Given the request and who asked, returns the reply, or nothing when answer() will be
  /// called for this client later. Must not throw.
  using Handler = std::function<std::optional<ControlMessage>(ControlMessage, const Client&)>;

  /// Binds `<runtime_directory>/control`. kIo when another daemon answers there or the directory
  /// cannot be written. `max_array_bytes`: a client that sends a larger one is disconnected.
  static Result<std::unique_ptr<ControlServer>> bind(const std::filesystem::path& runtime_directory,
                                                     std::uint64_t max_array_bytes,
                                                     Handler handler);
  ~ControlServer();

  /// File descriptor that becomes readable when a request may be waiting.
  int fd() const;

  /// Answers every request that is waiting; never blocks. Thread: the one that called bind.
  void serve_pending();

  /// Sends the reply that the handler owed to `client`. A client that went away costs nothing.
  /// Thread: as serve_pending.
  void answer(const Client& client, const ControlMessage& reply);

 private:
  struct Impl;
  explicit ControlServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Sends `request` to the daemon of `runtime_directory` and waits for its reply. kDisconnected when
/// none answers within `timeout`.
Result<std::string> control_request(const std::filesystem::path& runtime_directory,
                                    const std::string& request,
                                    std::chrono::milliseconds timeout);

/// The same for a message with arrays.
Result<ControlMessage> control_exchange(const std::filesystem::path& runtime_directory,
                                        const ControlMessage& request,
                                        std::chrono::milliseconds timeout);

}  // namespace geod
