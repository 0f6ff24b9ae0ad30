#include "models/checkpoint.hpp"

#include <cmath>
#include <cstring>
#include <optional>

#include "models/float_decode.hpp"

namespace geod::models {
namespace {

constexpr std::uint64_t kMaxPickleBytes = std::uint64_t{16} << 20;
constexpr std::uint64_t kMaxStorageBytes = std::uint64_t{1} << 30;
constexpr std::string_view kPickleName = "data.pkl";

struct FloatType {
  std::string_view storage;
  std::size_t bytes;
  float (*decode)(const std::byte*);
};

template <class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

constexpr FloatType kFloatTypes[] = {
    {"FloatStorage", 4, [](const std::byte* at) { return load<float>(at); }},
    {"DoubleStorage", 8, [](const std::byte* at) { return static_cast<float>(load<double>(at)); }},
    {"HalfStorage", 2, [](const std::byte* at) { return half_to_float(load<std::uint16_t>(at)); }},
    {"BFloat16Storage",
     2,
     [](const std::byte* at) { return bfloat16_to_float(load<std::uint16_t>(at)); }},
};

const FloatType* float_type(std::string_view storage) {
  for (const FloatType& type : kFloatTypes) {
    if (type.storage == storage) {
      return &type;
    }
  }
  return nullptr;
}

/// Number of elements when the tensor is row major without holes and its shape does not overflow.
std::optional<std::uint64_t> contiguous_elements(const PickleTensor& tensor) {
  std::uint64_t elements = 1;
  for (std::size_t i = tensor.shape.size(); i-- > 0;) {
    if (tensor.shape[i] < 0 ||
        (tensor.shape[i] > 1 && static_cast<std::uint64_t>(tensor.strides[i]) != elements) ||
        __builtin_mul_overflow(elements, static_cast<std::uint64_t>(tensor.shape[i]), &elements)) {
      return std::nullopt;
    }
  }
  return elements;
}

}  // namespace

Result<Checkpoint> Checkpoint::open(const std::filesystem::path& path) {
  auto archive = ZipArchive::open(path);
  if (!archive) {
    return tl::unexpected(archive.error());
  }
  std::string prefix;
  for (const auto& [name, entry] : archive->entries()) {
    const std::size_t slash = name.find('/');
    if (slash != std::string::npos && std::string_view(name).substr(slash + 1) == kPickleName) {
      prefix = name.substr(0, slash + 1);
    }
  }
  if (prefix.empty()) {
    return fail(Errc::kCorruptRecord,
                "{}: no {} inside: not written by torch.save",
                path.string(),
                kPickleName);
  }
  const auto bytes = archive->read(prefix + std::string(kPickleName), kMaxPickleBytes);
  if (!bytes) {
    return tl::unexpected(bytes.error());
  }
  const auto document = PickleDocument::parse(*bytes);
  if (!document) {
    return fail_with(document.error(), path.string());
  }
  Checkpoint checkpoint(std::move(*archive), std::move(prefix));
  const auto* root = document->root().as<PickleDict>();
  const PickleValue* nested = nullptr;
  for (const char* key : {"model_dict", "model"}) {
    nested = root == nullptr || nested != nullptr ? nested : root->find(key);
  }
  const PickleDict* state = nested == nullptr ? root : nested->as<PickleDict>();
  if (state != nullptr) {
    for (const auto& [key, value] : state->items) {
      const auto* name = key->as<std::string>();
      const auto* tensor = value->as<PickleTensor>();
      if (name != nullptr && tensor != nullptr) {
        checkpoint.tensors_.insert_or_assign(*name, *tensor);
      }
    }
  }
  if (checkpoint.tensors_.empty()) {
    return fail(Errc::kCorruptRecord, "{}: holds no dictionary of tensors", path.string());
  }
  return checkpoint;
}

Result<std::vector<float>> Checkpoint::read_floats(const PickleTensor& tensor) const {
  const FloatType* type = float_type(tensor.storage.type);
  const auto elements = contiguous_elements(tensor);
  if (type == nullptr || !elements) {
    return fail(Errc::kUnsupported,
                "{}: a tensor in {} is not floating point or not contiguous",
                path().string(),
                tensor.storage.type);
  }
  const auto bytes = archive_.read(prefix_ + "data/" + tensor.storage.key, kMaxStorageBytes);
  if (!bytes) {
    return tl::unexpected(bytes.error());
  }
  const std::uint64_t available = bytes->size() / type->bytes;
  if (tensor.offset < 0 || static_cast<std::uint64_t>(tensor.offset) > available ||
      *elements > available - static_cast<std::uint64_t>(tensor.offset)) {
    return fail(Errc::kCorruptRecord,
                "{}: storage '{}' is shorter than its tensor",
                path().string(),
                tensor.storage.key);
  }
  std::vector<float> values(*elements);
  const std::byte* start = bytes->data() + static_cast<std::size_t>(tensor.offset) * type->bytes;
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = type->decode(start + i * type->bytes);
    if (!std::isfinite(values[i])) {
      return fail(Errc::kModelMismatch,
                  "{}: storage '{}' holds a value that is not finite",
                  path().string(),
                  tensor.storage.key);
    }
  }
  return values;
}

}  // namespace geod::models
