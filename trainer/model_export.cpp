#include "trainer/model_export.hpp"

#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "models/file_io.hpp"

namespace geod::trainer {
namespace {

Result<void> sync_directory(const std::filesystem::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  if (!synced) {
    return fail(Errc::kIo, "{}: folder cannot be synced", directory.string());
  }
  return {};
}

}  // namespace

Result<void> check_model_target(const std::filesystem::path& directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory, error)) {
    return {};
  }
  if (!std::filesystem::is_directory(directory, error) ||
      !std::filesystem::is_empty(directory, error)) {
    return fail(Errc::kIo,
                "{}: is there already; a model is never overwritten, choose another --out",
                directory.string());
  }
  return {};
}

Result<void> export_model(
    const std::filesystem::path& directory,
    models::Manifest manifest,
    const std::function<Result<void>(const std::filesystem::path&)>& write_weights) {
  if (auto free = check_model_target(directory); !free) {
    return free;
  }
  std::filesystem::path partial = directory;
  partial += ".partial";
  std::error_code error;
  std::filesystem::remove_all(partial, error);
  std::filesystem::create_directories(partial, error);
  if (error) {
    return fail(Errc::kIo, "{}: {}", partial.string(), error.message());
  }
  const std::filesystem::path weights = partial / "model.safetensors";
  if (auto written = write_weights(weights); !written) {
    return written;
  }
  const auto file = models::InputFile::open(weights);
  if (!file) {
    return tl::unexpected(file.error());
  }
  auto hash = file->sha256();
  if (!hash) {
    return tl::unexpected(hash.error());
  }
  manifest.weights_sha256 = std::move(*hash);
  if (auto saved = models::save_manifest(partial, manifest); !saved) {
    return saved;
  }
  if (auto synced = sync_directory(partial); !synced) {
    return synced;
  }
  std::filesystem::remove(directory, error);  // an empty folder in the way
  std::filesystem::rename(partial, directory, error);
  if (error) {
    return fail(Errc::kIo, "{}: {}", directory.string(), error.message());
  }
  const std::filesystem::path parent = std::filesystem::absolute(directory).parent_path();
  return sync_directory(parent);
}

}  // namespace geod::trainer
