#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/error.hpp"

namespace geod {

/// The daemon's door for its own commands (`geod status`): ZeroMQ REP on `ipc://` in the runtime
/// directory, readable by the owner only. One JSON object in, one JSON object out.
class ControlServer {
 public:
  /// Answers one request. Given the request text, returns the reply text. Must not throw.
  using Handler = std::function<std::string(const std::string&)>;

  /// Binds `<runtime_directory>/control`. kIo when another daemon answers there or the directory
  /// cannot be written.
  static Result<std::unique_ptr<ControlServer>> bind(const std::filesystem::path& runtime_directory,
                                                     Handler handler);
  ~ControlServer();

  /// File descriptor that becomes readable when a request may be waiting.
  int fd() const;

  /// Answers every request that is waiting; never blocks. Thread: the one that called bind.
  void serve_pending();

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
