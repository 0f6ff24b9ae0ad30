#include "daemon/keygen_command.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zmq.h>

#include "core/error.hpp"

namespace geod {
namespace {

/// Z85 text of a 32-byte key, with its NUL (zmq_curve_keypair(3)).
constexpr std::size_t kKeyTextBytes = 41;

/// Creates `file` for its owner only. kIo when it exists (a key is never overwritten) or cannot be
/// written.
Result<void> write_secret(const std::filesystem::path& file, const std::string& key) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fail(Errc::kIo,
                "{}: {}{}",
                file.string(),
                std::strerror(errno),
                errno == EEXIST ? "; a key is not overwritten: remove the file first" : "");
  }
  const std::string line = key + "\n";
  const bool is_written =
      ::write(fd, line.data(), line.size()) == std::ssize(line) && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  if (!is_written) {
    ::unlink(file.c_str());
    return fail(Errc::kIo, "{}: {}", file.string(), std::strerror(why));
  }
  return {};
}

int make_keys(const std::filesystem::path& file) {
  std::array<char, kKeyTextBytes> public_key{};
  std::array<char, kKeyTextBytes> secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    fmt::print(stderr, "this libzmq has no CURVE: {}\n", zmq_strerror(zmq_errno()));
    return kExitFailure;
  }
  if (const auto written = write_secret(file, secret_key.data()); !written) {
    fmt::print(stderr, "{}\n", written.error().what);
    return kExitFailure;
  }
  fmt::print("{}\n", public_key.data());
  return kExitOk;
}

}  // namespace

void add_keygen_command(CLI::App& app, CommandContext& context) {
  auto file = std::make_shared<std::filesystem::path>();
  CLI::App* command = app.add_subcommand(
      "keygen", "Make a CURVE key pair: the secret key to FILE, the public key to stdout");
  command->add_option("FILE", *file, "New file for the secret key, created with mode 0600")
      ->required();
  command->footer(
      "Examples:\n"
      "  geod keygen curve.secret > curve.public\n"
      "Exit codes: 0 both keys written, 1 not.");
  command->callback([file, &context] { context.exit_code = make_keys(*file); });
}

}  // namespace geod
