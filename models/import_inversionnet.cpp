#include <array>
#include <map>
#include <utility>

#include <fmt/ranges.h>

#include "models/import_folder.hpp"
#include "models/import_model.hpp"
#include "models/inversion_specs.hpp"
#include "models/weight_file.hpp"

namespace geod::models {
namespace {

namespace fs = std::filesystem;

/// What older code called the sequence in a block.
constexpr std::array<std::string_view, 3> kOlderNames{
    ".Conv2DwithBN_Tanh.", ".Conv2DwithBN.", ".Deconv2DwithBN."};
constexpr std::string_view kParallelPrefix = "module.";  // of a network saved while distributed
constexpr std::string_view kBatchCounter = ".num_batches_tracked";

/// The name that the published code gives a tensor now.
std::string newer_name(std::string name) {
  if (name.starts_with(kParallelPrefix)) {
    name.erase(0, kParallelPrefix.size());
  }
  for (const std::string_view older : kOlderNames) {
    if (const std::size_t at = name.find(older); at != std::string::npos) {
      return name.replace(at, older.size(), ".layers.");
    }
  }
  return name;
}

/// The file's own names by those of today. kModelMismatch when two mean the same tensor.
Result<std::map<std::string, std::string>> names_of(const WeightFile& file) {
  std::map<std::string, std::string> names;
  for (const auto& [name, shape] : file.shapes()) {
    if (!names.emplace(newer_name(name), name).second) {
      return fail(Errc::kModelMismatch,
                  "{}: holds tensor '{}' twice, by its older and its newer name",
                  file.path().string(),
                  newer_name(name));
    }
  }
  return names;
}

/// Sources and width are read from the file; what shapes do not say is wanted's.
Result<InversionGeometry> geometry_of(const WeightFile& file,
                                      const std::map<std::string, std::string>& names,
                                      const InversionGeometry& wanted) {
  const auto first = names.find("convblock1.layers.0.weight");
  if (first == names.end()) {
    return fail(Errc::kModelMismatch,
                "{}: has no tensor 'convblock1.layers.0.weight': not an InversionNet",
                file.path().string());
  }
  const std::vector<std::int64_t>& shape = file.shapes().find(first->second)->second;
  if (shape.size() != 4) {
    return fail(Errc::kModelMismatch,
                "{}: tensor '{}' has shape [{}], expected four axes",
                file.path().string(),
                first->second,
                fmt::join(shape, ", "));
  }
  InversionGeometry geometry = wanted;
  geometry.width = shape[0];
  geometry.sources = shape[1];
  geometry.tuning = InversionTuning::kNone;
  if (auto ok = geometry.validate(); !ok) {
    return fail_with(ok.error(), file.path().string());
  }
  return geometry;
}

}  // namespace

Result<fs::path> import_inversionnet(const fs::path& path,
                                     const InversionImport& options,
                                     const fs::path& out_directory) {
  const auto file = WeightFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  auto names = names_of(*file);
  if (!names) {
    return tl::unexpected(names.error());
  }
  const auto geometry = geometry_of(*file, *names, options.geometry);
  if (!geometry) {
    return tl::unexpected(geometry.error());
  }
  std::vector<FloatTensor> tensors;
  for (const TensorSpec& spec : inversion_specs(*geometry)) {
    const auto name = names->find(spec.name);
    if (name == names->end()) {
      return fail(Errc::kModelMismatch, "{}: has no tensor '{}'", path.string(), spec.name);
    }
    const auto& shape = file->shapes().find(name->second)->second;
    if (auto ok = check_imported_shape(path, name->second, shape, spec.shape); !ok) {
      return tl::unexpected(ok.error());
    }
    auto values = file->read_floats(name->second);
    if (!values) {
      return tl::unexpected(values.error());
    }
    tensors.push_back({spec.name, spec.shape, std::move(*values)});
    names->erase(name);
  }
  for (const auto& [name, original] : *names) {
    if (!name.ends_with(kBatchCounter)) {
      return fail(Errc::kModelMismatch,
                  "{}: tensor '{}' is not part of an InversionNet",
                  path.string(),
                  original);
    }
  }
  Manifest manifest;
  manifest.name = "inversionnet";
  manifest.family = kInversionFamily;
  manifest.task = Task::kFwi;
  manifest.normalisation = kShotsLog;
  manifest.inversion = *geometry;
  manifest.inversion_settings = options.settings;
  return write_imported(out_directory, path, std::move(tensors), std::move(manifest));
}

}  // namespace geod::models
