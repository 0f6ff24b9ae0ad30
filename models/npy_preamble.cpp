#include "models/npy_preamble.hpp"

#include <cstddef>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace geod::models {

std::string npy_preamble(std::string_view dtype, const std::vector<std::int64_t>& shape) {
  constexpr std::size_t kPreamble = 10;  // magic, version, length of the text
  constexpr std::size_t kAlignment = 64;
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
                                 dtype,
                                 fmt::join(shape, ", "),
                                 shape.size() == 1 ? "," : "");
  text += std::string(kAlignment - 1 - (kPreamble + text.size()) % kAlignment, ' ') + '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() % 256);
  header += static_cast<char>(text.size() / 256);
  return header + text;
}

}  // namespace geod::models
