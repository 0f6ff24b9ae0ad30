#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "storage/reader.hpp"

namespace geod::service {

/// Open readers of the database, handed out to one thread at a time. No more are ever open than
/// there are threads that ask.
class ReaderPool {
 public:
  /// A reader for as long as this lives. Outlived by the pool.
  class Lease {
   public:
    Lease(ReaderPool& pool, storage::Reader reader) : pool_(&pool), reader_(std::move(reader)) {}
    Lease(Lease&& other) noexcept
        : pool_(other.pool_), reader_(std::exchange(other.reader_, std::nullopt)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (reader_) {
        pool_->give_back(std::move(*reader_));
      }
    }
    storage::Reader& operator*() { return *reader_; }
    storage::Reader* operator->() { return &*reader_; }

   private:
    ReaderPool* pool_;
    std::optional<storage::Reader> reader_;
  };

  explicit ReaderPool(std::filesystem::path database) : database_(std::move(database)) {}

  /// Errors as storage::Reader::open; kCancelled after close().
  Result<Lease> take();

  /// Long reads should end: the server stops. Thread: any.
  void close() { is_closed_.store(true); }
  bool is_closed() const { return is_closed_.load(); }

 private:
  void give_back(storage::Reader reader);

  const std::filesystem::path database_;
  std::atomic<bool> is_closed_{false};
  std::mutex mutex_;  // guards idle_
  std::vector<storage::Reader> idle_;
};

}  // namespace geod::service
