#include "adapters/adapter_watcher.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/inotify.h>
#include <unistd.h>

#include "adapters/adapter_store.hpp"

namespace geod::adapters {
namespace {

constexpr std::uint32_t kFolderEvents = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                        IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kInsideEvents = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO |
                                        IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR | IN_DONT_FOLLOW;
constexpr std::size_t kReadBytes = std::size_t{1} << 16;

}  // namespace

Result<AdapterWatcher> AdapterWatcher::open(const std::filesystem::path& directory,
                                            Duration settle) {
  const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) {
    return fail(Errc::kIo,
                "cannot watch {}: {} (see fs.inotify.max_user_instances)",
                directory.string(),
                std::generic_category().message(errno));
  }
  AdapterWatcher watcher(directory, settle, fd);
  watcher.folder_watch_ = ::inotify_add_watch(fd, directory.c_str(), kFolderEvents);
  if (watcher.folder_watch_ < 0) {
    return fail(Errc::kIo,
                "cannot watch {}: {} (see fs.inotify.max_user_watches)",
                directory.string(),
                std::generic_category().message(errno));
  }
  watcher.look_at_all(SteadyTime{});
  return watcher;
}

AdapterWatcher::AdapterWatcher(AdapterWatcher&& other) noexcept
    : directory_(std::move(other.directory_)),
      settle_(other.settle_),
      fd_(std::exchange(other.fd_, -1)),
      folder_watch_(other.folder_watch_),
      folder_gone_(other.folder_gone_),
      inside_(std::move(other.inside_)),
      pending_(std::move(other.pending_)) {}

AdapterWatcher::~AdapterWatcher() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

std::optional<AdapterWatcher::SteadyTime> AdapterWatcher::due_at() const {
  std::optional<SteadyTime> due;
  for (const auto& [name, pending] : pending_) {
    due = due ? std::min(*due, pending.due) : pending.due;
  }
  return due;
}

Result<std::vector<AdapterWatcher::Change>> AdapterWatcher::changes(SteadyTime now) {
  read_events(now);
  std::vector<Change> ready;
  for (auto entry = pending_.begin(); entry != pending_.end();) {
    if (entry->second.due <= now) {
      ready.push_back({entry->first, entry->second.kind, entry->second.since});
      entry = pending_.erase(entry);
    } else {
      ++entry;
    }
  }
  if (folder_gone_ && ready.empty()) {
    return fail(Errc::kIo,
                "{} was moved or removed; new bundles are not seen until geod is restarted",
                directory_.string());
  }
  return ready;
}

void AdapterWatcher::look_at_all(SteadyTime now) {
  for (const std::string& name : bundle_names(directory_)) {
    watch_inside(name);
    pending_[name] = {Kind::kArrived, now, now};
  }
}

void AdapterWatcher::watch_inside(const std::string& bundle) {
  if (inside_.size() >= kMaxBundles) {
    return;
  }
  // No folder (a link, a file) cannot be watched, and needs none: it is refused when looked at.
  const int watch = ::inotify_add_watch(fd_, (directory_ / bundle).c_str(), kInsideEvents);
  if (watch >= 0) {
    inside_[watch] = bundle;
  }
}

void AdapterWatcher::forget_inside(const std::string& bundle) {
  const auto found = std::find_if(
      inside_.begin(), inside_.end(), [&](const auto& entry) { return entry.second == bundle; });
  if (found != inside_.end()) {
    ::inotify_rm_watch(fd_, found->first);
    inside_.erase(found);
  }
}

void AdapterWatcher::read_events(SteadyTime now) {
  alignas(inotify_event) char buffer[kReadBytes];
  while (true) {
    const ssize_t got = ::read(fd_, buffer, sizeof buffer);
    if (got <= 0) {
      return;
    }
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      take_event(event->wd, event->mask, event->len > 0 ? event->name : "", now);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
}

void AdapterWatcher::take_event(int watch, std::uint32_t mask, const char* name, SteadyTime now) {
  if ((mask & IN_Q_OVERFLOW) != 0) {
    look_at_all(now);
    return;
  }
  if (watch != folder_watch_) {
    const auto inside = inside_.find(watch);
    if (inside != inside_.end() && (mask & IN_IGNORED) == 0) {
      pending_[inside->second] = {Kind::kArrived, now, now + settle_};
    }
    return;
  }
  if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
    folder_gone_ = true;
    return;
  }
  const std::string bundle = name;
  if (!is_bundle_name(bundle)) {
    return;
  }
  if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0) {
    forget_inside(bundle);
    pending_[bundle] = {Kind::kGone, now, now};
  } else {
    watch_inside(bundle);
    const bool is_whole = (mask & IN_MOVED_TO) != 0;
    pending_[bundle] = {Kind::kArrived, now, is_whole ? now : now + settle_};
  }
}

}  // namespace geod::adapters
