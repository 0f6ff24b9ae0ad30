#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace geod::test {

/// One #include line.
struct Include {
  std::string path;
  bool is_ours;  ///< written with quotes
};
std::vector<Include> includes_of(std::string_view source);

bool is_torch_header(const std::string& included);

/// Everything that is wrong with the includes of one source file; `path` is relative to the root of
/// the repository ("models/engine.hpp"). Pure.
std::vector<std::string> layering_faults(std::string_view path, std::string_view source);

/// Folders of code that the rules know, in arrow order.
std::vector<std::string> code_folders();

}  // namespace geod::test
