#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace geod::trainer::test {

/// The bytes of a .npy file of version 1 with this header text behind the usual prefix.
inline std::string npy_bytes(const std::string& header, const std::string& values) {
  std::string text = header + "\n";
  std::string out = "\x93NUMPY";
  out += '\x01';
  out += '\x00';
  out += static_cast<char>(text.size() & 0xFFU);
  out += static_cast<char>(text.size() >> 8U);
  return out + text + values;
}

inline std::string header_text(const char* type,
                               const std::vector<std::int64_t>& shape,
                               bool column_major = false) {
  std::string text = std::string("{'descr': '") + type +
                     "', 'fortran_order': " + (column_major ? "True" : "False") + ", 'shape': (";
  for (const std::int64_t size : shape) {
    text += std::to_string(size) + ", ";
  }
  return text + "), }";
}

template <class Value>
std::string bytes_of(const std::vector<Value>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value)};
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
  ASSERT_TRUE(std::filesystem::exists(path));
}

/// float32, row major.
inline void write_shard(const std::filesystem::path& path,
                        const std::vector<std::int64_t>& shape,
                        const std::vector<float>& values) {
  write_bytes(path, npy_bytes(header_text("<f4", shape), bytes_of(values)));
}

/// Shots [count, 1, 2, 3] and velocities [count, 1, 2, 2] that tell their number: shots are
/// `first` + i, velocities 2000 + that.
inline void write_small_pair(const std::filesystem::path& shots,
                             const std::filesystem::path& velocities,
                             std::int64_t count,
                             int first = 0) {
  std::vector<float> s;
  std::vector<float> v;
  for (std::int64_t i = 0; i < count; ++i) {
    s.insert(s.end(), 6, static_cast<float>(first + i));
    v.insert(v.end(), 4, static_cast<float>(2000 + first + i));
  }
  write_shard(shots, {count, 1, 2, 3}, s);
  write_shard(velocities, {count, 1, 2, 2}, v);
}

}  // namespace geod::trainer::test
