#pragma once

#include <filesystem>
#include <string>

#include "core/error.hpp"

namespace geod::catalog {

/// The whole of a file. kNotFound, kIo; kCorruptRecord when it has more than 256 MB, which no
/// inventory or list of events of a network has.
Result<std::string> read_text_file(const std::filesystem::path& path);

}  // namespace geod::catalog
