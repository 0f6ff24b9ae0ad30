#pragma once

#include <mutex>
#include <string>
#include <utility>

#include "models/pick_decoder.hpp"

namespace geod {

/// What threads tell of their insides as a whole, for `geod status`: texts of JSON and the counters
/// of the decoders. Thread: any.
class PublishedTexts {
 public:
  /// JSON text of the sources' own counters and of the stream processor's, replaced by geod-io
  /// about once a second.
  std::string sources_json() const {
    const std::lock_guard lock(json_mutex_);
    return sources_json_;
  }
  std::string streams_json() const {
    const std::lock_guard lock(json_mutex_);
    return streams_json_;
  }
  /// Of the active pick decoders, replaced by geod-infer after every batch.
  models::DecoderCounters decoder_counters() const {
    const std::lock_guard lock(json_mutex_);
    return decoder_counters_;
  }
  void set_decoder_counters(const models::DecoderCounters& counters) {
    const std::lock_guard lock(json_mutex_);
    decoder_counters_ = counters;
  }
  /// JSON text of what serves which task, replaced by geod-adapt after every change.
  std::string adapters_json() const {
    const std::lock_guard lock(json_mutex_);
    return adapters_json_;
  }
  void set_adapters_json(std::string adapters) {
    const std::lock_guard lock(json_mutex_);
    adapters_json_ = std::move(adapters);
  }
  /// JSON text of what became of each fibre, replaced by geod-segment about once a second.
  std::string fibres_json() const {
    const std::lock_guard lock(json_mutex_);
    return fibres_json_;
  }
  void set_fibres_json(std::string fibres) {
    const std::lock_guard lock(json_mutex_);
    fibres_json_ = std::move(fibres);
  }
  void set_json(std::string sources, std::string streams) {
    const std::lock_guard lock(json_mutex_);
    sources_json_ = std::move(sources);
    streams_json_ = std::move(streams);
  }

 private:
  mutable std::mutex json_mutex_;  // guards all below
  std::string sources_json_ = "[]";
  std::string streams_json_ = "{}";
  std::string adapters_json_ = "{}";
  std::string fibres_json_ = "[]";
  models::DecoderCounters decoder_counters_;
};

}  // namespace geod
