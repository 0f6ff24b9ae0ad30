#include <algorithm>
#include <array>
#include <cstring>

#include <hdf5.h>

#include "streams/hdf5_file.hpp"
#include "streams/hdf5_handle.hpp"

namespace geod::streams {
namespace {

constexpr std::size_t kMaxChildren = 10'000;
constexpr hssize_t kMaxValues = 4096;
constexpr std::size_t kMaxTextBytes = 64 * 1024;

const char* path_of(const std::string& object) {
  return object.empty() ? "/" : object.c_str();
}

/// Only while there is room for more names.
herr_t collect_name(hid_t /*group*/, const char* name, const H5L_info_t* /*info*/, void* names) {
  auto& all = *static_cast<std::vector<std::string>*>(names);
  all.emplace_back(name);
  return all.size() < kMaxChildren ? 0 : 1;
}

/// An attribute with a bounded number of values, or an invalid one.
struct Attribute {
  Attribute(hid_t file, const std::string& object, const std::string& name)
      : owner(H5Oopen(file, path_of(object), H5P_DEFAULT), H5Oclose),
        id(owner && H5Aexists(owner.id(), name.c_str()) > 0
               ? H5Aopen(owner.id(), name.c_str(), H5P_DEFAULT)
               : H5I_INVALID_HID,
           H5Aclose),
        type(id ? H5Aget_type(id.id()) : H5I_INVALID_HID, H5Tclose),
        space(id ? H5Aget_space(id.id()) : H5I_INVALID_HID, H5Sclose) {
    if (type && space) {
      values = H5Sget_simple_extent_npoints(space.id());
      kind = H5Tget_class(type.id());
    }
  }
  bool holds(H5T_class_t wanted) const {
    return kind == wanted && values > 0 && values <= kMaxValues;
  }

  Hdf5Object owner;
  Hdf5Object id;
  Hdf5Object type;
  Hdf5Object space;
  hssize_t values = 0;
  H5T_class_t kind = H5T_NO_CLASS;
};

std::string trimmed(std::string text) {
  text.resize(std::min(text.find('\0'), text.size()));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::vector<std::string> variable_texts(const Attribute& attribute) {
  std::vector<char*> pointers(static_cast<std::size_t>(attribute.values), nullptr);
  std::vector<std::string> texts;
  if (H5Aread(attribute.id.id(), attribute.type.id(), pointers.data()) < 0) {
    return texts;
  }
  for (const char* const text : pointers) {
    texts.emplace_back(text == nullptr ? std::string{}
                                       : std::string(text, ::strnlen(text, kMaxTextBytes)));
  }
  H5Dvlen_reclaim(attribute.type.id(), attribute.space.id(), H5P_DEFAULT, pointers.data());
  return texts;
}

std::vector<std::string> fixed_texts(const Attribute& attribute) {
  const std::size_t bytes = H5Tget_size(attribute.type.id());
  const auto count = static_cast<std::size_t>(attribute.values);
  std::vector<std::string> texts;
  if (bytes == 0 || bytes > kMaxTextBytes / count) {
    return texts;
  }
  std::string all(bytes * count, '\0');
  if (H5Aread(attribute.id.id(), attribute.type.id(), all.data()) < 0) {
    return texts;
  }
  for (std::size_t i = 0; i < count; ++i) {
    texts.push_back(trimmed(all.substr(i * bytes, bytes)));
  }
  return texts;
}

}  // namespace

bool Hdf5File::is_group(const std::string& object) const {
  if (!has(object)) {
    return false;
  }
  const Hdf5Lock lock;
  const Hdf5Object opened(H5Oopen(file_->id(), path_of(object), H5P_DEFAULT), H5Oclose);
  return opened && H5Iget_type(opened.id()) == H5I_GROUP;
}

std::vector<std::string> Hdf5File::children(const std::string& group) const {
  std::vector<std::string> names;
  if (!is_group(group)) {
    return names;
  }
  const Hdf5Lock lock;
  const Hdf5Object opened(H5Gopen2(file_->id(), path_of(group), H5P_DEFAULT), H5Gclose);
  if (opened) {
    H5Literate(opened.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names);
  }
  return names;
}

std::vector<double> Hdf5File::attribute_numbers(const std::string& object,
                                                const std::string& name) const {
  if (!has(object)) {
    return {};
  }
  const Hdf5Lock lock;
  const Attribute attribute(file_->id(), object, name);
  if (!attribute.holds(H5T_INTEGER) && !attribute.holds(H5T_FLOAT)) {
    return {};
  }
  std::vector<double> numbers(static_cast<std::size_t>(attribute.values));
  if (H5Aread(attribute.id.id(), H5T_NATIVE_DOUBLE, numbers.data()) < 0) {
    return {};
  }
  return numbers;
}

std::optional<double> Hdf5File::attribute_number(const std::string& object,
                                                 const std::string& name) const {
  const std::vector<double> numbers = attribute_numbers(object, name);
  return numbers.empty() ? std::nullopt : std::optional(numbers.front());
}

std::optional<std::string> Hdf5File::attribute_text(const std::string& object,
                                                    const std::string& name) const {
  if (!has(object)) {
    return std::nullopt;
  }
  const Hdf5Lock lock;
  const Attribute attribute(file_->id(), object, name);
  if (!attribute.holds(H5T_STRING)) {
    return std::nullopt;
  }
  const std::vector<std::string> texts = H5Tis_variable_str(attribute.type.id()) > 0
                                             ? variable_texts(attribute)
                                             : fixed_texts(attribute);
  std::string joined;
  for (const std::string& text : texts) {
    joined += joined.empty() ? text : "," + text;
  }
  return texts.empty() ? std::nullopt : std::optional(joined);
}

}  // namespace geod::streams
