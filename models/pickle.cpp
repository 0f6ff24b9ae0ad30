#include "models/pickle.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <optional>
#include <unordered_map>

#include "models/pickle_calls.hpp"

namespace geod::models {
namespace {

constexpr std::uint8_t kNewObject = 0x81;

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(Errc::kCorruptRecord, "pickle: {}", what);
}

}  // namespace

const PickleValue* PickleDict::find(std::string_view key) const {
  for (auto it = items.rbegin(); it != items.rend(); ++it) {
    const auto* text = it->first->as<std::string>();
    if (text != nullptr && *text == key) {
      return it->second;
    }
  }
  return nullptr;
}

/// The stack machine; fills a document.
class PickleMachine {
 public:
  PickleMachine(std::span<const std::byte> bytes, PickleDocument& document)
      : rest_(bytes), document_(document) {}

  Result<void> run() {
    while (true) {
      std::uint8_t opcode = 0;
      if (!take(opcode)) {
        return malformed("ends before its STOP");
      }
      if (opcode == '.') {
        if (stack_.size() != 1 || stack_[0]->as<PickleMark>() != nullptr) {
          return malformed("stops with a stack that is not one value");
        }
        document_.root_ = stack_[0];
        return {};
      }
      if (auto ok = step(opcode); !ok) {
        return ok;
      }
    }
  }

 private:
  Result<void> step(std::uint8_t opcode) {
    switch (opcode) {
      case 0x80:  // PROTO
        return protocol();
      case 'N':
        return push(PickleNone{});
      case 0x88:  // NEWTRUE
        return push(true);
      case 0x89:  // NEWFALSE
        return push(false);
      case 'J':
        return push_integer<std::int32_t>();
      case 'K':
        return push_integer<std::uint8_t>();
      case 'M':
        return push_integer<std::uint16_t>();
      case 0x8a:  // LONG1
        return push_long();
      case 'G':
        return push_float();
      case 'X':
        return push_text();
      case 'c':
        return push_global();
      case '(':
        return push(PickleMark{});
      case '}':
        return push(PickleDict{});
      case ']':
        return push(PickleList{});
      case ')':
        return push(PickleTuple{});
      case 0x85:  // TUPLE1, TUPLE2, TUPLE3
      case 0x86:
      case 0x87:
        return push_tuple(static_cast<std::size_t>(opcode - 0x84));
      default:
        return step_composite(opcode);
    }
  }

  Result<void> step_composite(std::uint8_t opcode) {
    switch (opcode) {
      case 't':
        return push_marked_tuple();
      case 's':
      case 'u':
        return set_items(opcode == 'u');
      case 'a':
      case 'e':
        return append(opcode == 'e');
      case 'q':
        return put<std::uint8_t>();
      case 'r':
        return put<std::uint32_t>();
      case 'h':
        return get<std::uint8_t>();
      case 'j':
        return get<std::uint32_t>();
      case 'Q':
        return persistent_id();
      case 'R':
      case kNewObject:  // made by its class alone: here, too, only known names
        return reduce();
      case 'b':
        return build();
      default:
        return fail(Errc::kUnsupported,
                    "pickle: opcode 0x{:02x} is not one geod reads (torch.save's protocol 2)",
                    opcode);
    }
  }

