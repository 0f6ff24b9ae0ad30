#include "trainer/das_tile_files.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "trainer/das_labels.hpp"

namespace geod::trainer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kParts[] = {"training", "validation"};
constexpr const char* kDatFolders[] = {"train", "valid"};

std::string_view name_of(FibreKind kind) {
  switch (kind) {
    case FibreKind::kBends:
      return "bends";
    case FibreKind::kBorehole:
      return "borehole";
    case FibreKind::kStraight:
      break;
  }
  return "straight";
}

/// A .npy file, version 1.0, of one byte a value. Source: numpy.lib.format.
std::string npy_of(std::string_view dtype,
                   std::int64_t rows,
                   std::int64_t columns,
                   std::string data) {
  constexpr std::size_t kPreamble = 10;  // magic, version, length of the header
  constexpr std::size_t kAlignment = 64;
  std::string header = fmt::format(
      "{{'descr': '{}', 'fortran_order': False, 'shape': ({}, {}), }}", dtype, rows, columns);
  while ((kPreamble + header.size() + 1) % kAlignment != 0) {
    header += ' ';
  }
  header += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 0xFFU);
  out += static_cast<char>(header.size() >> 8U);
  return out + header + data;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// Cut to whole numbers, as the engine does.
std::string whole_numbers(const std::vector<float>& values) {
  std::string out;
  out.reserve(values.size());
  for (const float value : values) {
    out += static_cast<char>(static_cast<unsigned char>(value));
  }
  return out;
}

double share_of(const std::vector<std::int8_t>& labels, std::int8_t label) {
  return static_cast<double>(std::count(labels.begin(), labels.end(), label)) /
         static_cast<double>(std::max<std::size_t>(1, labels.size()));
}

}  // namespace

Result<DasTileFiles> DasTileFiles::create(const SynthDasOptions& options) {
  std::error_code error;
  if (fs::exists(options.out, error) && !fs::is_empty(options.out, error)) {
    return fail(
        Errc::kIo, "{}: is there already and not empty; name a new folder", options.out.string());
  }
  std::vector<fs::path> folders{"images", "labels"};
  if (options.format == DasTileFormat::kDat) {
    folders = {"train/image", "train/label", "valid/image", "valid/label"};
  }
  for (const fs::path& folder : folders) {
    fs::create_directories(options.out / folder, error);
    if (error) {
      return fail(Errc::kIo, "{}: {}", (options.out / folder).string(), error.message());
    }
  }
  return DasTileFiles(options);
}

Result<void> DasTileFiles::write(const fs::path& name, const std::string& bytes) const {
  std::ofstream file(options_.out / name, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.flush();
  if (!file) {
    return fail(Errc::kIo, "{}: cannot be written", (options_.out / name).string());
  }
  return {};
}

Result<void> DasTileFiles::add(const DasTile& tile, const DasTileSource& source) {
  const std::size_t part = source.is_held_out ? 1 : 0;
  std::vector<std::int8_t> labels = tile.labels;
  if (options_.one_class) {
    std::transform(labels.begin(), labels.end(), labels.begin(), [](std::int8_t label) {
      return std::min<std::int8_t>(label, 1);
    });
  }
  const bool is_dat = options_.format == DasTileFormat::kDat;
  if (is_dat) {  // the paper's layout knows no pixels without a label
    std::replace(labels.begin(), labels.end(), kUnknownLabel, std::int8_t{0});
  }
  const std::string name = is_dat ? fmt::format("{}/{}", kDatFolders[part], written_[part])
                                  : fmt::format("{:06}", written_[0] + written_[1]);
  const fs::path image =
      is_dat ? fs::path(kDatFolders[part]) / "image" / fmt::format("{}.dat", written_[part])
             : fs::path("images") / (name + ".npy");
  const fs::path label =
      is_dat ? fs::path(kDatFolders[part]) / "label" / fmt::format("{}.dat", written_[part])
             : fs::path("labels") / (name + ".npy");
  const std::string image_bytes =
      is_dat ? bytes_of(tile.values)
             : npy_of("|u1", tile.rows, tile.columns, whole_numbers(tile.values));
  const std::string label_bytes =
      is_dat ? bytes_of(labels) : npy_of("|i1", tile.rows, tile.columns, bytes_of(labels));
  if (auto written = write(image, image_bytes); !written) {
    return written;
  }
  if (auto written = write(label, label_bytes); !written) {
    return written;
  }
  ++written_[part];
  split_ += fmt::format("{},{}\n", name, kParts[part]);
  tiles_ += fmt::format("{},{},{},{},{},{},{},{:.4f},{:.4f}\n",
                        name,
                        kParts[part],
                        source.scene,
                        name_of(source.kind),
                        source.rate_hz,
                        source.spacing_m,
                        tile.first_row,
                        share_of(tile.labels, 1),
                        share_of(tile.labels, 2));
  return {};
}

Result<void> DasTileFiles::finish() const {
  nlohmann::ordered_json description = {
      {"name", "synthetic-das"},
      {"classes", {"background", "P", "S"}},
      {"rows", options_.rows},
      {"columns", options_.columns},
      {"licence", "made by geod synth; no rights reserved"},
      {"attribution", fmt::format("geod synth das, seed {}", options_.seed)}};
  if (options_.one_class) {
    description["classes"] = {"background", "event"};
  }
  if (auto written = write("images.json", description.dump(1) + "\n"); !written) {
    return written;
  }
  if (auto written = write("tiles.csv", tiles_); !written) {
    return written;
  }
  if (options_.format == DasTileFormat::kNpy) {
    return write("split.csv", split_);
  }
  return {};
}

}  // namespace geod::trainer
