#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "daemon/catalog_command.hpp"
#include "tests/support/storage_fixture.hpp"

namespace geod {

/// What a command left behind.
struct Answer {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// A database to fill, and `geod catalog` over it.
class CatalogTest : public storage::StorageTest {
 protected:
  /// Runs `geod catalog ARGUMENTS`, with --database unless `with_database` is false.
  Answer run(std::vector<std::string> arguments, bool with_database = true) {
    CLI::App app;
    CommandContext context;
    add_catalog_command(app, context);
    arguments.insert(arguments.begin(), "catalog");
    if (with_database) {
      arguments.insert(arguments.end(), {"--database", options_.file.string()});
    }
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants it
    Answer answer;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    try {
      app.parse(arguments);
      answer.exit_code = context.exit_code;
    } catch (const CLI::ParseError& error) {
      answer.exit_code = app.exit(error) == 0 ? 0 : kExitUsage;
    }
    answer.out = testing::internal::GetCapturedStdout();
    answer.err = testing::internal::GetCapturedStderr();
    return answer;
  }
};

}  // namespace geod
