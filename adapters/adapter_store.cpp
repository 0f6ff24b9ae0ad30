#include "adapters/adapter_store.hpp"

#include <algorithm>
#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "models/file_io.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStateFile = "state.json";
constexpr const char* kLockFile = ".lock";
constexpr std::uint64_t kMaxStateBytes = std::uint64_t{1} << 20;
constexpr std::size_t kMaxNameBytes = 64 + 1 + 64;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

std::string reason(int error) {
  return std::generic_category().message(error);
}

}  // namespace

bool is_bundle_name(std::string_view name) {
  const auto dash = name.find('-', 1);
  return name.size() <= kMaxNameBytes && dash != std::string_view::npos && dash + 1 < name.size() &&
         name.front() != '.' && std::all_of(name.begin(), name.end(), is_name_character);
}

std::vector<std::string> bundle_names(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator() && names.size() < kMaxBundles;
       entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (is_bundle_name(name)) {
      names.push_back(std::move(name));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<AdapterState> read_adapter_state(const fs::path& directory) {
  const fs::path file = directory / kStateFile;
  const auto text = models::read_text_file(file, kMaxStateBytes);
  if (!text) {
    return text.error().code == Errc::kNotFound ? Result<AdapterState>(AdapterState{})
                                                : tl::unexpected(text.error());
  }
  return parse_adapter_state(*text, file.string());
}

Result<AdapterStore> AdapterStore::open(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    return fail(Errc::kIo,
                "folder of adapters {}: {}; set adapters.directory to one that this user can write",
                directory.string(),
                error.message());
  }
  const fs::path lock_file = directory / kLockFile;
  const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (lock < 0) {
    return fail(Errc::kIo, "{}: {}", lock_file.string(), reason(errno));
  }
  AdapterStore store(directory, lock, {});
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    return fail(errno == EWOULDBLOCK ? Errc::kStorageBusy : Errc::kIo,
                "{}: another geod has this folder of adapters ({}); ask that daemon with its own "
                "--config, or stop it",
                directory.string(),
                reason(errno));
  }
  auto state = read_adapter_state(directory);
  if (!state) {
    return tl::unexpected(state.error());
  }
  store.state_ = std::move(*state);
  return store;
}

AdapterStore::AdapterStore(AdapterStore&& other) noexcept
    : directory_(std::move(other.directory_)),
      lock_(std::exchange(other.lock_, -1)),
      state_(std::move(other.state_)) {}

AdapterStore::~AdapterStore() {
  if (lock_ >= 0) {
    ::close(lock_);
  }
}

Result<void> AdapterStore::save(AdapterState next) {
  const std::string text = to_json(next);
  const std::span<const std::byte> chunks[] = {std::as_bytes(std::span(text))};
  if (auto written = models::write_file_atomically(directory_ / kStateFile, chunks); !written) {
    return written;
  }
  state_ = std::move(next);
  return {};
}

}  // namespace geod::adapters
