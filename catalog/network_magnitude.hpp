#pragma once

#include <vector>

#include "core/magnitude.hpp"

namespace geod::catalog {

/// Magnitude of a station from one amplitude: log10 A + 1.11 log10 R + 0.00189 R - 2.09, A in nm on
/// a Wood-Anderson trace of static magnification 1, R the hypocentral distance in km, up to 1000
/// (IASPEI working group on magnitudes, 2013; attenuation of Hutton and Boore 1987).
double local_magnitude(double amplitude_nm, double hypocentral_km);

/// R is at least this: a hypocentre cannot be told to be nearer.
inline constexpr double kLeastHypocentralKm = 1.0;
inline constexpr double kLargestHypocentralKm = 1000.0;

/// Median of those contributions whose weight is positive, with their residuals. Where there are
/// three or more, those that lie more than `largest_residual` away get weight 0, their used
/// amplitudes become outliers, and the median is that of the rest; not so when they are the half or
/// more. Residuals are written for all, uncertainty is 1.4826 MAD / sqrt(n). `contributions` of one
/// type, at least one with weight.
Magnitude network_magnitude(std::vector<StationMagnitude> contributions, double largest_residual);

/// Sorted so that the one to be told first stands first: ML of `enough_stations` or more, then Mdl,
/// then ML of fewer. One a type at most.
void order_by_preference(std::vector<Magnitude>& magnitudes, int enough_stations);

}  // namespace geod::catalog
