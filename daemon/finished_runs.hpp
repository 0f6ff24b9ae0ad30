#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "core/error.hpp"

namespace CLI {
class App;
}

namespace geod {

/// What must be the same for the runs of one table: all options as typed, but for those named in
/// `free`.
std::string options_identity(const CLI::App& app, std::span<const char* const> free);

/// The JSON object that keep_finished wrote for a run; nothing when the run is not done. kConfig
/// when a command with other options made it, kCorruptRecord.
Result<std::optional<std::string>> finished_run(const std::filesystem::path& file,
                                                const std::string& identity);

/// Keeps what a run has come to: `run_json`, an object with "scores".
Result<void> keep_finished(const std::filesystem::path& file,
                           const std::string& identity,
                           const std::string& run_json);

/// Removes what a run of geod train wrote that ended before its scores were kept; its checkpoint
/// stays.
void discard_unscored(const std::filesystem::path& out);

}  // namespace geod
