#include "daemon/fibre_status.hpp"

#include <nlohmann/json.hpp>

namespace geod {

std::string fibres_to_json(std::span<const FibreStatus> fibres) {
  nlohmann::json all = nlohmann::json::array();
  for (const FibreStatus& fibre : fibres) {
    const streams::FibreCounters& stream = fibre.stream;
    const models::FibreDecoderCounters& decoder = fibre.decoder;
    all.push_back({{"fibre", fibre.fibre_id},
                   {"channels", fibre.channels},
                   {"sampling_rate_hz", fibre.sampling_rate_hz},
                   {"last_sample", to_iso(fibre.last_sample, 3)},
                   {"bytes", fibre.bytes},
                   {"blocks", stream.blocks},
                   {"holes", stream.holes},
                   {"missing_samples", stream.missing_samples},
                   {"overlaps", stream.overlaps},
                   {"duplicates", stream.duplicates},
                   {"late", stream.late},
                   {"clock_steps", stream.steps},
                   {"restarts", stream.restarts},
                   {"geometry_changes", stream.geometry_changes},
                   {"shed_s", fibre.shed_s},
                   {"refused_s", fibre.refused_s},
                   {"tiles", decoder.tiles},
                   {"detections", decoder.detections},
                   {"parts", decoder.masks.parts},
                   {"parts_narrow", decoder.masks.narrow},
                   {"parts_brief", decoder.masks.brief},
                   {"parts_unlikely", decoder.masks.unlikely},
                   {"parts_cut", decoder.masks.cut},
                   {"parts_without_arrivals", decoder.without_arrivals},
                   {"parts_too_slow", decoder.too_slow},
                   {"parts_at_once", decoder.at_once},
                   {"unusable_probabilities", decoder.unusable_probabilities}});
  }
  return all.dump();
}

}  // namespace geod
