#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace geod::trainer {

/// How the files of a data set are named and which of them are for validation.
enum class OpenFwiFamily : std::uint8_t {
  kVel,    ///< data/data1.npy, model/model1.npy, ...: 48 shards to train on, 12 to validate
  kFault,  ///< seis2_1_0.npy, vel2_1_0.npy, ...: of each count of layers 32 and 4
  kStyle,  ///< as kVel: 120 and 14
};

/// One of the ten data sets of OpenFWI: what its loader knows of it.
/// Source: Deng et al. 2022 (OpenFWI) and the table of bounds in its code.
struct OpenFwiSet {
  std::string_view code;  ///< "FVA"
  std::string_view name;  ///< "flatvel-a"
  OpenFwiFamily family = OpenFwiFamily::kVel;
  double amplitude_min = 0.0;  ///< of the shots, as the loader normalises them
  double amplitude_max = 0.0;
};

/// All ten, in the order of the published table.
std::span<const OpenFwiSet> openfwi_sets();

/// The bounds for several sets at once, and for networks that others are tuned from: the extremes
/// of all ten, which are those of CurveVel-B. Code "ALL", name "openfwi".
const OpenFwiSet& openfwi_union();

/// The set (or the union) of a name in any spelling: "FVA", "flatvel-a", "FlatVel_A",
/// "flatvel_a_1". Null for another.
const OpenFwiSet* find_openfwi_set(std::string_view name);

/// Shards for validation of `shards` (of one count of layers in family kFault) in the published
/// split, the last ones; 0 when so many are not the published number.
std::int64_t published_validation_shards(OpenFwiFamily family, std::int64_t shards);

}  // namespace geod::trainer
