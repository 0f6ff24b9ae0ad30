#pragma once

#include <vector>

#include "trainer/fibre_field.hpp"
#include "trainer/fibre_path.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {

/// Noise of a fibre without earthquakes; its incoherent part has a deviation of 1 times the
/// channel's own level. Drawn at random, each present or not:
/// * incoherent noise with a coloured spectrum and slow drift, levels that differ along the fibre;
/// * plane waves (microseism, ocean, distant traffic) at 150 to 6000 m/s;
/// * sources on the ground beside the fibre: surface waves at 150 to 900 m/s that spread to both
///   sides, from single blows to machines;
/// * vehicles at 5 to 40 m/s: the ground bends under them, and their wheels shake it;
/// * the laser: the same on all channels, as hiss, hum or bursts.
/// In a borehole sources on the ground send waves down the well, and nothing drives along it.
FibreField make_fibre_noise(Rng& rng, const FibrePath& path, double rate_hz, std::int64_t rows);

/// What is wrong with channels and with the recording, applied to the sum of all: noisy channels,
/// dead ones, spikes, and a limit the samples are cut at.
/// @return  the dead channels, ascending.
std::vector<std::int64_t> add_faults(Rng& rng, FibreField& field);

/// Gain along a fibre: coupling and ground change slowly, and a little from channel to channel.
std::vector<double> make_site_gain(Rng& rng, std::int64_t channels);

}  // namespace geod::trainer
