#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/association_setup.hpp"
#include "daemon/doctor_checks.hpp"
#include "daemon/inventory_watch.hpp"
#include "storage/reader.hpp"

namespace geod {
namespace {

constexpr const char* kName = "catalog";

}  // namespace

Check judge_places(const Places& places,
                   const std::vector<storage::StationRow>& stations,
                   const HeardFibres& fibres) {
  std::vector<std::string> missing;
  std::vector<std::string> placed;
  for (const storage::StationRow& station : stations) {
    const Time time = station.last_sample.value_or(Time{});
    if (station.last_sample && !places.inventory.position_at(station.id, time)) {
      missing.push_back(station.id.to_string());
    }
  }
  for (const std::string& fibre_id : fibres.ids) {
    if (places.fibres.contains(fibre_id)) {
      placed.push_back(fibre_id + " by catalog.fibres");
    } else if (fibres.told.contains(fibre_id)) {
      placed.push_back(fibre_id + " by its publisher");
    } else {
      missing.push_back(fibre_id);
    }
  }
  if (!missing.empty()) {
    return {kName,
            Verdict::kWarn,
            fmt::format("without coordinates, so not associated: {}", fmt::join(missing, ", ")),
            "add them to a file of catalog.inventory, fibres to catalog.fibres or to the metadata "
            "that their publishers send"};
  }
  return {kName,
          Verdict::kOk,
          fmt::format("coordinates of {} channels and {} stations; all that was heard has "
                      "them{}{}",
                      places.inventory.channels().size(),
                      places.inventory.stations().size(),
                      placed.empty() ? "" : ", fibres: ",
                      fmt::join(placed, ", ")),
          ""};
}

std::vector<Check> check_catalog(const config::Config& config) {
  if (!config.catalog.enabled) {
    return {};
  }
  if (config.catalog.inventory.empty()) {
    return {{kName,
             Verdict::kWarn,
             "no events are made of picks: catalog.inventory names no stations",
             "write a file of StationXML or CSV there, or set catalog.enabled: false"}};
  }
  InventoryWatch watch(config.catalog);
  watch.look();
  std::vector<Check> checks;
  for (const std::string& fault : watch.faults()) {
    checks.push_back(
        {kName, Verdict::kWarn, fault, "correct the file; geod takes it up by itself"});
  }
  if (const auto model = velocity_model(config.catalog); !model) {
    checks.push_back({kName, Verdict::kFail, model.error().what, "correct catalog.velocity_file"});
  }
  std::vector<storage::StationRow> stations;
  HeardFibres fibres;
  if (auto reader = storage::Reader::open(config::database_path(config))) {
    if (auto rows = reader->stations({})) {
      stations = std::move(*rows);
    }
    if (auto ids = reader->fibre_ids()) {
      std::erase_if(*ids, [&](const std::string& id) { return !config.fibres.of(id).enabled; });
      fibres.ids = std::move(*ids);
    }
    if (const auto told = reader->fibre_places()) {
      for (const FibrePlacesChange& change : *told) {
        fibres.told.insert(change.fibre_id);
      }
    }
  }
  checks.push_back(judge_places(*watch.places(), stations, fibres));
  return checks;
}

}  // namespace geod
