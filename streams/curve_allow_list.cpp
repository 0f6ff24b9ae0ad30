#include "streams/curve_allow_list.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include <fnmatch.h>

#include "streams/curve_keys.hpp"

namespace geod::streams {
namespace {

bool matches_any(const std::vector<std::string>& patterns, const std::string& text) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), text.c_str(), FNM_NOESCAPE) == 0;
  });
}

}  // namespace

bool AllowedKey::permits_stream(std::string_view stream_id) const {
  return patterns.empty() || matches_any(patterns, std::string(stream_id));
}

bool AllowedKey::permits_channel(const SourceId& channel) const {
  return patterns.empty() || matches_any(patterns, channel.to_string()) ||
         matches_any(patterns, channel.seed_id()) ||
         matches_any(patterns, channel.station_id().to_string());
}

Result<CurveAllowList> CurveAllowList::load(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    return fail(Errc::kNotFound, "CURVE allow list {} cannot be read or is empty", file);
  }
  return parse(text.str(), file);
}

Result<CurveAllowList> CurveAllowList::parse(std::string_view text, const std::string& file) {
  CurveAllowList list;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (is_comment_or_blank(line)) {
      continue;
    }
    std::istringstream words(line);
    std::string key;
    AllowedKey entry;
    words >> key >> entry.name;
    if (!is_z85_key(key) || entry.name.empty()) {
      return fail(Errc::kConfig,
                  "CURVE allow list {}:{}: expected `<Z85 public key, 40 characters> <name> "
                  "[pattern ...]`",
                  file,
                  number);
    }
    for (std::string pattern; words >> pattern;) {
      entry.patterns.push_back(std::move(pattern));
    }
    if (!list.keys_.emplace(key, std::move(entry)).second) {
      return fail(Errc::kConfig, "CURVE allow list {}:{}: this key is listed twice", file, number);
    }
  }
  return list;
}

const AllowedKey* CurveAllowList::find(std::string_view key) const {
  const auto found = keys_.find(std::string(key));
  return found == keys_.end() ? nullptr : &found->second;
}

std::optional<std::string> CurveAllowList::any_key() const {
  return keys_.empty() ? std::nullopt : std::optional<std::string>(keys_.begin()->first);
}

}  // namespace geod::streams
