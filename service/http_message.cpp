#include "service/http_message.hpp"

#include <algorithm>
#include <charconv>

namespace geod::service {
namespace {

constexpr std::size_t kMaxParameters = 256;

std::optional<char> hex_byte(std::string_view digits) {
  unsigned value = 0;
  const auto [end, status] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 2 || status != std::errc{} || end != digits.data() + 2 || value == 0) {
    return std::nullopt;
  }
  return static_cast<char>(value);
}

/// Percent codes, and in a query + for a space. Nothing when a code is broken or stands for NUL.
std::optional<std::string> decode(std::string_view text, bool is_query) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto byte = hex_byte(text.substr(i + 1, 2));
      if (!byte) {
        return std::nullopt;
      }
      out += *byte;
      i += 2;
    } else {
      out += is_query && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Splits at `separator`, calls `take` for each part until it says no.
template <class Take>
bool for_each_part(std::string_view text, char separator, Take take) {
  while (true) {
    const std::size_t end = text.find(separator);
    if (!take(text.substr(0, end))) {
      return false;
    }
    if (end == std::string_view::npos) {
      return true;
    }
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Result<HttpRequest> parse_target(std::string_view target) {
  HttpRequest request;
  request.target = target;
  const std::size_t question = target.find('?');
  auto path = decode(target.substr(0, question), false);
  if (!path || path->empty() || path->front() != '/') {
    return fail(Errc::kProtocol, "the path of the request is malformed");
  }
  request.path = std::move(*path);
  if (question == std::string_view::npos) {
    return request;
  }
  const bool is_whole = for_each_part(target.substr(question + 1), '&', [&](std::string_view part) {
    if (part.empty()) {
      return true;
    }
    const std::size_t equals = part.find('=');
    auto name = decode(part.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                  : decode(part.substr(equals + 1), true);
    if (!name || !value || request.parameters.size() >= kMaxParameters) {
      return false;
    }
    request.parameters.emplace_back(std::move(*name), std::move(*value));
    return true;
  });
  if (!is_whole) {
    return fail(Errc::kProtocol,
                "the query of the request is malformed: a broken percent code, or more than {} "
                "parameters",
                kMaxParameters);
  }
  return request;
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool accepts = false;
  for_each_part(accept_encoding, ',', [&](std::string_view part) {
    const std::size_t semicolon = part.find(';');
    const std::string_view coding = trim(part.substr(0, semicolon));
    if (coding == "gzip" || coding == "x-gzip" || coding == "*") {
      const std::string_view weight =
          semicolon == std::string_view::npos ? "" : trim(part.substr(semicolon + 1));
      // A weight of nought, with any number of decimals, forbids.
      accepts = !(weight.starts_with("q=0") &&
                  weight.find_first_not_of("0.", 2) == std::string_view::npos);
    }
    return true;
  });
  return accepts;
}

}  // namespace geod::service
