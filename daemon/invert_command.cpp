#include "daemon/invert_command.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "adapters/adapter_store.hpp"
#include "adapters/bundle.hpp"
#include "config/config.hpp"
#include "core/log.hpp"
#include "daemon/control.hpp"
#include "daemon/engine_options.hpp"
#include "daemon/installation.hpp"
#include "daemon/inversion_files.hpp"
#include "daemon/inversion_request.hpp"
#include "models/engine.hpp"

namespace geod {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Shots wait for live data; InversionWorker gives up before.
constexpr auto kPatience = std::chrono::minutes{6};

struct InvertCommand {
  std::string file;
  std::string model;
  std::string adapter;
  std::string out;
  std::string picture;
  bool alone = false;
  bool json = false;
};

/// The overlay of the bundle that is asked for or, of the configured model, active; null: the
/// model itself.
Result<std::shared_ptr<const models::NetworkOverlay>> overlay_for(const InvertCommand& command,
                                                                  const config::Config& config,
                                                                  const fs::path& model) {
  const fs::path folder = config::adapters_path(config);
  std::string name = command.adapter;
  if (name.empty() && command.model.empty()) {
    const auto state = adapters::read_adapter_state(folder);
    if (!state) {
      return tl::unexpected(state.error());
    }
    name = state->of(models::Task::kFwi).active.bundle;
  }
  if (name.empty()) {
    return nullptr;
  }
  const auto base = models::load_manifest(model);
  if (!base) {
    return tl::unexpected(base.error());
  }
  const bool is_path = !adapters::is_bundle_name(name) || !fs::exists(folder / name);
  const auto bundle = adapters::read_bundle(is_path ? fs::path(name) : folder / name, *base);
  if (!bundle) {
    return tl::unexpected(bundle.error());
  }
  return bundle->overlay;
}

/// Without a daemon.
Result<InversionAnswer> invert_alone(const InvertCommand& command,
                                     const InversionRequest& request,
                                     const config::Config& config) {
  const auto model = find_inverter(command.model.empty() ? config.models.inverter : command.model);
  if (!model) {
    return tl::unexpected(model.error());
  }
  if (!*model) {
    return fail(Errc::kNotFound,
                "there is no model for inversion: name its folder with --model or set "
                "models.inverter");
  }
  auto overlay = overlay_for(command, config, **model);
  if (!overlay) {
    return tl::unexpected(overlay.error());
  }
  const auto compute = models::ComputeModule::load();
  if (!compute) {
    return tl::unexpected(compute.error());
  }
  models::EngineOptions options = segmenter_options(config.models, **model);
  options.overlay = std::move(*overlay);
  options.task = models::Task::kFwi;
  const auto engine = compute->open_inverter(options);
  if (!engine) {
    return tl::unexpected(engine.error());
  }
  models::VelocityMaps all;
  models::VelocityMaps maps;
  for (std::size_t at = 0; at < request.sets.size(); at += options.max_batch) {
    std::vector<const models::Shots*> batch;
    for (std::size_t n = at; n < std::min(at + options.max_batch, request.sets.size()); ++n) {
      batch.push_back(&request.sets[n]);
    }
    if (auto inverted = (*engine)->invert(batch, maps); !inverted) {
      return tl::unexpected(inverted.error());
    }
    all.depths = maps.depths;
    all.offsets = maps.offsets;
    all.maps += maps.maps;
    all.m_s.insert(all.m_s.end(), maps.m_s.begin(), maps.m_s.end());
  }
  return parse_inversion_answer(to_message(all, **engine));
}

/// By the running daemon; nothing where none runs.
std::optional<Result<InversionAnswer>> invert_by_daemon(const InversionRequest& request,
                                                        const config::Config& config) {
  const auto running =
      control_request(config.daemon.runtime_directory, R"({"command":"status"})", 2000ms);
  if (!running) {
    return std::nullopt;
  }
  auto reply = control_exchange(config.daemon.runtime_directory, to_message(request), kPatience);
  return reply ? parse_inversion_answer(std::move(*reply)) : tl::unexpected(reply.error());
}

Result<InversionAnswer> invert(const InvertCommand& command, const config::Config& config) {
  auto sets = read_shots_file(command.file);
  if (!sets) {
    return tl::unexpected(sets.error());
  }
  // The daemon serves its own model and bundles by name; what lies elsewhere is not its.
  const bool is_path = !command.adapter.empty() && !adapters::is_bundle_name(command.adapter);
  const InversionRequest request{is_path ? "" : command.adapter, std::move(*sets)};
  if (!command.alone && !is_path && command.model.empty()) {
    if (auto answer = invert_by_daemon(request, config)) {
      return std::move(*answer);
    }
  }
  return invert_alone(command, request, config);
}

int run_invert(const InvertCommand& command, const fs::path& config_file) {
  log::init("warn");
  const auto config = config::require_config(config_file);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().what.c_str());
    return kExitConfig;
  }
  const auto answer = invert(command, *config);
  Result<void> written = answer ? Result<void>{} : tl::unexpected(answer.error());
  if (answer && !command.out.empty()) {
    written = write_maps(answer->maps, command.out);
  }
  nlohmann::json told =
      answer ? nlohmann::json::parse(answer->json) : nlohmann::json(nlohmann::json::object());
  if (written && !command.picture.empty()) {
    written = write_map_picture(answer->maps,
                                told.value("velocity_min_m_s", 0.0),
                                told.value("velocity_max_m_s", 0.0),
                                command.picture);
  }
  if (!written) {
    std::fprintf(stderr, "geod invert: %s\n", written.error().what.c_str());
    return kExitFailure;
  }
  const auto& m_s = answer->maps.m_s;
  const auto [least, greatest] = std::minmax_element(m_s.begin(), m_s.end());
  told["least_m_s"] = *least;
  told["greatest_m_s"] = *greatest;
  if (command.json) {
    fmt::print("{}\n", told.dump());
    return kExitOk;
  }
  fmt::print("{} maps of {} x {} cells by {}: {:.0f} to {:.0f} m/s\n",
             answer->maps.maps,
             answer->maps.depths,
             answer->maps.offsets,
             told.value("adapter", told.value("model", "")),
             *least,
             *greatest);
  return kExitOk;
}

}  // namespace

