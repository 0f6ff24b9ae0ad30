#include "daemon/adapter_service.hpp"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace geod {
namespace {

using adapters::AdapterState;
using adapters::BundleRef;
using models::Task;
using nlohmann::json;

constexpr std::array kTasks{Task::kDpk, Task::kPmp, Task::kBaz, Task::kEmg, Task::kDis};
constexpr std::size_t kMaxEvents = 50;
constexpr int kTimeDecimals = 3;

std::string name_of(const BundleRef& bundle) {
  return bundle.is_shipped() ? "what geod ships" : bundle.bundle;
}

double milliseconds(std::chrono::nanoseconds elapsed) {
  return static_cast<double>(elapsed.count()) * 1e-6;
}

json to_json_value(const BundleRef& bundle) {
  return {{"bundle", bundle.bundle}, {"hash", bundle.hash}};
}

json to_json_value(const std::optional<BundleRef>& bundle) {
  return bundle ? to_json_value(*bundle) : json(nullptr);
}

}  // namespace

AdapterService::AdapterService(adapters::AdapterStore store,
                               config::OnNewBundle on_new,
                               Surroundings around)
    : store_(std::move(store)), on_new_(on_new), around_(std::move(around)) {}

Result<AdapterService::Bundle> AdapterService::read(const std::string& name) {
  auto overlay = around_.read(store_.path_of(name));
  if (!overlay) {
    return tl::unexpected(overlay.error());
  }
  if ((*overlay)->manifest.model_id() != name) {
    return fail(Errc::kModelMismatch,
                "{}: its manifest says {}: the folder must be named like that",
                store_.path_of(name).string(),
                (*overlay)->manifest.model_id());
  }
  return Bundle{{name, (*overlay)->adapter_hash}, std::move(*overlay)};
}

/// The bundle that was decided on, as it was then.
Result<AdapterService::Bundle> AdapterService::read_decided(Task task, const BundleRef& ref) {
  if (ref.is_shipped()) {
    auto shipped = around_.shipped(task);
    if (!shipped) {
      return fail(Errc::kNotFound, "geod ships no network for {}", models::to_string(task));
    }
    return Bundle{ref, std::move(*shipped)};
  }
  auto bundle = read(ref.bundle);
  if (bundle && bundle->ref.hash != ref.hash) {
    return fail(Errc::kModelMismatch,
                "{}: changed since it was decided on (hash {:.12}, was {:.12}); activate it again "
                "if that was meant",
                store_.path_of(ref.bundle).string(),
                bundle->ref.hash,
                ref.hash);
  }
  return bundle;
}

Result<void> AdapterService::open_networks() {
  for (const Task task : kTasks) {
    if (auto opened = open_active(task); !opened && task == Task::kDpk) {
      return opened;
    }
  }
  for (const Task task : kTasks) {
    open_shadow(task);
  }
  publish();
  return {};
}

Result<void> AdapterService::open_active(Task task) {
  const adapters::TaskState& state = store_.state().of(task);
  std::vector<BundleRef> candidates{state.active};
  if (state.previous && !state.active.is_shipped()) {
    candidates.push_back(*state.previous);
  }
  if (!candidates.back().is_shipped()) {
    candidates.push_back({});
  }
  Result<void> outcome;
  for (const BundleRef& candidate : candidates) {
    if (candidate.is_shipped() && !around_.shipped(task)) {
      return outcome;
    }
    const auto bundle = read_decided(task, candidate);
    auto ready = bundle ? around_.networks.prepare(task, Role::kActive, bundle->overlay)
                        : Result<ReadyNetwork>(tl::unexpected(bundle.error()));
    if (ready) {
      std::ignore = around_.networks.put_in_service(std::move(*ready));
      in_service_[{task, Role::kActive}] = candidate;
      return {};
    }
    outcome = tl::unexpected(ready.error());
    refuse(candidate.bundle, ready.error(), task, candidate.hash);
  }
  return outcome;
}

void AdapterService::open_shadow(Task task) {
  const std::optional<BundleRef> candidate = store_.state().of(task).shadow;
  if (!candidate) {
    return;
  }
  const auto bundle = read_decided(task, *candidate);
  auto ready = bundle ? around_.networks.prepare(task, Role::kShadow, bundle->overlay)
                      : Result<ReadyNetwork>(tl::unexpected(bundle.error()));
  if (!ready) {
    refuse(candidate->bundle, ready.error(), task, candidate->hash);
    return;
  }
  std::ignore = around_.networks.put_in_service(std::move(*ready));
  in_service_[{task, Role::kShadow}] = *candidate;
}

