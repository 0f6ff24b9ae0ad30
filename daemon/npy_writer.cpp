#include "daemon/npy_writer.hpp"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/file_io.hpp"

namespace geod {

Result<void> write_npy(const std::filesystem::path& path,
                       const std::string& dtype,
                       const std::vector<std::int64_t>& shape,
                       std::span<const std::byte> values) {
  constexpr std::size_t kAlignment = 64;
  constexpr std::size_t kPreamble = 10;
  std::string header = fmt::format(
      "{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", dtype, fmt::join(shape, ", "));
  header += std::string(kAlignment - 1 - (kPreamble + header.size()) % kAlignment, ' ') + '\n';
  std::string start("\x93NUMPY\x01\x00", 8);
  start += static_cast<char>(header.size() % 256);
  start += static_cast<char>(header.size() / 256);
  start += header;
  const std::array<std::span<const std::byte>, 2> chunks{std::as_bytes(std::span(start)), values};
  return models::write_file_atomically(path, chunks);
}

}  // namespace geod
