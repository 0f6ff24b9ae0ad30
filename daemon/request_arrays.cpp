#include "daemon/request_arrays.hpp"

#include <array>
#include <bit>
#include <cstring>

#include <nlohmann/json.hpp>

namespace geod {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "arrays travel as they lie in memory");

constexpr std::int64_t kMaxSide = 1 << 20;

/// For every kind of error an answer may bring.
Errc code_of(const std::string& word) {
  constexpr std::array kCodes{Errc::kConfig,
                              Errc::kUnsupported,
                              Errc::kNotFound,
                              Errc::kModelMismatch,
                              Errc::kDevice,
                              Errc::kCancelled};
  for (const Errc code : kCodes) {
    if (word == to_string(code)) {
      return code;
    }
  }
  return Errc::kProtocol;
}

}  // namespace

std::string bytes_of(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

std::vector<float> floats_of(const std::string& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

std::string text_of(const json& root, const char* key) {
  const auto found = root.find(key);
  return found != root.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<std::int64_t> side_of(const json& root, const char* key) {
  const auto found = root.find(key);
  if (found == root.end() || !found->is_number_integer() || found->get<std::int64_t>() < 1 ||
      found->get<std::int64_t>() > kMaxSide) {
    return fail(Errc::kConfig, "\"{}\" is not a whole number from 1 to {}", key, kMaxSide);
  }
  return found->get<std::int64_t>();
}

Error error_of(const json& root) {
  return {code_of(text_of(root, "code")), text_of(root, "error")};
}

}  // namespace geod
