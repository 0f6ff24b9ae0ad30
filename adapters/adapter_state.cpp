#include "adapters/adapter_state.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace geod::adapters {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "geod-adapter-state/1";
constexpr int kTimeDecimals = 3;

json to_json_value(const BundleRef& bundle) {
  return {{"bundle", bundle.bundle}, {"hash", bundle.hash}};
}

json to_json_value(const std::optional<BundleRef>& bundle) {
  return bundle ? to_json_value(*bundle) : json(nullptr);
}

/// Throws json::exception where a key is missing or of another type.
BundleRef bundle_from(const json& value) {
  return {value.at("bundle").get<std::string>(), value.at("hash").get<std::string>()};
}

std::optional<BundleRef> optional_bundle_from(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(bundle_from(value));
}

Result<TaskState> task_from(const json& value) {
  TaskState task;
  task.active = bundle_from(value.at("active"));
  task.previous = optional_bundle_from(value.at("previous"));
  task.shadow = optional_bundle_from(value.at("shadow"));
  for (const json& entry : value.at("history")) {
    const auto time = parse_iso(entry.at("time").get<std::string>());
    if (!time) {
      return tl::unexpected(time.error());
    }
    task.history.push_back({*time, entry.at("action").get<std::string>(), bundle_from(entry)});
  }
  return task;
}

Result<AdapterState> state_from(const json& root) {
  AdapterState state;
  if (root.at("format").get<std::string>() != kFormat) {
    return fail(Errc::kCorruptRecord, "\"format\" is not {}", kFormat);
  }
  for (const auto& [name, value] : root.at("tasks").items()) {
    const auto task = models::parse_task(name);
    if (!task) {
      return tl::unexpected(task.error());
    }
    auto read = task_from(value);
    if (!read) {
      return fail_with(read.error(), name);
    }
    state.tasks.emplace(*task, std::move(*read));
  }
  for (const auto& [name, hash] : root.at("known").items()) {
    state.known.emplace(name, hash.get<std::string>());
  }
  return state;
}

}  // namespace

const TaskState& AdapterState::of(models::Task task) const {
  static const TaskState kUndecided;
  const auto found = tasks.find(task);
  return found == tasks.end() ? kUndecided : found->second;
}

void AdapterState::remember(TaskState& task,
                            Time now,
                            std::string_view action,
                            const BundleRef& bundle) {
  task.history.push_back({now, std::string(action), bundle});
  if (task.history.size() > kMaxHistory) {
    task.history.erase(task.history.begin());
  }
}

void AdapterState::activate(models::Task task, const BundleRef& bundle, Time now) {
  TaskState& state = tasks[task];
  if (state.active != bundle) {
    state.previous = std::exchange(state.active, bundle);
  }
  if (state.shadow == bundle) {
    state.shadow.reset();
  }
  remember(state, now, "activated", bundle);
}

Result<void> AdapterState::roll_back(models::Task task, Time now) {
  TaskState& state = tasks[task];
  if (!state.previous) {
    return fail(Errc::kNotFound,
                "nothing was active for {} before {}: there is nothing to return to",
                models::to_string(task),
                state.active.is_shipped() ? "the shipped head" : state.active.bundle);
  }
  std::swap(state.active, *state.previous);
  if (state.shadow == state.active) {
    state.shadow.reset();
  }
  remember(state, now, "rolled back", state.active);
  return {};
}

void AdapterState::set_shadow(models::Task task, const std::optional<BundleRef>& bundle, Time now) {
  TaskState& state = tasks[task];
  const std::optional<BundleRef> before = std::exchange(state.shadow, bundle);
  if (bundle) {
    remember(state, now, "shadow on", *bundle);
  } else if (before) {
    remember(state, now, "shadow off", *before);
  }
}

std::string to_json(const AdapterState& state) {
  json tasks = json::object();
  for (const auto& [task, decided] : state.tasks) {
    json history = json::array();
    for (const Decision& entry : decided.history) {
      history.push_back({{"time", to_iso(entry.time, kTimeDecimals)},
                         {"action", entry.action},
                         {"bundle", entry.bundle.bundle},
                         {"hash", entry.bundle.hash}});
    }
    tasks[std::string(models::to_string(task))] = {{"active", to_json_value(decided.active)},
                                                   {"previous", to_json_value(decided.previous)},
                                                   {"shadow", to_json_value(decided.shadow)},
                                                   {"history", std::move(history)}};
  }
  return json{{"format", kFormat}, {"tasks", std::move(tasks)}, {"known", state.known}}.dump(2) +
         "\n";
}

Result<AdapterState> parse_adapter_state(const std::string& text, std::string_view file) {
  try {
    auto state = state_from(json::parse(text));
    if (!state) {
      return fail(Errc::kCorruptRecord, "{}: {}", file, state.error().what);
    }
    return state;
  } catch (const json::exception& wrong) {
    return fail(Errc::kCorruptRecord,
                "{}: not a state of adapters: {}; move it away to begin with the shipped heads",
                file,
                wrong.what());
  }
}

}  // namespace geod::adapters
