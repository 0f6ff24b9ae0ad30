#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/ranges.h>

#include "models/import_folder.hpp"
#include "models/import_model.hpp"
#include "models/segmenter_specs.hpp"
#include "models/weight_file.hpp"

namespace geod::models {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOurPrefix = "encoder.";
constexpr std::int64_t kHeadWidth = 64;

/// Where the encoder's tensors are in the file, and how they are called there.
struct Layout {
  std::string prefix;
  bool is_transformers = false;
};

Result<Layout> find_layout(const WeightFile& file) {
  for (const char* prefix : {"", "dinov2.", "dinov2_with_registers.", "encoder."}) {
    if (file.shapes().contains(fmt::format("{}embeddings.position_embeddings", prefix))) {
      return Layout{prefix, true};
    }
    if (file.shapes().contains(fmt::format("{}pos_embed", prefix))) {
      return Layout{prefix, false};
    }
  }
  return fail(Errc::kModelMismatch,
              "{}: has neither 'pos_embed' nor 'embeddings.position_embeddings': not a DINOv2",
              file.path().string());
}

/// `text` with its end replaced, if it is `from`.
bool replace_end(std::string& text, std::string_view from, std::string_view to) {
  if (!text.ends_with(from)) {
    return false;
  }
  text.replace(text.size() - from.size(), from.size(), to);
  return true;
}

/// The name that transformers gives a tensor outside the attention's q, k and v.
std::string transformers_name(std::string name) {
  constexpr std::string_view kBlocks = "blocks.";
  if (name.starts_with(kBlocks)) {
    name.replace(0, kBlocks.size(), "encoder.layer.");
    replace_end(name, ".attn.proj.weight", ".attention.output.dense.weight") ||
        replace_end(name, ".attn.proj.bias", ".attention.output.dense.bias") ||
        replace_end(name, ".ls1.gamma", ".layer_scale1.lambda1") ||
        replace_end(name, ".ls2.gamma", ".layer_scale2.lambda1");
    return name;
  }
  if (name.starts_with("norm.")) {
    return "layer" + name;
  }
  replace_end(name, "pos_embed", "position_embeddings");
  replace_end(name, "patch_embed.proj.weight", "patch_embeddings.projection.weight") ||
      replace_end(name, "patch_embed.proj.bias", "patch_embeddings.projection.bias");
  return "embeddings." + name;
}

/// Names as transformers' modules have them since version 5; its files keep the older ones.
std::string newer_name(std::string name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kNewer{
      {{".attention.attention.query.", ".attention.q_proj."},
       {".attention.attention.key.", ".attention.k_proj."},
       {".attention.attention.value.", ".attention.v_proj."},
       {".attention.output.dense.", ".attention.o_proj."}}};
  for (const auto& [older, newer] : kNewer) {
    if (const std::size_t at = name.find(older); at != std::string::npos) {
      return name.replace(at, older.size(), newer);
    }
  }
  return name;
}

/// Reads the encoder's tensors by their canonical names and remembers which were asked for.
class Dinov2Reader {
 public:
  Dinov2Reader(const WeightFile& file, Layout layout) : file_(file), layout_(std::move(layout)) {}

  /// The shape of the tensor, joined where the file has it in parts; empty when it has none.
  std::vector<std::int64_t> shape_of(const std::string& canonical) const {
    const std::vector<std::string> parts = names_of(canonical);
    const auto first = file_.shapes().find(parts.front());
    std::vector<std::int64_t> shape;
    if (first != file_.shapes().end()) {
      shape = first->second;
    }
    if (parts.size() > 1 && !shape.empty()) {
      shape[0] *= static_cast<std::int64_t>(parts.size());
    }
    return shape;
  }

