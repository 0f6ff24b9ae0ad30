#include "daemon/adapter_board.hpp"

#include <optional>

#include <nlohmann/json.hpp>

namespace geod {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxEvents = 50;
constexpr int kTimeDecimals = 3;

json bundle_json(const adapters::BundleRef& bundle) {
  return {{"bundle", bundle.bundle}, {"hash", bundle.hash}};
}

}  // namespace

void AdapterBoard::add(AdapterEvent event) {
  events_.push_back(std::move(event));
  if (events_.size() > kMaxEvents) {
    events_.erase(events_.begin());
  }
}

std::string AdapterBoard::to_json(const std::string& directory,
                                  const InService& in_service,
                                  const adapters::AdapterState& state) const {
  json tasks = json::object();
  for (const auto& [place, serving] : in_service) {
    json& task = tasks[std::string(models::to_string(place.first))];
    json& role = task[std::string(to_string(place.second))];
    role = bundle_json(serving.bundle);
    role["since_monotonic_ns"] = serving.since.time_since_epoch().count();
    if (const auto& previous = state.of(place.first).previous) {
      task["previous"] = bundle_json(*previous);
    }
  }
  json bundles = json::array();
  for (const auto& [name, listed] : listed_) {
    bundles.push_back({{"bundle", name},
                       {"hash", listed.hash},
                       {"task", listed.task},
                       {"problem", listed.problem}});
  }
  json events = json::array();
  for (const AdapterEvent& event : events_) {
    events.push_back({{"time", to_iso(event.time, kTimeDecimals)},
                      {"task", event.task},
                      {"action", event.action},
                      {"bundle", event.adapter_id},
                      {"hash", event.adapter_hash},
                      {"reason", event.reason}});
  }
  // Names and reasons come from outside and may be no UTF-8.
  return json{{"running", true},
              {"directory", directory},
              {"tasks", std::move(tasks)},
              {"bundles", std::move(bundles)},
              {"events", std::move(events)}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace geod
