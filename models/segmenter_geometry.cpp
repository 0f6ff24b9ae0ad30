#include "models/segmenter_geometry.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/json_object.hpp"

namespace geod::models {
namespace {

using nlohmann::json;

/// Above every published image and far below what could exhaust memory by surprise.
constexpr std::int64_t kMaxPixels = std::int64_t{1} << 24;
/// Attention's work grows with the square; the largest published image has 5329.
constexpr std::int64_t kMaxTokens = 65536;
/// The published decoders and the U-Net halve an image four times.
constexpr std::int64_t kMinSide = 16;

constexpr PositionRule kRules[] = {
    PositionRule::kOffset, PositionRule::kSize, PositionRule::kAntialias};
constexpr SegmentDecoder kDecoders[] = {SegmentDecoder::kNone,
                                        SegmentDecoder::kLinear,
                                        SegmentDecoder::kPup,
                                        SegmentDecoder::kMla,
                                        SegmentDecoder::kDpt,
                                        SegmentDecoder::kUnet};

Result<void> check_fields(const SegmenterGeometry& g) {
  const struct {
    const char* field;
    std::int64_t value, low, high;
  } ranges[] = {{"width", g.width, 1, 4096},
                {"blocks", g.blocks, 1, 96},
                {"heads", g.heads, 1, 256},
                {"registers", g.registers, 0, 64},
                {"patch", g.patch, 1, 256},
                {"mlp_ratio", g.mlp_ratio, 1, 16},
                {"position_grid", g.position_grid, 1, 512},
                {"lora_rank", g.lora_rank, 0, 1024},
                {"decoder_width", g.decoder_width, 1, 1024},
                {"classes", g.classes, 2, 64},
                {"rows", g.rows, kMinSide, kMaxPixels / kMinSide},
                {"columns", g.columns, kMinSide, kMaxPixels / kMinSide},
                {"patch_rows", g.patch_rows, 0, kMaxTokens},
                {"patch_columns", g.patch_columns, 0, kMaxTokens}};
  for (const auto& range : ranges) {
    if (range.value < range.low || range.value > range.high) {
      return fail(Errc::kModelMismatch,
                  "geometry: {} is {}, allowed {} to {}",
                  range.field,
                  range.value,
                  range.low,
                  range.high);
    }
  }
  if (g.rows * g.columns > kMaxPixels) {
    return fail(Errc::kModelMismatch,
                "geometry: rows {} times columns {} are more than {} pixels",
                g.rows,
                g.columns,
                kMaxPixels);
  }
  return {};
}

Result<void> check_encoder(const SegmenterGeometry& g) {
  if (g.width % g.heads != 0) {
    return fail(
        Errc::kModelMismatch, "geometry: width {} is not divisible by heads {}", g.width, g.heads);
  }
  // Downwards would need the antialiasing of the reference's resampling.
  if (g.grid_rows() < g.patches(g.rows) || g.grid_columns() < g.patches(g.columns)) {
    return fail(
        Errc::kModelMismatch,
        "geometry: patch_rows {} and patch_columns {} are fewer than cover an image of {} x "
        "{}",
        g.patch_rows,
        g.patch_columns,
        g.rows,
        g.columns);
  }
  if (g.grid_rows() * g.grid_columns() > kMaxTokens) {
    return fail(Errc::kModelMismatch,
                "geometry: patch_rows {} times patch_columns {} are more than {}",
                g.grid_rows(),
                g.grid_columns(),
                kMaxTokens);
  }
  std::int64_t last = 1;
  for (const std::int64_t tap : g.taps) {
    if (tap < last || tap > g.blocks) {
      return fail(Errc::kModelMismatch,
                  "geometry: taps must ascend from 1 to at most blocks {}, one is {}",
                  g.blocks,
                  tap);
    }
    last = tap;
  }
  if (!(g.lora_alpha > 0.0 && g.lora_alpha < 1e6)) {
    return fail(Errc::kModelMismatch, "geometry: lora_alpha is {}, allowed (0, 1e6)", g.lora_alpha);
  }
  if (!(g.lora_dropout >= 0.0 && g.lora_dropout < 1.0)) {
    return fail(
        Errc::kModelMismatch, "geometry: lora_dropout is {}, allowed [0, 1)", g.lora_dropout);
  }
  return {};
}

Result<void> check_decoder(const SegmenterGeometry& g) {
  const bool quarters = g.decoder == SegmentDecoder::kPup || g.decoder == SegmentDecoder::kMla;
  if (quarters && g.width % 4 != 0) {
    return fail(Errc::kModelMismatch,
                "geometry: width {} is not divisible by 4, decoder {} needs it",
                g.width,
                to_string(g.decoder));
  }
  if (g.decoder == SegmentDecoder::kDpt && g.decoder_width % 2 != 0) {
    return fail(Errc::kModelMismatch,
                "geometry: decoder_width {} is odd, decoder dpt halves it",
                g.decoder_width);
  }
  if (!g.has_encoder() && g.lora_rank != 0) {
    return fail(Errc::kModelMismatch,
                "geometry: lora_rank is {}, but a U-Net has no encoder to adapt: set it to 0",
                g.lora_rank);
  }
  return {};
}

void read_taps(ObjectReader& reader, std::array<std::int64_t, 4>& taps) {
  const json* list = reader.find("taps");
  if (list == nullptr) {
    return;
  }
  if (!list->is_array() || list->size() != taps.size() ||
      !std::all_of(
          list->begin(), list->end(), [](const json& tap) { return tap.is_number_integer(); })) {
    return reader.fault("taps", "a list of 4 integers");
  }
  for (std::size_t i = 0; i < taps.size(); ++i) {
    taps[i] = (*list)[i].get<std::int64_t>();
  }
}

void read_fields(ObjectReader& reader, SegmenterGeometry& g) {
  reader.integer("width", g.width);
  reader.integer("blocks", g.blocks);
  reader.integer("heads", g.heads);
  reader.integer("registers", g.registers);
  reader.integer("patch", g.patch);
  reader.integer("mlp_ratio", g.mlp_ratio);
  reader.integer("position_grid", g.position_grid);
  read_taps(reader, g.taps);
  reader.integer("lora_rank", g.lora_rank);
  reader.number("lora_alpha", g.lora_alpha);
  reader.number("lora_dropout", g.lora_dropout);
  reader.integer("classes", g.classes);
  reader.integer("rows", g.rows);
  reader.integer("columns", g.columns);
  reader.integer("patch_rows", g.patch_rows);
  reader.integer("patch_columns", g.patch_columns);
}

}  // namespace

std::string_view to_string(PositionRule rule) {
  switch (rule) {
    case PositionRule::kOffset:
      return "offset";
    case PositionRule::kSize:
      return "size";
    case PositionRule::kAntialias:
      return "antialias";
  }
  return "unknown";
}

std::string_view to_string(SegmentDecoder decoder) {
  switch (decoder) {
    case SegmentDecoder::kNone:
      return "none";
    case SegmentDecoder::kLinear:
      return "linear";
    case SegmentDecoder::kPup:
      return "pup";
    case SegmentDecoder::kMla:
      return "mla";
    case SegmentDecoder::kDpt:
      return "dpt";
    case SegmentDecoder::kUnet:
      return "unet";
  }
  return "unknown";
}

Result<PositionRule> parse_position_rule(std::string_view text) {
  for (const PositionRule rule : kRules) {
    if (text == to_string(rule)) {
      return rule;
    }
  }
  return fail(Errc::kUnsupported, "position rule '{}': expected offset, size or antialias", text);
}

Result<SegmentDecoder> parse_segment_decoder(std::string_view text) {
  for (const SegmentDecoder decoder : kDecoders) {
    if (text == to_string(decoder)) {
      return decoder;
    }
  }
  return fail(Errc::kUnsupported,
              "decoder '{}': expected linear, pup, mla, dpt or unet, or none for the encoder alone",
              text);
}

std::int64_t published_decoder_width(SegmentDecoder decoder) {
  return decoder == SegmentDecoder::kUnet ? 32 : 256;
}

Result<void> SegmenterGeometry::validate() const {
  if (auto ok = check_fields(*this); !ok) {
    return ok;
  }
  if (auto ok = check_encoder(*this); !ok) {
    return ok;
  }
  return check_decoder(*this);
}

Result<SegmenterGeometry> named_segmenter(std::string_view name) {
  constexpr std::string_view kRegisters = "-reg4";
  SegmenterGeometry geometry;
  if (name == "starter-das") {
    geometry.width = 96;  // trained in half an hour of two cores
    geometry.blocks = 6;
    geometry.heads = 3;
    geometry.position_grid = 18;
    geometry.taps = {2, 3, 5, 6};
    geometry.decoder = SegmentDecoder::kPup;
    geometry.classes = 3;
    geometry.rows = 252;  // whole patches, as many as there are positions: nothing is resized
    geometry.columns = 252;
    return geometry;
  }
  std::string_view base = name;
  if (base.ends_with(kRegisters)) {
    base.remove_suffix(kRegisters.size());
    geometry.registers = 4;
    geometry.position_rule = PositionRule::kAntialias;
  }
  if (base == "dinov2-base") {
    geometry.width = 768;
    geometry.heads = 12;
  } else if (base == "dinov2-large") {
    geometry.width = 1024;
    geometry.blocks = 24;
    geometry.heads = 16;
    geometry.taps = {5, 12, 18, 24};
  } else if (base != "dinov2-small") {
    return fail(Errc::kNotFound,
                "geometry '{}': known are dinov2-small, dinov2-base, dinov2-large, the same with "
                "-reg4, and starter-das",
                name);
  }
  return geometry;
}

std::string geometry_to_json(const SegmenterGeometry& g) {
  return nlohmann::ordered_json{{"width", g.width},
                                {"blocks", g.blocks},
                                {"heads", g.heads},
                                {"registers", g.registers},
                                {"patch", g.patch},
                                {"mlp_ratio", g.mlp_ratio},
                                {"position_grid", g.position_grid},
                                {"position_rule", to_string(g.position_rule)},
                                {"taps", g.taps},
                                {"lora_rank", g.lora_rank},
                                {"lora_alpha", g.lora_alpha},
                                {"lora_dropout", g.lora_dropout},
                                {"decoder", to_string(g.decoder)},
                                {"decoder_width", g.decoder_width},
                                {"classes", g.classes},
                                {"rows", g.rows},
                                {"columns", g.columns},
                                {"patch_rows", g.patch_rows},
                                {"patch_columns", g.patch_columns}}
      .dump();
}

Result<SegmenterGeometry> segmenter_from_json(std::string_view text) {
  json object;
  if (!parse_json_object(text, object)) {
    return fail(Errc::kModelMismatch, "geometry: is no JSON object, or repeats a key");
  }
  SegmenterGeometry geometry;
  std::string rule(to_string(geometry.position_rule));
  std::string decoder(to_string(geometry.decoder));
  ObjectReader reader(object, "geometry: ");
  read_fields(reader, geometry);
  reader.text("position_rule", rule);
  reader.text("decoder", decoder);
  const auto parsed_rule = parse_position_rule(rule);
  const auto parsed_decoder = parse_segment_decoder(decoder);
  for (const auto* error : {parsed_rule ? nullptr : &parsed_rule.error(),
                            parsed_decoder ? nullptr : &parsed_decoder.error()}) {
    if (error != nullptr) {
      reader.fault(error->what);
    }
  }
  geometry.decoder_width = published_decoder_width(parsed_decoder.value_or(SegmentDecoder::kNone));
  reader.integer("decoder_width", geometry.decoder_width);
  if (auto ok = reader.finish(); !ok) {
    return tl::unexpected(ok.error());
  }
  geometry.position_rule = *parsed_rule;
  geometry.decoder = *parsed_decoder;
  if (auto ok = geometry.validate(); !ok) {
    return tl::unexpected(ok.error());
  }
  return geometry;
}

}  // namespace geod::models
