#include "daemon/npy_writer.hpp"

#include <array>

#include "models/file_io.hpp"
#include "models/npy_preamble.hpp"

namespace geod {

Result<void> write_npy(const std::filesystem::path& path,
                       const std::string& dtype,
                       const std::vector<std::int64_t>& shape,
                       std::span<const std::byte> values) {
  const std::string start = models::npy_preamble(dtype, shape);
  const std::array<std::span<const std::byte>, 2> chunks{std::as_bytes(std::span(start)), values};
  return models::write_file_atomically(path, chunks);
}

}  // namespace geod
