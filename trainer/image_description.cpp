#include "trainer/image_description.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "models/file_io.hpp"

namespace geod::trainer {

namespace fs = std::filesystem;

Result<ImageDescription> read_image_description(const fs::path& folder) {
  using nlohmann::json;
  ImageDescription out;
  out.name = fs::absolute(folder).lexically_normal().filename().string();
  if (out.name.empty()) {
    out.name = fs::absolute(folder).lexically_normal().parent_path().filename().string();
  }
  const fs::path file = folder / "images.json";
  if (!fs::exists(file)) {
    return out;
  }
  constexpr std::uint64_t kMaxBytes = 1 << 20;
  const auto text = models::read_text_file(file, kMaxBytes);
  if (!text) {
    return tl::unexpected(text.error());
  }
  try {
    const json object = json::parse(*text);
    for (const auto& [key, value] : object.items()) {
      if (key == "name") {
        value.get_to(out.name);
      } else if (key == "licence") {
        value.get_to(out.licence);
      } else if (key == "attribution") {
        value.get_to(out.attribution);
      } else if (key == "classes") {
        value.get_to(out.classes);
      } else if (key == "rows") {
        value.get_to(out.rows);
      } else if (key == "columns") {
        value.get_to(out.columns);
      } else {
        return fail(Errc::kConfig,
                    "{}: key '{}' is not known; known are name, licence, attribution, classes, "
                    "rows, columns",
                    file.string(),
                    key);
      }
    }
  } catch (const json::exception& error) {
    return fail(Errc::kConfig, "{}: {}", file.string(), error.what());
  }
  constexpr std::int64_t kMaxSide = 65535;
  if (out.rows < 0 || out.columns < 0 || out.rows > kMaxSide || out.columns > kMaxSide) {
    return fail(Errc::kConfig, "{}: rows and columns are 1 to {}", file.string(), kMaxSide);
  }
  return out;
}

DatasetDescription to_dataset(const ImageDescription& description) {
  DatasetDescription out;
  out.name = description.name;
  DatasetFolder folder;
  folder.name = description.name;
  folder.kind = RecordingKind::kWindow;
  folder.licence = description.licence;
  folder.attribution = description.attribution;
  out.folders.push_back(std::move(folder));
  return out;
}

}  // namespace geod::trainer
