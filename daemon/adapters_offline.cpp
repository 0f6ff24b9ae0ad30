#include "daemon/adapters_offline.hpp"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "adapters/adapter_store.hpp"
#include "adapters/bundle.hpp"
#include "core/clock.hpp"
#include "daemon/bundles.hpp"

namespace geod {
namespace {

using adapters::AdapterState;
using adapters::BundleRef;
using nlohmann::json;
using Action = AdapterRequest::Action;

json to_json_value(const BundleRef& bundle) {
  return {{"bundle", bundle.bundle}, {"hash", bundle.hash}};
}

json to_json_value(const std::optional<BundleRef>& bundle) {
  return bundle ? to_json_value(*bundle) : json(nullptr);
}

struct Candidate {
  models::Task task = models::Task::kDpk;
  BundleRef bundle;
};

/// The bundle that is asked for, checked against the base model.
Result<Candidate> candidate_of(const config::Config& config,
                               const adapters::AdapterStore& store,
                               const AdapterRequest& request) {
  if (request.bundle.empty()) {
    return Candidate{*request.task, {}};
  }
  const auto bases = load_bases(config.models);
  if (!bases) {
    return tl::unexpected(bases.error());
  }
  const auto bundle = read_bundle_for(
      store.path_of(request.bundle), bases->seismograms, bases->images, bases->shots);
  if (!bundle) {
    return tl::unexpected(bundle.error());
  }
  const models::Task task = bundle->overlay->manifest.task;
  if (request.task && *request.task != task) {
    return fail(Errc::kConfig,
                "{} is for {}, not for {}",
                request.bundle,
                models::to_string(task),
                models::to_string(*request.task));
  }
  return Candidate{task, {request.bundle, bundle->overlay->adapter_hash}};
}

Result<models::Task> apply(const config::Config& config,
                           const adapters::AdapterStore& store,
                           const AdapterRequest& request,
                           AdapterState& state) {
  const Time now = SystemClock().now();
  if (request.action == Action::kRollback) {
    const auto done = state.roll_back(*request.task, now);
    return done ? Result<models::Task>(*request.task) : tl::unexpected(done.error());
  }
  if (request.action == Action::kShadowOff) {
    if (!state.of(*request.task).shadow) {
      return fail(
          Errc::kNotFound, "no bundle runs in shadow for {}", models::to_string(*request.task));
    }
    state.set_shadow(*request.task, std::nullopt, now);
    return *request.task;
  }
  const auto candidate = candidate_of(config, store, request);
  if (!candidate) {
    return tl::unexpected(candidate.error());
  }
  if (request.action == Action::kActivate) {
    state.activate(candidate->task, candidate->bundle, now);
  } else if (models::input_of(candidate->task) != models::InputKind::kSeismograms) {
    return fail(Errc::kUnsupported,
                "no candidate runs beside the active bundle of {}: activate {}",
                models::to_string(candidate->task),
                request.bundle);
  } else if (state.of(candidate->task).active == candidate->bundle) {
    return fail(Errc::kConfig, "{} is active; a candidate is another bundle", request.bundle);
  } else {
    state.set_shadow(candidate->task, candidate->bundle, now);
  }
  if (!candidate->bundle.is_shipped()) {
    state.known[candidate->bundle.bundle] = candidate->bundle.hash;
  }
  return candidate->task;
}

}  // namespace

Result<std::string> list_adapters_offline(const config::Config& config) {
  const std::filesystem::path folder = config::adapters_path(config);
  const auto state = adapters::read_adapter_state(folder);
  if (!state) {
    return tl::unexpected(state.error());
  }
  json tasks = json::object();
  for (const auto& [task, decided] : state->tasks) {
    tasks[std::string(models::to_string(task))] = {{"active", to_json_value(decided.active)},
                                                   {"previous", to_json_value(decided.previous)},
                                                   {"shadow", to_json_value(decided.shadow)}};
  }
  json bundles = json::array();
  for (const std::string& name : adapters::bundle_names(folder)) {
    const auto bundle = adapters::read_bundle(folder / name);
    bundles.push_back(
        {{"bundle", name},
         {"hash", bundle ? bundle->overlay->adapter_hash : ""},
         {"task", bundle ? std::string(models::to_string(bundle->overlay->manifest.task)) : ""},
         {"problem", bundle ? "" : bundle.error().what}});
  }
  return json{{"running", false},
              {"directory", folder.string()},
              {"tasks", std::move(tasks)},
              {"bundles", std::move(bundles)}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<std::string> decide_offline(const config::Config& config, const AdapterRequest& request) {
  auto store = adapters::AdapterStore::open(config::adapters_path(config));
  if (!store) {
    return tl::unexpected(store.error());
  }
  AdapterState next = store->state();
  const auto task = apply(config, *store, request, next);
  if (!task) {
    return tl::unexpected(task.error());
  }
  const adapters::TaskState before = store->state().of(*task);
  const adapters::TaskState now = next.of(*task);
  if (auto saved = store->save(std::move(next)); !saved) {
    return tl::unexpected(saved.error());
  }
  json answer{{"running", false}, {"task", models::to_string(*task)}};
  if (request.action == Action::kShadow || request.action == Action::kShadowOff) {
    answer["shadow"] = to_json_value(now.shadow);
    answer["before"] = to_json_value(before.shadow);
  } else {
    answer["active"] = to_json_value(now.active);
    answer["before"] = to_json_value(before.active);
  }
  return answer.dump();
}

}  // namespace geod
