#include "daemon/image_options_cli.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace geod {
namespace {

using models::SegmentDecoder;
using trainer::ImageLoss;

constexpr SegmentDecoder kDecoders[] = {SegmentDecoder::kLinear,
                                        SegmentDecoder::kPup,
                                        SegmentDecoder::kMla,
                                        SegmentDecoder::kDpt,
                                        SegmentDecoder::kUnet};
constexpr ImageLoss kLosses[] = {ImageLoss::kWeightedDice,
                                 ImageLoss::kCodeWeightedDice,
                                 ImageLoss::kDice,
                                 ImageLoss::kFocal,
                                 ImageLoss::kCrossEntropy,
                                 ImageLoss::kDiceCrossEntropy};
constexpr std::int64_t kMaxTileSide = 16384;

template <class Enum, std::size_t N>
std::vector<std::string> names_of(const Enum (&values)[N]) {
  std::vector<std::string> names;
  for (const Enum value : values) {
    names.emplace_back(to_string(value));
  }
  return names;
}

template <class Enum, std::size_t N>
std::optional<Enum> value_of(const Enum (&values)[N], const std::string& name) {
  const auto* found =
      std::ranges::find_if(values, [&](Enum value) { return to_string(value) == name; });
  return found == std::end(values) ? std::nullopt : std::optional(*found);
}

/// "0.2,0.8" as numbers above 0; nothing for another text.
std::optional<std::vector<double>> parse_weights(std::string_view text) {
  std::vector<double> weights;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    double value = 0.0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc{} || end != part.data() + part.size() || !(value > 0.0) || value > 1e6) {
      return std::nullopt;
    }
    weights.push_back(value);
  }
  return weights;
}

void add_loss_options(CLI::App& app, ImageTrainCommand& command) {
  app.add_option("--loss",
                 command.loss,
                 "Images: wdice (the paper's), wdice-code (its code's), dice, focal, ce, dice-ce "
                 "(default of preset geod)")
      ->type_name("NAME")
      ->check(CLI::IsMember(names_of(kLosses)));
  app.add_option("--class-names",
                 command.options.class_names,
                 "Images: names of the classes 0, 1, ... (default: images.json, or the task's)")
      ->type_name("NAMES")
      ->delimiter(',');
  app.add_option("--class-weights",
                 command.class_weights,
                 "Images: weights of the classes in cross-entropy, or balanced: 1 / their share")
      ->type_name("WEIGHTS")
      ->check(CLI::Validator(
          [](const std::string& text) {
            return text == "balanced" || parse_weights(text)
                       ? std::string{}
                       : "'" + text + "' is neither balanced nor numbers above 0 with commas";
          },
          ""));
}

}  // namespace

bool parse_tile(const std::string& text, std::int64_t& rows, std::int64_t& columns) {
  const char* end = text.data() + text.size();
  const auto [cross, first] = std::from_chars(text.data(), end, rows);
  if (first != std::errc{} || cross == end || *cross != 'x') {
    return false;
  }
  const auto [rest, second] = std::from_chars(cross + 1, end, columns);
  return second == std::errc{} && rest == end && rows > 0 && columns > 0 && rows <= kMaxTileSide &&
         columns <= kMaxTileSide;
}

void add_image_options(CLI::App& app, ImageTrainCommand& command) {
  app.add_option("--decoder",
                 command.decoder,
                 "Images: linear, pup, mla, dpt on an encoder, or unet alone (default: the base's)")
      ->type_name("NAME")
      ->check(CLI::IsMember(names_of(kDecoders)));
  add_loss_options(app, command);
  app.add_option("--tile",
                 command.tile,
                 "Images: size the network sees; larger images are cut, smaller ones filled up")
      ->type_name("ROWSxCOLUMNS")
      ->check(CLI::Validator(
          [](const std::string& text) {
            std::int64_t rows = 0;
            std::int64_t columns = 0;
            return parse_tile(text, rows, columns) ? std::string{}
                                                   : "'" + text + "' is not a size like 512x512";
          },
          ""));
  app.add_flag("--compat",
               command.options.compat,
               "Preset paper as the authors' code computes it, where that differs from the paper");
}

trainer::ImageOptions resolved(const ImageTrainCommand& command) {
  trainer::ImageOptions options = command.options;
  options.decoder = value_of(kDecoders, command.decoder);
  options.loss = value_of(kLosses, command.loss);
  options.balanced_classes = command.class_weights == "balanced";
  if (!options.balanced_classes) {
    options.class_weights = parse_weights(command.class_weights).value_or(std::vector<double>{});
  }
  if (!command.tile.empty()) {
    parse_tile(command.tile, options.tile_rows, options.tile_columns);
  }
  return options;
}

}  // namespace geod
