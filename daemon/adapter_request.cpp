#include "daemon/adapter_request.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "adapters/adapter_store.hpp"

namespace geod {
namespace {

using Action = AdapterRequest::Action;

constexpr std::array<std::pair<Action, std::string_view>, 4> kActions{{
    {Action::kActivate, "activate"},
    {Action::kRollback, "rollback"},
    {Action::kShadow, "shadow"},
    {Action::kShadowOff, "shadow-off"},
}};

}  // namespace

std::string to_json(const AdapterRequest& request) {
  nlohmann::json root{{"command", "adapters"}};
  for (const auto& [action, word] : kActions) {
    if (action == request.action) {
      root["action"] = word;
    }
  }
  if (!request.bundle.empty()) {
    root["bundle"] = request.bundle;
  }
  if (request.task) {
    root["task"] = models::to_string(*request.task);
  }
  return root.dump();
}

Result<AdapterRequest> parse_adapter_request(const std::string& json) {
  const auto root = nlohmann::json::parse(json, nullptr, false);
  const auto text = [&root](const char* key) {
    const auto found = root.find(key);
    return found != root.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!root.is_object()) {
    return fail(Errc::kConfig, "the request is no JSON object");
  }
  AdapterRequest request;
  bool is_known = false;
  for (const auto& [action, word] : kActions) {
    if (text("action") == word) {
      request.action = action;
      is_known = true;
    }
  }
  if (!is_known) {
    return fail(Errc::kConfig,
                "\"action\" is '{}'; this daemon knows activate, rollback, shadow, shadow-off",
                text("action"));
  }
  request.bundle = text("bundle");
  if (!request.bundle.empty() && !adapters::is_bundle_name(request.bundle)) {
    return fail(Errc::kConfig, "\"bundle\" is not the name of a bundle (NAME-VERSION)");
  }
  if (const std::string task = text("task"); !task.empty()) {
    const auto parsed = models::parse_task(task);
    if (!parsed) {
      return fail(Errc::kConfig, "\"task\": {}", parsed.error().what);
    }
    request.task = *parsed;
  }
  const bool needs_bundle = request.action == Action::kShadow;
  if (needs_bundle && request.bundle.empty()) {
    return fail(Errc::kConfig, "\"bundle\" is missing");
  }
  if (request.bundle.empty() && !request.task) {
    return fail(Errc::kConfig, "\"task\" is missing");
  }
  return request;
}

}  // namespace geod
