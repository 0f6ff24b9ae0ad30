#include <fmt/format.h>

#include "config/config.hpp"
#include "config/schema.hpp"

namespace geod::config {
namespace {

constexpr std::size_t kColumns = 100;

/// Writes a configuration as YAML, with or without comments.
class Printer final : public Visitor {
 public:
  explicit Printer(bool with_comments) : with_comments_(with_comments) {}

  std::string take() { return std::move(out_); }

  void scalar(std::string_view name, const Scalar& scalar, std::string_view meaning) override {
    if (in_item_keys_) {
      item_key(name,
               scalar.required ? scalar.expects + ", required"
                               : fmt::format("{}, default {}", scalar.expects, scalar.get()),
               meaning);
      return;
    }
    comment(fmt::format("{} ({})", meaning, scalar.expects));
    line(fmt::format("{}: {}", name, scalar.get()));
  }

  void texts(std::string_view name,
             std::vector<std::string>& values,
             Kind,
             std::size_t max_items,
             std::string_view meaning) override {
    std::string list;
    for (std::string& value : values) {
      list += (list.empty() ? "" : ", ") + text(value).get();
    }
    if (in_item_keys_) {
      item_key(
          name, fmt::format("a list of at most {} texts, default [{}]", max_items, list), meaning);
      return;
    }
    comment(fmt::format("{} (a list of at most {} texts)", meaning, max_items));
    line(fmt::format("{}: [{}]", name, list));
  }

  void section(std::string_view name,
               std::string_view meaning,
               const std::function<void(Visitor&)>& children) override {
    if (with_comments_ && depth_ == 0) {
      out_ += '\n';
    }
    comment(meaning);
    line(fmt::format("{}:", name));
    ++depth_;
    children(*this);
    --depth_;
  }

  void list(std::string_view name, const Items& items, std::string_view meaning) override {
    comment(
        fmt::format("{} (a list of at most {}; each item begins with '-' and has the keys below)",
                    meaning,
                    items.max_items));
    item_keys(items);
    line(fmt::format("{}:{}", name, items.names.empty() ? " []" : ""));
    for (std::size_t i = 0; i < items.names.size(); ++i) {
      const std::size_t start = out_.size();
      depth_ += 2;
      items.visit(i, *this);
      depth_ -= 2;
      out_[start + 2 * depth_ + 2] = '-';  // the first key's line opens the item
    }
  }

  void table(std::string_view name, const Items& items, std::string_view meaning) override {
    comment(fmt::format("{} (at most {}; each has the keys below)", meaning, items.max_items));
    item_keys(items);
    line(fmt::format("{}:{}", name, items.names.empty() ? " {}" : ""));
    depth_ += 2;
    for (std::size_t i = 0; i < items.names.size(); ++i) {
      std::string key = items.names[i];
      --depth_;
      line(text(key).get() + ":");
      ++depth_;
      items.visit(i, *this);
    }
    depth_ -= 2;
  }

 private:
  std::string indent() const { return std::string(2 * depth_, ' '); }

  void line(const std::string& text) { out_ += indent() + text + '\n'; }

  /// Writes `text` as a comment, wrapped; lines after the first are indented by `hang` more.
  void comment(std::string_view text, std::size_t hang = 0) {
    if (!with_comments_) {
      return;
    }
    std::string current = indent() + "#";
    std::size_t words = 0;
    while (!text.empty()) {
      const std::size_t space = text.find(' ');
      const std::string_view word = text.substr(0, space);
      text = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
      if (current.size() + 1 + word.size() > kColumns && words > 0) {
        out_ += current + '\n';
        current = indent() + "#" + std::string(hang, ' ');
        words = 0;
      }
      current += " " + std::string(word);
      ++words;
    }
    out_ += current + '\n';
  }

  /// The keys of an item of a list or table, described in the comment above it.
  void item_keys(const Items& items) {
    in_item_keys_ = true;
    items.visit_example(*this);
    in_item_keys_ = false;
  }
  void item_key(std::string_view name, std::string_view expects, std::string_view meaning) {
    comment(fmt::format("  {}: {} ({})", name, meaning, expects), 4);
  }

  std::string out_;
  std::size_t depth_ = 0;
  bool with_comments_;
  bool in_item_keys_ = false;
};

}  // namespace

std::string reference_yaml() {
  Config defaults;
  Printer printer(true);
  describe(printer, defaults);
  return "# Configuration of geod: every key with its default. Write down only what you change.\n"
         "# Durations and sizes need a unit: 250ms, 30s, 15min, 2h, 1d; 512KiB, 64MiB, 2GiB.\n"
         "# Single values can also be set from the environment (GEOD_STORAGE_DATABASE for\n"
         "# storage.database) and on the command line (--set storage.database=FILE); the command\n"
         "# line wins over the environment, the environment over this file.\n" +
         printer.take();
}

std::string to_yaml(const Config& config) {
  Config copy = config;
  Printer printer(false);
  describe(printer, copy);
  return printer.take();
}

}  // namespace geod::config
