#include "daemon/inversion_request.hpp"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "adapters/adapter_store.hpp"
#include "daemon/request_arrays.hpp"
#include "models/manifest.hpp"

namespace geod {
namespace {

using nlohmann::json;

}  // namespace

ControlMessage to_message(const InversionRequest& request) {
  const models::Shots& first = request.sets.front();
  json root{{"command", "invert"},
            {"sets", request.sets.size()},
            {"sources", first.sources},
            {"times", first.times},
            {"receivers", first.receivers}};
  if (!request.bundle.empty()) {
    root["bundle"] = request.bundle;
  }
  ControlMessage message(root.dump());
  std::string& values = message.arrays.emplace_back();
  for (const models::Shots& shots : request.sets) {
    values += bytes_of(shots.amplitudes);
  }
  return message;
}

Result<InversionRequest> parse_inversion_request(ControlMessage message, std::uint64_t max_bytes) {
  const auto root = json::parse(message.json, nullptr, false);
  if (!root.is_object()) {
    return fail(Errc::kConfig, "the request is no JSON object");
  }
  InversionRequest request;
  request.bundle = text_of(root, "bundle");
  if (!request.bundle.empty() && !adapters::is_bundle_name(request.bundle)) {
    return fail(Errc::kConfig, "\"bundle\" is not the name of a bundle (NAME-VERSION)");
  }
  const auto sets = side_of(root, "sets");
  const auto sources = side_of(root, "sources");
  const auto times = side_of(root, "times");
  const auto receivers = side_of(root, "receivers");
  for (const auto* side : {&sets, &sources, &times, &receivers}) {
    if (!*side) {
      return tl::unexpected(side->error());
    }
  }
  std::uint64_t bytes = sizeof(float);
  for (const std::int64_t side : {*sets, *sources, *times, *receivers}) {
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(side), &bytes) ||
        bytes > max_bytes) {
      return fail(Errc::kUnsupported,
                  "{} sets of {} x {} x {} values are more than the {} bytes that geod answers "
                  "for; send fewer, or raise fibres.request_bytes",
                  *sets,
                  *sources,
                  *times,
                  *receivers,
                  max_bytes);
    }
  }
  if (message.arrays.size() != 1 || message.arrays[0].size() != bytes) {
    return fail(Errc::kConfig,
                "{} sets of {} x {} x {} float32 values must follow in one frame of {} bytes",
                *sets,
                *sources,
                *times,
                *receivers,
                bytes);
  }
  const std::size_t one = message.arrays[0].size() / static_cast<std::size_t>(*sets);
  for (std::size_t at = 0; at < message.arrays[0].size(); at += one) {
    request.sets.push_back(
        {*sources, *times, *receivers, floats_of(message.arrays[0].substr(at, one))});
  }
  return request;
}

ControlMessage to_message(const models::VelocityMaps& maps, const models::NetworkHost& network) {
  const models::Manifest& manifest = network.manifest();
  const bool is_adapted = !network.adapter_hash().empty();
  ControlMessage message(json{{"sets", maps.maps},
                              {"depths", maps.depths},
                              {"offsets", maps.offsets},
                              {"cell_m", manifest.inversion_settings.cell_m},
                              {"velocity_min_m_s", manifest.inversion_settings.velocity_min_m_s},
                              {"velocity_max_m_s", manifest.inversion_settings.velocity_max_m_s},
                              {is_adapted ? "adapter" : "model", manifest.model_id()},
                              {"model_hash", manifest.weights_sha256},
                              {"adapter_hash", network.adapter_hash()}}
                             .dump(-1, ' ', false, json::error_handler_t::replace));
  message.arrays.push_back(bytes_of(maps.m_s));
  return message;
}

Result<InversionAnswer> parse_inversion_answer(ControlMessage message) {
  const auto root = json::parse(message.json, nullptr, false);
  if (!root.is_object()) {
    return fail(Errc::kProtocol, "the daemon's answer is no JSON object");
  }
  if (root.contains("error")) {
    return tl::unexpected(error_of(root));
  }
  const auto sets = side_of(root, "sets");
  const auto depths = side_of(root, "depths");
  const auto offsets = side_of(root, "offsets");
  if (!sets || !depths || !offsets) {
    return fail(Errc::kProtocol, "the daemon's answer does not say its size");
  }
  InversionAnswer answer;
  answer.maps.maps = static_cast<std::size_t>(*sets);
  answer.maps.depths = *depths;
  answer.maps.offsets = *offsets;
  const std::uint64_t values =
      answer.maps.maps * static_cast<std::uint64_t>(*depths) * static_cast<std::uint64_t>(*offsets);
  if (message.arrays.size() != 1 || message.arrays[0].size() != values * sizeof(float)) {
    return fail(Errc::kProtocol, "the daemon's answer has not the array that it speaks of");
  }
  answer.maps.m_s = floats_of(message.arrays[0]);
  answer.json = std::move(message.json);
  return answer;
}

}  // namespace geod