  template <class T>
  bool take(T& value) {
    if (rest_.size() < sizeof value) {
      return false;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_ = rest_.subspan(sizeof value);
    return true;
  }

  template <class T>
  Result<void> push(T data) {
    document_.values_.push_back(PickleValue{PickleValue::Data(std::move(data))});
    stack_.push_back(&document_.values_.back());
    return {};
  }

  /// The top of the stack, taken off; null when it is empty or a mark.
  PickleValue* pop() {
    if (stack_.empty() || stack_.back()->as<PickleMark>() != nullptr) {
      return nullptr;
    }
    PickleValue* top = stack_.back();
    stack_.pop_back();
    return top;
  }

  /// Everything above the last mark, and the mark taken off; nothing without a mark.
  std::optional<std::vector<PickleValue*>> pop_to_mark() {
    const auto mark = std::find_if(stack_.rbegin(), stack_.rend(), [](const PickleValue* value) {
      return value->as<PickleMark>() != nullptr;
    });
    if (mark == stack_.rend()) {
      return std::nullopt;
    }
    std::vector<PickleValue*> items(mark.base(), stack_.end());
    stack_.erase(mark.base() - 1, stack_.end());
    return items;
  }

  Result<void> protocol() {
    std::uint8_t version = 0;
    if (!take(version) || version != 2) {
      return fail(Errc::kUnsupported, "pickle: protocol {}, torch.save writes 2", version);
    }
    return {};
  }

  template <class T>
  Result<void> push_integer() {
    T value = 0;
    return take(value) ? push(std::int64_t{value}) : malformed("cut in an integer");
  }

  Result<void> push_long() {
    std::uint8_t length = 0;
    if (!take(length) || length > sizeof(std::int64_t) || rest_.size() < length) {
      return malformed("an integer of more than 64 bits, or cut");
    }
    std::uint64_t value = 0;
    std::memcpy(&value, rest_.data(), length);
    if (length > 0 && length < 8 && (value >> (8 * length - 1)) != 0) {
      value |= ~std::uint64_t{0} << (8 * length);  // sign
    }
    rest_ = rest_.subspan(length);
    return push(static_cast<std::int64_t>(value));
  }

  Result<void> push_float() {
    std::uint64_t big_endian = 0;
    return take(big_endian) ? push(std::bit_cast<double>(__builtin_bswap64(big_endian)))
                            : malformed("cut in a number");
  }

  Result<void> push_text() {
    std::uint32_t length = 0;
    if (!take(length) || length > rest_.size()) {
      return malformed("cut in a text");
    }
    std::string text(length, '\0');
    std::memcpy(text.data(), rest_.data(), length);
    rest_ = rest_.subspan(length);
    return push(std::move(text));
  }

  Result<void> push_global() {
    std::string name;
    for (int part = 0; part < 2; ++part) {
      const auto end = std::find(rest_.begin(), rest_.end(), std::byte{'\n'});
      constexpr std::ptrdiff_t kMaxNameBytes = 256;
      if (end == rest_.end() || end - rest_.begin() > kMaxNameBytes) {
        return malformed("cut in a name");
      }
      if (part == 1) {
        name += ' ';
      }
      std::transform(rest_.begin(), end, std::back_inserter(name), [](std::byte byte) {
        return static_cast<char>(byte);
      });
      rest_ = rest_.subspan(static_cast<std::size_t>(end - rest_.begin()) + 1);
    }
    if (!is_known_name(name)) {
      return fail(Errc::kUnsupported,
                  "pickle: refers to '{}', which a checkpoint of weights has no use for; the file "
                  "is refused, nothing was executed",
                  name);
    }
    return push(PickleGlobal{std::move(name)});
  }

  Result<void> push_tuple(std::size_t count) {
    PickleTuple tuple;
    for (std::size_t i = 0; i < count; ++i) {
      PickleValue* item = pop();
      if (item == nullptr) {
        return malformed("a tuple lacks items");
      }
      tuple.items.push_back(item);
    }
    std::reverse(tuple.items.begin(), tuple.items.end());
    return push(std::move(tuple));
  }

  Result<void> push_marked_tuple() {
    auto items = pop_to_mark();
    return items ? push(PickleTuple{std::move(*items)}) : malformed("a tuple without a mark");
  }

  Result<void> set_items(bool is_marked) {
    std::vector<PickleValue*> items;
    if (is_marked) {
      auto marked = pop_to_mark();
      if (!marked) {
        return malformed("SETITEMS without a mark");
      }
      items = std::move(*marked);
    } else {
      PickleValue* value = pop();
      PickleValue* key = pop();
      if (key == nullptr || value == nullptr) {
        return malformed("SETITEM lacks a key or value");
      }
      items = {key, value};
    }
    auto* dict = stack_.empty() ? nullptr : std::get_if<PickleDict>(&stack_.back()->data);
    if (dict == nullptr || items.size() % 2 != 0) {
      return malformed("items for something that is no dictionary");
    }
    for (std::size_t i = 0; i < items.size(); i += 2) {
      dict->items.emplace_back(items[i], items[i + 1]);
    }
    return {};
  }

  Result<void> append(bool is_marked) {
    std::vector<PickleValue*> items;
    if (is_marked) {
      auto marked = pop_to_mark();
      if (!marked) {
        return malformed("APPENDS without a mark");
      }
      items = std::move(*marked);
    } else if (PickleValue* item = pop()) {
      items = {item};
    }
    auto* list = stack_.empty() ? nullptr : std::get_if<PickleList>(&stack_.back()->data);
    if (list == nullptr) {
      return malformed("items for something that is no list");
    }
    list->items.insert(list->items.end(), items.begin(), items.end());
    return {};
  }

  template <class T>
  Result<void> put() {
    T slot = 0;
    if (!take(slot) || stack_.empty()) {
      return malformed("a memo of nothing");
    }
    memo_[slot] = stack_.back();
    return {};
  }

  template <class T>
  Result<void> get() {
    T slot = 0;
    const auto it = take(slot) ? memo_.find(slot) : memo_.end();
    if (it == memo_.end()) {
      return malformed("a memo that was never written");
    }
    stack_.push_back(it->second);
    return {};
  }

  Result<void> persistent_id() {
    const PickleValue* id = pop();
    const auto* tuple = id == nullptr ? nullptr : id->as<PickleTuple>();
    auto storage = tuple == nullptr ? std::nullopt : storage_of(*tuple);
    return storage ? push(std::move(*storage)) : malformed("a persistent id that is no storage");
  }

  Result<void> reduce() {
    const PickleValue* arguments = pop();
    const PickleValue* callable = pop();
    const auto* tuple = arguments == nullptr ? nullptr : arguments->as<PickleTuple>();
    const auto* global = callable == nullptr ? nullptr : callable->as<PickleGlobal>();
    auto result =
        tuple == nullptr || global == nullptr ? std::nullopt : call_of(global->name, *tuple);
    return result ? push(std::move(*result)) : malformed("a call geod does not know");
  }

  /// Attributes: state dictionaries carry `_metadata`, which nothing here needs.
  Result<void> build() {
    const PickleValue* state = pop();
    const PickleValue* target = stack_.empty() ? nullptr : stack_.back();
    if (state == nullptr || target == nullptr ||
        (target->as<PickleDict>() == nullptr && target->as<PickleOpaque>() == nullptr)) {
      return malformed("attributes for something that takes none");
    }
    return {};
  }

  std::span<const std::byte> rest_;
  PickleDocument& document_;
  std::vector<PickleValue*> stack_;
  std::unordered_map<std::uint32_t, PickleValue*> memo_;
};

Result<PickleDocument> PickleDocument::parse(std::span<const std::byte> bytes) {
  PickleDocument document;
  if (auto ok = PickleMachine(bytes, document).run(); !ok) {
    return tl::unexpected(ok.error());
  }
  return document;
}

}  // namespace geod::models
