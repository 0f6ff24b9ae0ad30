#include "adapters/peft_dinov2.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/ranges.h>

#include "adapters/peft_names.hpp"

namespace geod::adapters {
namespace {

using models::HostTensor;

constexpr std::string_view kPeftPrefix = "base_model.model.";
constexpr std::string_view kLayer = "encoder.layer.";
constexpr std::string_view kA = ".lora_A.weight";
constexpr std::string_view kB = ".lora_B.weight";
/// Modules of an encoder layer, in the order of DINOv2's fused rows, then the output projection.
using ModuleNames = std::array<std::string_view, 4>;
/// As transformers 5 names them: what geod writes.
constexpr ModuleNames kModules{
    ".attention.q_proj", ".attention.k_proj", ".attention.v_proj", ".attention.o_proj"};
/// As transformers 4 did: geod reads them, too.
constexpr ModuleNames kModulesBefore{".attention.attention.query",
                                     ".attention.attention.key",
                                     ".attention.attention.value",
                                     ".attention.output.dense"};
constexpr std::size_t kFused = 3;  // query, key and value
constexpr std::size_t kProjection = 3;

/// One LoRA pair; what is not in the file is empty.
struct Pair {
  std::vector<float> a;  // [rank, in]
  std::vector<float> b;  // [out, rank]
  bool is_given() const { return !a.empty(); }
};
using Block = std::array<Pair, kModules.size()>;

/// Where a tensor of peft belongs.
struct Place {
  std::size_t block = 0;
  std::size_t module = 0;
  bool is_a = false;
};

std::optional<Place> place_of(std::string_view name) {
  if (!name.starts_with(kPeftPrefix)) {
    return std::nullopt;
  }
  name.remove_prefix(kPeftPrefix.size());
  if (!name.starts_with(kLayer) || !(name.ends_with(kA) || name.ends_with(kB))) {
    return std::nullopt;
  }
  Place place;
  place.is_a = name.ends_with(kA);
  name.remove_suffix(kA.size());
  name.remove_prefix(std::min(kLayer.size(), name.size()));
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), place.block);
  if (error != std::errc{}) {
    return std::nullopt;
  }
  const std::string_view module(end, static_cast<std::size_t>(name.data() + name.size() - end));
  for (const ModuleNames& names : {kModules, kModulesBefore}) {
    const auto found = std::find(names.begin(), names.end(), module);
    if (found != names.end()) {
      place.module = static_cast<std::size_t>(found - names.begin());
      return place;
    }
  }
  return std::nullopt;
}

std::string peft_name_of(std::size_t block, std::size_t module, bool is_a) {
  return fmt::format("{}{}{}{}{}", kPeftPrefix, kLayer, block, kModules[module], is_a ? kA : kB);
}

tl::unexpected<Error> refuse(const models::SafetensorsFile& file,
                             std::string_view tensor,
                             std::string_view why) {
  return fail(Errc::kModelMismatch, "{}: tensor '{}' {}", file.path().string(), tensor, why);
}

bool is_announced(const PeftConfig& config, std::string_view peft_name) {
  const std::string_view module =
      peft_name.substr(kPeftPrefix.size(), peft_name.size() - kPeftPrefix.size() - kA.size());
  const auto& targets = config.target_modules;
  return targets.empty() || std::any_of(targets.begin(), targets.end(), [&](const auto& target) {
           return is_module(module, target);
         });
}

/// Reads one tensor of the file into its block.
Result<void> read_one(const models::SafetensorsFile& file,
                      const std::string& name,
                      const PeftConfig& config,
                      const models::SegmenterGeometry& geometry,
                      std::vector<Block>& blocks) {
  const auto place = place_of(name);
  if (!place || place->block >= blocks.size()) {
    return refuse(
        file,
        name,
        "is none that geod takes from peft: LoRA matrices on query, key, value and output "
        "projection of the attention in this geometry's blocks");
  }
  if (!is_announced(config, name)) {
    return refuse(file, name, "is not among the config's target_modules");
  }
  const std::vector<std::int64_t> shape = place->is_a ? std::vector{config.rank, geometry.width}
                                                      : std::vector{geometry.width, config.rank};
  const auto entry = file.find(name);
  if (!entry) {
    return tl::unexpected(entry.error());
  }
  if (entry->shape != shape) {
    return refuse(file,
                  name,
                  fmt::format("has shape [{}], the encoder needs [{}]",
                              fmt::join(entry->shape, ", "),
                              fmt::join(shape, ", ")));
  }
  auto values = file.read_floats(name);
  if (!values) {
    return tl::unexpected(values.error());
  }
  Pair& pair = blocks[place->block][place->module];
  std::vector<float>& half = place->is_a ? pair.a : pair.b;
  if (!half.empty()) {
    return refuse(file, name, "is there twice, as transformers 4 and 5 name it");
  }
  half = std::move(*values);
  return {};
}

