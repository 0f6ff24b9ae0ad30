#include "daemon/adapter_service.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace geod {
namespace {

using adapters::AdapterState;
using adapters::BundleRef;
using models::Task;
using nlohmann::json;

std::string name_of(const BundleRef& bundle) {
  return bundle.is_shipped() ? "what geod ships" : bundle.bundle;
}

json bundle_json(const BundleRef& bundle) {
  return {{"bundle", bundle.bundle}, {"hash", bundle.hash}};
}

double milliseconds(std::chrono::nanoseconds elapsed) {
  return static_cast<double>(elapsed.count()) * 1e-6;
}

}  // namespace

AdapterService::AdapterService(adapters::AdapterStore store,
                               config::OnNewBundle on_new,
                               Surroundings around)
    : store_(std::move(store)), on_new_(on_new), around_(std::move(around)) {}

Result<AdapterService::Loaded> AdapterService::read(const std::string& name) {
  auto bundle = around_.read(store_.path_of(name));
  if (!bundle) {
    return tl::unexpected(bundle.error());
  }
  if (bundle->adapter_id() != name) {
    return fail(Errc::kModelMismatch,
                "{}: its manifest says {}: the folder must be named like that",
                store_.path_of(name).string(),
                bundle->adapter_id());
  }
  BundleRef ref{name, bundle->overlay->adapter_hash};
  return Loaded{std::move(ref), std::move(*bundle)};
}

/// The bundle that was decided on, as it was then.
Result<AdapterService::Loaded> AdapterService::read_decided(Task task, const BundleRef& ref) {
  if (ref.is_shipped()) {
    auto shipped = around_.shipped(task);
    if (!shipped) {
      return fail(Errc::kNotFound, "geod ships no network for {}", models::to_string(task));
    }
    return Loaded{ref, std::move(*shipped)};
  }
  auto loaded = read(ref.bundle);
  if (loaded && loaded->ref.hash != ref.hash) {
    return fail(Errc::kModelMismatch,
                "{}: changed since it was decided on (hash {:.12}, was {:.12}); activate it again "
                "if that was meant",
                store_.path_of(ref.bundle).string(),
                loaded->ref.hash,
                ref.hash);
  }
  return loaded;
}

/// Loads, checks and tries out what is to get a role.
Result<ReadyNetwork> AdapterService::prepare(Task task, Role role, const Loaded& loaded) {
  auto ready = around_.networks.prepare(task, role, loaded.bundle.overlay);
  if (ready && loaded.bundle.overlay) {
    around_.record(loaded.bundle);
  }
  return ready;
}

