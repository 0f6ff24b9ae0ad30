#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/error.hpp"

namespace geod {

/// The daemon's door for its own commands (`geod status`, `geod adapters`): ZeroMQ ROUTER on
/// `ipc://` in the runtime directory, for the owner only. A client is a REQ socket: one JSON object
/// in, one JSON object out. A request that takes long is answered later, and delays no other.
class ControlServer {
 public:
  /// Who asked: the address that an answer goes back to.
  using Client = std::string;
  /// Given the request text and who asked, returns the reply text, or nothing when answer() will be
  /// called for this client later. Must not throw.
  using Handler = std::function<std::optional<std::string>(const std::string&, const Client&)>;

  /// Binds `<runtime_directory>/control`. kIo when another daemon answers there or the directory
  /// cannot be written.
  static Result<std::unique_ptr<ControlServer>> bind(const std::filesystem::path& runtime_directory,
                                                     Handler handler);
  ~ControlServer();

  /// File descriptor that becomes readable when a request may be waiting.
  int fd() const;

  /// Answers every request that is waiting; never blocks. Thread: the one that called bind.
  void serve_pending();

  /// Sends the reply that the handler owed to `client`. A client that went away costs nothing.
  /// Thread: as serve_pending.
  void answer(const Client& client, const std::string& reply);

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

}  // namespace geod