void add_invert_command(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<InvertCommand>();
  CLI::App* sub = app.add_subcommand(
      "invert", "Turn shots into velocity maps, by the running daemon when there is one");
  add_config_option(*sub, context);
  sub->add_option("file",
                  command->file,
                  "Shots: .npy, [sources, times, receivers] or several sets of them, in the units "
                  "of the model's bounds of amplitude")
      ->type_name("FILE")
      ->required();
  sub->add_option("--model",
                  command->model,
                  "Model folder (default: models.inverter); with it no daemon is asked")
      ->type_name("DIR");
  sub->add_option("--adapter",
                  command->adapter,
                  "Bundle that answers: its name in the folder of adapters, or its path "
                  "(default: the one that is active; with --model none)")
      ->type_name("BUNDLE");
  sub->add_option(
         "--out", command->out, "Maps to write: .npy, float32 [sets, 1, depths, offsets] in m/s")
      ->type_name("FILE");
  sub->add_option("--picture", command->picture, "Picture of the first maps to write: .png")
      ->type_name("FILE");
  sub->add_flag("--alone", command->alone, "Do not ask a running daemon");
  sub->add_flag("--json", command->json, "One JSON object");
  sub->footer(
      "Examples:\n"
      "  geod invert data49.npy --out maps.npy --picture maps.png\n"
      "  geod invert data49.npy --model models/inversionnet --adapter fvb-lora-1 --json\n"
      "Exit codes: 0 done, 1 failed, 2 wrong command line, 78 wrong configuration.");
  sub->callback(
      [command, &context] { context.exit_code = run_invert(*command, config_file_of(context)); });
}

}  // namespace geod
