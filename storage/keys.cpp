#include "storage/keys.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace geod::storage {

Result<Keys> Keys::make(Database& database) {
  Keys keys;
  keys.database_ = &database;
  const std::array<std::pair<Statement*, std::string_view>, 14> statements{{
      {&keys.find_station_, "SELECT station_key FROM stations WHERE network = ? AND station = ?"},
      {&keys.insert_station_, "INSERT INTO stations (network, station) VALUES (?, ?)"},
      {&keys.find_instrument_,
       "SELECT instrument_key FROM instruments "
       "WHERE station_key = ? AND location = ? AND band = ? AND source = ?"},
      {&keys.insert_instrument_,
       "INSERT INTO instruments (station_key, location, band, source) VALUES (?, ?, ?, ?)"},
      {&keys.find_channel_,
       "SELECT channel_key FROM channels WHERE instrument_key = ? AND subsource = ?"},
      {&keys.insert_channel_, "INSERT INTO channels (instrument_key, subsource) VALUES (?, ?)"},
      {&keys.find_fibre_, "SELECT fibre_key FROM fibres WHERE fibre_id = ?"},
      {&keys.insert_fibre_, "INSERT INTO fibres (fibre_id) VALUES (?)"},
      {&keys.find_site_, "SELECT site_key FROM sites WHERE code = ?"},
      {&keys.insert_site_, "INSERT INTO sites (code) VALUES (?)"},
      {&keys.find_model_, "SELECT model_key FROM models WHERE model_hash = ? AND model_id = ?"},
      {&keys.insert_model_,
       "INSERT INTO models (model_hash, model_id, first_used_ns) VALUES (?, ?, ?)"},
      {&keys.find_adapter_,
       "SELECT adapter_key FROM adapters WHERE adapter_hash = ? AND adapter_id = ?"},
      {&keys.insert_adapter_,
       "INSERT INTO adapters (adapter_hash, adapter_id, task, first_used_ns) VALUES (?, ?, ?, ?)"},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  return keys;
}

Result<std::int64_t> Keys::find_or_insert(Statement& find, Statement& insert) {
  const Result<bool> found = find.step();
  if (!found) {
    return tl::unexpected(found.error());
  }
  const std::int64_t key = *found ? find.integer(0) : 0;
  find.reset();
  if (*found) {
    return key;
  }
  if (const Result<void> inserted = insert.run(); !inserted) {
    return tl::unexpected(inserted.error());
  }
  return database_->last_insert_key();
}

Result<std::int64_t> Keys::station(const StationId& id) {
  if (const auto known = stations_.find(id); known != stations_.end()) {
    return known->second;
  }
  find_station_.bind_all(id.network, id.station);
  insert_station_.bind_all(id.network, id.station);
  const Result<std::int64_t> key = find_or_insert(find_station_, insert_station_);
  if (key) {
    stations_.emplace(id, *key);
  }
  return key;
}

Result<std::int64_t> Keys::instrument(const InstrumentId& id) {
  if (const auto known = instruments_.find(id); known != instruments_.end()) {
    return known->second;
  }
  const Result<std::int64_t> station_key = station(id.station_id());
  if (!station_key) {
    return station_key;
  }
  find_instrument_.bind_all(*station_key, id.location, id.band, id.source);
  insert_instrument_.bind_all(*station_key, id.location, id.band, id.source);
  const Result<std::int64_t> key = find_or_insert(find_instrument_, insert_instrument_);
  if (key) {
    instruments_.emplace(id, *key);
  }
  return key;
}

Result<std::int64_t> Keys::channel(const SourceId& id) {
  if (const auto known = channels_.find(id); known != channels_.end()) {
    return known->second;
  }
  const Result<std::int64_t> instrument_key = instrument(id.instrument_id());
  if (!instrument_key) {
    return instrument_key;
  }
  find_channel_.bind_all(*instrument_key, id.subsource);
  insert_channel_.bind_all(*instrument_key, id.subsource);
  const Result<std::int64_t> key = find_or_insert(find_channel_, insert_channel_);
  if (key) {
    channels_.emplace(id, *key);
  }
  return key;
}

Result<std::int64_t> Keys::fibre(const std::string& fibre_id) {
  if (const auto known = fibres_.find(fibre_id); known != fibres_.end()) {
    return known->second;
  }
  find_fibre_.bind_all(fibre_id);
  insert_fibre_.bind_all(fibre_id);
  const Result<std::int64_t> key = find_or_insert(find_fibre_, insert_fibre_);
  if (key) {
    fibres_.emplace(fibre_id, *key);
  }
  return key;
}

Result<std::int64_t> Keys::site(const std::string& code) {
  if (const auto known = sites_.find(code); known != sites_.end()) {
    return known->second;
  }
  find_site_.bind_all(code);
  insert_site_.bind_all(code);
  const Result<std::int64_t> key = find_or_insert(find_site_, insert_site_);
  if (key) {
    sites_.emplace(code, *key);
  }
  return key;
}

Result<std::int64_t> Keys::model(const std::string& model_id,
                                 const std::string& model_hash,
                                 Time first_used) {
  if (model_key_ != 0 && model_id == model_id_ && model_hash == model_hash_) {
    return model_key_;
  }
  find_model_.bind_all(model_hash, model_id);
  insert_model_.bind_all(model_hash, model_id, std::int64_t{to_ns(first_used)});
  const Result<std::int64_t> key = find_or_insert(find_model_, insert_model_);
  if (key) {
    model_id_ = model_id;
    model_hash_ = model_hash;
    model_key_ = *key;
  }
  return key;
}

Result<std::int64_t> Keys::adapter(const std::string& adapter_id,
                                   const std::string& adapter_hash,
                                   std::string_view task,
                                   Time first_used) {
  const auto known = adapters_.find(task);
  if (known != adapters_.end() && known->second.adapter_hash == adapter_hash &&
      known->second.adapter_id == adapter_id) {
    return known->second.key;
  }
  find_adapter_.bind_all(adapter_hash, adapter_id);
  insert_adapter_.bind_all(adapter_hash, adapter_id, task, std::int64_t{to_ns(first_used)});
  const Result<std::int64_t> key = find_or_insert(find_adapter_, insert_adapter_);
  if (key) {
    adapters_.insert_or_assign(std::string(task), KnownAdapter{adapter_id, adapter_hash, *key});
  }
  return key;
}

void Keys::forget() {
  stations_.clear();
  instruments_.clear();
  channels_.clear();
  fibres_.clear();
  sites_.clear();
  model_key_ = 0;
  adapters_.clear();
}

}  // namespace geod::storage
