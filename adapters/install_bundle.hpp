#pragma once

#include <filesystem>
#include <string>

#include "core/error.hpp"

namespace geod::adapters {

/// Copies the folder `source` to `directory`/`bundle`, so that a watcher sees a whole bundle or
/// none: beside it, every file synced, then renamed. Only regular files are copied, links are not
/// followed, and no file may be larger than kMaxBundleFileBytes or stand for another place.
///
/// kConfig when `bundle` is no name of a bundle; kIo when it is there already (a bundle is never
/// overwritten: give it another version) or cannot be read or written; kStorageFull;
/// kUnsupported for what is no regular file.
Result<void> install_bundle(const std::filesystem::path& source,
                            const std::filesystem::path& directory,
                            const std::string& bundle);
inline constexpr std::uint64_t kMaxBundleFileBytes = std::uint64_t{4} << 30;

}  // namespace geod::adapters
