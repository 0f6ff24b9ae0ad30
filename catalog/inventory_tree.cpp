#include "catalog/inventory_tree.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace geod::catalog {
namespace {

bool overlap(const Epoch& a, const Epoch& b) {
  return a.start < b.end && b.start < a.end;
}

Epoch joined(const Epoch& a, const Epoch& b) {
  return {std::min(a.start, b.start), std::max(a.end, b.end)};
}

StationBranch& branch_for(std::vector<StationBranch>& branches, const ChannelEpoch& channel) {
  for (auto branch = branches.rbegin(); branch != branches.rend(); ++branch) {
    if (branch->station.epoch.contains(channel.epoch.start)) {
      return *branch;
    }
  }
  const auto found = std::find_if(branches.begin(), branches.end(), [&](const StationBranch& each) {
    return overlap(each.station.epoch, channel.epoch);
  });
  return found == branches.end() ? branches.back() : *found;
}

using Branches = std::map<StationId, std::vector<StationBranch>>;

Branches branches_of(const Inventory& inventory) {
  Branches branches;
  for (const StationEpoch& station : inventory.stations()) {
    branches[station.station].push_back({station, {}});
  }
  std::map<StationId, bool> is_made;
  for (const ChannelEpoch& channel : inventory.channels()) {
    const StationId id = channel.source_id.station_id();
    std::vector<StationBranch>& own = branches[id];
    if (own.empty()) {
      own.push_back({{id, channel.epoch, channel.position.ground(), ""}, {}});
      is_made[id] = true;
    }
    if (is_made.count(id) > 0) {
      own.front().station.epoch = joined(own.front().station.epoch, channel.epoch);
    }
    branch_for(own, channel).channels.push_back(&channel);
  }
  return branches;
}

}  // namespace

std::vector<NetworkBranch> tree_of(const Inventory& inventory) {
  std::vector<NetworkBranch> networks;
  for (auto& [id, branches] : branches_of(inventory)) {
    if (networks.empty() || networks.back().code != id.network) {
      networks.push_back({id.network, branches.front().station.epoch, 0, {}});
    }
    NetworkBranch& network = networks.back();
    ++network.stations;
    for (StationBranch& branch : branches) {
      network.epoch = joined(network.epoch, branch.station.epoch);
      network.branches.push_back(std::move(branch));
    }
  }
  return networks;
}

}  // namespace geod::catalog
