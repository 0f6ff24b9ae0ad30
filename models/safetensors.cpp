#include "models/safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "models/float_decode.hpp"
#include "models/json_object.hpp"

static_assert(std::endian::native == std::endian::little, "safetensors are read in place");

namespace geod::models {
namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
/// Longest tensor name and metadata text shown in an error or kept.
constexpr std::size_t kMaxNameBytes = 512;
constexpr std::size_t kMaxRank = 8;

struct DTypeRow {
  DType dtype;
  std::string_view name;
  std::size_t bytes;
};
constexpr std::array<DTypeRow, 10> kDTypes{{{DType::kF64, "F64", 8},
                                            {DType::kI64, "I64", 8},
                                            {DType::kF32, "F32", 4},
                                            {DType::kI32, "I32", 4},
                                            {DType::kF16, "F16", 2},
                                            {DType::kBf16, "BF16", 2},
                                            {DType::kI16, "I16", 2},
                                            {DType::kI8, "I8", 1},
                                            {DType::kU8, "U8", 1},
                                            {DType::kBool, "BOOL", 1}}};

/// Bytes that `shape` takes; nothing when the product overflows.
std::optional<std::uint64_t> bytes_of(const std::vector<std::int64_t>& shape, DType dtype) {
  std::uint64_t bytes = bytes_per_element(dtype);
  for (const std::int64_t dimension : shape) {
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(dimension), &bytes)) {
      return std::nullopt;
    }
  }
  return bytes;
}

Result<std::vector<std::int64_t>> parse_shape(const json& value) {
  if (!value.is_array() || value.size() > kMaxRank) {
    return fail(Errc::kCorruptRecord, "shape is not a list of at most {} integers", kMaxRank);
  }
  std::vector<std::int64_t> shape;
  for (const json& dimension : value) {
    if (!dimension.is_number_unsigned() ||
        dimension.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) {
      return fail(Errc::kCorruptRecord, "shape is not a list of at most {} integers", kMaxRank);
    }
    shape.push_back(dimension.get<std::int64_t>());
  }
  return shape;
}

/// One tensor's entry; `offset` is relative to the data.
Result<TensorEntry> parse_entry(const json& value) {
  if (!value.is_object() || value.size() != 3 || !value.contains("dtype") ||
      !value.contains("shape") || !value.contains("data_offsets")) {
    return fail(Errc::kCorruptRecord, "needs exactly dtype, shape and data_offsets");
  }
  if (!value["dtype"].is_string()) {
    return fail(Errc::kCorruptRecord, "dtype is not a text");
  }
  const auto name = value["dtype"].get<std::string>();
  const auto row = std::find_if(
      kDTypes.begin(), kDTypes.end(), [&](const DTypeRow& known) { return known.name == name; });
  if (row == kDTypes.end()) {
    return fail(Errc::kUnsupported, "dtype '{}' is not one geod reads", name.substr(0, 16));
  }
  auto shape = parse_shape(value["shape"]);
  if (!shape) {
    return tl::unexpected(shape.error());
  }
  const json& offsets = value["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    return fail(Errc::kCorruptRecord, "data_offsets are not two integers");
  }
  const auto begin = offsets[0].get<std::uint64_t>();
  const auto end = offsets[1].get<std::uint64_t>();
  const auto bytes = bytes_of(*shape, row->dtype);
  if (end < begin || !bytes || *bytes != end - begin) {
    return fail(Errc::kCorruptRecord, "its shape does not fill bytes {} to {}", begin, end);
  }
  return TensorEntry{row->dtype, std::move(*shape), begin, end - begin};
}

bool read_metadata(const json& value, std::map<std::string, std::string>& metadata) {
  if (!value.is_object()) {
    return false;
  }
  for (const auto& [key, entry] : value.items()) {
    if (!entry.is_string()) {
      return false;
    }
    metadata[key] = entry.get<std::string>();
  }
  return true;
}

float decode_one(const std::byte* at, DType dtype) {
  std::uint16_t half = 0;
  float single = 0.0F;
  double wide = 0.0;
  switch (dtype) {
    case DType::kF16:
      std::memcpy(&half, at, sizeof half);
      return half_to_float(half);
    case DType::kBf16:
      std::memcpy(&half, at, sizeof half);
      return bfloat16_to_float(half);
    case DType::kF64:
      std::memcpy(&wide, at, sizeof wide);
      return static_cast<float>(wide);
    default:
      std::memcpy(&single, at, sizeof single);
      return single;
  }
}

}  // namespace

std::string_view to_string(DType dtype) {
  return kDTypes[static_cast<std::size_t>(dtype)].name;
}

std::size_t bytes_per_element(DType dtype) {
  return kDTypes[static_cast<std::size_t>(dtype)].bytes;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  auto input = InputFile::open(path);
  if (!input) {
    return tl::unexpected(input.error());
  }
  return checked(std::move(*input));
}

Result<SafetensorsFile> SafetensorsFile::from_bytes(std::vector<std::byte> bytes,
                                                    const std::filesystem::path& path) {
  return checked(InputFile::in_memory(std::move(bytes), path));
}

Result<SafetensorsFile> SafetensorsFile::checked(InputFile input) {
  SafetensorsFile file(std::move(input));
  if (auto ok = file.read_header(); !ok) {
    return fail_with(ok.error(), file.path().string());
  }
  return file;
}

