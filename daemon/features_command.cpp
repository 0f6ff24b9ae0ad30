#include "daemon/features_command.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "adapters/bundle.hpp"
#include "models/engine.hpp"
#include "trainer/feature_map.hpp"

namespace geod {
namespace {

struct FeaturesCommand {
  std::filesystem::path image;
  std::filesystem::path model;
  std::filesystem::path adapter;
  std::filesystem::path before;
  std::filesystem::path out;
};

constexpr const char* kFooter =
    "The picture shows the image and beside it the three strongest principal components of the "
    "patch features as red, green and blue, each stretched by itself; with --before those of "
    "another model in between, with --adapter those of the base. Colours of two pictures cannot "
    "be compared, their shapes can.\n\n"
    "Examples:\n"
    "  geod features tile.png --model models/dinov2-small --out features.png\n"
    "  geod features tile.png --model das-1 --before models/dinov2-small --out features.png\n"
    "  geod features tile.png --model models/dinov2-small --adapter das-lora-1 --out "
    "features.png\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong command line.";

Result<std::vector<trainer::FeatureNetwork>> networks_of(const FeaturesCommand& command) {
  std::vector<trainer::FeatureNetwork> networks;
  if (!command.before.empty()) {
    networks.push_back({command.before, nullptr});
  }
  if (command.adapter.empty()) {
    networks.push_back({command.model, nullptr});
    return networks;
  }
  const auto base = models::load_manifest(command.model);
  if (!base) {
    return tl::unexpected(base.error());
  }
  const auto bundle = adapters::read_bundle(command.adapter, *base);
  if (!bundle) {
    return tl::unexpected(bundle.error());
  }
  if (command.before.empty()) {
    networks.push_back({command.model, nullptr});
  }
  networks.push_back({command.model, bundle->overlay});
  return networks;
}

Result<void> write_features(const FeaturesCommand& command) {
  const auto image = trainer::load_image_file(command.image);
  if (!image) {
    return tl::unexpected(image.error());
  }
  const auto module = models::ComputeModule::load();
  if (!module) {
    return tl::unexpected(module.error());
  }
  const auto symbol = module->symbol("geod_features");
  if (!symbol) {
    return tl::unexpected(symbol.error());
  }
  const auto compute = reinterpret_cast<trainer::FeatureFunction>(*symbol);
  const auto networks = networks_of(command);
  if (!networks) {
    return tl::unexpected(networks.error());
  }
  std::vector<trainer::FeatureMap> maps;
  for (const trainer::FeatureNetwork& network : *networks) {
    Result<trainer::FeatureMap> map;
    compute(network, *image, map);
    if (!map) {
      return tl::unexpected(map.error());
    }
    fmt::print("{}{}: {} x {} patches, {:.1f} + {:.1f} + {:.1f} % of their variance\n",
               network.model.string(),
               network.overlay ? " with " + command.adapter.string() : std::string(),
               map->rows,
               map->columns,
               100.0 * map->explained[0],
               100.0 * map->explained[1],
               100.0 * map->explained[2]);
    maps.push_back(std::move(*map));
  }
  return streams::write_png(command.out, trainer::feature_picture(*image, maps));
}

}  // namespace

void add_features_command(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<FeaturesCommand>();
  CLI::App* features = app.add_subcommand("features", "Draw what an encoder sees in an image");
  features->footer(kFooter);
  features->add_option("image", command->image, "PNG or NPY, values 0 to 255")
      ->required()
      ->type_name("IMAGE");
  features->add_option("--model", command->model, "Encoder or model of images")
      ->required()
      ->type_name("DIR");
  CLI::Option* before =
      features->add_option("--before", command->before, "Model to compare with, drawn before it")
          ->type_name("DIR");
  features->add_option("--adapter", command->adapter, "Bundle over the model, drawn after it")
      ->type_name("DIR")
      ->excludes(before);
  features->add_option("--out", command->out, "PNG to write")->required()->type_name("FILE");
  features->callback([command, &context] {
    if (const auto done = write_features(*command); !done) {
      fmt::print(stderr, "geod features: {}\n", done.error().what);
      context.exit_code = kExitFailure;
    }
  });
}

}  // namespace geod
