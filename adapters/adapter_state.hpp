#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"
#include "models/geometry.hpp"

namespace geod::adapters {

/// A bundle as people and the state name it. Without a name: what geod ships for the task (for dpk
/// the head of the base model).
struct BundleRef {
  std::string bundle;  ///< folder name, "<name>-<version>"
  std::string hash;    ///< of its manifest, 64 hex digits

  bool is_shipped() const { return bundle.empty(); }
  bool operator==(const BundleRef&) const = default;
};

/// Something an operator, or the configuration on their behalf, decided.
struct Decision {
  Time time;           ///< wall time
  std::string action;  ///< "activated", "rolled back", "shadow on", "shadow off"
  BundleRef bundle;

  bool operator==(const Decision&) const = default;
};

/// Which bundles one task uses.
struct TaskState {
  BundleRef active;
  std::optional<BundleRef> previous;  ///< what `rollback` returns to
  std::optional<BundleRef> shadow;    ///< the candidate that runs beside the active one
  std::vector<Decision> history;      ///< newest last, at most kMaxHistory

  bool operator==(const TaskState&) const = default;
};

/// What is decided about the bundles of a folder; a value, changed by one decision at a time.
struct AdapterState {
  static constexpr std::size_t kMaxHistory = 64;

  std::map<models::Task, TaskState> tasks;
  /// Hashes of the bundles that were looked at, by folder name: what arrives anew is not here.
  std::map<std::string, std::string> known;

  /// State of `task`; all shipped when nothing was decided.
  const TaskState& of(models::Task task) const;

  void activate(models::Task task, const BundleRef& bundle, Time now);
  /// Active and previous change places. kNotFound without a previous bundle.
  Result<void> roll_back(models::Task task, Time now);
  /// Nothing: the shadow is switched off.
  void set_shadow(models::Task task, const std::optional<BundleRef>& bundle, Time now);

  bool operator==(const AdapterState&) const = default;

 private:
  void remember(TaskState& task, Time now, std::string_view action, const BundleRef& bundle);
};

/// JSON text of state.json.
std::string to_json(const AdapterState& state);

/// kCorruptRecord naming `file` and what is wrong.
Result<AdapterState> parse_adapter_state(const std::string& json, std::string_view file);

}  // namespace geod::adapters
