#include "streams/mseed3_extra_headers.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include <nlohmann/json.hpp>

namespace geod::streams {
namespace {

/// Event handler of the JSON parser that keeps only the path of the current key, three deep.
class FdsnKeys final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return value_allowed(); }
  bool boolean(bool value) override {
    if (depth_ == kDepth && path_[0] == "FDSN" && path_[1] == "Flags") {
      set_flag(path_[2], value);
    }
    return value_allowed();
  }
  bool number_integer(number_integer_t value) override { return integer(value); }
  bool number_unsigned(number_unsigned_t value) override {
    constexpr auto kMost = static_cast<number_unsigned_t>(std::numeric_limits<int>::max());
    return integer(static_cast<std::int64_t>(std::min(value, kMost)));
  }
  bool number_float(number_float_t, const string_t&) override { return value_allowed(); }
  bool string(string_t&) override { return value_allowed(); }
  bool binary(binary_t&) override { return value_allowed(); }
  bool start_object(std::size_t) override {
    ++depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ <= kDepth) {
      path_[depth_ - 1] = name;
    }
    return true;
  }
  bool end_object() override {
    leave();
    return true;
  }
  bool start_array(std::size_t) override {
    if (depth_ == 0) {
      return false;
    }
    ++depth_;
    if (depth_ <= kDepth) {
      path_[depth_ - 1].clear();
    }
    return true;
  }
  bool end_array() override {
    leave();
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

  const ExtraHeaders& headers() const { return headers_; }

 private:
  static constexpr std::size_t kDepth = 3;

  /// The text must be an object: no bare value at the top.
  bool value_allowed() const { return depth_ > 0; }
  void leave() {
    --depth_;
    for (std::size_t i = depth_; i < kDepth; ++i) {
      path_[i].clear();
    }
  }
  bool integer(std::int64_t value) {
    if (depth_ == kDepth && path_[0] == "FDSN" && path_[1] == "Time") {
      if (path_[2] == "Quality") {
        headers_.timing_quality = value >= 0 && value <= 100 ? static_cast<int>(value) : -1;
      } else if (path_[2] == "LeapSecond") {
        headers_.leap_seconds = static_cast<int>(std::clamp<std::int64_t>(value, -1, 1));
      }
    }
    return value_allowed();
  }
  void set_flag(const std::string& name, bool value) {
    RecordFlags& flags = headers_.flags;
    if (name == "AmplifierSaturation" || name == "DigitizerClipping") {
      flags.saturated |= value;
    } else if (name == "Spikes" || name == "Glitches") {
      flags.spikes_or_glitches |= value;
    } else if (name == "MissingData") {
      flags.missing_or_padded |= value;
    } else if (name == "TelemetrySyncError") {
      flags.telemetry_error |= value;
    } else if (name == "FilterCharging") {
      flags.filter_charging |= value;
    }
  }

  std::size_t depth_ = 0;
  std::string path_[kDepth];
  ExtraHeaders headers_;
};

}  // namespace

RecordResult<ExtraHeaders> read_extra_headers(std::string_view json) {
  if (json.empty()) {
    return ExtraHeaders{};
  }
  FdsnKeys keys;
  if (!nlohmann::json::sax_parse(json, &keys)) {
    return reject(RejectReason::kBadExtraHeaders, "the extra headers are not a JSON object");
  }
  return keys.headers();
}

}  // namespace geod::streams
