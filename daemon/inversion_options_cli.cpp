#include "daemon/inversion_options_cli.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace geod {
namespace {

using models::BatchNormPolicy;
using models::LoraScaling;
using trainer::InversionLoss;
using trainer::InversionOptions;
using trainer::InversionSelection;

/// An option that takes the names of some values, the first one being its default.
template <class Enum>
void add_named(CLI::App& app,
               const char* flag,
               Enum& value,
               const std::vector<Enum>& values,
               const char* description,
               const char* type) {
  std::vector<std::string> names;
  for (const Enum each : values) {
    names.emplace_back(to_string(each));
  }
  app.add_option_function<std::string>(
         flag,
         [&value, values](const std::string& name) {
           value =
               *std::ranges::find_if(values, [&](Enum each) { return to_string(each) == name; });
         },
         description)
      ->type_name(type)
      ->check(CLI::IsMember(names))
      ->default_str(names.front());
}

void add_data_options(CLI::App& app, InversionOptions& o) {
  app.add_option("--more-data",
                 o.more_data,
                 "Inversion: a further data set to train on together (may be given again)")
      ->type_name("DIR");
  app.add_option("--test-data",
                 o.tests,
                 "Inversion: a data set whose validation part is scored at the end, too (may be "
                 "given again)")
      ->type_name("DIR");
  app.add_option(
         "--bounds",
         o.bounds,
         "Inversion: bounds of the amplitudes: openfwi (default without --init), one of its "
         "sets as flatvel-a, or own: of each sample's set")
      ->type_name("NAME");
  app.add_option("--share", o.share, "Inversion: share of the training samples to train on")
      ->type_name("SHARE")
      ->check(CLI::Range(1e-6, 1.0))
      ->capture_default_str();
  app.add_flag("--first-samples",
               o.takes_first,
               "Inversion: take that share as stored, not at random from all shards");
  app.add_option("--share-seed",
                 o.share_seed,
                 "Inversion: seed of the share; smaller shares lie in larger ones of one seed")
      ->type_name("N")
      ->capture_default_str();
  add_named(app,
            "--misfit",
            o.misfit,
            {InversionLoss::kL1, InversionLoss::kL1L2},
            "Inversion: what is made small: l1 (the paper's), or l1l2: L1 and L2 (its "
            "code's default)",
            "NAME");
  add_named(
      app,
      "--select",
      o.selection,
      {InversionSelection::kLast, InversionSelection::kHeldOut, InversionSelection::kPublished},
      "Inversion: weights to write: last, the best on a held-out twentieth of the "
      "training samples, or published: the best on the validation part itself",
      "NAME");
}

void add_network_options(CLI::App& app, InversionOptions& o) {
  app.add_option("--width", o.width, "Inversion: channels of the first block (published: 32)")
      ->type_name("CHANNELS")
      ->check(CLI::Range(1, 1024));
  add_named(app,
            "--lora-scaling",
            o.lora_scaling,
            {LoraScaling::kAlphaOverR, LoraScaling::kAlpha, LoraScaling::kAlphaOverSqrtR},
            "Inversion: what a pair is multiplied by: alpha_over_r, alpha (the paper's "
            "equation), alpha_over_sqrt_r",
            "NAME");
  add_named(app,
            "--bn",
            o.bn_policy,
            {BatchNormPolicy::kFrozen, BatchNormPolicy::kBatchStats, BatchNormPolicy::kAffine},
            "Inversion: BatchNorms under what is laid on: frozen, batch_stats, affine",
            "POLICY");
  app.add_option("--bottleneck", o.bottleneck, "Inversion: channels of method adaptformer")
      ->type_name("CHANNELS")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
}

}  // namespace

void add_inversion_options(CLI::App& app, InversionOptions& options) {
  add_data_options(app, options);
  add_network_options(app, options);
}

}  // namespace geod
