#include "daemon/adapters_bundle_command.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "adapters/bundle.hpp"
#include "adapters/pack_peft.hpp"
#include "adapters/write_bundle.hpp"
#include "daemon/bundle_text.hpp"
#include "daemon/installation.hpp"
#include "models/engine.hpp"
#include "models/inversion.hpp"
#include "models/inversion_scaling.hpp"
#include "models/network_shape.hpp"

namespace geod {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExitCodes = "Exit codes: 0 done, 1 refused or failed, 2 wrong command line.";

struct BundleOptions {
  std::string folder;
  std::string base;  ///< model folder; empty: the starter model
  bool json = false;
};

struct PackOptions {
  std::string peft;
  std::string base;
  std::string head;
  std::string head_from;
  std::string settings;
  std::string task = "dpk";
  std::string name;
  std::string version = "1";
  std::string out = ".";
};

int fail_with_text(const Error& error) {
  std::fprintf(stderr, "geod adapters: %s\n", error.what.c_str());
  return kExitFailure;
}

struct Base {
  fs::path folder;
  models::Manifest manifest;
};

/// The folder that is named, else the starter model for seismograms or for images.
Result<fs::path> find_base_folder(const std::string& configured, bool of_images) {
  if (!of_images) {
    return find_model(configured);
  }
  auto folder = find_segmenter(configured);
  if (!folder) {
    return tl::unexpected(folder.error());
  }
  if (!*folder) {
    return fail(Errc::kNotFound,
                "a bundle for images, and no starter model for images is installed; name its base "
                "with --base");
  }
  return **folder;
}

Result<Base> find_base(const std::string& configured, bool of_images) {
  const auto folder = find_base_folder(configured, of_images);
  if (!folder) {
    return tl::unexpected(folder.error());
  }
  auto manifest = models::load_manifest(*folder);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  return Base{*folder, std::move(*manifest)};
}

/// One window or image at a time: exact, and the same on every machine.
models::EngineOptions exact_options(const fs::path& base,
                                    std::shared_ptr<const models::NetworkOverlay> overlay) {
  models::EngineOptions options;
  options.model_directory = base;
  options.task = overlay->manifest.task;
  options.overlay = std::move(overlay);
  options.device = models::Device::kCpu;
  options.precision = models::Precision::kFloat32;
  options.threads = 1;
  options.max_batch = 1;
  return options;
}

/// Opens the engine of the overlay, which runs its golden case.
Result<void> try_out(const fs::path& base, std::shared_ptr<const models::NetworkOverlay> overlay) {
  const auto module = models::ComputeModule::load();
  if (!module) {
    return tl::unexpected(module.error());
  }
  const models::InputKind input = overlay->manifest.input();
  const models::EngineOptions options = exact_options(base, std::move(overlay));
  const auto outcome = [](const auto& engine) {
    return engine ? Result<void>{} : tl::unexpected(engine.error());
  };
  switch (input) {
    case models::InputKind::kImages:
      return outcome(module->open_segmenter(options));
    case models::InputKind::kShots:
      return outcome(module->open_inverter(options));
    case models::InputKind::kSeismograms:
      break;
  }
  return outcome(module->open_engine(options));
}

/// The overlay's normalised map of some shots.
Result<std::vector<float>> invert(const fs::path& base,
                                  const models::NetworkOverlay& overlay,
                                  const models::Shots& shots) {
  const auto module = models::ComputeModule::load();
  if (!module) {
    return tl::unexpected(module.error());
  }
  const auto engine = module->open_inverter(
      exact_options(base, std::make_shared<const models::NetworkOverlay>(overlay)));
  if (!engine) {
    return tl::unexpected(engine.error());
  }
  models::VelocityMaps maps;
  const models::Shots* const batch[] = {&shots};
  if (auto inverted = (*engine)->invert(batch, maps); !inverted) {
    return tl::unexpected(inverted.error());
  }
  const models::InversionScaling scaling(overlay.manifest.inversion_settings);
  for (float& value : maps.m_s) {
    value = scaling.velocity(value);
  }
  return std::move(maps.m_s);
}

/// Outputs of the overlay's network for a window.
Result<std::vector<float>> score(const fs::path& base,
                                 const models::NetworkOverlay& overlay,
                                 const Window& window) {
  const auto module = models::ComputeModule::load();
  if (!module) {
    return tl::unexpected(module.error());
  }
  const auto engine = module->open_engine(
      exact_options(base, std::make_shared<const models::NetworkOverlay>(overlay)));
  if (!engine) {
    return tl::unexpected(engine.error());
  }
  models::ScoreBatch batch;
  const Window* const windows[] = {&window};
  if (auto ok = (*engine)->score(windows, batch); !ok) {
    return tl::unexpected(ok.error());
  }
  return batch.values;
}

/// Class probabilities of the overlay's network for an image.
Result<std::vector<float>> segment(const fs::path& base,
                                   const models::NetworkOverlay& overlay,
                                   const models::Tile& image) {
  const auto module = models::ComputeModule::load();
  if (!module) {
    return tl::unexpected(module.error());
  }
  const auto engine = module->open_segmenter(
      exact_options(base, std::make_shared<const models::NetworkOverlay>(overlay)));
  if (!engine) {
    return tl::unexpected(engine.error());
  }
  models::SegmentBatch batch;
  const models::Tile* const images[] = {&image};
  if (auto ok = (*engine)->segment(images, batch); !ok) {
    return tl::unexpected(ok.error());
  }
  return batch.values;
}

int show(const BundleOptions& options) {
  const auto bundle = adapters::read_bundle(options.folder);
  if (!bundle) {
    return fail_with_text(bundle.error());
  }
  fmt::print("{}", options.json ? bundle_json(*bundle) : bundle_text(*bundle));
  return kExitOk;
}

int check(const BundleOptions& options) {
  const auto alone = adapters::read_bundle(options.folder);
  if (!alone) {
    return fail_with_text(alone.error());
  }
  const auto base = find_base(options.base, alone->overlay->manifest.is_of_images());
  if (!base) {
    return fail_with_text(base.error());
  }
  const auto bundle = adapters::read_bundle(options.folder, base->manifest);
  if (!bundle) {
    return fail_with_text(bundle.error());
  }
  if (auto ok = try_out(base->folder, bundle->overlay); !ok) {
    return fail_with_text(ok.error());
  }
  if (options.json) {
    fmt::print("{}", bundle_json(*bundle));
  } else {
    fmt::print("{}: whole, made for {}, and answers its golden {} as when it was exported\n",
               bundle->adapter_id(),
               base->manifest.model_id(),
               models::golden_word(bundle->overlay->manifest.input()));
  }
  return kExitOk;
}

Result<fs::path> pack(const PackOptions& options) {
  const models::Task task = *models::parse_task(options.task);
  const auto base = find_base(options.base, models::is_image_task(task));
  if (!base) {
    return tl::unexpected(base.error());
  }
  adapters::PackRequest request;
  request.peft = options.peft;
  request.base = base->manifest;
  request.task = task;
  request.name = options.name;
  request.version = options.version;
  if (!options.head.empty()) {
    request.head = options.head;
  }
  if (!options.head_from.empty()) {
    request.head_bundle = options.head_from;
  }
  if (!options.settings.empty()) {
    request.settings = options.settings;
  }
  const auto content = adapters::pack_peft(request);
  if (!content) {
    return tl::unexpected(content.error());
  }
  if (content->manifest.is_of_images()) {
    return adapters::write_bundle(
        options.out,
        *content,
        adapters::GoldenImageRun([&base](const auto& overlay, const models::Tile& image) {
          return segment(base->folder, overlay, image);
        }));
  }
  if (content->manifest.input() == models::InputKind::kShots) {
    return adapters::write_bundle(
        options.out,
        *content,
        adapters::GoldenShotsRun([&base](const auto& overlay, const models::Shots& shots) {
          return invert(base->folder, overlay, shots);
        }));
  }
  return adapters::write_bundle(
      options.out,
      *content,
      adapters::GoldenRun([&base](const auto& overlay, const Window& window) {
        return score(base->folder, overlay, window);
      }));
}

void add_base_option(CLI::App& command, std::string& base) {
  command
      .add_option("--base",
                  base,
                  "Model folder it belongs to (default: the starter model for its kind of data)")
      ->type_name("DIR");
}

void add_show(CLI::App& adapters, CommandContext& context) {
  auto options = std::make_shared<BundleOptions>();
  CLI::App* command =
      adapters.add_subcommand("show", "What a bundle holds; checks all that needs no base");
  command->add_option("folder", options->folder, "Folder of the bundle")
      ->required()
      ->type_name("DIR");
  command->add_flag("--json", options->json, "One JSON object");
  command->footer(
      fmt::format("Examples:\n"
                  "  geod adapters show adapters/valley-3\n"
                  "  geod adapters show adapters/valley-3 --json\n{}",
                  kExitCodes));
  command->callback([options, &context] { context.exit_code = show(*options); });
}

void add_check(CLI::App& adapters, CommandContext& context) {
  auto options = std::make_shared<BundleOptions>();
  CLI::App* command = adapters.add_subcommand(
      "check", "Whether a bundle is whole, fits its base and computes what was trained");
  command->add_option("folder", options->folder, "Folder of the bundle")
      ->required()
      ->type_name("DIR");
  add_base_option(*command, options->base);
  command->add_flag("--json", options->json, "One JSON object, as of show");
  command->footer(
      fmt::format("Does what the daemon does before it lets a bundle serve, on the CPU.\n"
                  "Examples:\n"
                  "  geod adapters check adapters/valley-3\n"
                  "  geod adapters check adapters/valley-3 --base models/valley-base --json\n{}",
                  kExitCodes));
  command->callback([options, &context] { context.exit_code = check(*options); });
}

void add_pack(CLI::App& adapters, CommandContext& context) {
  auto options = std::make_shared<PackOptions>();
  CLI::App* command = adapters.add_subcommand(
      "pack", "Make a bundle of an adapter that was trained with Python's peft");
  command->add_option("peft", options->peft, "Folder that save_pretrained wrote")
      ->required()
      ->type_name("DIR");
  add_base_option(*command, options->base);
  auto* head = command
                   ->add_option("--head",
                                options->head,
                                "Embedder and head (images: decoder), safetensors under geod's "
                                "names (default: the base's own)")
                   ->type_name("FILE");
  command
      ->add_option(
          "--head-from", options->head_from, "A bundle whose embedder, head and settings are taken")
      ->type_name("DIR")
      ->excludes(head);
  command->add_option("--task", options->task, "Task of the head")
      ->type_name("TASK")
      ->check(CLI::IsMember(
          {"dpk", "pmp", "baz", "emg", "dis", "das", "facies", "salt", "crater", "fault", "fwi"}))
      ->capture_default_str();
  command
      ->add_option("--settings",
                   options->settings,
                   "Image tasks: JSON with \"geometry\" (decoder, classes, rows, columns ...) and "
                   "\"segments\", as in a manifest; over an encoder alone it says what network the "
                   "head makes")
      ->type_name("FILE");
  command->add_option("--name", options->name, "Name of the bundle")->required()->type_name("NAME");
  command->add_option("--version", options->version, "Its version")
      ->type_name("VERSION")
      ->capture_default_str();
  command->add_option("--out", options->out, "Folder that gets the bundle NAME-VERSION")
      ->type_name("DIR")
      ->capture_default_str();
  command->footer(fmt::format(
      "Prints the bundle's folder. The trunk or encoder to train on: geod model export-trunk.\n"
      "Examples:\n"
      "  geod adapters pack peft-run --name valley --version 3 --out adapters\n"
      "  geod adapters pack peft-run --task pmp --head head.safetensors --name valley-pmp\n"
      "  geod adapters pack peft-run --head-from adapters/valley-2 --name valley --version 3\n"
      "  geod adapters pack peft-run --base models/dinov2-small --task salt --settings salt.json "
      "--head decoder.safetensors --name gulf-salt\n{}",
      kExitCodes));
  command->callback([options, &context] {
    const auto path = pack(*options);
    if (!path) {
      context.exit_code = fail_with_text(path.error());
      return;
    }
    fmt::print("{}\n", path->string());
    context.exit_code = kExitOk;
  });
}

}  // namespace

void add_adapters_bundle_commands(CLI::App& adapters, CommandContext& context) {
  add_show(adapters, context);
  add_check(adapters, context);
  add_pack(adapters, context);
}

}  // namespace geod
