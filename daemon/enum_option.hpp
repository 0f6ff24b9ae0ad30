#pragma once

#include <string>
#include <utility>
#include <vector>

namespace CLI {
class Option;
}

namespace geod {

/// Makes an option that is an enumeration take these names and nothing else, and tell them when
/// another is given. CLI11's own transformer would also take and print the numbers behind them.
void take_names(CLI::Option& option, std::vector<std::pair<std::string, int>> names);

/// The same for an enumeration; the first name is shown as the default.
template <class Enum>
void take_names_of(CLI::Option* option, const std::vector<std::pair<std::string, Enum>>& names) {
  std::vector<std::pair<std::string, int>> numbers;
  numbers.reserve(names.size());
  for (const auto& [name, value] : names) {
    numbers.emplace_back(name, static_cast<int>(value));
  }
  take_names(*option, std::move(numbers));
}

}  // namespace geod
