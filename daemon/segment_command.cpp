#include "daemon/segment_command.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "adapters/adapter_store.hpp"
#include "config/config.hpp"
#include "core/log.hpp"
#include "daemon/bundles.hpp"
#include "daemon/control.hpp"
#include "daemon/engine_options.hpp"
#include "daemon/segment_files.hpp"
#include "daemon/segment_request.hpp"
#include "models/engine.hpp"
#include "models/image_pass.hpp"

namespace geod {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// An image waits for live fibres; ImageRequests gives up before.
constexpr auto kPatience = std::chrono::minutes{6};

struct SegmentCommand {
  ImageFile input;
  std::string task;
  std::string adapter;
  std::string out;
  std::string probabilities;
  bool alone = false;
  bool json = false;
};

/// The bundle that is asked for, the one that is active, or what geod ships.
Result<adapters::Bundle> bundle_for(const SegmentCommand& command,
                                    models::Task task,
                                    const config::Config& config,
                                    const Bases& bases) {
  const fs::path folder = config::adapters_path(config);
  std::string name = command.adapter;
  if (name.empty()) {
    const auto state = adapters::read_adapter_state(folder);
    if (!state) {
      return tl::unexpected(state.error());
    }
    name = state->of(task).active.bundle;
  }
  if (!name.empty()) {
    const bool is_path = !adapters::is_bundle_name(name) || !fs::exists(folder / name);
    return adapters::read_bundle(is_path ? fs::path(name) : folder / name, *bases.images);
  }
  auto shipped = shipped_bundle(task, *bases.images);
  if (!shipped) {
    return fail(Errc::kNotFound,
                "{} is no network for {}, and no bundle for it is active: name one with --adapter",
                bases.images->model_id(),
                models::to_string(task));
  }
  return std::move(*shipped);
}

/// Without a daemon.
Result<SegmentAnswer> segment_alone(const SegmentCommand& command,
                                    SegmentRequest request,
                                    const config::Config& config) {
  const auto bases = load_bases(config.models);
  if (!bases) {
    return tl::unexpected(bases.error());
  }
  if (!bases->images) {
    return fail(Errc::kNotFound,
                "there is no model for images: set models.segmenter to a model folder");
  }
  const auto bundle = bundle_for(command, request.task, config, *bases);
  if (!bundle) {
    return tl::unexpected(bundle.error());
  }
  const auto compute = models::ComputeModule::load();
  if (!compute) {
    return tl::unexpected(compute.error());
  }
  models::EngineOptions options = segmenter_options(config.models, bases->images_folder);
  options.overlay = bundle->overlay;
  options.task = request.task;
  const auto engine = compute->open_segmenter(options);
  if (!engine) {
    return tl::unexpected(engine.error());
  }
  models::ImagePass pass(std::move(request.image), (*engine)->manifest().segmenter);
  models::SegmentBatch batch;
  while (!pass.is_done()) {
    const auto tiles = pass.next(options.max_batch);
    if (auto scored = (*engine)->segment(tiles, batch); !scored) {
      return tl::unexpected(scored.error());
    }
    if (auto added = pass.add(batch); !added) {
      return tl::unexpected(added.error());
    }
  }
  const std::size_t tiles = pass.tiles();
  return parse_segment_answer(to_message(pass.take(), request.task, **engine, tiles));
}

/// By the running daemon; nothing where none runs.
std::optional<Result<SegmentAnswer>> segment_by_daemon(const SegmentRequest& request,
                                                       const config::Config& config) {
  const auto running =
      control_request(config.daemon.runtime_directory, R"({"command":"status"})", 2000ms);
  if (!running) {
    return std::nullopt;
  }
  auto reply = control_exchange(config.daemon.runtime_directory, to_message(request), kPatience);
  return reply ? parse_segment_answer(std::move(*reply)) : tl::unexpected(reply.error());
}

Result<SegmentAnswer> segment(const SegmentCommand& command, const config::Config& config) {
  const auto task = models::parse_task(command.task);
  if (!task) {
    return tl::unexpected(task.error());
  }
  auto image = read_image_file(command.input);
  if (!image) {
    return tl::unexpected(image.error());
  }
  // The daemon serves bundles by name; one that lies elsewhere is not its.
  const bool is_path = !command.adapter.empty() && !adapters::is_bundle_name(command.adapter);
  SegmentRequest request{*task, is_path ? "" : command.adapter, std::move(*image)};
  if (!command.alone && !is_path) {
    if (auto answer = segment_by_daemon(request, config)) {
      return std::move(*answer);
    }
  }
  return segment_alone(command, std::move(request), config);
}

/// "background 81.2 %, event 18.8 %".
nlohmann::json shares_of(const models::SegmentedImage& image, const nlohmann::json& names) {
  std::vector<std::size_t> counts(image.classes, 0);
  for (const std::uint8_t label : image.mask) {
    ++counts[label];
  }
  nlohmann::json shares = nlohmann::json::object();
  for (std::size_t k = 0; k < image.classes; ++k) {
    const std::string name = k < names.size() ? names[k].get<std::string>() : std::to_string(k);
    shares[name] = static_cast<double>(counts[k]) / static_cast<double>(image.mask.size());
  }
  return shares;
}

int run_segment(const SegmentCommand& command, const fs::path& config_file) {
  log::init("warn");
  const auto config = config::require_config(config_file);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().what.c_str());
    return kExitConfig;
  }
  const auto answer = segment(command, *config);
  Result<void> written = answer ? Result<void>{} : tl::unexpected(answer.error());
  if (answer && !command.out.empty()) {
    written = write_mask(answer->image, command.out);
  }
  if (written && !command.probabilities.empty()) {
    written = write_probabilities(answer->image, command.probabilities);
  }
  if (!written) {
    std::fprintf(stderr, "geod segment: %s\n", written.error().what.c_str());
    return kExitFailure;
  }
  nlohmann::json told = nlohmann::json::parse(answer->json);
  told["shares"] = shares_of(answer->image, told.value("class_names", nlohmann::json::array()));
  if (command.json) {
    fmt::print("{}\n", told.dump());
    return kExitOk;
  }
  fmt::print("{} x {} pixels by {}:",
             answer->image.rows,
             answer->image.columns,
             told.value("adapter", told.value("model", "")));
  for (const auto& [name, share] : told["shares"].items()) {
    fmt::print(" {} {:.1f} %", name, 100.0 * share.get<double>());
  }
  fmt::print("\n");
  return kExitOk;
}

}  // namespace

