#include "daemon/keygen_command.hpp"

#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "streams/curve_keys.hpp"

namespace geod {
namespace {

int make_keys(const std::string& file) {
  const auto keys = streams::generate_curve_keypair(file);
  if (!keys) {
    fmt::print(stderr, "geod keygen: {}\n", keys.error().what);
    return kExitFailure;
  }
  fmt::print("{}\n", keys->public_key);
  return kExitOk;
}

}  // namespace

void add_keygen_command(CLI::App& app, CommandContext& context) {
  auto file = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "keygen", "Make a CURVE key pair: the secret key to FILE, the public key to stdout");
  command->add_option("file", *file, "New file for the secret key, created with mode 0600")
      ->type_name("FILE")
      ->required();
  command->footer(
      "Examples:\n"
      "  geod keygen curve.secret > curve.public\n"
      "Exit codes: 0 both keys written, 1 not.");
  command->callback([file, &context] { context.exit_code = make_keys(*file); });
}

}  // namespace geod
