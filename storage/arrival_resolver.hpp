#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "core/origin.hpp"
#include "storage/database.hpp"

namespace geod::storage {

/// The stored pick of an arrival: of a station, or of an aperture of a fibre.
struct ResolvedArrival {
  std::optional<std::int64_t> pick_key;
  std::optional<std::int64_t> detection_key;
  std::optional<std::int64_t> fibre_channel;
  std::string fibre_phase;  ///< empty of a station
  std::string site;         ///< "NET.STA" or "NET.CABLE"
  std::int64_t model_key = 0;
  std::int64_t adapter_key = 0;  ///< 0: the model's own head
};

/// Finds the stored picks of arrivals by their ids. Picks have no index by id, which would cost
/// every pick a page of its own: those of the time in which waves of the origin arrive are gone
/// through. Rules of calling as BatchWriter.
class ArrivalResolver {
 public:
  /// An empty one, to be assigned to.
  ArrivalResolver() = default;
  /// `database` outlives the result.
  static Result<ArrivalResolver> make(Database& database);

  /// One an arrival of `arrivals`, in their order; nothing where the pick is not stored. Of several
  /// picks of an id (by several models) the one that was committed last.
  Result<std::vector<std::optional<ResolvedArrival>>> resolve(
      const Origin& origin, const std::vector<OriginArrival>& arrivals);

 private:
  using PickKeys = std::unordered_map<std::int64_t, std::int64_t>;
  Result<void> find_picks(const Origin& origin,
                          const std::vector<OriginArrival>& arrivals,
                          PickKeys& key_of_id);
  Result<std::optional<ResolvedArrival>> describe_pick(std::int64_t pick_key);
  Result<std::optional<ResolvedArrival>> describe_fibre_pick(const std::string& pick_id);

  Statement scan_picks_;
  Statement describe_pick_;
  Statement describe_fibre_pick_;
};

}  // namespace geod::storage
