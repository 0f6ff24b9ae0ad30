#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.hpp"

namespace geod::models {

struct PickleValue;

/// A storage that torch.save put into a file of its own: `data/<key>`.
struct PickleStorage {
  std::string type;  ///< "FloatStorage"
  std::string key;
  std::int64_t elements = 0;
};

/// A tensor as a view of a storage, in elements.
struct PickleTensor {
  PickleStorage storage;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

struct PickleNone {};
struct PickleMark {};
/// A name such as "torch FloatStorage". Only compared, never looked up.
struct PickleGlobal {
  std::string name;
};
/// The result of a known call that geod has no use for (NumPy scalars).
struct PickleOpaque {};
struct PickleTuple {
  std::vector<PickleValue*> items;
};
struct PickleList {
  std::vector<PickleValue*> items;
};
struct PickleDict {
  std::vector<std::pair<PickleValue*, PickleValue*>> items;

  /// The last value under a text key, or null.
  const PickleValue* find(std::string_view key) const;
};

struct PickleValue {
  using Data = std::variant<PickleNone,
                            PickleMark,
                            bool,
                            std::int64_t,
                            double,
                            std::string,
                            PickleGlobal,
                            PickleOpaque,
                            PickleTuple,
                            PickleList,
                            PickleDict,
                            PickleStorage,
                            PickleTensor>;
  Data data;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&data);
  }
};

/// Reads the pickles that torch.save writes (protocol 2) without executing anything: a small stack
/// machine that knows containers, numbers, texts, tensors and the handful of names those need, and
/// refuses every other opcode and name. Values live as long as this object; they may refer to each
/// other in cycles.
///
/// Source of the opcodes: CPython's pickletools; of the tensor layout: PyTorch's serialization.
class PickleDocument {
 public:
  /// kCorruptRecord for a malformed pickle, kUnsupported naming an opcode or name that is refused.
  static Result<PickleDocument> parse(std::span<const std::byte> bytes);

  const PickleValue& root() const { return *root_; }

 private:
  friend class PickleMachine;
  // A deque: addresses stay valid, and taking it down does not recurse however deep values nest.
  std::deque<PickleValue> values_;
  PickleValue* root_ = nullptr;
};

}  // namespace geod::models
