#include "models/geometry.hpp"

#include <nlohmann/json.hpp>

namespace geod::models {
namespace {

using nlohmann::json;

/// Above every published size and far below what could overflow or exhaust memory by surprise.
constexpr std::int64_t kMaxDimension = 1 << 20;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

Result<void> check_range(std::string_view field,
                         std::int64_t value,
                         std::int64_t low = 1,
                         std::int64_t high = kMaxDimension) {
  if (value < low || value > high) {
    return fail(
        Errc::kModelMismatch, "geometry: {} is {}, allowed {} to {}", field, value, low, high);
  }
  return {};
}

Result<void> check_fields(const SeisMollmGeometry& g) {
  Result<void> ok = check_range("window_samples", g.window_samples);
  const auto check =
      [&ok](std::string_view field, std::int64_t value, std::int64_t low, std::int64_t high) {
        if (ok) {
          ok = check_range(field, value, low, high);
        }
      };
  check("in_channels", g.in_channels, 1, 64);
  for (std::size_t i = 0; i < 4; ++i) {
    check("embed_channels", g.embed_channels[i], 1, 4096);
    check("embed_strides", g.embed_strides[i], 1, 64);
    // The padding rule needs every kernel to be at least as long as its stride.
    check("kernel_base", g.kernel_base[i], g.embed_strides[i], 1024);
    check("kernel_step", g.kernel_step[i], 0, 1024);
  }
  check("patch", g.patch, 1, 1024);
  check("blocks", g.blocks, 0, 96);
  check("heads", g.heads, 1, 256);
  check("positions", g.positions, 1, 65536);
  check("lora_rank", g.lora_rank, 0, 4096);
  for (const std::int64_t channels : g.head_channels) {
    check("head_channels", channels, 1, 4096);
  }
  return ok;
}

Result<void> read_integer(const json& object, const char* key, std::int64_t& value) {
  const auto it = object.find(key);
  if (it == object.end()) {
    return {};
  }
  if (!it->is_number_integer()) {
    return fail(Errc::kModelMismatch, "geometry: {} must be an integer", key);
  }
  value = it->get<std::int64_t>();
  return {};
}

Result<void> read_number(const json& object, const char* key, double& value) {
  const auto it = object.find(key);
  if (it == object.end()) {
    return {};
  }
  if (!it->is_number()) {
    return fail(Errc::kModelMismatch, "geometry: {} must be a number", key);
  }
  value = it->get<double>();
  return {};
}

template <std::size_t N>
Result<void> read_array(const json& object, const char* key, std::array<std::int64_t, N>& values) {
  const auto it = object.find(key);
  if (it == object.end()) {
    return {};
  }
  if (!it->is_array() || it->size() != N) {
    return fail(Errc::kModelMismatch, "geometry: {} must be a list of {} integers", key, N);
  }
  for (std::size_t i = 0; i < N; ++i) {
    if (!(*it)[i].is_number_integer()) {
      return fail(Errc::kModelMismatch, "geometry: {} must be a list of {} integers", key, N);
    }
    values[i] = (*it)[i].template get<std::int64_t>();
  }
  return {};
}

Result<void> read_fields(const json& object, SeisMollmGeometry& g) {
  std::array<std::int64_t, 2> rate{g.sampling_rate.numerator(), g.sampling_rate.denominator()};
  const Result<void> results[] = {
      read_integer(object, "window_samples", g.window_samples),
      read_array(object, "sampling_rate", rate),
      read_integer(object, "in_channels", g.in_channels),
      read_array(object, "embed_channels", g.embed_channels),
      read_array(object, "embed_strides", g.embed_strides),
      read_array(object, "kernel_base", g.kernel_base),
      read_array(object, "kernel_step", g.kernel_step),
      read_integer(object, "patch", g.patch),
      read_integer(object, "blocks", g.blocks),
      read_integer(object, "heads", g.heads),
      read_integer(object, "positions", g.positions),
      read_number(object, "dropout", g.dropout),
      read_integer(object, "lora_rank", g.lora_rank),
      read_number(object, "lora_alpha", g.lora_alpha),
      read_number(object, "lora_dropout", g.lora_dropout),
      read_array(object, "head_channels", g.head_channels),
  };
  for (const Result<void>& result : results) {
    if (!result) {
      return result;
    }
  }
  const auto made = SampleRate::make(rate[0], rate[1]);
  if (!made) {
    return fail(Errc::kModelMismatch, "geometry: sampling_rate: {}", made.error().what);
  }
  g.sampling_rate = *made;
  return {};
}

json to_json_object(const SeisMollmGeometry& g) {
  return json{{"window_samples", g.window_samples},
              {"sampling_rate", {g.sampling_rate.numerator(), g.sampling_rate.denominator()}},
              {"in_channels", g.in_channels},
              {"embed_channels", g.embed_channels},
              {"embed_strides", g.embed_strides},
              {"kernel_base", g.kernel_base},
              {"kernel_step", g.kernel_step},
              {"patch", g.patch},
              {"blocks", g.blocks},
              {"heads", g.heads},
              {"positions", g.positions},
              {"dropout", g.dropout},
              {"lora_rank", g.lora_rank},
              {"lora_alpha", g.lora_alpha},
              {"lora_dropout", g.lora_dropout},
              {"head_channels", g.head_channels}};
}

}  // namespace

std::string_view to_string(Task task) {
  switch (task) {
    case Task::kDpk:
      return "dpk";
    case Task::kPmp:
      return "pmp";
    case Task::kBaz:
      return "baz";
    case Task::kEmg:
      return "emg";
    case Task::kDis:
      return "dis";
    case Task::kDas:
      return "das";
    case Task::kFacies:
      return "facies";
    case Task::kSalt:
      return "salt";
    case Task::kCrater:
      return "crater";
    case Task::kFault:
      return "fault";
    case Task::kFwi:
      return "fwi";
  }
  return "unknown";
}

Result<Task> parse_task(std::string_view text) {
  for (const Task task : kAllTasks) {
    if (text == to_string(task)) {
      return task;
    }
  }
  return fail(Errc::kUnsupported,
              "task '{}': expected dpk, pmp, baz, emg or dis (seismograms), das, facies, salt, "
              "crater or fault (images), or fwi (shots)",
              text);
}

std::int64_t SeisMollmGeometry::feature_columns() const {
  std::int64_t columns = window_samples;
  for (const std::int64_t stride : embed_strides) {
    columns = ceil_div(columns, stride);
  }
  return columns;
}

Result<void> SeisMollmGeometry::validate() const {
  if (auto ok = check_fields(*this); !ok) {
    return ok;
  }
  for (const double rate : {dropout, lora_dropout}) {
    if (!(rate >= 0.0 && rate < 1.0)) {
      return fail(Errc::kModelMismatch, "geometry: dropout is {}, allowed [0, 1)", rate);
    }
  }
  if (!(lora_alpha > 0.0 && lora_alpha < 1e6)) {
    return fail(Errc::kModelMismatch, "geometry: lora_alpha is {}, allowed (0, 1e6)", lora_alpha);
  }
  if (d_model() % heads != 0) {
    return fail(Errc::kModelMismatch,
                "geometry: d_model {} (patch * last embed_channels) is not divisible by heads {}",
                d_model(),
                heads);
  }
  if (tokens() < 1) {
    return fail(Errc::kModelMismatch,
                "geometry: window_samples {} is shorter than one token",
                window_samples);
  }
  if (tokens() > positions) {
    return fail(Errc::kModelMismatch,
                "geometry: {} tokens do not fit into {} positions",
                tokens(),
                positions);
  }
  return {};
}

Result<SeisMollmGeometry> named_geometry(std::string_view name) {
  SeisMollmGeometry geometry;
  if (name == "seismollm-diting") {
    return geometry;
  }
  if (name == "seismollm-stead") {
    geometry.window_samples = 6000;
    geometry.sampling_rate = *SampleRate::make(100);
    return geometry;
  }
  if (name == "starter") {
    geometry.window_samples = 3072;
    geometry.sampling_rate = *SampleRate::make(100);
    geometry.embed_channels = {8, 16, 24, 24};
    geometry.heads = 4;
    geometry.positions = 64;
    geometry.dropout = 0.0;
    geometry.lora_rank = 0;
    geometry.head_channels = {32, 24, 16};
    return geometry;
  }
  return fail(
      Errc::kNotFound, "geometry '{}': known are seismollm-diting, seismollm-stead, starter", name);
}

std::string geometry_to_json(const SeisMollmGeometry& geometry) {
  return to_json_object(geometry).dump();
}

Result<SeisMollmGeometry> geometry_from_json(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) {
    return fail(Errc::kModelMismatch, "geometry: not a JSON object");
  }
  SeisMollmGeometry geometry;
  const json known = to_json_object(geometry);
  for (const auto& [key, value] : object.items()) {
    if (!known.contains(key)) {
      return fail(Errc::kModelMismatch, "geometry: unknown key '{}'", key);
    }
  }
  if (auto ok = read_fields(object, geometry); !ok) {
    return tl::unexpected(ok.error());
  }
  if (auto ok = geometry.validate(); !ok) {
    return tl::unexpected(ok.error());
  }
  return geometry;
}

}  // namespace geod::models
