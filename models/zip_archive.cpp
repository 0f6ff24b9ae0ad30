#include "models/zip_archive.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <zlib.h>

namespace geod::models {
namespace {

// Record layouts: PKWARE APPNOTE 6.3, sections 4.3.7 (local), 4.3.12 (central), 4.3.16 (end).
constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kCentralSignature = 0x02014b50;
constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kCentralBytes = 46;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kMaxCommentBytes = 65535;
constexpr std::uint32_t kZip64Mark = 0xFFFFFFFF;
constexpr std::uint64_t kMaxDirectoryBytes = std::uint64_t{16} << 20;

template <class T>
T get(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::uint16_t get16(std::span<const std::byte> bytes, std::size_t at) {
  return get<std::uint16_t>(bytes, at);
}
std::uint32_t get32(std::span<const std::byte> bytes, std::size_t at) {
  return get<std::uint32_t>(bytes, at);
}

}  // namespace

Result<ZipArchive> ZipArchive::open(const std::filesystem::path& path) {
  auto file = InputFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  ZipArchive archive(std::move(*file));
  if (auto ok = archive.read_directory(); !ok) {
    return fail_with(ok.error(), path.string());
  }
  return archive;
}

Result<void> ZipArchive::read_directory() {
  const auto tail_bytes =
      static_cast<std::size_t>(std::min<std::uint64_t>(file_.size(), kEndBytes + kMaxCommentBytes));
  std::vector<std::byte> tail(tail_bytes);
  if (auto ok = file_.read(file_.size() - tail_bytes, tail); !ok) {
    return ok;
  }
  // The end record is the last one whose comment reaches exactly to the end of the file.
  std::size_t end = tail_bytes + 1;
  for (std::size_t at = tail_bytes < kEndBytes ? 0 : tail_bytes - kEndBytes + 1; at-- > 0;) {
    if (get32(tail, at) == kEndSignature && at + kEndBytes + get16(tail, at + 20) == tail_bytes) {
      end = at;
      break;
    }
  }
  if (end > tail_bytes) {
    return fail(Errc::kCorruptRecord, "is not a zip file, or its end is missing");
  }
  const std::size_t count = get16(tail, end + 10);
  const std::uint64_t bytes = get32(tail, end + 12);
  const std::uint64_t offset = get32(tail, end + 16);
  if (bytes == kZip64Mark || offset == kZip64Mark || count == 0xFFFF) {
    return fail(Errc::kUnsupported, "zip files of 4 GiB and more are not read");
  }
  const std::uint64_t end_offset = file_.size() - tail_bytes + end;
  if (bytes > kMaxDirectoryBytes || offset > end_offset || bytes > end_offset - offset) {
    return fail(Errc::kCorruptRecord, "the zip directory does not lie inside the file");
  }
  std::vector<std::byte> directory(bytes);
  if (auto ok = file_.read(offset, directory); !ok) {
    return ok;
  }
  std::span<const std::byte> rest(directory);
  for (std::size_t i = 0; i < count; ++i) {
    if (rest.size() < kCentralBytes || get32(rest, 0) != kCentralSignature) {
      return fail(Errc::kCorruptRecord, "zip directory entry {} is damaged", i);
    }
    const std::size_t name_bytes = get16(rest, 28);
    const std::size_t total = kCentralBytes + name_bytes + get16(rest, 30) + get16(rest, 32);
    if (total > rest.size()) {
      return fail(Errc::kCorruptRecord, "zip directory entry {} is damaged", i);
    }
    std::string name(name_bytes, '\0');
    std::memcpy(name.data(), rest.data() + kCentralBytes, name_bytes);
    if (auto ok = add_entry(rest.first(total), std::move(name), offset); !ok) {
      return ok;
    }
    rest = rest.subspan(total);
  }
  return check_disjoint();
}

Result<void> ZipArchive::add_entry(std::span<const std::byte> record,
                                   std::string name,
                                   std::uint64_t directory_offset) {
  constexpr std::uint16_t kEncrypted = 1;
  Entry entry;
  entry.crc32 = get32(record, 16);
  entry.bytes = get32(record, 24);
  entry.header_offset = get32(record, 42);
  if ((get16(record, 8) & kEncrypted) != 0 || get16(record, 10) != 0) {
    return fail(Errc::kUnsupported, "zip entry '{}' is compressed or encrypted", name);
  }
  if (entry.bytes == kZip64Mark || entry.header_offset == kZip64Mark) {
    return fail(Errc::kUnsupported, "zip entry '{}' is of 4 GiB or more", name);
  }
  if (get32(record, 20) != entry.bytes) {
    return fail(Errc::kCorruptRecord, "zip entry '{}' has two different sizes", name);
  }
  if (auto ok = locate_data(name, entry, directory_offset); !ok) {
    return ok;
  }
  if (!entries_.emplace(name, entry).second) {
    return fail(Errc::kCorruptRecord, "zip entry '{}' comes twice", name);
  }
  return {};
}

Result<void> ZipArchive::locate_data(std::string_view name,
                                     Entry& entry,
                                     std::uint64_t directory_offset) {
  std::array<std::byte, kLocalBytes> local{};
  if (auto ok = file_.read(entry.header_offset, local); !ok) {
    return ok;
  }
  const std::size_t name_bytes = get16(local, 26);
  entry.data_offset = entry.header_offset + kLocalBytes + name_bytes + get16(local, 28);
  if (get32(local, 0) != kLocalSignature || name_bytes != name.size() ||
      entry.data_offset > directory_offset || entry.bytes > directory_offset - entry.data_offset) {
    return fail(Errc::kCorruptRecord, "zip entry '{}' does not lie inside the file", name);
  }
  std::string local_name(name_bytes, '\0');
  if (auto ok = file_.read(entry.header_offset + kLocalBytes,
                           std::as_writable_bytes(std::span(local_name)));
      !ok) {
    return ok;
  }
  if (local_name != name) {
    return fail(Errc::kCorruptRecord, "zip entry '{}' has another name in its own header", name);
  }
  return {};
}

Result<void> ZipArchive::check_disjoint() const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const auto& [name, entry] : entries_) {
    ranges.emplace_back(entry.header_offset, entry.data_offset + entry.bytes);
  }
  std::sort(ranges.begin(), ranges.end());
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].first < ranges[i - 1].second) {
      return fail(Errc::kCorruptRecord, "zip entries overlap");
    }
  }
  return {};
}

Result<std::vector<std::byte>> ZipArchive::read(std::string_view name,
                                                std::uint64_t limit_bytes) const {
  const auto it = entries_.find(name);
  if (it == entries_.end()) {
    return fail(Errc::kNotFound, "{}: has no entry '{}'", path().string(), name);
  }
  if (it->second.bytes > limit_bytes) {
    return fail(Errc::kCorruptRecord,
                "{}: entry '{}' has {} bytes, allowed are {}",
                path().string(),
                name,
                it->second.bytes,
                limit_bytes);
  }
  std::vector<std::byte> bytes(it->second.bytes);
  if (auto ok = file_.read(it->second.data_offset, bytes); !ok) {
    return tl::unexpected(ok.error());
  }
  const uLong crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  if (crc != it->second.crc32) {
    return fail(Errc::kCorruptRecord, "{}: entry '{}' is damaged (CRC)", path().string(), name);
  }
  return bytes;
}

}  // namespace geod::models
