#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

struct evp_md_ctx_st;

namespace geod::models {

/// Running SHA-256 (FIPS 180-4), computed by OpenSSL's libcrypto.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::byte> bytes);
  /// 64 lower-case hex digits; call once.
  std::string finish();

 private:
  evp_md_ctx_st* context_;
};

}  // namespace geod::models
