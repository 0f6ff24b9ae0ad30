#include "trainer/image_set.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/ranges.h>

#include "trainer/csv_table.hpp"
#include "trainer/image_description.hpp"
#include "trainer/image_files.hpp"
#include "trainer/image_tasks.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSplitFile = "split.csv";
/// Of the training images, where a folder names no images to validate on.
constexpr double kDefaultHeldOut = 0.2;
constexpr double kHeldOutOfTraining = 0.1;

/// Files of one image.
struct Item {
  std::string name;
  fs::path image;
  fs::path labels;
  Part part = Part::kTrain;
};

/// The files 0.dat, 1.dat, ... of a folder of the `.dat` layout, which must be all that it holds.
Result<void> list_dat(const fs::path& folder,
                      const ImageTask& task,
                      Part part,
                      std::vector<Item>& out) {
  const fs::path images = folder / task.image_folder;
  const fs::path labels = folder / task.label_folder;
  std::error_code error;
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(images, error)) {
    count += entry.path().extension() == ".dat" ? 1 : 0;
  }
  if (error || count == 0) {
    return fail(Errc::kNotFound, "{}: no folder with images 0.dat, 1.dat, ...", images.string());
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string file = std::to_string(i) + ".dat";
    for (const fs::path& of : {images / file, labels / file}) {
      if (!fs::is_regular_file(of, error)) {
        return fail(Errc::kNotFound,
                    "{}: is missing; {} images are numbered from 0.dat to {}.dat, each with its "
                    "labels in {}",
                    of.string(),
                    count,
                    count - 1,
                    labels.string());
      }
    }
    out.push_back(
        {(folder.filename() / std::to_string(i)).string(), images / file, labels / file, part});
  }
  return {};
}

/// The PNG and NPY files of a folder by their stems.
Result<std::map<std::string, fs::path>> list_files(const fs::path& folder) {
  std::map<std::string, fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const fs::path& path = entry.path();
    if (path.extension() != ".png" && path.extension() != ".npy") {
      continue;
    }
    if (!files.emplace(path.stem().string(), path).second) {
      return fail(Errc::kConfig,
                  "{}: {} is there as .png and as .npy; keep one",
                  folder.string(),
                  path.stem().string());
    }
  }
  if (error) {
    return fail(Errc::kNotFound, "{}: {}", folder.string(), error.message());
  }
  return files;
}

Result<std::vector<Item>> list_pairs(const fs::path& folder) {
  const auto images = list_files(folder / "images");
  const auto labels = list_files(folder / "labels");
  if (!images || !labels) {
    return tl::unexpected(images ? labels.error() : images.error());
  }
  std::vector<Item> items;
  for (const auto& [name, path] : *images) {
    const auto found = labels->find(name);
    if (found == labels->end()) {
      return fail(Errc::kNotFound,
                  "{}: no labels; add {}.png or .npy, or take the image away",
                  path.string(),
                  (folder / "labels" / name).string());
    }
    items.push_back({name, path, found->second, Part::kTrain});
  }
  return items;
}

Result<Part> parse_part(std::string_view text, const std::string& where) {
  if (text == "train" || text == "training") {
    return Part::kTrain;
  }
  if (text == "validation" || text == "valid") {
    return Part::kValidation;
  }
  if (text == "test") {
    return Part::kTest;
  }
  return fail(Errc::kConfig, "{}: part '{}' is none of training, validation, test", where, text);
}

/// Sets the parts that split.csv (columns name, part) says.
Result<void> read_split(const fs::path& file, std::vector<Item>& items) {
  const auto table = CsvTable::read(file);
  if (!table) {
    return tl::unexpected(table.error());
  }
  std::map<std::string, Part> parts;
  for (std::size_t row = 0; row < table->rows(); ++row) {
    const auto name = table->required(row, "name");
    const auto text = table->required(row, "part");
    if (!name || !text) {
      return tl::unexpected(name ? text.error() : name.error());
    }
    const auto part = parse_part(*text, table->where(row));
    if (!part) {
      return tl::unexpected(part.error());
    }
    parts[std::string(*name)] = *part;
  }
  for (Item& item : items) {
    const auto found = parts.find(item.name);
    if (found == parts.end()) {
      return fail(Errc::kConfig, "{}: image {} has no row", file.string(), item.name);
    }
    item.part = found->second;
    parts.erase(found);
  }
  if (!parts.empty()) {
    return fail(
        Errc::kConfig, "{}: image {} is not in the folder", file.string(), parts.begin()->first);
  }
  return {};
}

/// Deals the items out in a random order; those of one name come into the same part for a seed.
void deal_out(std::span<Item* const> items, double train, double held_out, std::uint64_t seed) {
  std::vector<Item*> order(items.begin(), items.end());
  Rng random(seed, 0x1A6E);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1],
              order[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
  }
  const auto count = static_cast<double>(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const double place = (static_cast<double>(i) + 0.5) / count;
    order[i]->part = place < train              ? Part::kTrain
                     : place < train + held_out ? Part::kValidation
                                                : Part::kTest;
  }
}

void deal_out(std::vector<Item>& items, Part of, const SplitShares& shares, std::uint64_t seed) {
  std::vector<Item*> chosen;
  for (Item& item : items) {
    if (item.part == of) {
      chosen.push_back(&item);
    }
  }
  deal_out(chosen, shares.train, shares.validation, seed);
}

bool is_dat_layout(const fs::path& folder, const ImageTask& task) {
  return fs::is_directory(folder / "train" / task.image_folder);
}

