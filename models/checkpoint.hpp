#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/error.hpp"
#include "models/pickle.hpp"
#include "models/zip_archive.hpp"

namespace geod::models {

/// The state dictionary of a PyTorch checkpoint (`.pth`, torch.save's zip format), read without
/// executing anything in it.
class Checkpoint {
 public:
  /// Takes the dictionary under `model_dict` (the published trainer's files) or, without that key,
  /// the file itself when it is a dictionary of tensors. Errors of ZipArchive and PickleDocument;
  /// kCorruptRecord when there is no such dictionary.
  static Result<Checkpoint> open(const std::filesystem::path& path);

  const std::map<std::string, PickleTensor>& tensors() const { return tensors_; }
  const std::filesystem::path& path() const { return archive_.path(); }

  /// All values as float32. kUnsupported unless it is a contiguous tensor of a floating type,
  /// kCorruptRecord when its storage is too short or damaged, kModelMismatch when a value is not
  /// finite.
  Result<std::vector<float>> read_floats(const PickleTensor& tensor) const;

 private:
  Checkpoint(ZipArchive archive, std::string prefix)
      : archive_(std::move(archive)), prefix_(std::move(prefix)) {}

  ZipArchive archive_;
  std::string prefix_;  ///< folder inside the archive, "archive/"
  std::map<std::string, PickleTensor> tensors_;
};

}  // namespace geod::models
