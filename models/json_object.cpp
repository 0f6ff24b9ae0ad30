#include "models/json_object.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

namespace geod::models {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxTableRows = 1024;
/// Longest key of a stranger that an error shows.
constexpr std::size_t kMaxKeyBytes = 64;

bool is_number_pair(const json& value) {
  return value.is_array() && value.size() == 2 && value[0].is_number() && value[1].is_number();
}

}  // namespace

bool parse_json_object(std::string_view text, json& object) {
  std::vector<std::set<std::string>> open_objects;
  bool is_refused = false;
  const json::parser_callback_t watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) {
      open_objects.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      open_objects.pop_back();
    } else if (event == json::parse_event_t::key) {
      is_refused |= !open_objects.back().insert(parsed.get<std::string>()).second;
    }
    is_refused |= depth > kMaxJsonDepth;
    return !is_refused;  // what is dropped is not kept in memory
  };
  json parsed = json::parse(text, watch, /*allow_exceptions=*/false);
  if (is_refused || !parsed.is_object()) {
    return false;
  }
  object = std::move(parsed);
  return true;
}

ObjectReader::ObjectReader(const json& object, std::string context)
    : object_(object), context_(std::move(context)) {
  if (!object_.is_object()) {
    fault("must be an object");
  }
}

void ObjectReader::text(const char* key, std::string& value) {
  if (const json* member = find(key)) {
    member->is_string() ? void(value = member->get<std::string>()) : fault(key, "a text");
  }
}

void ObjectReader::integer(const char* key, std::int64_t& value) {
  if (const json* member = find(key)) {
    member->is_number_integer() ? void(value = member->get<std::int64_t>())
                                : fault(key, "an integer");
  }
}

void ObjectReader::number(const char* key, double& value) {
  if (const json* member = find(key)) {
    member->is_number() ? void(value = member->get<double>()) : fault(key, "a number");
  }
}

void ObjectReader::boolean(const char* key, bool& value) {
  if (const json* member = find(key)) {
    member->is_boolean() ? void(value = member->get<bool>()) : fault(key, "true or false");
  }
}

void ObjectReader::pair(const char* key, double (&values)[2]) {
  if (const json* member = find(key)) {
    if (!is_number_pair(*member)) {
      return fault(key, "a list of two numbers");
    }
    values[0] = (*member)[0].get<double>();
    values[1] = (*member)[1].get<double>();
  }
}

void ObjectReader::table(const char* key, std::vector<std::pair<double, double>>& rows) {
  if (const json* member = find(key)) {
    if (!member->is_array() || member->size() > kMaxTableRows ||
        !std::all_of(member->begin(), member->end(), is_number_pair)) {
      return fault(key, "a list of pairs [score, probability]");
    }
    rows.clear();
    for (const json& row : *member) {
      rows.emplace_back(row[0].get<double>(), row[1].get<double>());
    }
  }
}

const json* ObjectReader::find(const char* key) {
  known_.emplace_back(key);
  if (!object_.is_object()) {
    return nullptr;
  }
  const auto it = object_.find(key);
  return it == object_.end() ? nullptr : &*it;
}

const json* ObjectReader::need(const char* key) {
  const json* member = find(key);
  if (member == nullptr) {
    fault(key, "there");
  }
  return member;
}

bool ObjectReader::knows(std::string_view key) const {
  return std::find(known_.begin(), known_.end(), key) != known_.end();
}

void ObjectReader::fault(const char* key, std::string_view expected) {
  fault(fmt::format("'{}' must be {}", key, expected));
}

void ObjectReader::fault(std::string text) {
  if (fault_.empty()) {
    fault_ = context_ + std::move(text);
  }
}

Result<void> ObjectReader::finish() {
  if (object_.is_object()) {
    for (const auto& [key, value] : object_.items()) {
      if (!knows(key)) {
        fault(fmt::format("unknown key '{}'", key.substr(0, kMaxKeyBytes)));
      }
    }
  }
  return finish_open();
}

Result<void> ObjectReader::finish_open() const {
  if (!fault_.empty()) {
    return fail(Errc::kModelMismatch, "{}", fault_);
  }
  return {};
}

}  // namespace geod::models
