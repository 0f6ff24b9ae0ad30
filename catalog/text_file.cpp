#include "catalog/text_file.hpp"

#include <cstdint>
#include <fstream>
#include <system_error>

namespace geod::catalog {
namespace {

constexpr std::uintmax_t kMaxBytes = 256ULL << 20;

}  // namespace

Result<std::string> read_text_file(const std::filesystem::path& path) {
  std::error_code fault;
  const std::uintmax_t bytes = std::filesystem::file_size(path, fault);
  if (fault) {
    return fail(Errc::kNotFound, "{}: {}", path.string(), fault.message());
  }
  if (bytes > kMaxBytes) {
    return fail(Errc::kCorruptRecord,
                "{}: {} bytes are more than {}; give it in parts",
                path.string(),
                bytes,
                kMaxBytes);
  }
  std::string text(bytes, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(text.data(), static_cast<std::streamsize>(bytes))) {
    return fail(Errc::kIo, "{}: cannot be read", path.string());
  }
  return text;
}

}  // namespace geod::catalog
