#include "trainer/npy_shard.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trainer/npy_header.hpp"

namespace geod::trainer {
namespace {

static_assert(std::endian::native == std::endian::little);

/// Closes a descriptor at the end of a scope.
struct Descriptor {
  int value = -1;
  explicit Descriptor(int descriptor) : value(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value >= 0) {
      ::close(value);
    }
  }
};

template <class Word>
Word swapped(Word word) {
  if constexpr (sizeof(Word) == 4) {
    return __builtin_bswap32(word);
  } else {
    return __builtin_bswap64(word);
  }
}

/// Value `i` of type Float, stored in the other byte order where `swap`. No alignment is assumed:
/// the header of a hostile file may have any length.
template <class Float, class Word>
float load(const std::byte* from, bool swap) {
  Word word;
  std::memcpy(&word, from, sizeof(Word));
  return static_cast<float>(std::bit_cast<Float>(swap ? swapped(word) : word));
}

/// Values of a sample that lie one after the other.
void copy_values(const std::byte* from, bool is_double, bool swap, std::span<float> out) {
  if (!is_double && !swap) {
    std::memcpy(out.data(), from, out.size_bytes());
    return;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = is_double ? load<double, std::uint64_t>(from + 8 * i, swap)
                       : load<float, std::uint32_t>(from + 4 * i, swap);
  }
}

/// Sums 0 x, which is no number where one of the values is none or infinite.
bool all_finite(std::span<const float> values) {
  constexpr std::size_t kLanes = 16;
  float lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] += 0.0F * values[i + lane];
    }
  }
  for (; i < values.size(); ++i) {
    lanes[0] += 0.0F * values[i];
  }
  return std::ranges::all_of(lanes, [](float lane) { return lane == 0.0F; });
}

}  // namespace

Result<NpyShard> NpyShard::open(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.value < 0) {
    return fail(errno == ENOENT ? Errc::kNotFound : Errc::kIo,
                "{}: {}",
                path.string(),
                std::strerror(errno));
  }
  struct stat status = {};
  if (::fstat(file.value, &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(Errc::kIo, "{}: not a regular file", path.string());
  }
  NpyShard shard;
  shard.path_ = path;
  if (status.st_size == 0) {
    return fail(Errc::kCorruptRecord, "{}: empty", path.string());
  }
  void* const map = ::mmap(
      nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_SHARED, file.value, 0);
  if (map == MAP_FAILED) {
    return fail(Errc::kIo, "{}: cannot be mapped: {}", path.string(), std::strerror(errno));
  }
  shard.map_ = static_cast<const std::byte*>(map);
  shard.bytes_ = static_cast<std::uint64_t>(status.st_size);
  const auto header = parse_npy_header(std::span(shard.map_, shard.bytes_));
  if (!header) {
    return fail_with(header.error(), path.string());
  }
  const std::string_view type = header->type;
  if (type != "<f4" && type != ">f4" && type != "<f8" && type != ">f8") {
    return fail(Errc::kUnsupported,
                "{}: values of dtype {}; shards hold float32 or float64 (numpy: "
                "array.astype('float32'))",
                path.string(),
                type.substr(0, 16));
  }
  shard.is_double_ = type[2] == '8';
  shard.is_swapped_ = type[0] == '>';
  shard.is_column_major_ = header->is_column_major;
  const std::uint64_t width = shard.is_double_ ? 8 : 4;
  const auto values = static_cast<std::uint64_t>(header->values());
  if (values == 0 || header->shape.size() < 2) {
    return fail(Errc::kCorruptRecord, "{}: holds no samples along a first axis", path.string());
  }
  if (values * width > shard.bytes_ - header->data_at) {
    return fail(Errc::kCorruptRecord,
                "{}: cut short: its header promises {} bytes of values, it has {}",
                path.string(),
                values * width,
                shard.bytes_ - header->data_at);
  }
  shard.data_at_ = header->data_at;
  shard.samples_ = header->shape.front();
  shard.sample_shape_.assign(header->shape.begin() + 1, header->shape.end());
  shard.sample_values_ = static_cast<std::int64_t>(values) / shard.samples_;
  return shard;
}

NpyShard::NpyShard(NpyShard&& other) noexcept
    : path_(std::move(other.path_)),
      map_(std::exchange(other.map_, nullptr)),
      bytes_(other.bytes_),
      data_at_(other.data_at_),
      is_double_(other.is_double_),
      is_swapped_(other.is_swapped_),
      is_column_major_(other.is_column_major_),
      samples_(other.samples_),
      sample_shape_(std::move(other.sample_shape_)),
      sample_values_(other.sample_values_) {}

NpyShard::~NpyShard() {
  if (map_ != nullptr) {
    ::munmap(const_cast<std::byte*>(map_), bytes_);
  }
}

Result<void> NpyShard::read(std::int64_t index, std::span<float> out) const {
  GEOD_CHECK(index >= 0 && index < samples_, "a sample of the shard");
  GEOD_CHECK(out.size() == static_cast<std::size_t>(sample_values_), "room for one sample");
  struct stat status = {};
  if (::stat(path_.c_str(), &status) != 0 || static_cast<std::uint64_t>(status.st_size) < bytes_) {
    std::ranges::fill(out, 0.0F);
    return fail(Errc::kCorruptRecord, "{}: has been cut or removed while in use", path_.string());
  }
  const std::uint64_t width = is_double_ ? 8 : 4;
  const std::byte* const data = map_ + data_at_;
  const auto sample = static_cast<std::uint64_t>(index);
  if (!is_column_major_) {
    copy_values(data + sample * out.size() * width, is_double_, is_swapped_, out);
  } else {
    // The first axis varies fastest: axis a has the stride samples * (sizes of the axes before it).
    std::vector<std::int64_t> place(sample_shape_.size(), 0);
    for (float& value : out) {
      std::uint64_t at = 0;
      for (std::size_t axis = sample_shape_.size(); axis-- > 0;) {
        at = at * static_cast<std::uint64_t>(sample_shape_[axis]) +
             static_cast<std::uint64_t>(place[axis]);
      }
      at = at * static_cast<std::uint64_t>(samples_) + sample;
      value = is_double_ ? load<double, std::uint64_t>(data + at * width, is_swapped_)
                         : load<float, std::uint32_t>(data + at * width, is_swapped_);
      for (std::size_t axis = sample_shape_.size(); axis-- > 0;) {
        if (++place[axis] < sample_shape_[axis]) {
          break;
        }
        place[axis] = 0;
      }
    }
  }
  if (!all_finite(out)) {
    return fail(Errc::kCorruptRecord,
                "{}: sample {} holds values that are not finite",
                path_.string(),
                index);
  }
  return {};
}

}  // namespace geod::trainer
