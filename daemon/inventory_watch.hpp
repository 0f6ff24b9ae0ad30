#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/fibre_positions.hpp"
#include "catalog/inventory.hpp"
#include "config/catalog_config.hpp"
#include "core/error.hpp"

namespace geod {

/// Where everything is that picks come from.
struct Places {
  catalog::Inventory inventory;
  std::map<std::string, catalog::FibrePositions, std::less<>> fibres;  ///< by fibre id
};

/// The files of `catalog.inventory` and `catalog.fibres`, read again when they change. A file that
/// is broken changes nothing: what it said before stays, one error is logged, and it is read again
/// when it changes again. Thread: confined to one.
class InventoryWatch {
 public:
  explicit InventoryWatch(const config::CatalogConfig& config);

  /// Looks at the files; costs one stat(2) each while nothing changes. One that changes is read
  /// once it stands still from one look to the next, so leave a while between two. The first look
  /// reads all. True when places() are others than before.
  bool look();

  /// Never null.
  std::shared_ptr<const Places> places() const { return places_; }

  std::uint64_t reloads() const { return reloads_; }  ///< after the first reading
  std::uint64_t errors() const { return errors_; }
  /// What is wrong with the files as they are now; empty when nothing is.
  std::vector<std::string> faults() const;

 private:
  /// Tells two contents of a file apart.
  struct Stamp {
    std::int64_t changed_ns = 0;
    std::uint64_t bytes = 0;
    std::uint64_t inode = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct File {
    std::filesystem::path path;
    std::string fibre_id;       ///< empty: an inventory
    std::optional<Stamp> seen;  ///< at the last look; nothing: it is not there
    std::optional<Stamp> read;  ///< what was read last, good or not
    catalog::Inventory inventory;
    std::optional<catalog::FibrePositions> positions;
    std::string fault;
  };

  static std::optional<Stamp> stamp_of(const std::filesystem::path& path);
  bool read(File& file);
  Result<void> put_together();

  std::vector<File> files_;
  std::shared_ptr<const Places> places_ = std::make_shared<const Places>();
  std::uint64_t reloads_ = 0;
  std::uint64_t errors_ = 0;
  bool has_looked_ = false;
};

}  // namespace geod
