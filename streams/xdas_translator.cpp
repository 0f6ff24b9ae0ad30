#include <nlohmann/json.hpp>

#include "streams/bridge_translator.hpp"
#include "streams/das_file.hpp"
#include "streams/das_header.hpp"

namespace geod::streams {

Result<std::vector<DasBlock>> XdasTranslator::take(std::span<const Frame> message) {
  if (message.size() != 1) {
    return fail(Errc::kProtocol, "{} frames where xdas sends one", message.size());
  }
  DasFileOptions options;
  options.fibre_id = fibre_id_;
  const auto file = DasFile::open_image(message.front(), "xdas packet", options);
  if (!file) {
    return tl::unexpected(file.error());
  }
  const auto row =
      static_cast<std::int64_t>(bytes_of(file->geometry().type)) * file->geometry().channels;
  const std::int64_t most = std::min(kMaxBlockSamples, kMaxBlockBytes / row);
  std::vector<DasBlock> blocks;
  for (const DasFileSegment& segment : file->segments()) {
    for (std::int64_t from = 0; from < segment.samples; from += most) {
      auto block = file->read(segment, from, std::min(from + most, segment.samples));
      if (!block) {
        return tl::unexpected(std::move(block.error()));
      }
      blocks.push_back(std::move(*block));
    }
  }
  geometry_ = blocks.front().geometry;
  return blocks;
}

std::string XdasTranslator::metadata() const {
  return geometry_ == nullptr ? "{}" : acquisition_json(*geometry_, "xdas");
}

namespace {

/// Fit into the metadata of a message (kMaxMetadataBytes).
constexpr std::size_t kMostPlaces = 5000;

nlohmann::json channels_json(std::span<const FibrePlace> places) {
  const std::size_t step = places.size() / kMostPlaces + 1;
  nlohmann::json channels;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (i % step == 0 || i + 1 == places.size()) {
      channels["channel_ids"].push_back(std::to_string(places[i].channel));
      channels["x_coordinates"].push_back(places[i].longitude_deg);
      channels["y_coordinates"].push_back(places[i].latitude_deg);
      channels["elevations_above_sea_level"].push_back(places[i].elevation_m);
    }
  }
  return channels;
}

}  // namespace

std::string acquisition_json(const FibreGeometry& geometry,
                             std::string_view source,
                             std::span<const FibrePlace> places) {
  const nlohmann::json acquisition{
      {"acquisition_sample_rate", geometry.rate.hz()},
      {"acquisition_sample_rate_unit", "hertz"},
      {"gauge_length", geometry.gauge_length_m},
      {"gauge_length_unit", "meter"},
      {"unit_of_measure", to_string(geometry.unit)},
      {"scale_factor", geometry.scale},
      {"number_of_channels", geometry.channels},
      {"spatial_sampling_interval",
       geometry.channel_spacing_m * static_cast<double>(geometry.channel_stride)},
      {"spatial_sampling_interval_unit", "meter"}};
  nlohmann::json metadata{{"source", source}, {"acquisition", acquisition}};
  if (!places.empty()) {
    const nlohmann::json group{{"coordinate_system", "geographic"},
                               {"channels", channels_json(places)}};
    metadata["channel_groups"] = nlohmann::json::array({group});
  }
  return metadata.dump();
}

}  // namespace geod::streams
