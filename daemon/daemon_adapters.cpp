#include <algorithm>
#include <optional>
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
Result<void> Daemon::open_adapters(const models::ComputeModule& compute) {
  Parts& parts = *parts_;
  if (auto opened = open_switches(compute); !opened) {
    return opened;
  }
  parts.networks.emplace(*parts.pickers,
                         parts.segmenters ? &*parts.segmenters : nullptr,
                         parts.inverters ? &*parts.inverters : nullptr);
  const std::filesystem::path folder = config::adapters_path(config_);
  auto store = adapters::AdapterStore::open(folder);
  if (!store) {
    return tl::unexpected(store.error());
  }
  auto watcher = adapters::AdapterWatcher::open(folder, config_.adapters.settle);
  if (!watcher) {
    return tl::unexpected(watcher.error());
  }
  parts.adapters.emplace(
      std::move(*store),
      config_.adapters.on_new,
      AdapterService::Surroundings{
          *parts.networks,
          [&parts](const std::filesystem::path& path) {
            return read_bundle_for(path, parts.base, parts.image_base, parts.shots_base);
          },
          [this, &parts](models::Task task) -> std::optional<adapters::Bundle> {
            const models::Manifest* const base = parts.base_of(models::input_of(task));
            if (!is_wanted(config_.models, task) || base == nullptr) {
              return std::nullopt;
            }
            return shipped_bundle(task, *base);
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
  return check_segmenter();
}

/// The switches of all bases; those of images and shots where there is a model for them.
Result<void> Daemon::open_switches(const models::ComputeModule& compute) {
  Parts& parts = *parts_;
  auto bases = load_bases(config_.models);
  if (!bases) {
    return tl::unexpected(bases.error());
  }
  parts.base = std::move(bases->seismograms);
  parts.pickers.emplace(PickerSwitch::Surroundings{
      [compute](const models::EngineOptions& options) { return compute.open_engine(options); },
      engine_options(config_.models, bases->seismograms_folder),
      parts.base,
      check_window_grid,
      models::Task::kDpk,
      [this] { window_queue_.wake(); },
      parts.adapt_wake});
  if (bases->shots) {
    parts.shots_base = std::move(bases->shots);
    parts.inverters.emplace(InverterSwitch::Surroundings{
        [compute](const models::EngineOptions& options) { return compute.open_inverter(options); },
        segmenter_options(config_.models, bases->shots_folder),
        *parts.shots_base,
        // Shots are given as they come: any network of fwi may follow another.
        [](const models::Manifest&, const models::Manifest&) { return Result<void>{}; },
        std::nullopt,
        [&parts] { parts.invert_wake.wake(); },
        parts.adapt_wake});
  }
  if (!bases->images || config_.models.image_tasks.empty()) {
    return {};
  }
  parts.image_base = std::move(bases->images);
  parts.segmenters.emplace(SegmenterSwitch::Surroundings{
      [compute](const models::EngineOptions& options) { return compute.open_segmenter(options); },
      segmenter_options(config_.models, bases->images_folder),
      *parts.image_base,
      check_tile_grid,
      std::nullopt,
      [this] { fibre_queue_.wake(); },
      parts.adapt_wake});
  return {};
}

/// A network for fibres that is there by itself and cannot be opened is a fault of the
/// installation; an encoder alone waits for a bundle.
Result<void> Daemon::check_segmenter() const {
  const Parts& parts = *parts_;
  if (!parts.segmenters) {
    spdlog::info("msg=\"no model for images: fibres are not looked at\"");
    return {};
  }
  if (!is_wanted(config_.models, models::Task::kDas) ||
      parts.segmenters->engine(models::Task::kDas, Role::kActive) != nullptr) {
    return {};
  }
  const bool is_its_own = parts.image_base->family == models::kSegmenterFamily &&
                          parts.image_base->task == models::Task::kDas;
  if (is_its_own) {
    return fail(Errc::kModelMismatch,
                "the network for fibres of models.segmenter could not be opened; the lines above "
                "say why");
  }
  spdlog::warn(
      "msg=\"no network serves das: fibres are not looked at until a bundle for it is active\" "
      "model={}",
      parts.image_base->model_id());
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