void add_segment_command(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<SegmentCommand>();
  CLI::App* sub = app.add_subcommand(
      "segment", "Segment an image file, by the running daemon when there is one");
  add_config_option(*sub, context);
  sub->add_option("file", command->input.path, "Image: .png, .npy (2-D) or .dat (float32)")
      ->type_name("FILE")
      ->required();
  sub->add_option("--task", command->task, "das, facies, salt, crater or fault")
      ->type_name("TASK")
      ->required()
      ->check(CLI::IsMember({"das", "facies", "salt", "crater", "fault"}));
  sub->add_option("--adapter",
                  command->adapter,
                  "Bundle that answers: its name in the folder of adapters, or its path "
                  "(default: the one that is active)")
      ->type_name("BUNDLE");
  sub->add_option("--rows", command->input.rows, "Rows of a .dat file")
      ->type_name("ROWS")
      ->check(CLI::Range(1, 1 << 20));
  sub->add_option("--columns", command->input.columns, "Columns of a .dat file")
      ->type_name("COLUMNS")
      ->check(CLI::Range(1, 1 << 20));
  sub->add_flag("--stretch",
                command->input.stretch,
                "Bring the image's least value to 0 and its greatest to 255 first");
  sub->add_option("--out", command->out, "Mask to write: .png (indexed colours) or .npy (uint8)")
      ->type_name("FILE");
  sub->add_option("--probabilities",
                  command->probabilities,
                  "Class probabilities to write: .npy, float32 [classes, rows, columns]")
      ->type_name("FILE");
  sub->add_flag("--alone", command->alone, "Do not ask a running daemon");
  sub->add_flag("--json", command->json, "One JSON object");
  sub->footer(
      "Examples:\n"
      "  geod segment section.png --task salt --out mask.png\n"
      "  geod segment 17.dat --rows 512 --columns 512 --task das --adapter ridge-2 --json\n"
      "Exit codes: 0 done, 1 failed, 2 wrong command line, 78 wrong configuration.");
  sub->callback(
      [command, &context] { context.exit_code = run_segment(*command, config_file_of(context)); });
}

}  // namespace geod
