#include "config/read_yaml.hpp"

#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "config/schema.hpp"

namespace geod::config {
namespace {

/// The configuration is six levels deep; a file deeper than this is not one.
constexpr int kMaxDepth = 16;
/// A file of 1 MiB could report a fault per line; people read the first of them.
constexpr std::size_t kMaxFaults = 200;

int line_of(const YAML::Mark& mark) {
  return mark.is_null() ? 0 : mark.line + 1;
}

/// First pass over a file: refuses what the second must not be given. Aliases are refused whole,
/// because nested ones expand without bound and no key of the configuration needs them.
class StructureCheck final : public YAML::EventHandler {
 public:
  struct Refused {
    int line;
    std::string what;
  };

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      throw Refused{line_of(mark), "a second YAML document starts here; keep one in a file"};
    }
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{line_of(mark), "YAML aliases (*name) are not read; write the value out"};
  }
  void OnScalar(const YAML::Mark&,
                const std::string&,
                YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string&,
                       YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    enter(mark);
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark& mark,
                  const std::string&,
                  YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    enter(mark);
  }
  void OnMapEnd() override { --depth_; }

 private:
  void enter(const YAML::Mark& mark) {
    if (++depth_ > kMaxDepth) {
      throw Refused{line_of(mark), fmt::format("is nested deeper than {} levels", kMaxDepth)};
    }
  }

  int documents_ = 0;
  int depth_ = 0;
};

/// Fills the configuration from a tree of nodes.
class Reader final : public Visitor {
 public:
  Reader(const std::string& file_name,
         std::filesystem::path folder,
         KeyLines& lines,
         std::vector<Fault>& faults)
      : file_name_(file_name), folder_(std::move(folder)), lines_(lines), faults_(faults) {}

  void read(const YAML::Node& root, Config& config) {
    within("", root, [&](Visitor& visitor) { describe(visitor, config); });
  }

  void scalar(std::string_view name, const Scalar& scalar, std::string_view) override {
    const auto node = take(name);
    if (!node) {
      if (scalar.required && level_->prefix.find('[') != std::string::npos) {
        add(level_->line,
            level_->prefix + std::string(name),
            "is missing; write " + scalar.expects);
      }
      return;
    }
    const std::string key = level_->prefix + std::string(name);
    const bool may_be_null = scalar.get() == "null" || scalar.expects.ends_with("or null");
    if (node->IsNull() && !may_be_null) {
      add(lines_[key], key, "has no value; write " + scalar.expects + " or remove it");
    } else if (!node->IsNull() && !node->IsScalar()) {
      add(lines_[key], key, "is not a single value; write " + scalar.expects);
    } else {
      const std::string text = node->IsNull() ? "null" : located(node->Scalar(), scalar.kind);
      if (const auto result = scalar.set(text); !result) {
        add(lines_[key], key, result.error().what);
      }
    }
  }

  void texts(std::string_view name,
             std::vector<std::string>& values,
             Kind kind,
             std::size_t max_items,
             std::string_view) override {
    const auto node = take(name);
    if (!node) {
      return;
    }
    const std::string key = level_->prefix + std::string(name);
    if (!node->IsSequence() || node->size() > max_items) {
      add(line_of(node->Mark()),
          key,
          fmt::format("is not a list of at most {} texts; write [\"first\", \"second\"]",
                      max_items));
      return;
    }
    values.clear();
    for (const YAML::Node& each : *node) {
      std::string value;
      const auto result = each.IsScalar() ? text(value).set(each.Scalar())
                                          : fail(Errc::kConfig, "holds something not a text");
      if (!result) {
        add(line_of(each.Mark()), fmt::format("{}[{}]", key, values.size()), result.error().what);
      }
      values.push_back(located(value, kind));
    }
  }

  void section(std::string_view name,
               std::string_view,
               const std::function<void(Visitor&)>& children) override {
    if (const auto node = take(name)) {
      within(level_->prefix + std::string(name), *node, children);
    }
  }

  void list(std::string_view name, const Items& items, std::string_view) override {
    const auto node = take(name);
    if (!node) {
      return;
    }
    const std::string key = level_->prefix + std::string(name);
    if (!node->IsSequence() || node->size() > items.max_items) {
      add(line_of(node->Mark()),
          key,
          fmt::format("is not a list of at most {} items; begin each with '- name: ...'",
                      items.max_items));
      return;
    }
    items.reset(std::vector<std::string>(node->size()));
    for (std::size_t i = 0; i < node->size(); ++i) {
      within(fmt::format("{}[{}]", key, i), (*node)[i], [&](Visitor& visitor) {
        items.visit(i, visitor);
      });
    }
  }