Result<std::vector<Block>> read_blocks(const models::SafetensorsFile& file,
                                       const PeftConfig& config,
                                       const models::SegmenterGeometry& geometry) {
  std::vector<Block> blocks(static_cast<std::size_t>(geometry.blocks));
  for (const auto& [name, entry] : file.tensors()) {
    if (auto ok = read_one(file, name, config, geometry, blocks); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  if (file.tensors().empty()) {
    return fail(Errc::kModelMismatch, "{}: holds no LoRA matrices", file.path().string());
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (std::size_t m = 0; m < kModules.size(); ++m) {
      const Pair& pair = blocks[i][m];
      if (pair.a.empty() != pair.b.empty()) {
        return refuse(file, peft_name_of(i, m, pair.a.empty()), "is missing: half a LoRA pair");
      }
    }
  }
  return blocks;
}

/// The A that query, key and value share: empty when none is there, nothing when they differ.
std::optional<std::vector<float>> shared_a(const Block& block) {
  std::vector<float> shared;
  for (std::size_t m = 0; m < kFused; ++m) {
    if (!block[m].is_given()) {
      continue;
    }
    if (!shared.empty() && shared != block[m].a) {
      return std::nullopt;
    }
    shared = block[m].a;
  }
  return shared;
}

/// Copies `rows` x `columns` values into a larger matrix at (row, column).
void put(const std::vector<float>& values,
         std::int64_t rows,
         std::int64_t columns,
         HostTensor& matrix,
         std::int64_t row,
         std::int64_t column) {
  for (std::int64_t i = 0; i < rows && !values.empty(); ++i) {
    std::copy_n(values.begin() + i * columns,
                columns,
                matrix.values.begin() + (row + i) * matrix.shape[1] + column);
  }
}

HostTensor zeros(std::int64_t rows, std::int64_t columns) {
  return {{rows, columns}, std::vector<float>(static_cast<std::size_t>(rows * columns), 0.0F)};
}

/// One block's tensors of the fused layout.
void add_block(const Block& block,
               std::size_t index,
               std::int64_t width,
               std::int64_t rank,
               std::int64_t factor,
               models::NetworkOverlay& overlay) {
  const auto parts = static_cast<std::int64_t>(kFused);
  const std::int64_t fused = rank * factor;
  HostTensor qkv_a = zeros(fused, width);
  HostTensor qkv_b = zeros(parts * width, fused);
  for (std::int64_t part = 0; part < parts; ++part) {
    const Pair& pair = block[static_cast<std::size_t>(part)];
    const std::int64_t place = factor == 1 ? 0 : part * rank;
    put(pair.a, rank, width, qkv_a, place, 0);
    put(pair.b, width, rank, qkv_b, part * width, place);
  }
  HostTensor proj_a = zeros(fused, width);
  HostTensor proj_b = zeros(width, fused);
  put(block[kProjection].a, rank, width, proj_a, 0, 0);
  put(block[kProjection].b, width, rank, proj_b, 0, 0);
  const std::string attention = fmt::format("encoder.blocks.{}.attn.", index);
  overlay.tensors[attention + "qkv.lora_A.weight"] = std::move(qkv_a);
  overlay.tensors[attention + "qkv.lora_B.weight"] = std::move(qkv_b);
  overlay.tensors[attention + "proj.lora_A.weight"] = std::move(proj_a);
  overlay.tensors[attention + "proj.lora_B.weight"] = std::move(proj_b);
}

}  // namespace

Result<std::int64_t> dinov2_rank_factor(const models::SafetensorsFile& file,
                                        const PeftConfig& config,
                                        const models::SegmenterGeometry& geometry) {
  const auto blocks = read_blocks(file, config, geometry);
  if (!blocks) {
    return tl::unexpected(blocks.error());
  }
  const bool is_shared = std::all_of(blocks->begin(), blocks->end(), [](const Block& block) {
    return shared_a(block).has_value();
  });
  return is_shared ? 1 : static_cast<std::int64_t>(kFused);
}

Result<void> add_dinov2_tensors(const models::SafetensorsFile& file,
                                const PeftConfig& config,
                                std::int64_t rank_factor,
                                models::NetworkOverlay& overlay) {
  const models::SegmenterGeometry& geometry = overlay.manifest.segmenter;
  const auto blocks = read_blocks(file, config, geometry);
  if (!blocks) {
    return tl::unexpected(blocks.error());
  }
  for (std::size_t i = 0; i < blocks->size(); ++i) {
    if (rank_factor == 1 && !shared_a((*blocks)[i])) {
      return refuse(file,
                    peft_name_of(i, 0, true),
                    "is not the same for key and value; geod adapters pack joins them");
    }
    add_block((*blocks)[i], i, geometry.width, config.rank, rank_factor, overlay);
  }
  return {};
}

bool is_encoder_lora(std::string_view name) {
  return name.starts_with("encoder.blocks.") && (name.ends_with(kA) || name.ends_with(kB));
}

std::vector<models::FloatTensor> to_dinov2_peft(const std::map<std::string, HostTensor>& lora) {
  std::vector<models::FloatTensor> tensors;
  for (const auto& [name, tensor] : lora) {
    GEOD_CHECK(is_encoder_lora(name), name);
    const bool is_a = name.ends_with(kA);
    std::string_view rest = name;
    rest.remove_prefix(std::string_view("encoder.blocks.").size());
    std::size_t block = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), block);
    if (rest.find(".proj.") != std::string_view::npos) {
      tensors.push_back({peft_name_of(block, kProjection, is_a), tensor.shape, tensor.values});
      continue;
    }
    for (std::size_t part = 0; part < kFused; ++part) {
      models::FloatTensor third{peft_name_of(block, part, is_a), tensor.shape, tensor.values};
      if (!is_a) {  // its own rows
        const std::size_t values = tensor.values.size() / kFused;
        const auto first = tensor.values.begin() + static_cast<std::ptrdiff_t>(part * values);
        third.shape[0] /= static_cast<std::int64_t>(kFused);
        third.values.assign(first, first + static_cast<std::ptrdiff_t>(values));
      }
      tensors.push_back(std::move(third));
    }
  }
  return tensors;
}

}  // namespace geod::adapters
