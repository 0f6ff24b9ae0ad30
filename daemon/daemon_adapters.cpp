#include <algorithm>
#include <string>
#include <utility>

#include "core/log.hpp"
#include "daemon/bundles.hpp"
#include "daemon/daemon.hpp"
#include "daemon/daemon_parts.hpp"
#include "daemon/engine_options.hpp"

namespace geod {
namespace {

/// Reasons quote what bundles hold: no control character of theirs begins a line of the log.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

}  // namespace

/// The networks of all tasks, as the folder of adapters says.
Result<void> Daemon::open_adapters(const models::ComputeModule& compute,
                                   const std::filesystem::path& model_directory) {
  Parts& parts = *parts_;
  auto base = models::load_manifest(model_directory);
  if (!base) {
    return tl::unexpected(base.error());
  }
  parts.base = std::move(*base);
  const std::filesystem::path folder = config::adapters_path(config_);
  auto store = adapters::AdapterStore::open(folder);
  if (!store) {
    return tl::unexpected(store.error());
  }
  auto watcher = adapters::AdapterWatcher::open(folder, config_.adapters.settle);
  if (!watcher) {
    return tl::unexpected(watcher.error());
  }
  parts.pickers.emplace(PickerSwitch::Surroundings{
      [compute](const models::EngineOptions& options) { return compute.open_engine(options); },
      engine_options(config_.models, model_directory),
      parts.base,
      check_window_grid,
      models::Task::kDpk,
      [this] { window_queue_.wake(); },
      parts.adapt_wake});
  parts.networks.emplace(*parts.pickers, nullptr);
  parts.adapters.emplace(
      std::move(*store),
      config_.adapters.on_new,
      AdapterService::Surroundings{*parts.networks,
                                   [this](const std::filesystem::path& path) {
                                     return adapters::read_bundle(path, parts_->base);
                                   },
                                   [this](models::Task task) {
                                     return is_wanted(config_.models, task)
                                                ? shipped_bundle(task, parts_->base)
                                                : std::nullopt;
                                   },
                                   [this](const adapters::Bundle& bundle) { record(bundle); },
                                   [this](const AdapterEvent& event) { tell(event); },
                                   parts.clock,
                                   stats_});
  if (auto opened = parts.adapters->open_networks(); !opened) {
    return opened;
  }
  parts.engine = parts.pickers->engine(models::Task::kDpk, Role::kActive);
  parts.adapter_loader.emplace(*parts.adapters, std::move(*watcher), parts.adapt_wake);
  return {};
}

/// To the log and the database. Thread: geod-adapt; main before the workers run.
void Daemon::tell(const AdapterEvent& event) {
  const bool is_bad = event.action == "refused";
  spdlog::log(is_bad ? spdlog::level::warn : spdlog::level::info,
              "msg=\"adapter {}\" task={} adapter={} hash={:.12} reason=\"{}\"",
              event.action,
              event.task,
              event.adapter_id,
              event.adapter_hash,
              one_line(event.reason));
  give_to_sink(event);
}

/// Thread: as tell().
void Daemon::record(const adapters::Bundle& bundle) {
  give_to_sink(AdapterRecord{std::string(models::to_string(bundle.overlay->manifest.task)),
                             bundle.adapter_id(),
                             bundle.overlay->adapter_hash,
                             bundle.manifest_json});
}

void Daemon::give_to_sink(SinkItem item) {
  if (parts_->workers_run) {
    pick_queue_.push(std::move(item));
  } else {
    parts_->rows_at_start.push_back(std::move(item));
  }
}

}  // namespace geod
