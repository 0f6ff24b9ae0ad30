// Fuzz target of what is parsed of an adapter bundle: manifest, peft's config, weight files.
// Whatever the bytes are, nothing may be read out of bounds, and what is accepted must say the same
// again.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "adapters/bundle_manifest.hpp"
#include "adapters/peft_config.hpp"
#include "models/safetensors.hpp"

namespace {

using namespace geod;  // NOLINT(google-build-using-namespace): a single-file program

void parse_manifest(std::string_view text) {
  const auto manifest = adapters::parse_bundle_manifest(text);
  if (!manifest) {
    GEOD_CHECK(!manifest.error().what.empty(), "a refusal without a text");
    return;
  }
  const auto written = adapters::to_json(*manifest);
  GEOD_CHECK(written.has_value(), "reads what it would not write");
  const auto again = adapters::parse_bundle_manifest(*written);
  GEOD_CHECK(again.has_value(), "writes what it would not read");
  GEOD_CHECK(again->files == manifest->files, "files");
  GEOD_CHECK(again->network.geometry == manifest->network.geometry, "geometry");
  GEOD_CHECK(again->golden.input.size() == manifest->golden.input.size(), "golden");
}

void parse_config(std::string_view text) {
  const auto config = adapters::parse_peft_config(text);
  if (!config) {
    GEOD_CHECK(!config.error().what.empty(), "a refusal without a text");
    return;
  }
  GEOD_CHECK(config->rank > 0 && config->plain_alpha() > 0.0, "scale");
  const auto again = adapters::parse_peft_config(adapters::to_json(*config));
  GEOD_CHECK(again.has_value() && again->rank == config->rank, "rank");
}

void parse_weights(std::span<const std::byte> bytes) {
  const auto file = models::SafetensorsFile::from_bytes({bytes.begin(), bytes.end()}, "input");
  if (!file) {
    return;
  }
  for (const auto& [name, entry] : file->tensors()) {
    const auto values = file->read_floats(name);
    for (std::size_t i = 0; values && i < values->size(); ++i) {
      GEOD_CHECK(std::isfinite((*values)[i]), "a value that is not finite");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  parse_manifest(text);
  parse_config(text);
  parse_weights(std::as_bytes(std::span(data, size)));
  return 0;
}
