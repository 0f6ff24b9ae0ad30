#pragma once

#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace geod {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitConfig = 78;  ///< EX_CONFIG of sysexits.h: systemd does not restart on it

/// Shared by the commands of one invocation. A command is a function
/// `add_X_command(CLI::App&, CommandContext&)`: it registers its options and a callback that does
/// the work and sets `exit_code`.
struct CommandContext {
  std::filesystem::path config_file;  ///< as given with --config; empty when not given
  int exit_code = kExitOk;
};

/// Adds `--config FILE` to a command, bound to `context.config_file`.
void add_config_option(CLI::App& command, CommandContext& context);

/// The file to read: --config, else $GEOD_CONFIG, else /etc/geod/geod.yaml if it exists, else an
/// empty path (built-in defaults).
std::filesystem::path config_file_of(const CommandContext& context);

/// The command with its options as typed, for the provenance of what it writes.
std::string command_line_of(const CLI::App& command);

}  // namespace geod