  Result<FloatTensor> read(const TensorSpec& spec) {
    const std::string canonical = spec.name.substr(kOurPrefix.size());
    const std::vector<std::string> parts = names_of(canonical);
    std::vector<std::int64_t> needed = spec.shape;
    needed[0] /= static_cast<std::int64_t>(parts.size());
    FloatTensor tensor{spec.name, spec.shape, {}};
    for (const std::string& name : parts) {
      const auto entry = file_.shapes().find(name);
      if (entry == file_.shapes().end()) {
        if (canonical == "mask_token") {  // of training alone; some files leave it out
          tensor.values.assign(static_cast<std::size_t>(spec.elements()), 0.0F);
          return tensor;
        }
        return fail(Errc::kModelMismatch, "{}: has no tensor '{}'", file_.path().string(), name);
      }
      if (auto ok = check_imported_shape(file_.path(), name, entry->second, needed); !ok) {
        return tl::unexpected(ok.error());
      }
      const auto values = file_.read_floats(name);
      if (!values) {
        return tl::unexpected(values.error());
      }
      tensor.values.insert(tensor.values.end(), values->begin(), values->end());
      read_.insert(name);
    }
    return tensor;
  }

  /// A tensor of the encoder in the file that nothing asked for, or empty.
  std::string left_over() const {
    for (const auto& [name, shape] : file_.shapes()) {
      if (name.starts_with(layout_.prefix) && !read_.contains(name)) {
        return name;
      }
    }
    return {};
  }

  const WeightFile& file() const { return file_; }

 private:
  /// The file's names: one, or three where q, k and v are apart.
  std::vector<std::string> names_of(const std::string& canonical) const {
    if (!layout_.is_transformers) {
      return {layout_.prefix + canonical};
    }
    std::vector<std::string> names;
    const std::size_t fused = canonical.find(".attn.qkv.");
    if (fused == std::string::npos) {
      names.push_back(transformers_name(canonical));
    } else {
      const std::string layer = transformers_name(canonical.substr(0, fused));
      const std::string kind = canonical.substr(canonical.rfind('.'));
      for (const char* part : {"query", "key", "value"}) {
        names.push_back(fmt::format("{}.attention.attention.{}{}", layer, part, kind));
      }
    }
    for (std::string& name : names) {
      name = layout_.prefix + name;
      if (!file_.shapes().contains(name) && file_.shapes().contains(newer_name(name))) {
        name = newer_name(name);
      }
    }
    return names;
  }