Result<void> AdapterService::open_networks() {
  for (const Task task : models::kAllTasks) {
    if (auto opened = open_active(task); !opened && task == Task::kDpk) {
      return opened;
    }
  }
  for (const Task task : models::kAllTasks) {
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
    const auto loaded = read_decided(task, candidate);
    auto ready = loaded ? prepare(task, Role::kActive, *loaded) : tl::unexpected(loaded.error());
    if (ready) {
      std::ignore = around_.networks.put_in_service(std::move(*ready));
      in_service_[{task, Role::kActive}] = {candidate, around_.clock.steady_now()};
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
  const auto loaded = read_decided(task, *candidate);
  auto ready = loaded ? prepare(task, Role::kShadow, *loaded) : tl::unexpected(loaded.error());
  if (!ready) {
    refuse(candidate->bundle, ready.error(), task, candidate->hash);
    return;
  }
  std::ignore = around_.networks.put_in_service(std::move(*ready));
  in_service_[{task, Role::kShadow}] = {*candidate, around_.clock.steady_now()};
}

void AdapterService::on_change(const adapters::AdapterWatcher::Change& change) {
  const std::string& name = change.bundle;
  if (change.kind == adapters::AdapterWatcher::Kind::kGone) {
    board_.forget(name);
    for (const auto& [place, serving] : in_service_) {
      if (serving.bundle.bundle == name) {
        tell(models::to_string(place.first),
             "removed",
             serving.bundle,
             fmt::format("its folder is gone; it goes on as {} until geod is restarted",
                         to_string(place.second)));
      }
    }
    publish();
    return;
  }
  const auto loaded = read(name);
  if (!loaded) {
    board_.list(name, {"", "", loaded.error().what});
    tell("", "refused", {name, ""}, loaded.error().what);
    publish();
    return;
  }
  const Task task = loaded->bundle.overlay->manifest.task;
  board_.list(name, {loaded->ref.hash, std::string(models::to_string(task)), ""});
  const auto known = store_.state().known.find(name);
  if (known == store_.state().known.end() || known->second != loaded->ref.hash) {
    if (auto taken = take_on(*loaded, change.since);
        !taken && taken.error().code != Errc::kCancelled) {
      refuse(name, taken.error(), task, loaded->ref.hash);
    }
  }
  publish();
}

/// A bundle that was not seen before: what the configuration says.
Result<void> AdapterService::take_on(const Loaded& loaded, SteadyTime since) {
  const Task task = loaded.bundle.overlay->manifest.task;
  const bool may_shadow = models::input_of(task) == models::InputKind::kSeismograms;
  if (on_new_ == config::OnNewBundle::kActivate ||
      (on_new_ == config::OnNewBundle::kShadow && may_shadow)) {
    const auto change = on_new_ == config::OnNewBundle::kActivate
                            ? activate(task, loaded, since, false)
                            : shadow(task, loaded, since);
    return change ? Result<void>{} : tl::unexpected(change.error());
  }
  if (const auto ready = around_.networks.prepare(task, Role::kActive, loaded.bundle.overlay);
      !ready) {
    return tl::unexpected(ready.error());
  }
  AdapterState next = store_.state();
  next.known[loaded.ref.bundle] = loaded.ref.hash;
  if (auto saved = store_.save(std::move(next)); !saved) {
    return saved;
  }
  tell(models::to_string(task),
       "checked",
       loaded.ref,
       may_shadow ? "sound; geod adapters shadow or activate takes it up"
                  : "sound; geod adapters activate takes it up");
  return {};
}

/// `is_return`: by rollback.
Result<AdapterService::Change> AdapterService::activate(Task task,
                                                        const Loaded& loaded,
                                                        SteadyTime asked,
                                                        bool is_return) {
  auto ready = prepare(task, Role::kActive, loaded);
  if (!ready) {
    return tl::unexpected(ready.error());
  }
  Change change{task, loaded.ref, std::nullopt, {}, asked};
  if (const auto before = in_service_.find({task, Role::kActive}); before != in_service_.end()) {
    change.before = before->second.bundle;
  }
  AdapterState next = store_.state();
  const Time now = around_.clock.now();
  if (!is_return) {
    next.activate(task, loaded.ref, now);
  } else if (auto returned = next.roll_back(task, now); !returned) {
    return tl::unexpected(returned.error());
  }
  if (!loaded.ref.is_shipped()) {
    next.known[loaded.ref.bundle] = loaded.ref.hash;
  }
  if (auto saved = store_.save(std::move(next)); !saved) {
    return tl::unexpected(saved.error());
  }
  const auto in_service = around_.networks.put_in_service(std::move(*ready));
  if (!in_service) {
    return tl::unexpected(in_service.error());
  }
  in_service_[{task, Role::kActive}] = {loaded.ref, in_service->since};
  change.in_service = *in_service;
  around_.stats.network_changes.fetch_add(1, std::memory_order_relaxed);
  around_.stats.change_pause.add(in_service->pause);
  around_.stats.bundle_to_live.add(in_service->since - asked);
  tell(models::to_string(task),
       is_return ? "rolled back" : "activated",
       loaded.ref,
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
                                                      const Loaded& loaded,
                                                      SteadyTime asked) {
  if (models::input_of(task) != models::InputKind::kSeismograms) {
    return fail(Errc::kUnsupported,
                "no candidate runs beside the active bundle of {}: activate {}, and `geod adapters "
                "rollback` if it does worse",
                models::to_string(task),
                loaded.ref.bundle);
  }
  if (const auto active = in_service_.find({task, Role::kActive});
      active != in_service_.end() && active->second.bundle == loaded.ref) {
    return fail(
        Errc::kConfig, "{} is active; a candidate is another bundle than that", loaded.ref.bundle);
  }
  auto ready = prepare(task, Role::kShadow, loaded);
  if (!ready) {
    return tl::unexpected(ready.error());
  }
  Change change{task, loaded.ref, store_.state().of(task).shadow, {}, asked};
  AdapterState next = store_.state();
  next.set_shadow(task, loaded.ref, around_.clock.now());
  next.known[loaded.ref.bundle] = loaded.ref.hash;
  if (auto saved = store_.save(std::move(next)); !saved) {
    return tl::unexpected(saved.error());
  }
  const auto in_service = around_.networks.put_in_service(std::move(*ready));
  if (!in_service) {
    return tl::unexpected(in_service.error());
  }
  in_service_[{task, Role::kShadow}] = {loaded.ref, in_service->since};
  change.in_service = *in_service;
  tell(models::to_string(task),
       "shadow on",
       loaded.ref,
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
    const auto loaded = read_decided(*request.task, *state.previous);
    return loaded ? activate(*request.task, *loaded, asked, true) : tl::unexpected(loaded.error());
  }
  const auto loaded =
      request.bundle.empty() ? read_decided(*request.task, {}) : read(request.bundle);
  if (!loaded) {
    return tl::unexpected(loaded.error());
  }
  const Task task =
      loaded->ref.is_shipped() ? *request.task : loaded->bundle.overlay->manifest.task;
  if (request.task && *request.task != task) {
    return fail(Errc::kConfig,
                "{} is for {}, not for {}",
                request.bundle,
                models::to_string(task),
                models::to_string(*request.task));
  }
  return request.action == Action::kShadow ? shadow(task, *loaded, asked)
                                           : activate(task, *loaded, asked, false);
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
               bundle_json(change->now)},
              {"before", change->before ? bundle_json(*change->before) : json(nullptr)},
              {"to_live_ms", milliseconds(change->in_service.since - change->asked)},
              {"pause_ms", milliseconds(change->in_service.pause)}}
      .dump();
}

void AdapterService::refuse(const std::string& name,
                            const Error& error,
                            Task task,
                            std::string hash) {
  if (!name.empty()) {
    board_.list(name, {hash, std::string(models::to_string(task)), error.what});
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
  board_.add(std::move(event));
}

/// For `geod status` and `geod adapters list`.
void AdapterService::publish() {
  around_.stats.set_adapters_json(
      board_.to_json(store_.directory().string(), in_service_, store_.state()));
}

}  // namespace geod
