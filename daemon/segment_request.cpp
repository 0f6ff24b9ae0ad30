#include "daemon/segment_request.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "adapters/adapter_store.hpp"
#include "daemon/request_arrays.hpp"

namespace geod {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxClasses = 256;

}  // namespace

ControlMessage to_message(const SegmentRequest& request) {
  json root{{"command", "segment"},
            {"task", models::to_string(request.task)},
            {"rows", request.image.rows},
            {"columns", request.image.columns}};
  if (!request.bundle.empty()) {
    root["bundle"] = request.bundle;
  }
  ControlMessage message(root.dump());
  message.arrays.push_back(bytes_of(request.image.values));
  return message;
}

Result<SegmentRequest> parse_segment_request(ControlMessage message, std::uint64_t max_bytes) {
  const auto root = json::parse(message.json, nullptr, false);
  if (!root.is_object()) {
    return fail(Errc::kConfig, "the request is no JSON object");
  }
  SegmentRequest request;
  const auto task = models::parse_task(text_of(root, "task"));
  if (!task || !models::is_image_task(*task)) {
    return fail(Errc::kConfig, "\"task\" is not one of das, facies, salt, crater, fault");
  }
  request.task = *task;
  request.bundle = text_of(root, "bundle");
  if (!request.bundle.empty() && !adapters::is_bundle_name(request.bundle)) {
    return fail(Errc::kConfig, "\"bundle\" is not the name of a bundle (NAME-VERSION)");
  }
  const auto rows = side_of(root, "rows");
  const auto columns = side_of(root, "columns");
  if (!rows || !columns) {
    return tl::unexpected(rows ? columns.error() : rows.error());
  }
  const auto values = static_cast<std::uint64_t>(*rows) * static_cast<std::uint64_t>(*columns);
  if (values * sizeof(float) > max_bytes) {
    return fail(
        Errc::kUnsupported,
        "{} x {} values are more than the {} bytes that geod answers for; cut the image, or "
        "raise fibres.request_bytes",
        *rows,
        *columns,
        max_bytes);
  }
  if (message.arrays.size() != 1 || message.arrays[0].size() != values * sizeof(float)) {
    return fail(Errc::kConfig,
                "{} x {} float32 values must follow in one frame of {} bytes",
                *rows,
                *columns,
                values * sizeof(float));
  }
  request.image = {*rows, *columns, floats_of(message.arrays[0])};
  if (auto checked = models::check_image(request.image); !checked) {
    return tl::unexpected(checked.error());
  }
  return request;
}

ControlMessage to_message(const models::SegmentedImage& image,
                          models::Task task,
                          const models::NetworkHost& network,
                          std::size_t tiles) {
  const models::Manifest& manifest = network.manifest();
  const bool is_adapted = !network.adapter_hash().empty();
  ControlMessage message(json{
      {"task", models::to_string(task)},
      {"rows", image.rows},
      {"columns", image.columns},
      {"classes", image.classes},
      {"class_names", manifest.segments.class_names},
      {is_adapted ? "adapter" : "model", manifest.model_id()},
      {"model_hash", manifest.weights_sha256},
      {"adapter_hash", network.adapter_hash()},
      {"tiles", tiles}}.dump(-1, ' ', false, json::error_handler_t::replace));
  message.arrays.emplace_back(image.mask.begin(), image.mask.end());
  message.arrays.push_back(bytes_of(image.probabilities));
  return message;
}

ControlMessage to_message(const Error& error) {
  return json{{"error", error.what}, {"code", to_string(error.code)}}.dump(
      -1, ' ', false, json::error_handler_t::replace);
}

Result<SegmentAnswer> parse_segment_answer(ControlMessage message) {
  const auto root = json::parse(message.json, nullptr, false);
  if (!root.is_object()) {
    return fail(Errc::kProtocol, "the daemon's answer is no JSON object");
  }
  if (root.contains("error")) {
    return tl::unexpected(error_of(root));
  }
  const auto rows = side_of(root, "rows");
  const auto columns = side_of(root, "columns");
  const auto classes = side_of(root, "classes");
  if (!rows || !columns || !classes || *classes > static_cast<std::int64_t>(kMaxClasses)) {
    return fail(Errc::kProtocol, "the daemon's answer does not say its size");
  }
  const auto area = static_cast<std::size_t>(*rows) * static_cast<std::size_t>(*columns);
  if (message.arrays.size() != 2 || message.arrays[0].size() != area ||
      message.arrays[1].size() != area * static_cast<std::size_t>(*classes) * sizeof(float)) {
    return fail(Errc::kProtocol, "the daemon's answer has not the arrays that it speaks of");
  }
  SegmentAnswer answer;
  answer.image.rows = *rows;
  answer.image.columns = *columns;
  answer.image.classes = static_cast<std::size_t>(*classes);
  answer.image.mask.assign(message.arrays[0].begin(), message.arrays[0].end());
  answer.image.probabilities = floats_of(message.arrays[1]);
  answer.json = std::move(message.json);
  return answer;
}

}  // namespace geod
