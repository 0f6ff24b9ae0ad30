#include "daemon/import_command.hpp"

#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "models/import_model.hpp"

namespace geod {
namespace {

struct ImportOptions {
  std::string file;
  std::string out = "models";
  std::string task = "dpk";
  std::string geometry = "seismollm-diting";
  std::int64_t blocks = 3;
  std::string encoder;  ///< may be empty, as the next
  std::string position_rule;
  models::InversionImport inversion;
};

int report(const Result<std::filesystem::path>& folder) {
  if (!folder) {
    std::fprintf(stderr, "geod import: %s\n", folder.error().what.c_str());
    return kExitFailure;
  }
  fmt::print("{}\n", folder->string());
  return kExitOk;
}

int import_seismollm(const ImportOptions& options) {
  const auto task = models::parse_task(options.task);
  const auto geometry = models::named_geometry(options.geometry);
  if (!task || !geometry) {
    std::fprintf(
        stderr, "geod import: %s\n", (!task ? task.error() : geometry.error()).what.c_str());
    return kExitUsage;
  }
  return report(models::import_seismollm(options.file, *task, *geometry, options.out));
}

int import_dinov2(const ImportOptions& options) {
  models::Dinov2Import import{options.encoder, {}};
  if (!options.position_rule.empty()) {
    import.position_rule = *models::parse_position_rule(options.position_rule);
  }
  return report(models::import_dinov2(options.file, import, options.out));
}

void add_dinov2(CLI::App& import,
                const std::shared_ptr<ImportOptions>& options,
                CommandContext& context) {
  CLI::App* dinov2 =
      import.add_subcommand("dinov2", "A DINOv2 encoder (ViT-S, B, L, with or without registers)");
  dinov2
      ->add_option("file",
                   options->file,
                   "model.safetensors as on Hugging Face, or the original .pth; nothing in it is "
                   "executed")
      ->type_name("FILE")
      ->required();
  dinov2
      ->add_option("--geometry",
                   options->encoder,
                   "What the file must be, e.g. dinov2-small or dinov2-base-reg4; without it what "
                   "its shapes say")
      ->type_name("NAME");
  dinov2
      ->add_option("--position-rule",
                   options->position_rule,
                   "How positions are brought to other image sizes: offset (the authors' without "
                   "registers), antialias (theirs with), size (newer transformers)")
      ->type_name("RULE")
      ->check(CLI::IsMember({"offset", "antialias", "size"}));
  dinov2->add_option("--out", options->out, "Folder that gets the new folder")
      ->type_name("DIR")
      ->capture_default_str();
  dinov2->footer(
      "Prints the folder it made, OUT/NAME-HASH: a base to train image tasks from.\n"
      "Example:\n"
      "  geod import dinov2 dinov2-small/model.safetensors --out models\n"
      "Exit codes: 0 done, 1 failed, 2 wrong command line.");
  dinov2->callback([options, &context] { context.exit_code = import_dinov2(*options); });
}

void add_inversionnet(CLI::App& import,
                      const std::shared_ptr<ImportOptions>& options,
                      CommandContext& context) {
  models::InversionGeometry& geometry = options->inversion.geometry;
  models::InversionSettings& settings = options->inversion.settings;
  CLI::App* net = import.add_subcommand(
      "inversionnet", "An InversionNet as OpenFWI's code saves it (shots into velocity maps)");
  net->add_option("file",
                  options->file,
                  ".pth as torch.save wrote it, or safetensors; nothing in it is executed")
      ->type_name("FILE")
      ->required();
  const auto add_size = [net](const char* name, std::int64_t& value, const char* text) {
    net->add_option(name, value, text)
        ->type_name("COUNT")
        ->check(CLI::Range(1, 16384))
        ->capture_default_str();
  };
  add_size("--times", geometry.times, "Samples of a trace");
  add_size("--receivers", geometry.receivers, "Traces of a shot");
  add_size("--depths", geometry.depths, "Rows of the velocity map");
  add_size("--offsets", geometry.offsets, "Its columns");
  net->add_option("--bounds-of", settings.bounds_of, "Data set whose bounds of amplitude follow")
      ->type_name("NAME")
      ->capture_default_str();
  net->add_option("--amplitude-min", settings.amplitude_min, "Amplitude that becomes -1")
      ->type_name("VALUE")
      ->capture_default_str();
  net->add_option("--amplitude-max", settings.amplitude_max, "Amplitude that becomes 1")
      ->type_name("VALUE")
      ->capture_default_str();
  net->add_option("--out", options->out, "Folder that gets the new folder")
      ->type_name("DIR")
      ->capture_default_str();
  net->footer(
      "Prints the folder it made, OUT/inversionnet-HASH, for models.inverter and geod invert.\n"
      "Example:\n"
      "  geod import inversionnet fvb_l1.pth --bounds-of flatvel-b --amplitude-min -27.17 "
      "--amplitude-max 56.05\n"
      "Exit codes: 0 done, 1 failed, 2 wrong command line.");
  net->callback([options, &context] {
    context.exit_code =
        report(models::import_inversionnet(options->file, options->inversion, options->out));
  });
}

}  // namespace

void add_import_command(CLI::App& app, CommandContext& context) {
  CLI::App* import = app.add_subcommand("import", "Turn published weights into a model folder");
  import->require_subcommand(1);
  auto options = std::make_shared<ImportOptions>();

  CLI::App* gpt2 = import->add_subcommand("gpt2", "GPT-2 weights, safetensors as on Hugging Face");
  gpt2->add_option("file", options->file, "model.safetensors")->required()->type_name("FILE");
  gpt2->add_option("--out", options->out, "Folder that gets the new folder")
      ->type_name("DIR")
      ->capture_default_str();
  gpt2->add_option("--blocks", options->blocks, "Blocks to keep, from the first")
      ->type_name("BLOCKS")
      ->check(CLI::Range(1, 48))
      ->capture_default_str();
  gpt2->footer(
      "Prints the folder it made, OUT/gpt2-HASH, for geod train --trunk.\n"
      "Example:\n"
      "  geod import gpt2 gpt2/model.safetensors --out models\n"
      "Exit codes: 0 done, 1 failed, 2 wrong command line.");
  gpt2->callback([options, &context] {
    context.exit_code = report(models::import_gpt2(options->file, options->out, options->blocks));
  });

  CLI::App* seismollm =
      import->add_subcommand("seismollm", "A checkpoint of the published SeisMoLLM code (.pth)");
  seismollm->add_option("file", options->file, "model-EPOCH.pth; nothing in it is executed")
      ->type_name("FILE")
      ->required();
  seismollm->add_option("--task", options->task, "Task it was trained for")
      ->type_name("TASK")
      ->check(CLI::IsMember({"dpk", "pmp", "baz", "emg", "dis"}))
      ->capture_default_str();
  seismollm
      ->add_option("--geometry",
                   options->geometry,
                   "seismollm-diting (8192 samples at 50 Hz) or seismollm-stead (6000 at 100 Hz)")
      ->type_name("NAME")
      ->capture_default_str();
  seismollm->add_option("--out", options->out, "Folder that gets the new folder")
      ->type_name("DIR")
      ->capture_default_str();
  seismollm->footer(
      "Prints the folder it made, OUT/seismollm-TASK-HASH.\n"
      "Example:\n"
      "  geod import seismollm model-57.pth --task dpk --geometry seismollm-stead\n"
      "Exit codes: 0 done, 1 failed, 2 wrong command line.");
  seismollm->callback([options, &context] { context.exit_code = import_seismollm(*options); });
  add_dinov2(*import, options, context);
  add_inversionnet(*import, options, context);
}

}  // namespace geod
