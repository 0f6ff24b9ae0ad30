#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/adapter_state.hpp"
#include "core/error.hpp"

namespace geod::adapters {

/// May be the folder of a bundle: "<name>-<version>", each 1 to 64 of A-Z a-z 0-9 . _ -, not
/// beginning with a dot.
bool is_bundle_name(std::string_view name);

/// Names of what lies in `directory` and may be a bundle, sorted; at most kMaxBundles. Nothing when
/// there is no such folder.
std::vector<std::string> bundle_names(const std::filesystem::path& directory);
inline constexpr std::size_t kMaxBundles = 1024;

/// `<directory>/state.json`; nothing decided when there is none. kCorruptRecord, kIo.
Result<AdapterState> read_adapter_state(const std::filesystem::path& directory);

/// The folder of bundles and what is decided about them. One owner at a time: the running daemon,
/// or a command while none runs (an advisory lock, gone with the process). The state is written
/// whole, synced and renamed: a crash leaves the old one or the new one.
class AdapterStore {
 public:
  /// Makes the folder when it is not there. kIo; kStorageBusy when another process owns it;
  /// kCorruptRecord when state.json is none.
  static Result<AdapterStore> open(const std::filesystem::path& directory);
  AdapterStore(AdapterStore&& other) noexcept;
  AdapterStore& operator=(AdapterStore&&) = delete;
  ~AdapterStore();

  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path path_of(const std::string& bundle) const { return directory_ / bundle; }
  const AdapterState& state() const { return state_; }

  /// Writes `next`; only then it is the state. kIo, kStorageFull: the old one stays.
  Result<void> save(AdapterState next);

 private:
  AdapterStore(std::filesystem::path directory, int lock, AdapterState state)
      : directory_(std::move(directory)), lock_(lock), state_(std::move(state)) {}

  std::filesystem::path directory_;
  int lock_;
  AdapterState state_;
};

}  // namespace geod::adapters
