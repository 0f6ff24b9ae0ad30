#include "models/import_folder.hpp"

#include <cstdlib>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "models/file_io.hpp"

namespace geod::models {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWeightsName = "model.safetensors";
constexpr std::size_t kShortHashDigits = 12;

/// SHA-256 of a file; its name goes into the provenance.
Result<std::string> hash_of(const fs::path& file) {
  const auto input = InputFile::open(file);
  if (!input) {
    return tl::unexpected(input.error());
  }
  return input->sha256();
}

}  // namespace

Result<void> check_imported_shape(const fs::path& file,
                                  const std::string& name,
                                  const std::vector<std::int64_t>& shape,
                                  const std::vector<std::int64_t>& needed) {
  if (shape != needed) {
    return fail(Errc::kModelMismatch,
                "{}: tensor '{}' has shape [{}], expected [{}]",
                file.string(),
                name,
                fmt::join(shape, ", "),
                fmt::join(needed, ", "));
  }
  return {};
}

Result<fs::path> write_imported(const fs::path& out_directory,
                                const fs::path& source,
                                std::vector<FloatTensor> tensors,
                                Manifest manifest) {
  std::error_code error;
  fs::create_directories(out_directory, error);
  std::string beside = (out_directory / ".import-XXXXXX").string();
  if (error || ::mkdtemp(beside.data()) == nullptr) {
    return fail(Errc::kIo, "{}: cannot make a folder in it", out_directory.string());
  }
  const auto write = [&]() -> Result<fs::path> {
    const auto source_hash = hash_of(source);
    if (!source_hash) {
      return tl::unexpected(source_hash.error());
    }
    const fs::path weights = fs::path(beside) / kWeightsName;
    if (auto ok = write_safetensors(weights, std::move(tensors), {{"format", "pt"}}); !ok) {
      return tl::unexpected(ok.error());
    }
    const auto hash = hash_of(weights);
    if (!hash) {
      return tl::unexpected(hash.error());
    }
    manifest.weights_sha256 = *hash;
    manifest.name += "-" + hash->substr(0, kShortHashDigits);
    manifest.version = "1";
    manifest.provenance_json = nlohmann::json{
        {"imported_from", source.filename().string()},
        {"source_sha256",
         *source_hash}}.dump();
    if (auto ok = save_manifest(beside, manifest); !ok) {
      return tl::unexpected(ok.error());
    }
    const fs::path folder = out_directory / manifest.name;
    if (fs::exists(folder / "manifest.json")) {
      return folder;
    }
    fs::permissions(beside, fs::perms(0755), error);
    fs::rename(beside, folder, error);
    if (error) {
      return fail(Errc::kIo, "{}: cannot be made: {}", folder.string(), error.message());
    }
    return folder;
  };
  auto folder = write();
  fs::remove_all(beside, error);
  return folder;
}

}  // namespace geod::models
