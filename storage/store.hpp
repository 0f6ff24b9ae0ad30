#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/storage_config.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "storage/batch.hpp"

namespace geod::storage {

struct StoreOptions {
  std::filesystem::path file;
  bool synchronous_full = false;
  Duration busy_timeout = std::chrono::seconds{5};
  std::uint64_t checkpoint_bytes = 4ULL << 20;  ///< log size at which maintain() checkpoints
  /// Of the model's picks; two of one instrument, phase, model and adapter within half of
  /// it are one.
  Duration min_pick_distance = std::chrono::seconds{1};
  std::string version;      ///< of geod, for the run log
  std::string config_hash;  ///< of the configuration in force, for the run log

  /// From the configuration; `state_directory` is where a relative file lies.
  static StoreOptions from(const config::StorageConfig& config,
                           const std::filesystem::path& state_directory);
};

/// The one writer of the database; owned by geod-sink, used by its thread alone.
///
/// What commit() has acknowledged survives the death of the process. Nothing is written between
/// two commits, and a batch that failed stays with the caller, to be given again.
class Store {
 public:
  /// Opens or makes the database, brings its schema up to date and writes the start of this run.
  /// kStorageBusy when another geod owns the file; else as Database::open_writer. `clock` outlives
  /// the store.
  static Result<Store> open(const StoreOptions& options, const Clock& clock);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// Writes the whole batch or nothing.
  /// kStorageBusy, kStorageFull, kIo: nothing of it is stored; give the same batch again later.
  /// A single bad row does not fail a batch: it is refused and counted.
  Result<Committed> commit(const Batch& batch);

  /// Where `source` was read to in what is committed, or nothing.
  Result<std::optional<std::string>> cursor(const std::string& source);

  /// Puts a model on record before its first pick; its manifest is kept as text.
  Result<void> record_model(const std::string& model_id,
                            const std::string& model_hash,
                            const std::string& manifest_json);

  /// Puts a bundle on record before its first row; its manifest is kept as text.
  Result<void> record_adapter(const std::string& task,
                              const std::string& adapter_id,
                              const std::string& adapter_hash,
                              const std::string& manifest_json);

  /// Between batches: checkpoints when the log is long enough. Waits for no reader. True when it
  /// did. A failure loses nothing and is tried again after the next commit.
  Result<bool> maintain();

  /// Bytes in the write-ahead log; grows past the limit only while a reader holds an old picture.
  std::uint64_t log_bytes() const;
  /// True when the run before this one was killed or lost power.
  bool previous_run_was_cut_off() const;

  /// Writes the end of the run and what it counted (a JSON object), and closes. Without it the run
  /// counts as cut off.
  Result<void> close(const std::string& reason, const std::string& summary_json);

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace geod::storage