/// Files and parts of the `.dat` layout.
Result<std::vector<Item>> dat_items(const ImageRequest& request, const ImageTask& task) {
  std::vector<Item> items;
  if (auto listed = list_dat(request.data / "train", task, Part::kTrain, items); !listed) {
    return tl::unexpected(listed.error());
  }
  const Part valid = request.published_parts ? Part::kValidation : Part::kTest;
  if (auto listed = list_dat(request.data / "valid", task, valid, items); !listed) {
    return tl::unexpected(listed.error());
  }
  if (!request.published_parts) {
    deal_out(
        items, Part::kTrain, {1.0 - kHeldOutOfTraining, kHeldOutOfTraining}, request.split.seed);
  }
  return items;
}

/// Files and parts of images/ and labels/.
Result<std::vector<Item>> pair_items(const ImageRequest& request) {
  auto items = list_pairs(request.data);
  if (!items) {
    return items;
  }
  if (request.split.shares) {
    deal_out(*items, Part::kTrain, *request.split.shares, request.split.seed);
  } else if (fs::exists(request.data / kSplitFile)) {
    if (auto read = read_split(request.data / kSplitFile, *items); !read) {
      return tl::unexpected(read.error());
    }
  } else {
    deal_out(*items, Part::kTrain, {1.0 - kDefaultHeldOut, kDefaultHeldOut}, request.split.seed);
  }
  return items;
}

Result<LabelledImage> read_item(const Item& item,
                                bool is_dat,
                                std::int64_t rows,
                                std::int64_t columns,
                                const ImageRules& rules) {
  auto image = is_dat ? read_dat(item.image, item.labels, rows, columns, rules)
                      : read_image(item.image, rules.wraps);
  if (!image) {
    return image;
  }
  image->name = item.name;
  if (!is_dat) {
    if (auto read = read_labels(item.labels, rules, *image); !read) {
      return tl::unexpected(read.error());
    }
  }
  return image;
}

}  // namespace

Result<ImageSet> load_image_set(const ImageRequest& request) {
  const ImageTask& task = image_task(request.task);
  const auto description = read_image_description(request.data);
  if (!description) {
    return tl::unexpected(description.error());
  }
  const bool is_dat = is_dat_layout(request.data, task);
  if (!is_dat && !fs::is_directory(request.data / "images")) {
    return fail(Errc::kNotFound,
                "{}: neither the paper's layout for {} (train/{}/0.dat, train/{}/0.dat, valid/...) "
                "nor the folders images/ and labels/ with PNG or NPY files",
                request.data.string(),
                to_string(request.task),
                task.image_folder,
                task.label_folder);
  }
  if (is_dat && request.split.shares) {
    return fail(Errc::kConfig,
                "--split: {} names its own parts, train and valid; leave it out",
                request.data.string());
  }
  const auto items = is_dat ? dat_items(request, task) : pair_items(request);
  if (!items) {
    return tl::unexpected(items.error());
  }
  ImageSet set;
  set.class_names = !request.class_names.empty()    ? request.class_names
                    : !description->classes.empty() ? description->classes
                                                    : task.class_names;
  const auto classes = static_cast<std::int64_t>(set.class_names.size());
  if (classes < 2 || classes > kMaxClasses) {
    return fail(Errc::kConfig, "{} classes; there are 2 to {}", classes, kMaxClasses);
  }
  set.description = to_dataset(*description);
  const std::int64_t rows = description->rows > 0 ? description->rows : task.rows;
  const std::int64_t columns = description->columns > 0 ? description->columns : task.columns;
  for (const Item& item : *items) {
    auto image = read_item(item, is_dat, rows, columns, {set.class_names.size(), request.wraps});
    if (!image) {
      return tl::unexpected(image.error());
    }
    auto& part = item.part == Part::kTrain        ? set.training
                 : item.part == Part::kValidation ? set.held_out
                                                  : set.test;
    part.push_back(std::move(*image));
  }
  return set;
}

Result<LabelledImage> load_image_file(const fs::path& path, bool wraps) {
  return read_image(path, wraps);
}

Result<std::vector<LabelledImage>> images_of(ImageSet set, std::string_view part) {
  std::vector<LabelledImage> out;
  const auto take = [&out](std::vector<LabelledImage>& from) {
    std::ranges::move(from, std::back_inserter(out));
  };
  if (part == "train" || part == "all") {
    take(set.training);
  }
  if (part == "validation" || part == "all") {
    take(set.held_out);
  }
  if (part == "test" || part == "all") {
    take(set.test);
  }
  if (out.empty()) {
    return fail(Errc::kConfig,
                "{}: no images in part {}; give --part train, validation, test or all",
                set.description.name,
                part);
  }
  return out;
}

std::vector<double> class_shares(const std::vector<LabelledImage>& images, std::size_t classes) {
  std::vector<double> shares(classes, 0.0);
  double total = 0.0;
  for (const LabelledImage& image : images) {
    for (const std::int8_t label : image.labels) {
      if (label != kUnlabelled) {
        shares[static_cast<std::size_t>(label)] += 1.0;
        total += 1.0;
      }
    }
  }
  for (double& share : shares) {
    share /= std::max(1.0, total);
  }
  return shares;
}

std::vector<std::string> describe_images(const ImageSet& set) {
  std::vector<std::string> lines{fmt::format("{}: {} images to train on, {} held out, {} to test",
                                             set.description.name,
                                             set.training.size(),
                                             set.held_out.size(),
                                             set.test.size())};
  const std::vector<double> shares = class_shares(set.training, set.class_names.size());
  std::string classes = "classes of the training pixels:";
  for (std::size_t k = 0; k < shares.size(); ++k) {
    classes += fmt::format(
        " {} {:.2f} %{}", set.class_names[k], 100.0 * shares[k], k + 1 < shares.size() ? "," : "");
  }
  lines.push_back(std::move(classes));
  return lines;
}

}  // namespace geod::trainer
