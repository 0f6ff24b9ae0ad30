#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"

namespace geod::adapters {

/// Tells when a bundle in a folder is worth a look (inotify). One that is renamed into the folder
/// is there at once; one that is made or changed in place is waited for until nothing in it changed
/// for the settling time. Names that cannot be a bundle's are nothing to it.
///
/// Single-threaded; never blocks; the caller brings the elapsed time.
class AdapterWatcher {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  enum class Kind {
    kArrived,  ///< new, or changed
    kGone,     ///< moved away or removed
  };
  struct Change {
    std::string bundle;  ///< folder name
    Kind kind = Kind::kArrived;
    SteadyTime since;  ///< when it was renamed in or last changed
  };

  /// Everything that lies in `directory` now arrives with the first call of changes(). kIo when the
  /// folder cannot be watched (it is not there, or the system's inotify limits are reached).
  static Result<AdapterWatcher> open(const std::filesystem::path& directory, Duration settle);
  AdapterWatcher(AdapterWatcher&& other) noexcept;
  AdapterWatcher& operator=(AdapterWatcher&&) = delete;
  ~AdapterWatcher();

  /// Readable when something happened in the folder.
  int fd() const { return fd_; }

  /// When changes() may have something though fd() is not readable: the next settling ends.
  std::optional<SteadyTime> due_at() const;

  /// What happened and has settled, in the order of the names. kIo when the folder itself is gone:
  /// nothing more will come.
  Result<std::vector<Change>> changes(SteadyTime now);

 private:
  AdapterWatcher(std::filesystem::path directory, Duration settle, int fd)
      : directory_(std::move(directory)), settle_(settle), fd_(fd) {}

  struct Pending {
    Kind kind = Kind::kArrived;
    SteadyTime since;
    SteadyTime due;
  };

  void look_at_all(SteadyTime now);
  void watch_inside(const std::string& bundle);
  void forget_inside(const std::string& bundle);
  void read_events(SteadyTime now);
  void take_event(int watch, std::uint32_t mask, const char* name, SteadyTime now);

  std::filesystem::path directory_;
  Duration settle_;
  int fd_;
  int folder_watch_ = -1;
  bool folder_gone_ = false;
  std::map<int, std::string> inside_;  ///< watches of the bundles' own folders
  std::map<std::string, Pending> pending_;
};

}  // namespace geod::adapters
