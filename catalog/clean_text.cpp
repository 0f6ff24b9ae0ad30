#include "catalog/clean_text.hpp"

#include <cstddef>
#include <cstdint>

namespace geod::catalog {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Bytes of the sequence that `lead` begins; 0 when none does.
std::size_t sequence_bytes(unsigned char lead) {
  if (lead < 0x80U) {
    return 1;
  }
  if (lead >= 0xC2U && lead < 0xE0U) {
    return 2;
  }
  if (lead >= 0xE0U && lead < 0xF0U) {
    return 3;
  }
  return lead >= 0xF0U && lead < 0xF5U ? 4 : 0;
}

/// Whether XML 1.0 allows the character (its production Char).
bool is_char(std::uint32_t code) {
  if (code < 0x20U) {
    return code == '\t' || code == '\n' || code == '\r';
  }
  return code <= 0x10FFFFU && !(code >= 0xD800U && code <= 0xDFFFU) && code != 0xFFFEU &&
         code != 0xFFFFU;
}

/// Bytes of the character at the front of `text`; 0 when it is none that may stand.
std::size_t good_bytes(std::string_view text) {
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};  // shorter ones are overlong
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t bytes = sequence_bytes(lead);
  if (bytes == 0 || bytes > text.size()) {
    return 0;
  }
  std::uint32_t code = bytes == 1 ? lead : lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) {
      return 0;
    }
    code = (code << 6U) | (next & 0x3FU);
  }
  return code >= kLeast[bytes] && is_char(code) ? bytes : 0;
}

}  // namespace

std::string clean_text(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::size_t bytes = good_bytes(text);
    clean += bytes == 0 ? kReplacement : text.substr(0, bytes);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return clean;
}

std::string text_field(std::string_view text) {
  std::string field = clean_text(text);
  for (char& c : field) {
    if (c == '\t' || c == '\n' || c == '\r') {
      c = ' ';
    } else if (c == '|') {
      c = '/';
    }
  }
  return field;
}

}  // namespace geod::catalog
