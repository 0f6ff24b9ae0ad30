#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "core/error.hpp"
#include "core/source_id.hpp"
#include "storage/database.hpp"

namespace geod::storage {

/// The ids behind the integer keys, read once each. The opposite of Keys, for readers.
class Names {
 public:
  struct Model {
    std::string model_id;
    std::string model_hash;
  };
  struct Adapter {
    std::string adapter_id;
    std::string adapter_hash;
  };

  /// `database` must outlive the result.
  static Result<Names> make(Database& database);

  /// Valid as long as this object. kCorruptRecord when there is no such key.
  Result<const InstrumentId*> instrument(std::int64_t key);
  Result<const SourceId*> channel(std::int64_t key);
  Result<const std::string*> fibre(std::int64_t key);
  Result<const Model*> model(std::int64_t key);
  Result<const Adapter*> adapter(std::int64_t key);

 private:
  Names() = default;
  Result<void> find(Statement& statement, std::int64_t key, std::string_view what);

  std::string file_;
  Statement find_instrument_, find_channel_, find_fibre_, find_model_, find_adapter_;
  std::unordered_map<std::int64_t, InstrumentId> instruments_;
  std::unordered_map<std::int64_t, SourceId> channels_;
  std::unordered_map<std::int64_t, std::string> fibres_;
  std::unordered_map<std::int64_t, Model> models_;
  std::unordered_map<std::int64_t, Adapter> adapters_;
};

}  // namespace geod::storage
