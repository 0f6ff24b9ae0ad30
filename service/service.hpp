#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "config/service_config.hpp"
#include "core/error.hpp"
#include "service/station_service.hpp"
#include "service/status_source.hpp"

namespace geod::service {

/// All that geod tells other programs, on one HTTP server and one ZeroMQ publisher.
///
/// Thread: made and stopped by main; what the sources are called from say they.
class Service {
 public:
  /// Where the answers come from; all must live until stop().
  struct Sources {
    std::filesystem::path database;  ///< open for writing by geod, or made by it before
    InventorySource inventory;
    StatusSource status;
  };

  /// Binds and starts to answer. kConfig, kIo; errors of the store.
  static Result<std::unique_ptr<Service>> start(const config::ServiceConfig& config,
                                                Sources sources);
  /// As stop().
  ~Service();

  /// Something was committed to the database. Never blocks. Thread: any.
  void notify_committed();

  /// Closes every connection and joins the threads; a query in flight is waited for.
  void stop();

  /// "127.0.0.1:8080", with the port that was chosen.
  std::string address() const;
  /// Of the publisher; empty where there is none.
  std::string publish_address() const;

 private:
  struct Impl;
  explicit Service(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace geod::service
