#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace geod::config {

/// How a fibre is looked at. What is not set is the model's own (its manifest), or, of a single
/// fibre, as for all fibres.
struct FibreConfig {
  bool enabled = true;
  /// Grid of the tiles; another one than the model's where the fibre is sampled more densely than
  /// what it was trained on: the network sees shapes, not metres.
  std::optional<double> sampling_rate_hz;
  std::optional<double> channel_spacing_m;
  std::optional<std::int64_t> first_channel;  ///< numbers along the fibre, both within
  std::optional<std::int64_t> last_channel;
  std::optional<double> threshold_on;
  std::optional<double> threshold_off;
  std::optional<double> min_probability;
  std::optional<std::int64_t> min_channels;  ///< of the grid
  std::optional<double> min_velocity_m_s;
  std::optional<double>
      aperture_m;  ///< length of fibre that one pick for the association speaks of
};

struct FibresConfig {
  FibreConfig defaults;                       ///< for every fibre
  std::map<std::string, FibreConfig> each;    ///< key: the fibre's id on the wire, "NET.CABLE"
  std::uint64_t queue_bytes = 256ULL << 20;   ///< blocks of all fibres that wait for the network
  std::uint64_t request_bytes = 64ULL << 20;  ///< values of one image that is asked for
  std::uint32_t request_count = 8;            ///< images that wait

  /// What holds for a fibre: its own entry over the defaults. `enabled` is the entry's where there
  /// is one.
  FibreConfig of(std::string_view fibre_id) const;
};

}  // namespace geod::config
