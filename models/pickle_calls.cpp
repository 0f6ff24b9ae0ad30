#include "models/pickle_calls.hpp"

#include <algorithm>
#include <array>

namespace geod::models {
namespace {

constexpr std::array kCallables{std::string_view("collections OrderedDict"),
                                std::string_view("argparse Namespace"),
                                std::string_view("torch._utils _rebuild_tensor_v2"),
                                std::string_view("torch._utils _rebuild_parameter"),
                                std::string_view("numpy.core.multiarray scalar"),
                                std::string_view("numpy._core.multiarray scalar"),
                                std::string_view("numpy dtype"),
                                std::string_view("_codecs encode")};
constexpr std::array kStorages{std::string_view("torch DoubleStorage"),
                               std::string_view("torch FloatStorage"),
                               std::string_view("torch HalfStorage"),
                               std::string_view("torch BFloat16Storage"),
                               std::string_view("torch LongStorage"),
                               std::string_view("torch IntStorage"),
                               std::string_view("torch ShortStorage"),
                               std::string_view("torch CharStorage"),
                               std::string_view("torch ByteStorage"),
                               std::string_view("torch BoolStorage")};

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Bounds on what is copied out of a pickle, so that a small file cannot ask for much memory.
constexpr std::size_t kMaxRank = 8;
constexpr std::size_t kMaxKeyBytes = 64;

/// Integers of a tuple or list; nothing when it is neither, long, or holds something else.
std::optional<std::vector<std::int64_t>> integers(const PickleValue& value) {
  const auto* tuple = value.as<PickleTuple>();
  const auto* list = value.as<PickleList>();
  if (tuple == nullptr && list == nullptr) {
    return std::nullopt;
  }
  const auto& items = tuple != nullptr ? tuple->items : list->items;
  if (items.size() > kMaxRank) {
    return std::nullopt;
  }
  std::vector<std::int64_t> result;
  for (const PickleValue* item : items) {
    const auto* number = item->as<std::int64_t>();
    if (number == nullptr) {
      return std::nullopt;
    }
    result.push_back(*number);
  }
  return result;
}

std::optional<PickleValue::Data> rebuild_tensor(const PickleTuple& arguments) {
  if (arguments.items.size() < 4) {
    return std::nullopt;
  }
  const auto* storage = arguments.items[0]->as<PickleStorage>();
  const auto* offset = arguments.items[1]->as<std::int64_t>();
  auto shape = integers(*arguments.items[2]);
  auto strides = integers(*arguments.items[3]);
  if (storage == nullptr || offset == nullptr || !shape || !strides ||
      shape->size() != strides->size()) {
    return std::nullopt;
  }
  return PickleTensor{*storage, *offset, std::move(*shape), std::move(*strides)};
}

}  // namespace

bool is_known_name(std::string_view name) {
  return contains(kCallables, name) || contains(kStorages, name);
}

std::optional<PickleStorage> storage_of(const PickleTuple& id) {
  if (id.items.size() != 5) {
    return std::nullopt;
  }
  const auto* kind = id.items[0]->as<std::string>();
  const auto* type = id.items[1]->as<PickleGlobal>();
  const auto* key = id.items[2]->as<std::string>();
  const auto* elements = id.items[4]->as<std::int64_t>();
  if (kind == nullptr || *kind != "storage" || type == nullptr ||
      !contains(kStorages, type->name) || key == nullptr || key->size() > kMaxKeyBytes ||
      elements == nullptr || *elements < 0) {
    return std::nullopt;
  }
  return PickleStorage{type->name.substr(std::string_view("torch ").size()), *key, *elements};
}

std::optional<PickleValue::Data> call_of(std::string_view function, const PickleTuple& arguments) {
  if (function == "collections OrderedDict") {
    if (!arguments.items.empty()) {
      return std::nullopt;
    }
    return PickleDict{};
  }
  if (function == "torch._utils _rebuild_tensor_v2") {
    return rebuild_tensor(arguments);
  }
  if (function == "torch._utils _rebuild_parameter") {
    if (arguments.items.empty() || arguments.items[0]->as<PickleTensor>() == nullptr) {
      return std::nullopt;
    }
    return *arguments.items[0]->as<PickleTensor>();
  }
  if (!contains(kCallables, function)) {
    return std::nullopt;
  }
  return PickleOpaque{};
}

}  // namespace geod::models
