#include "daemon/model_command.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "adapters/export_trunk.hpp"
#include "daemon/installation.hpp"
#include "models/model_summary.hpp"

namespace geod {
namespace {

namespace fs = std::filesystem;

struct ShowOptions {
  std::string model;  ///< folder; empty: the starter model
  std::string geometry;
  std::string task = "dpk";
  bool json = false;
};

int fail_with_text(const Error& error) {
  std::fprintf(stderr, "geod model: %s\n", error.what.c_str());
  return kExitFailure;
}

/// A named geometry without weights: what a network of that shape has to train.
Result<models::Manifest> manifest_of_geometry(const ShowOptions& options) {
  models::Manifest manifest;
  manifest.name = options.geometry;
  manifest.version = "geometry";
  if (const auto segmenter = models::named_segmenter(options.geometry)) {
    const bool has_decoder = segmenter->decoder != models::SegmentDecoder::kNone;
    manifest.family = has_decoder ? models::kSegmenterFamily : models::kEncoderFamily;
    manifest.task = models::Task::kDas;
    manifest.segmenter = *segmenter;
    manifest.segments.class_names.clear();  // a geometry has none
    return manifest;
  }
  if (const auto inversion = models::named_inversion(options.geometry)) {
    manifest.family = models::kInversionFamily;
    manifest.task = models::Task::kFwi;
    manifest.inversion = *inversion;
    return manifest;
  }
  const auto geometry = models::named_geometry(options.geometry);
  if (!geometry) {
    return fail(Errc::kNotFound,
                "{}; of images: dinov2-small, dinov2-base, dinov2-large, the same with -reg4, "
                "starter-das; of shots: inversionnet",
                geometry.error().what);
  }
  const auto task = models::parse_task(options.task);
  if (!task) {
    return tl::unexpected(task.error());
  }
  manifest.geometry = *geometry;
  manifest.task = *task;
  return manifest;
}

Result<models::ModelSummary> describe_geometry(const ShowOptions& options) {
  const auto manifest = manifest_of_geometry(options);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  models::ModelSummary summary;
  summary.manifest = *manifest;
  summary.parts = models::count_parameters(models::tensor_specs(*manifest));
  for (const models::PartCount& part : summary.parts) {
    summary.total += part.total;
    summary.trainable += part.trainable;
  }
  return summary;
}

int show(const ShowOptions& options) {
  Result<models::ModelSummary> summary = fail(Errc::kNotFound, "nothing to show");
  if (!options.geometry.empty()) {
    summary = describe_geometry(options);
  } else {
    const auto folder = find_model(options.model);
    if (!folder) {
      return fail_with_text(folder.error());
    }
    summary = models::describe_model(*folder);
  }
  if (!summary) {
    return fail_with_text(summary.error());
  }
  fmt::print("{}", options.json ? models::to_json(*summary) + "\n" : models::to_text(*summary));
  return kExitOk;
}

int list(const std::vector<std::string>& folders, bool json) {
  std::vector<fs::path> roots(folders.begin(), folders.end());
  if (roots.empty()) {
    roots = model_roots();
  }
  nlohmann::json rows = nlohmann::json::array();
  for (const fs::path& root : roots) {
    std::error_code error;
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(root, error)) {
      if (fs::exists(entry.path() / "manifest.json", error)) {
        found.push_back(entry.path());
      }
    }
    std::sort(found.begin(), found.end());
    for (const fs::path& folder : found) {
      const auto manifest = models::load_manifest(folder);
      if (!manifest) {
        std::fprintf(stderr, "geod model: %s\n", manifest.error().what.c_str());
        continue;
      }
      rows.push_back({{"model_id", manifest->model_id()},
                      {"task", std::string(models::to_string(manifest->task))},
                      {"weights_sha256", manifest->weights_sha256},
                      {"folder", folder.lexically_normal().string()}});
    }
  }
  if (json) {
    fmt::print("{}\n", rows.dump(2));
  } else {
    for (const auto& row : rows) {
      fmt::print("{:<20} {:<6} {:.12}  {}\n",
                 row["model_id"].get<std::string>(),
                 row["task"].get<std::string>(),
                 row["weights_sha256"].get<std::string>(),
                 row["folder"].get<std::string>());
    }
  }
  return kExitOk;
}

struct ExportOptions {
  std::string model;  ///< folder; empty: the starter model
  std::string out;
};

int export_trunk(const ExportOptions& options) {
  const auto folder = find_model(options.model);
  if (!folder) {
    return fail_with_text(folder.error());
  }
  if (auto ok = adapters::export_trunk(*folder, options.out); !ok) {
    return fail_with_text(ok.error());
  }
  fmt::print("{}\n", options.out);
  return kExitOk;
}

void add_export_trunk(CLI::App& model, CommandContext& context) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command = model.add_subcommand(
      "export-trunk",
      "The GPT-2 blocks (of images: the encoder) of a model for Python's transformers and peft");
  command->add_option("folder", options->model, "Model folder (default: the starter model)")
      ->type_name("DIR");
  command->add_option("--out", options->out, "Folder to make")->required()->type_name("DIR");
  command->footer(
      "In Python, a bundle of this model opens on it:\n"
      "  from peft import PeftModel\n"
      "  from transformers import GPT2Model\n"
      "  trunk = PeftModel.from_pretrained(GPT2Model.from_pretrained('trunk'), "
      "'adapters/valley-3')\n"
      "  hidden = trunk(inputs_embeds=tokens, use_cache=False).last_hidden_state\n"
      "Example:\n"
      "  geod model export-trunk --out trunk\n"
      "Exit codes: 0 done, 1 failed or OUT is there already, 2 wrong command line.");
  command->callback([options, &context] { context.exit_code = export_trunk(*options); });
}

}  // namespace

