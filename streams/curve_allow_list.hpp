#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "core/source_id.hpp"

namespace geod::streams {

/// One publisher that may connect.
struct AllowedKey {
  std::string name;  ///< for logs
  /// Shell globs (`*`, `?`) of what it may send; empty: anything. See permits_*.
  std::vector<std::string> patterns;

  bool permits_stream(std::string_view stream_id) const;
  /// A channel is tried as FDSN:CI_CLC__H_H_Z, as CI.CLC..HHZ and by its station, CI.CLC.
  bool permits_channel(const SourceId& channel) const;
};

/// The public keys that may connect to CURVE endpoints. Immutable once read.
///
/// File: one `Z85-public-key name [pattern ...]` a line, separated by white space; empty lines and
/// lines that start with "# " are skipped.
class CurveAllowList {
 public:
  /// Errors: kNotFound, kConfig with file and line (bad key, missing name, key twice).
  static Result<CurveAllowList> load(const std::string& file);
  static Result<CurveAllowList> parse(std::string_view text, const std::string& file);

  /// Null when the key may not connect. `key` in Z85.
  const AllowedKey* find(std::string_view key) const;
  /// One of the keys, nothing when there is none.
  std::optional<std::string> any_key() const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::unordered_map<std::string, AllowedKey> keys_;
};

/// The list in force, swapped whole. Any thread.
class SharedAllowList {
 public:
  explicit SharedAllowList(CurveAllowList list)
      : list_(std::make_shared<const CurveAllowList>(std::move(list))) {}
  std::shared_ptr<const CurveAllowList> get() const {
    const std::lock_guard lock(mutex_);
    return list_;
  }
  void set(CurveAllowList list) {
    auto fresh = std::make_shared<const CurveAllowList>(std::move(list));
    const std::lock_guard lock(mutex_);
    list_ = std::move(fresh);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const CurveAllowList> list_;
};

}  // namespace geod::streams
