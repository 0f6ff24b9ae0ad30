#include "daemon/enum_option.hpp"

#include <CLI/CLI.hpp>

namespace geod {

void take_names(CLI::Option& option, std::vector<std::pair<std::string, int>> names) {
  option.default_str(names.front().first);
  const auto translate = [names = std::move(names)](std::string& text) -> std::string {
    std::string known;
    for (const auto& [name, value] : names) {
      if (name == text) {
        text = std::to_string(value);
        return {};
      }
      known += (known.empty() ? "" : ", ") + name;
    }
    return "'" + text + "' is none of " + known;
  };
  option.transform(CLI::Validator(translate, ""));
}

}  // namespace geod
