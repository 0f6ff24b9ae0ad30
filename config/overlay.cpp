#include "config/overlay.hpp"

#include <map>

#include "config/schema.hpp"

namespace geod::config {
namespace {

struct Override {
  std::string key;  ///< as the user wrote it, for faults
  std::string text;
  bool used = false;
};

/// Applies overrides, by key path, to the scalars outside lists and tables.
class Overlay final : public Visitor {
 public:
  Overlay(std::string source,
          std::map<std::string, Override>& overrides,
          std::vector<Fault>& faults)
      : source_(std::move(source)), overrides_(overrides), faults_(faults) {}

  void scalar(std::string_view name, const Scalar& scalar, std::string_view) override {
    const auto found = overrides_.find(prefix_ + std::string(name));
    if (found == overrides_.end()) {
      return;
    }
    found->second.used = true;
    if (const auto result = scalar.set(found->second.text); !result) {
      faults_.push_back({source_, 0, found->second.key, result.error().what});
    }
  }
  void texts(
      std::string_view, std::vector<std::string>&, Kind, std::size_t, std::string_view) override {}
  void section(std::string_view name,
               std::string_view,
               const std::function<void(Visitor&)>& children) override {
    const std::string outer = prefix_;
    prefix_ += std::string(name) + ".";
    children(*this);
    prefix_ = outer;
  }
  void list(std::string_view, const Items&, std::string_view) override {}
  void table(std::string_view, const Items&, std::string_view) override {}

 private:
  std::string source_;
  std::map<std::string, Override>& overrides_;
  std::vector<Fault>& faults_;
  std::string prefix_;
};

void apply(std::string source,
           std::map<std::string, Override>& overrides,
           Config& config,
           std::vector<Fault>& faults) {
  Overlay overlay(source, overrides, faults);
  describe(overlay, config);
  for (const auto& [path, each] : overrides) {
    if (!each.used) {
      faults.push_back({source,
                        0,
                        each.key,
                        "is not a single value of the configuration; `geod print-config` lists "
                        "the keys (lists and tables can only be set in the file)"});
    }
  }
}

bool begins_like_a_section(const std::string& name) {
  return name.starts_with("GEOD_STREAMS_") || name.starts_with("GEOD_FIBRES_") ||
         name.starts_with("GEOD_MODELS_") || name.starts_with("GEOD_STORAGE_") ||
         name.starts_with("GEOD_DAEMON_");
}

}  // namespace

std::string environment_name(const std::string& key_path) {
  std::string name = "GEOD_";
  for (const char c : key_path) {
    const bool is_lower = c >= 'a' && c <= 'z';
    name += c == '.' ? '_' : (is_lower ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return name;
}

void apply_environment(const Environment& environment, Config& config, std::vector<Fault>& faults) {
  std::map<std::string, std::string> path_of;
  for (const KeyInfo& key : all_keys()) {
    path_of[environment_name(key.path)] = key.path;
  }
  std::map<std::string, Override> overrides;
  for (const auto& [name, text] : environment) {
    if (begins_like_a_section(name)) {
      const auto known = path_of.find(name);
      overrides[known == path_of.end() ? name : known->second] = {name, text};
    }
  }
  apply("environment", overrides, config, faults);
}

void apply_overrides(const std::vector<std::string>& overrides,
                     Config& config,
                     std::vector<Fault>& faults) {
  std::map<std::string, Override> by_path;
  for (const std::string& each : overrides) {
    const auto equals = each.find('=');
    if (equals == std::string::npos) {
      faults.push_back({"--set", 0, each, "has no value; write section.key=value"});
      continue;
    }
    const std::string path = each.substr(0, equals);
    by_path[path] = {path, each.substr(equals + 1)};
  }
  apply("--set", by_path, config, faults);
}

}  // namespace geod::config
