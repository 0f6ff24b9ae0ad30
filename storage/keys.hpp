#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/error.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"
#include "storage/database.hpp"

namespace geod::storage {

/// Finds, and makes where they are new, the integer keys that stand for stations, instruments,
/// channels, fibres, sites, models and adapters in the other tables; remembers them. Call inside a
/// write transaction. After a rollback call forget(): keys made in it are gone.
class Keys {
 public:
  /// An empty one, to be assigned to.
  Keys() = default;
  /// `database` must outlive the result.
  static Result<Keys> make(Database& database);

  Result<std::int64_t> station(const StationId& id);
  Result<std::int64_t> instrument(const InstrumentId& id);
  Result<std::int64_t> channel(const SourceId& id);
  Result<std::int64_t> fibre(const std::string& fibre_id);
  /// `code`: "NET.STA", or a fibre's "NET.CABLE", that has an arrival.
  Result<std::int64_t> site(const std::string& code);
  /// `first_used` is written when the model is new.
  Result<std::int64_t> model(const std::string& model_id,
                             const std::string& model_hash,
                             Time first_used);
  /// `task` and `first_used` are written when the adapter is new.
  Result<std::int64_t> adapter(const std::string& adapter_id,
                               const std::string& adapter_hash,
                               std::string_view task,
                               Time first_used);
  void forget();

 private:
  struct KnownAdapter {
    std::string adapter_id;
    std::string adapter_hash;
    std::int64_t key = 0;
  };
  /// Runs `find`, and `insert` with the same parameters when it gives no row.
  Result<std::int64_t> find_or_insert(Statement& find, Statement& insert);

  Database* database_ = nullptr;
  Statement find_station_, insert_station_;
  Statement find_instrument_, insert_instrument_;
  Statement find_channel_, insert_channel_;
  Statement find_fibre_, insert_fibre_;
  Statement find_site_, insert_site_;
  Statement find_model_, insert_model_;
  Statement find_adapter_, insert_adapter_;

  std::unordered_map<StationId, std::int64_t> stations_;
  std::unordered_map<InstrumentId, std::int64_t> instruments_;
  std::unordered_map<SourceId, std::int64_t> channels_;
  std::unordered_map<std::string, std::int64_t> fibres_;
  std::unordered_map<std::string, std::int64_t> sites_;
  // A run uses one or two models: the newest is compared, not hashed.
  std::string model_id_, model_hash_;
  std::int64_t model_key_ = 0;
  /// By task, the newest one each: what serves now and, in turns with it, what runs in shadow.
  std::map<std::string, KnownAdapter, std::less<>> adapters_;
};

}  // namespace geod::storage