void AdapterService::on_change(const adapters::AdapterWatcher::Change& change) {
  const std::string& name = change.bundle;
  if (change.kind == adapters::AdapterWatcher::Kind::kGone) {
    listed_.erase(name);
    for (const auto& [place, bundle] : in_service_) {
      if (bundle.bundle == name) {
        tell(models::to_string(place.first),
             "removed",
             bundle,
             fmt::format("its folder is gone; it goes on as {} until geod is restarted",
                         to_string(place.second)));
      }
    }
    publish();
    return;
  }
  const auto bundle = read(name);
  if (!bundle) {
    listed_[name] = {.hash = "", .task = "", .problem = bundle.error().what};
    tell("", "refused", {name, ""}, bundle.error().what);
    publish();
    return;
  }
  const Task task = bundle->overlay->manifest.task;
  listed_[name] = {bundle->ref.hash, std::string(models::to_string(task)), ""};
  const auto known = store_.state().known.find(name);
  if (known == store_.state().known.end() || known->second != bundle->ref.hash) {
    if (auto taken = take_on(*bundle, change.since);
        !taken && taken.error().code != Errc::kCancelled) {
      refuse(name, taken.error(), task, bundle->ref.hash);
    }
  }
  publish();
}

/// A bundle that was not seen before: what the configuration says.
Result<void> AdapterService::take_on(const Bundle& bundle, SteadyTime since) {
  const Task task = bundle.overlay->manifest.task;
  if (on_new_ == config::OnNewBundle::kActivate) {
    const auto change = activate(task, bundle, since, false);
    return change ? Result<void>{} : tl::unexpected(change.error());
  }
  if (on_new_ == config::OnNewBundle::kShadow) {
    const auto change = shadow(task, bundle, since);
    return change ? Result<void>{} : tl::unexpected(change.error());
  }
  if (const auto ready = around_.networks.prepare(task, Role::kActive, bundle.overlay); !ready) {
    return tl::unexpected(ready.error());
  }
  AdapterState next = store_.state();
  next.known[bundle.ref.bundle] = bundle.ref.hash;
  if (auto saved = store_.save(std::move(next)); !saved) {
    return saved;
  }
  tell(models::to_string(task),
       "checked",
       bundle.ref,
       "sound; geod adapters shadow or activate takes it up");
  return {};
}

/// `is_return`: by rollback.
Result<AdapterService::Change> AdapterService::activate(Task task,
                                                        const Bundle& bundle,
                                                        SteadyTime asked,
                                                        bool is_return) {
  auto ready = around_.networks.prepare(task, Role::kActive, bundle.overlay);
  if (!ready) {
    return tl::unexpected(ready.error());
  }
  Change change{task, bundle.ref, std::nullopt, {}, asked};
  if (const auto before = in_service_.find({task, Role::kActive}); before != in_service_.end()) {
    change.before = before->second;
  }
  AdapterState next = store_.state();
  const Time now = around_.clock.now();
  if (!is_return) {
    next.activate(task, bundle.ref, now);
  } else if (auto returned = next.roll_back(task, now); !returned) {
    return tl::unexpected(returned.error());
  }
  if (!bundle.ref.is_shipped()) {
    next.known[bundle.ref.bundle] = bundle.ref.hash;
  }
  if (auto saved = store_.save(std::move(next)); !saved) {
    return tl::unexpected(saved.error());
  }
  const auto in_service = around_.networks.put_in_service(std::move(*ready));
  if (!in_service) {
    return tl::unexpected(in_service.error());
  }
  in_service_[{task, Role::kActive}] = bundle.ref;
  change.in_service = *in_service;
  around_.stats.network_changes.fetch_add(1, std::memory_order_relaxed);
  around_.stats.change_pause.add(in_service->pause);
  around_.stats.bundle_to_live.add(in_service->since - asked);
  tell(models::to_string(task),
       is_return ? "rolled back" : "activated",
       bundle.ref,
       fmt::format("{} served before; live after {:.1f} ms, scoring stood still for {:.3f} ms",
                   change.before ? name_of(*change.before) : "nothing",
                   milliseconds(in_service->since - asked),
                   milliseconds(in_service->pause)));
  // A promoted candidate need not run beside itself.
  const auto candidate = in_service_.find({task, Role::kShadow});
  if (candidate != in_service_.end() && !store_.state().of(task).shadow) {
    if (auto ended = around_.networks.end(task, Role::kShadow); !ended) {
      return tl::unexpected(ended.error());
    }
    in_service_.erase(candidate);
  }
  return change;
}

Result<AdapterService::Change> AdapterService::shadow(Task task,
                                                      const Bundle& bundle,
                                                      SteadyTime asked) {
  if (const auto active = in_service_.find({task, Role::kActive});
      active != in_service_.end() && active->second == bundle.ref) {
    return fail(
        Errc::kConfig, "{} is active; a candidate is another bundle than that", bundle.ref.bundle);
  }
  auto ready = around_.networks.prepare(task, Role::kShadow, bundle.overlay);
  if (!ready) {
    return tl::unexpected(ready.error());
  }
  Change change{task, bundle.ref, store_.state().of(task).shadow, {}, asked};
  AdapterState next = store_.state();
  next.set_shadow(task, bundle.ref, around_.clock.now());
  next.known[bundle.ref.bundle] = bundle.ref.hash;
  if (auto saved = store_.save(std::move(next)); !saved) {
    return tl::unexpected(saved.error());
  }
  const auto in_service = around_.networks.put_in_service(std::move(*ready));
  if (!in_service) {
    return tl::unexpected(in_service.error());
  }
  in_service_[{task, Role::kShadow}] = bundle.ref;
  change.in_service = *in_service;
  tell(models::to_string(task),
       "shadow on",
       bundle.ref,
       "runs beside the active one; geod adapters diff compares");
  return change;
}

