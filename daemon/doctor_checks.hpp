#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "core/das_block.hpp"
#include "core/error.hpp"
#include "daemon/inventory_watch.hpp"
#include "models/engine.hpp"
#include "storage/query.hpp"

namespace geod {

/// What `geod doctor` looks at, one function a concern. Each leaves the host as it found it.

enum class Verdict { kOk, kWarn, kFail };
std::string_view to_string(Verdict verdict);

/// One finding. A warning is worth knowing but geod would run; a failure keeps it from running.
struct Check {
  std::string name;  ///< "state_directory"
  Verdict verdict = Verdict::kOk;
  std::string finding;
  std::string remedy;  ///< empty when all is well
};

/// Exists, and a file can be made in it.
Check check_directory(const std::string& name, const std::filesystem::path& directory);

/// Free space where the database lies, or will lie.
Check check_disk_space(const std::filesystem::path& directory);
/// The rule of check_disk_space.
Check judge_disk_space(const std::filesystem::path& directory, std::uint64_t free_bytes);

/// Opens, and holds together (SQLite's integrity check).
Check check_database(const std::filesystem::path& file);

/// One a configured endpoint that binds. `daemon_runs`: a busy address is then the daemon's own.
std::vector<Check> check_endpoints(const config::StreamsConfig& streams, bool daemon_runs);

/// Whether the addresses of the service can be had; nothing where it is switched off. `daemon_runs`
/// as above.
std::vector<Check> check_service(const config::ServiceConfig& service, bool daemon_runs);

/// Whether the kernel's clock is synchronised, by adjtimex(2).
Check check_clock();
/// The rule of check_clock; times in microseconds.
Check judge_clock(bool is_synchronised, std::int64_t max_error_us);

/// Manifest and hash of the weights. `manifest` receives what was read.
Check check_model(const std::filesystem::path& directory,
                  std::optional<models::Manifest>& manifest);

/// The compute module, the device, and the speed measured at warm-up. `info` receives the engine's
/// word.
Check check_engine(const config::ModelsConfig& config,
                   const std::filesystem::path& model_directory,
                   std::optional<models::EngineInfo>& info);

/// Three-component stations at `windows_per_s`: each needs sampling rate / hop windows a second.
double stations_carried(double windows_per_s, const models::Manifest& manifest);
Check judge_capacity(const models::EngineInfo& info, const models::Manifest& manifest);

/// The most memory that queues and buffers can take, for `stations` three-component stations.
std::uint64_t memory_bound_bytes(const config::Config& config,
                                 const models::Manifest& manifest,
                                 double stations);
Check judge_memory(std::uint64_t bound_bytes, std::uint64_t host_bytes, double stations);

/// Tiles a second that a fibre of this geometry asks of the network. kUnsupported when it cannot be
/// brought to the network's grid.
Result<double> tiles_needed_per_s(const FibreGeometry& geometry,
                                  const config::FibreConfig& fibre,
                                  const models::Manifest& network);

/// A fibre that the configuration names and the database knows.
struct KnownFibre {
  FibreGeometry geometry;  ///< the newest
  config::FibreConfig config;
};
std::vector<KnownFibre> known_fibres(const config::Config& config);

/// Whether `tiles_per_s` carry these fibres; with none, how many channels they would carry.
Check judge_fibres(double tiles_per_s,
                   const models::Manifest& network,
                   const std::vector<KnownFibre>& fibres);

/// The model for images, and whether this host carries the fibres with it. None without one.
std::vector<Check> check_fibres(const config::Config& config);

/// The model for inversion and its speed; nothing where none is configured.
std::vector<Check> check_inversion(const config::Config& config);

/// What the store says of fibres.
struct HeardFibres {
  std::vector<std::string> ids;  ///< that were ever heard
  std::set<std::string> told;    ///< whose publisher told where they lie
};

/// Whether `stations` and `fibres` that were heard have coordinates, and where fibres have them
/// from.
Check judge_places(const Places& places,
                   const std::vector<storage::StationRow>& stations,
                   const HeardFibres& fibres);

/// The inventory, the velocity model, and who is heard without coordinates.
std::vector<Check> check_catalog(const config::Config& config);

/// All of them in order, for a valid configuration.
std::vector<Check> run_checks(const config::Config& config);

}  // namespace geod