void add_model_command(CLI::App& app, CommandContext& context) {
  CLI::App* model = app.add_subcommand("model", "What models are installed");
  model->require_subcommand(1);

  auto options = std::make_shared<ShowOptions>();
  CLI::App* show_command = model->add_subcommand(
      "show", "Geometry, parameters per part, hash and provenance of a model");
  show_command->add_option("folder", options->model, "Model folder (default: the starter model)")
      ->type_name("DIR");
  show_command
      ->add_option("--geometry",
                   options->geometry,
                   "A named geometry instead of a folder: seismollm-diting, seismollm-stead, "
                   "starter; of images dinov2-small, dinov2-base, dinov2-large, the same with "
                   "-reg4, starter-das; of shots inversionnet")
      ->type_name("NAME");
  show_command->add_option("--task", options->task, "Task of that geometry's head, for seismograms")
      ->type_name("TASK")
      ->check(CLI::IsMember({"dpk", "pmp", "baz", "emg", "dis"}))
      ->capture_default_str();
  show_command->add_flag("--json", options->json, "One JSON object");
  show_command->footer(
      "Examples:\n"
      "  geod model show\n"
      "  geod model show --geometry seismollm-diting --task baz\n"
      "  geod model show --geometry dinov2-small\n"
      "Exit codes: 0 done, 1 no such model or a damaged one, 2 wrong command line.");
  show_command->callback([options, &context] { context.exit_code = show(*options); });

  add_export_trunk(*model, context);

  auto folders = std::make_shared<std::vector<std::string>>();
  auto json = std::make_shared<bool>(false);
  CLI::App* list_command = model->add_subcommand("list", "Models below a folder");
  list_command
      ->add_option("folders", *folders, "Folders to look in (default: the installed models)")
      ->type_name("DIR");
  list_command->add_flag("--json", *json, "A JSON array");
  list_command->footer(
      "Examples:\n"
      "  geod model list\n"
      "  geod model list /srv/geod/models --json\n"
      "Exit codes: 0 done (also with no model), 2 wrong command line.");
  list_command->callback([folders, json, &context] { context.exit_code = list(*folders, *json); });
}

}  // namespace geod
