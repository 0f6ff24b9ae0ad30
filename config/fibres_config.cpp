#include "config/fibres_config.hpp"

namespace geod::config {

FibreConfig FibresConfig::of(std::string_view fibre_id) const {
  const auto own = each.find(std::string(fibre_id));
  if (own == each.end()) {
    return defaults;
  }
  FibreConfig fibre = own->second;
  const auto fill = [&](auto member) {
    if (!(fibre.*member)) {
      fibre.*member = defaults.*member;
    }
  };
  fill(&FibreConfig::sampling_rate_hz);
  fill(&FibreConfig::channel_spacing_m);
  fill(&FibreConfig::first_channel);
  fill(&FibreConfig::last_channel);
  fill(&FibreConfig::threshold_on);
  fill(&FibreConfig::threshold_off);
  fill(&FibreConfig::min_probability);
  fill(&FibreConfig::min_channels);
  fill(&FibreConfig::min_velocity_m_s);
  fill(&FibreConfig::aperture_m);
  return fibre;
}

}  // namespace geod::config
