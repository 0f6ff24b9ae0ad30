#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace geod::adapters {

/// The files of a bundle.
inline constexpr const char* kManifestFile = "manifest.json";
inline constexpr const char* kConfigFile = "adapter_config.json";
inline constexpr const char* kAdapterFile = "adapter_model.safetensors";
inline constexpr const char* kHeadFile = "head.safetensors";
inline constexpr const char* kReadmeFile = "README.md";  ///< for people; not read

inline constexpr std::uint64_t kMaxManifestBytes = std::uint64_t{4} << 20;
inline constexpr std::uint64_t kMaxConfigBytes = std::uint64_t{64} << 10;

/// The folder of a bundle, held open: what is read is in the folder that was opened, also when its
/// path names another one by now. Symbolic links are never followed, and nothing but the files
/// above may lie in it.
class BundleFolder {
 public:
  /// kNotFound without the folder; kUnsupported when it is a symbolic link or no folder, or holds
  /// anything that is not a regular file of a bundle; kIo.
  static Result<BundleFolder> open(const std::filesystem::path& path);
  BundleFolder(BundleFolder&& other) noexcept;
  BundleFolder& operator=(BundleFolder&&) = delete;
  ~BundleFolder();

  const std::filesystem::path& path() const { return path_; }
  bool has(std::string_view file) const { return files_.contains(file); }

  /// All bytes of a file. kNotFound; kUnsupported when it is no regular file; kCorruptRecord above
  /// `limit_bytes` or when it is cut while being read; kIo.
  Result<std::vector<std::byte>> read(const char* file, std::uint64_t limit_bytes) const;

 private:
  BundleFolder(int descriptor, std::filesystem::path path)
      : descriptor_(descriptor), path_(std::move(path)) {}
  Result<void> list();

  int descriptor_;
  std::filesystem::path path_;
  std::set<std::string, std::less<>> files_;
};

}  // namespace geod::adapters
