#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "adapters/adapter_watcher.hpp"
#include "core/error.hpp"
#include "daemon/adapter_service.hpp"
#include "daemon/control.hpp"
#include "daemon/mailbox.hpp"
#include "daemon/wake_fd.hpp"

namespace geod {

/// The thread geod-adapt: takes what people ask for and what appears in the folder, one after the
/// other, to the adapter service. Everything that is slow about adapters happens here: reading,
/// hashing, folding, trying out, freeing. It runs at a lower priority than scoring.
class AdapterLoader {
 public:
  struct Request {
    ControlServer::Client client;
    AdapterRequest request;
  };
  struct Reply {
    ControlServer::Client client;
    std::string text;
  };

  /// All outlives it. `wake` ends its waits; network answers wake it, too.
  AdapterLoader(AdapterService& service, adapters::AdapterWatcher watcher, WakeFd& wake);

  /// Runs until `stop` is requested. Thread: geod-adapt.
  Result<void> run(std::stop_token stop);

  /// Thread: main, as the next two.
  void post(Request request);
  /// Readable when take_replies() has something.
  int replies_fd() const { return reply_wake_.fd(); }
  std::vector<Reply> take_replies();

 private:
  void wait();
  void carry_out_requests();
  void look_at_folder();

  AdapterService& service_;
  adapters::AdapterWatcher watcher_;
  WakeFd& wake_;

  bool watches_ = true;
  std::vector<adapters::AdapterWatcher::Change> changes_;  ///< not looked at yet
  Mailbox<Request> requests_;
  Mailbox<Reply> replies_;
  WakeFd reply_wake_;
};

}  // namespace geod