  const WeightFile& file_;
  Layout layout_;
  std::set<std::string> read_;
};

/// An axis of a tensor, or 0 when the tensor lacks or has another number of axes.
std::int64_t axis(const std::vector<std::int64_t>& shape, std::size_t axes, std::size_t index) {
  return shape.size() == axes ? shape[index] : 0;
}

bool has_same_encoder(const SegmenterGeometry& a, const SegmenterGeometry& b) {
  return a.width == b.width && a.blocks == b.blocks && a.heads == b.heads &&
         a.registers == b.registers && a.patch == b.patch && a.mlp_ratio == b.mlp_ratio &&
         a.position_grid == b.position_grid;
}

/// Name and geometry of an encoder.
struct Encoder {
  std::string name;
  SegmenterGeometry geometry;
};

/// Taps and name of the published encoder that has these dimensions, else taps at the quarters.
Encoder published_as(SegmenterGeometry g) {
  for (const char* base : {"dinov2-small", "dinov2-base", "dinov2-large"}) {
    for (const char* suffix : {"", "-reg4"}) {
      const std::string name = fmt::format("{}{}", base, suffix);
      const SegmenterGeometry published = *named_segmenter(name);
      if (has_same_encoder(published, g)) {
        return {name, published};
      }
    }
  }
  for (std::int64_t k = 1; k <= 4; ++k) {
    g.taps[static_cast<std::size_t>(k - 1)] = (g.blocks * k + 3) / 4;
  }
  return {fmt::format("dinov2-{}x{}", g.width, g.blocks), g};
}

Result<Encoder> encoder_of(const Dinov2Reader& reader) {
  const std::string path = reader.file().path().string();
  for (const char* gated : {"mlp.w12.weight", "mlp.weights_in.weight", "mlp.gate_proj.weight"}) {
    for (const auto& [name, shape] : reader.file().shapes()) {
      if (name.ends_with(gated)) {
        return fail(Errc::kUnsupported,
                    "{}: '{}' is of a ViT-g, whose MLP is gated; geod knows ViT-S, B and L",
                    path,
                    name);
      }
    }
  }
  SegmenterGeometry g;
  const auto positions = reader.shape_of("pos_embed");
  g.width = axis(positions, 3, 2);
  g.heads = g.width / kHeadWidth;
  g.position_grid = static_cast<std::int64_t>(std::lround(
      std::sqrt(static_cast<double>(std::max<std::int64_t>(axis(positions, 3, 1), 1) - 1))));
  if (g.width <= 0 || g.width % kHeadWidth != 0 ||
      g.position_grid * g.position_grid + 1 != axis(positions, 3, 1)) {
    return fail(Errc::kModelMismatch,
                "{}: the position table has shape [{}], expected [1, 1 + a square, a multiple of "
                "{}]",
                path,
                fmt::join(positions, ", "),
                kHeadWidth);
  }
  g.patch = axis(reader.shape_of("patch_embed.proj.weight"), 4, 2);
  g.registers = axis(reader.shape_of("register_tokens"), 3, 1);
  g.position_rule = g.registers > 0 ? PositionRule::kAntialias : PositionRule::kOffset;
  g.mlp_ratio = axis(reader.shape_of("blocks.0.mlp.fc1.weight"), 2, 0) / g.width;
  g.blocks = 0;
  while (!reader.shape_of(fmt::format("blocks.{}.norm1.weight", g.blocks)).empty()) {
    ++g.blocks;
  }
  Encoder encoder = published_as(g);
  if (auto ok = encoder.geometry.validate(); !ok) {
    return fail_with(ok.error(), path);
  }
  return encoder;
}

}  // namespace

Result<fs::path> import_dinov2(const fs::path& path,
                               const Dinov2Import& options,
                               const fs::path& out_directory) {
  const auto file = WeightFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  const auto layout = find_layout(*file);
  if (!layout) {
    return tl::unexpected(layout.error());
  }
  Dinov2Reader reader(*file, *layout);
  auto encoder = encoder_of(reader);
  if (!encoder) {
    return tl::unexpected(encoder.error());
  }
  if (!options.geometry.empty()) {
    const auto wanted = named_segmenter(options.geometry);
    if (!wanted) {
      return tl::unexpected(wanted.error());
    }
    if (!has_same_encoder(*wanted, encoder->geometry)) {
      return fail(Errc::kModelMismatch,
                  "{}: is {} by its shapes, not {}",
                  path.string(),
                  encoder->name,
                  options.geometry);
    }
  }
  encoder->geometry.position_rule = options.position_rule.value_or(encoder->geometry.position_rule);
  std::vector<FloatTensor> tensors;
  for (const TensorSpec& spec : encoder_specs(encoder->geometry)) {
    auto tensor = reader.read(spec);
    if (!tensor) {
      return tl::unexpected(tensor.error());
    }
    tensors.push_back(std::move(*tensor));
  }
  if (const std::string name = reader.left_over(); !name.empty()) {
    return fail(Errc::kModelMismatch,
                "{}: tensor '{}' is not part of {}",
                path.string(),
                name,
                encoder->name);
  }
  Manifest manifest;
  manifest.name = encoder->name;
  manifest.family = kEncoderFamily;
  manifest.task = Task::kDas;
  manifest.normalisation = kImageValues;
  manifest.segmenter = encoder->geometry;
  return write_imported(out_directory, path, std::move(tensors), std::move(manifest));
}

}  // namespace geod::models