Result<void> SafetensorsFile::read_header() {
  std::array<std::byte, kLengthBytes> length_bytes{};
  if (file_.size() < kLengthBytes) {
    return fail(Errc::kCorruptRecord, "{} bytes are too few for a safetensors file", file_.size());
  }
  if (auto ok = file_.read(0, length_bytes); !ok) {
    return ok;
  }
  const auto length = std::bit_cast<std::uint64_t>(length_bytes);
  if (length > kMaxHeaderBytes || length > file_.size() - kLengthBytes) {
    return fail(Errc::kCorruptRecord,
                "header of {} bytes; allowed are {} and the file has {}",
                length,
                kMaxHeaderBytes,
                file_.size());
  }
  std::string text(length, '\0');
  if (auto ok = file_.read(kLengthBytes, std::as_writable_bytes(std::span(text))); !ok) {
    return ok;
  }
  if (!text.starts_with('{')) {
    return fail(Errc::kCorruptRecord, "header does not start with '{{'");
  }
  json header;
  if (!parse_json_object(text, header)) {
    return fail(Errc::kCorruptRecord, "header is no JSON object or repeats a key");
  }
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      if (!read_metadata(value, metadata_)) {
        return fail(Errc::kCorruptRecord, "__metadata__ is not a map from text to text");
      }
      continue;
    }
    if (name.empty() || name.size() > kMaxNameBytes) {
      return fail(Errc::kCorruptRecord, "a tensor name is empty or above {} bytes", kMaxNameBytes);
    }
    auto entry = parse_entry(value);
    if (!entry) {
      return fail_with(entry.error(), fmt::format("tensor '{}'", name));
    }
    tensors_.emplace(name, std::move(*entry));
  }
  return check_coverage(kLengthBytes + length);
}

Result<void> SafetensorsFile::check_coverage(std::uint64_t data_start) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (auto& [name, entry] : tensors_) {
    ranges.emplace_back(entry.offset, entry.bytes);
    entry.offset += data_start;  // sums stay below 2^64: the ranges are checked right below
  }
  std::sort(ranges.begin(), ranges.end());
  std::uint64_t covered = 0;
  for (const auto& [begin, bytes] : ranges) {
    if (begin != covered) {
      return fail(Errc::kCorruptRecord,
                  "tensor data overlap or leave a hole at byte {}: expected {}",
                  begin,
                  covered);
    }
    covered = begin + bytes;
  }
  if (covered != file_.size() - data_start) {
    return fail(Errc::kCorruptRecord,
                "tensors cover {} bytes of data, the file has {}",
                covered,
                file_.size() - data_start);
  }
  return {};
}

Result<TensorEntry> SafetensorsFile::find(std::string_view name) const {
  const auto it = tensors_.find(name);
  if (it == tensors_.end()) {
    return fail(Errc::kNotFound, "{}: has no tensor '{}'", path().string(), name);
  }
  return it->second;
}

Result<std::vector<float>> SafetensorsFile::read_floats(std::string_view name) const {
  const auto entry = find(name);
  if (!entry) {
    return tl::unexpected(entry.error());
  }
  const DType dtype = entry->dtype;
  if (dtype != DType::kF32 && dtype != DType::kF16 && dtype != DType::kBf16 &&
      dtype != DType::kF64) {
    return fail(Errc::kUnsupported,
                "{}: tensor '{}' is {}, expected a floating-point type",
                path().string(),
                name,
                to_string(dtype));
  }
  std::vector<std::byte> raw(entry->bytes);
  if (auto ok = file_.read(entry->offset, raw); !ok) {
    return tl::unexpected(ok.error());
  }
  const std::size_t width = bytes_per_element(dtype);
  std::vector<float> values(raw.size() / width);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = decode_one(raw.data() + i * width, dtype);
    if (!std::isfinite(values[i])) {
      return fail(Errc::kModelMismatch,
                  "{}: tensor '{}' holds a value that is not finite",
                  path().string(),
                  name);
    }
  }
  return values;
}

namespace {

/// Length and header of a file with these tensors, which must be sorted.
std::string header_of(const std::vector<FloatTensor>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header;
  if (!metadata.empty()) {
    header["__metadata__"] = metadata;
  }
  std::uint64_t offset = 0;
  for (const FloatTensor& tensor : tensors) {
    const std::uint64_t bytes = tensor.values.size() * sizeof(float);
    GEOD_CHECK(bytes_of(tensor.shape, DType::kF32) == bytes, tensor.name);
    GEOD_CHECK(!header.contains(tensor.name), tensor.name);
    header[tensor.name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.empty() ? "{}" : header.dump();
  text.append((kLengthBytes - text.size() % kLengthBytes) % kLengthBytes, ' ');
  const std::uint64_t length = text.size();
  std::string bytes(kLengthBytes, '\0');
  std::memcpy(bytes.data(), &length, kLengthBytes);
  return bytes + text;
}

void sort_by_name(std::vector<FloatTensor>& tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const FloatTensor& a, const FloatTensor& b) {
    return a.name < b.name;
  });
}

}  // namespace

std::vector<std::byte> safetensors_bytes(std::vector<FloatTensor> tensors,
                                         const std::map<std::string, std::string>& metadata) {
  sort_by_name(tensors);
  const std::string header = header_of(tensors, metadata);
  const auto header_bytes = std::as_bytes(std::span(header));
  std::vector<std::byte> bytes(header_bytes.begin(), header_bytes.end());
  for (const FloatTensor& tensor : tensors) {
    const auto data = std::as_bytes(std::span(tensor.values));
    bytes.insert(bytes.end(), data.begin(), data.end());
  }
  return bytes;
}

Result<void> write_safetensors(const std::filesystem::path& path,
                               std::vector<FloatTensor> tensors,
                               const std::map<std::string, std::string>& metadata) {
  sort_by_name(tensors);
  const std::string header = header_of(tensors, metadata);
  std::vector<std::span<const std::byte>> chunks{std::as_bytes(std::span(header))};
  for (const FloatTensor& tensor : tensors) {
    chunks.push_back(std::as_bytes(std::span(tensor.values)));
  }
  return write_file_atomically(path, chunks);
}

}  // namespace geod::models
