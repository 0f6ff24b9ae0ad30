#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "catalog/inventory.hpp"

namespace geod::catalog {

/// One epoch of a station with the epochs of its channels, as files nest them.
struct StationBranch {
  StationEpoch station;
  std::vector<const ChannelEpoch*> channels;  ///< not owned: of the inventory
};

/// The stations of one network.
struct NetworkBranch {
  std::string code;
  Epoch epoch;  ///< from the first start to the last end
  std::size_t stations = 0;
  std::vector<StationBranch> branches;  ///< by code, then start
};

/// The inventory as a tree. A channel belongs to the epoch of its station in which it starts, else
/// to the first it overlaps, else to the last. A station that has channels alone (from a CSV) is
/// made of them: it is where its first channel is, as long as any of them. Points into `inventory`,
/// which must outlive it.
std::vector<NetworkBranch> tree_of(const Inventory& inventory);

}  // namespace geod::catalog
