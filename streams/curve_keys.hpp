#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"

namespace geod::streams {

/// A CURVE key pair in Z85 text, 40 characters each.
struct CurveKeypair {
  std::string public_key;
  std::string secret_key;
};

/// Makes a key pair and writes the secret key to `file` (mode 0600; the public key as a comment).
/// Never overwrites. Errors: kIo.
Result<CurveKeypair> generate_curve_keypair(const std::string& file);

/// Reads a secret key and derives the public one. Refuses a file that group or others may read, but
/// for systemd's credentials, which their access list shows as readable by the group.
/// The file holds one Z85 key; lines that are empty or start with "# " are skipped.
/// Errors: kNotFound, kIo, kConfig.
Result<CurveKeypair> load_curve_keypair(const std::string& file);

/// 40 characters that decode to 32 bytes.
bool is_z85_key(std::string_view text);

/// The text of 32 raw bytes, and back; `key` as is_z85_key.
std::string z85_from_raw(std::string_view raw_key);
std::string raw_from_z85(std::string_view key);

/// A '#' starts a comment only before white space or the end of the line: Z85 keys use it too.
bool is_comment_or_blank(std::string_view line);

}  // namespace geod::streams