Result<void> AdapterService::shadow_off(Task task) {
  const std::optional<BundleRef> candidate = store_.state().of(task).shadow;
  if (!candidate) {
    return fail(Errc::kNotFound, "no bundle runs in shadow for {}", models::to_string(task));
  }
  AdapterState next = store_.state();
  next.set_shadow(task, std::nullopt, around_.clock.now());
  if (auto saved = store_.save(std::move(next)); !saved) {
    return saved;
  }
  if (auto ended = around_.networks.end(task, Role::kShadow); !ended) {
    return ended;
  }
  in_service_.erase({task, Role::kShadow});
  tell(models::to_string(task), "shadow off", *candidate, "asked for");
  return {};
}

Result<AdapterService::Change> AdapterService::decide(const AdapterRequest& request) {
  using Action = AdapterRequest::Action;
  const SteadyTime asked = around_.clock.steady_now();
  if (request.action == Action::kRollback) {
    const adapters::TaskState& state = store_.state().of(*request.task);
    if (!state.previous) {
      AdapterState unchanged = store_.state();
      return tl::unexpected(unchanged.roll_back(*request.task, around_.clock.now()).error());
    }
    const auto bundle = read_decided(*request.task, *state.previous);
    return bundle ? activate(*request.task, *bundle, asked, true) : tl::unexpected(bundle.error());
  }
  const auto bundle =
      request.bundle.empty() ? read_decided(*request.task, {}) : read(request.bundle);
  if (!bundle) {
    return tl::unexpected(bundle.error());
  }
  const Task task = bundle->ref.is_shipped() ? *request.task : bundle->overlay->manifest.task;
  if (request.task && *request.task != task) {
    return fail(Errc::kConfig,
                "{} is for {}, not for {}",
                request.bundle,
                models::to_string(task),
                models::to_string(*request.task));
  }
  return request.action == Action::kShadow ? shadow(task, *bundle, asked)
                                           : activate(task, *bundle, asked, false);
}

std::string AdapterService::carry_out(const AdapterRequest& request) {
  const auto answer_error = [&](const Error& error) {
    publish();
    return json{{"error", error.what}, {"code", to_string(error.code)}}.dump();
  };
  if (request.action == AdapterRequest::Action::kShadowOff) {
    if (const auto done = shadow_off(*request.task); !done) {
      return answer_error(done.error());
    }
    publish();
    return json{{"task", models::to_string(*request.task)}, {"shadow", nullptr}}.dump();
  }
  const auto change = decide(request);
  if (!change) {
    if (change.error().code == Errc::kModelMismatch ||
        change.error().code == Errc::kCorruptRecord) {
      tell(request.task ? models::to_string(*request.task) : "",
           "refused",
           {request.bundle, ""},
           change.error().what);
    }
    return answer_error(change.error());
  }
  publish();
  return json{{"task", models::to_string(change->task)},
              {request.action == AdapterRequest::Action::kShadow ? "shadow" : "active",
               to_json_value(change->now)},
              {"before", to_json_value(change->before)},
              {"to_live_ms", milliseconds(change->in_service.since - change->asked)},
              {"pause_ms", milliseconds(change->in_service.pause)}}
      .dump();
}

void AdapterService::refuse(const std::string& name,
                            const Error& error,
                            Task task,
                            std::string hash) {
  if (!name.empty()) {
    listed_[name] = {hash, std::string(models::to_string(task)), error.what};
  }
  tell(models::to_string(task), "refused", {name, std::move(hash)}, error.what);
}

void AdapterService::tell(std::string_view task,
                          std::string_view action,
                          const BundleRef& bundle,
                          std::string reason) {
  AdapterEvent event{around_.clock.now(),
                     std::string(task),
                     std::string(action),
                     bundle.bundle,
                     bundle.hash,
                     std::move(reason)};
  around_.tell(event);
  events_.push_back(std::move(event));
  if (events_.size() > kMaxEvents) {
    events_.erase(events_.begin());
  }
}

/// For `geod status` and `geod adapters list`.
void AdapterService::publish() {
  json tasks = json::object();
  for (const auto& [place, bundle] : in_service_) {
    tasks[std::string(models::to_string(place.first))][std::string(to_string(place.second))] =
        to_json_value(bundle);
  }
  for (auto& [name, task] : tasks.items()) {
    task["previous"] = to_json_value(store_.state().of(*models::parse_task(name)).previous);
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
  around_.stats.set_adapters_json(json{
      {"directory", store_.directory().string()},
      {"tasks", std::move(tasks)},
      {"bundles", std::move(bundles)},
      {"events", std::move(events)}}.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace geod
