#include "models/sha256.hpp"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "core/error.hpp"

namespace geod::models {

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  GEOD_CHECK(context_ != nullptr, "out of memory");
  GEOD_CHECK(EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1, "libcrypto has no SHA-256");
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(context_);
}

void Sha256::update(std::span<const std::byte> bytes) {
  GEOD_CHECK(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1, "SHA-256 update");
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  GEOD_CHECK(EVP_DigestFinal_ex(context_, digest.data(), &length) == 1, "SHA-256 finish");
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += fmt::format("{:02x}", digest[i]);
  }
  return hex;
}

}  // namespace geod::models
