#include "storage/names.hpp"

#include <utility>

namespace geod::storage {

Result<Names> Names::make(Database& database) {
  Names names;
  names.file_ = database.file();
  const std::pair<Statement*, std::string_view> statements[] = {
      {&names.find_instrument_,
       "SELECT network, station, location, band, source "
       "FROM instruments JOIN stations USING (station_key) WHERE instrument_key = ?"},
      {&names.find_channel_,
       "SELECT network, station, location, band, source, subsource FROM channels "
       "JOIN instruments USING (instrument_key) JOIN stations USING (station_key) "
       "WHERE channel_key = ?"},
      {&names.find_fibre_, "SELECT fibre_id FROM fibres WHERE fibre_key = ?"},
      {&names.find_model_, "SELECT model_id, model_hash FROM models WHERE model_key = ?"},
      {&names.find_adapter_, "SELECT adapter_id, adapter_hash FROM adapters WHERE adapter_key = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  return names;
}

Result<void> Names::find(Statement& statement, std::int64_t key, std::string_view what) {
  statement.bind(1, key);
  const Result<bool> row = statement.step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  if (!*row) {
    statement.reset();
    return fail(Errc::kCorruptRecord,
                "{}: no {} with key {}; the database is damaged, restore a backup",
                file_,
                what,
                key);
  }
  return {};
}

Result<const InstrumentId*> Names::instrument(std::int64_t key) {
  if (const auto known = instruments_.find(key); known != instruments_.end()) {
    return &known->second;
  }
  Statement& row = find_instrument_;
  if (const Result<void> found = find(row, key, "instrument"); !found) {
    return tl::unexpected(found.error());
  }
  InstrumentId id{std::string(row.text(0)),
                  std::string(row.text(1)),
                  std::string(row.text(2)),
                  std::string(row.text(3)),
                  std::string(row.text(4))};
  row.reset();
  return &instruments_.emplace(key, std::move(id)).first->second;
}

Result<const SourceId*> Names::channel(std::int64_t key) {
  if (const auto known = channels_.find(key); known != channels_.end()) {
    return &known->second;
  }
  Statement& row = find_channel_;
  if (const Result<void> found = find(row, key, "channel"); !found) {
    return tl::unexpected(found.error());
  }
  SourceId id{std::string(row.text(0)),
              std::string(row.text(1)),
              std::string(row.text(2)),
              std::string(row.text(3)),
              std::string(row.text(4)),
              std::string(row.text(5))};
  row.reset();
  return &channels_.emplace(key, std::move(id)).first->second;
}

Result<const std::string*> Names::fibre(std::int64_t key) {
  if (const auto known = fibres_.find(key); known != fibres_.end()) {
    return &known->second;
  }
  if (const Result<void> found = find(find_fibre_, key, "fibre"); !found) {
    return tl::unexpected(found.error());
  }
  std::string fibre_id(find_fibre_.text(0));
  find_fibre_.reset();
  return &fibres_.emplace(key, std::move(fibre_id)).first->second;
}

Result<const Names::Model*> Names::model(std::int64_t key) {
  if (const auto known = models_.find(key); known != models_.end()) {
    return &known->second;
  }
  if (const Result<void> found = find(find_model_, key, "model"); !found) {
    return tl::unexpected(found.error());
  }
  Model model{std::string(find_model_.text(0)), std::string(find_model_.text(1))};
  find_model_.reset();
  return &models_.emplace(key, std::move(model)).first->second;
}

Result<const Names::Adapter*> Names::adapter(std::int64_t key) {
  if (const auto known = adapters_.find(key); known != adapters_.end()) {
    return &known->second;
  }
  if (const Result<void> found = find(find_adapter_, key, "adapter"); !found) {
    return tl::unexpected(found.error());
  }
  Adapter adapter{std::string(find_adapter_.text(0)), std::string(find_adapter_.text(1))};
  find_adapter_.reset();
  return &adapters_.emplace(key, std::move(adapter)).first->second;
}

}  // namespace geod::storage