  void table(std::string_view name, const Items& items, std::string_view) override {
    const auto node = take(name);
    if (!node) {
      return;
    }
    const std::string key = level_->prefix + std::string(name);
    Level entries = open(key, *node);
    if (entries.nodes.size() > items.max_items) {
      add(entries.line, key, fmt::format("has more than {} entries", items.max_items));
      return;
    }
    std::vector<std::string> names;
    for (const auto& [entry, unused] : entries.nodes) {
      names.push_back(entry);
    }
    items.reset(names);
    for (std::size_t i = 0; i < names.size(); ++i) {
      within(entries.prefix + names[i], entries.nodes.at(names[i]), [&](Visitor& visitor) {
        items.visit(i, visitor);
      });
    }
  }

 private:
  /// One mapping that is being read; what stays in `nodes` at its end was not asked for.
  struct Level {
    std::string prefix;  ///< "streams.curve."
    int line = 0;
    std::map<std::string, YAML::Node> nodes;
    std::string known;  ///< names that were asked for
  };

  void add(int line, const std::string& key, const std::string& what) {
    if (faults_.size() < kMaxFaults) {
      faults_.push_back({file_name_, line, key, what});
    }
  }

  Level open(const std::string& path, const YAML::Node& node) {
    Level level;
    level.line = line_of(node.Mark());
    level.prefix = path.empty() ? "" : path + ".";
    lines_[path] = level.line;
    if (node.IsNull()) {
      return level;
    }
    if (!node.IsMap()) {
      add(level.line, path, "is not a mapping; write keys and values, `key: value`");
      return level;
    }
    for (const auto& pair : node) {
      const int line = line_of(pair.first.Mark());
      if (!pair.first.IsScalar()) {
        add(line, path, "has a key that is not a text");
        continue;
      }
      const std::string& name = pair.first.Scalar();
      if (level.nodes.contains(name)) {
        add(line, level.prefix + name, "is written twice; keep one of the two");
        continue;
      }
      level.nodes.emplace(name, pair.second);
      lines_[level.prefix + name] = line;
    }
    return level;
  }

  void within(const std::string& path,
              const YAML::Node& node,
              const std::function<void(Visitor&)>& children) {
    Level level = open(path, node);
    Level* outer = std::exchange(level_, &level);
    children(*this);
    level_ = outer;
    for (const auto& [name, unused] : level.nodes) {
      const std::string key = level.prefix + name;
      add(lines_[key], key, "is not a known key; known here: " + level.known);
    }
  }

  /// The node of a key of the mapping at hand, which counts as known from then on.
  std::optional<YAML::Node> take(std::string_view name) {
    level_->known += (level_->known.empty() ? "" : ", ") + std::string(name);
    const auto found = level_->nodes.find(std::string(name));
    if (found == level_->nodes.end()) {
      return std::nullopt;
    }
    YAML::Node node = found->second;
    level_->nodes.erase(found);
    return node;
  }

  std::string located(const std::string& value, Kind kind) const {
    const bool is_relative = kind == Kind::kPath && !value.empty() && value.front() != '/';
    return is_relative && !folder_.empty() ? (folder_ / value).lexically_normal().string() : value;
  }

  const std::string& file_name_;
  std::filesystem::path folder_;
  KeyLines& lines_;
  std::vector<Fault>& faults_;
  Level* level_ = nullptr;
};

}  // namespace

void read_yaml(std::string_view yaml,
               const std::string& file_name,
               const std::filesystem::path& folder,
               Config& config,
               KeyLines& lines,
               std::vector<Fault>& faults) {
  if (yaml.find('\0') != std::string_view::npos) {
    faults.push_back({file_name, 0, "", "is not a text file: it has NUL bytes"});
    return;
  }
  try {
    std::istringstream stream{std::string(yaml)};
    YAML::Parser parser(stream);
    StructureCheck check;
    while (parser.HandleNextDocument(check)) {
    }
    Reader reader(file_name, folder, lines, faults);
    reader.read(YAML::Load(std::string(yaml)), config);
  } catch (const StructureCheck::Refused& refused) {
    faults.push_back({file_name, refused.line, "", refused.what});
  } catch (const YAML::Exception& error) {
    faults.push_back({file_name, line_of(error.mark), "", "is not valid YAML: " + error.msg});
  }
}

}  // namespace geod::config
