#include "streams/curve_keys.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

namespace geod::streams {
namespace {

constexpr std::size_t kKeyCharacters = 40;
constexpr std::size_t kKeyBytes = 32;
using KeyText = std::array<char, kKeyCharacters + 1>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

Result<void> write_private_file(const std::string& file, std::string_view text) {
  const int descriptor =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return fail(Errc::kIo,
                "{}: cannot create the key file: {}{}",
                file,
                std::strerror(errno),
                errno == EEXIST ? "; a key is not overwritten: remove the file first" : "");
  }
  const ssize_t written = ::write(descriptor, text.data(), text.size());
  const bool is_whole = written == static_cast<ssize_t>(text.size()) && ::fsync(descriptor) == 0;
  const int reason = errno;
  ::close(descriptor);
  if (!is_whole) {
    ::unlink(file.c_str());
    return fail(Errc::kIo, "{}: cannot write the key file: {}", file, std::strerror(reason));
  }
  return {};
}

/// systemd hands credentials over in a folder of the service's own, where it gives read access
/// through an access list that shows as group permission.
bool is_systemd_credential(const std::filesystem::path& file) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  return folder != nullptr && file.parent_path() == std::filesystem::path(folder);
}

Result<void> check_private(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return fail(errno == ENOENT ? Errc::kNotFound : Errc::kIo,
                "CURVE secret key file {}: {}; make one with `geod keygen`",
                file,
                std::strerror(errno));
  }
  const mode_t others =
      is_systemd_credential(file) ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
  if ((status.st_mode & others) != 0) {
    return fail(Errc::kConfig,
                "CURVE secret key file {} is open to group or others (mode {:04o}); run chmod 600",
                file,
                status.st_mode & 07777U);
  }
  return {};
}

}  // namespace

Result<CurveKeypair> generate_curve_keypair(const std::string& file) {
  KeyText public_key{};
  KeyText secret_key{};
  if (::zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    return fail(Errc::kUnsupported, "this ZeroMQ has no CURVE: {}", ::zmq_strerror(errno));
  }
  CurveKeypair pair{public_key.data(), secret_key.data()};
  const std::string text =
      fmt::format("# geod CURVE secret key: keep it private\n# public key: {}\n{}\n",
                  pair.public_key,
                  pair.secret_key);
  if (auto written = write_private_file(file, text); !written) {
    return tl::unexpected(std::move(written.error()));
  }
  return pair;
}

Result<CurveKeypair> load_curve_keypair(const std::string& file) {
  if (auto checked = check_private(file); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  std::ifstream in(file);
  std::string line;
  std::string secret;
  while (std::getline(in, line)) {
    if (is_comment_or_blank(line)) {
      continue;
    }
    if (!secret.empty() || !is_z85_key(trimmed(line))) {
      return fail(
          Errc::kConfig, "CURVE secret key file {} is not one Z85 key of 40 characters", file);
    }
    secret = trimmed(line);
  }
  if (in.bad() || secret.empty()) {
    return fail(Errc::kConfig, "CURVE secret key file {} holds no key", file);
  }
  KeyText public_key{};
  if (::zmq_curve_public(public_key.data(), secret.c_str()) != 0) {
    return fail(Errc::kConfig, "CURVE secret key file {}: {}", file, ::zmq_strerror(errno));
  }
  return CurveKeypair{public_key.data(), std::move(secret)};
}

bool is_z85_key(std::string_view text) {
  if (text.size() != kKeyCharacters) {
    return false;
  }
  std::array<std::uint8_t, kKeyBytes> raw{};
  return ::zmq_z85_decode(raw.data(), std::string(text).c_str()) != nullptr;
}

std::string z85_from_raw(std::string_view raw_key) {
  GEOD_CHECK(raw_key.size() == kKeyBytes, "a CURVE key has 32 bytes");
  KeyText text{};
  ::zmq_z85_encode(text.data(), reinterpret_cast<const std::uint8_t*>(raw_key.data()), kKeyBytes);
  return text.data();
}

std::string raw_from_z85(std::string_view key) {
  GEOD_CHECK(is_z85_key(key), "not a Z85 key");
  std::string raw(kKeyBytes, '\0');
  ::zmq_z85_decode(reinterpret_cast<std::uint8_t*>(raw.data()), std::string(key).c_str());
  return raw;
}

bool is_comment_or_blank(std::string_view line) {
  const std::string_view text = trimmed(line);
  return text.empty() ||
         (text[0] == '#' && (text.size() == 1 || text[1] == ' ' || text[1] == '\t'));
}

}  // namespace geod::streams
