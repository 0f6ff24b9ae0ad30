#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/pick.hpp"
#include "core/time.hpp"
#include "trainer/crustal_model.hpp"
#include "trainer/synth_seismic.hpp"

namespace geod::trainer {

struct SynthStation {
  std::string network;
  std::string station;
  std::string band;  ///< band and instrument codes, "HH"
  PointKm position{};
};

struct SynthEvent {
  std::string id;
  Time origin;
  PointKm position{};
  double magnitude = 0.0;
  int fold = 0;
};

struct SynthArrival {
  Phase phase = Phase::kP;
  double sample = 0.0;
  bool clear = false;               ///< stands above the noise: labelled; otherwise masked
  std::optional<bool> upward = {};  ///< first motion of P, where it can be read
};

/// One station's record of one event.
struct SynthRecord {
  std::int64_t samples = 0;
  std::vector<std::int32_t> counts;  ///< [3, samples], Z N E
  std::vector<SynthArrival> arrivals;
  std::int64_t noise_end = 0;  ///< samples before it hold no arrival
};

/// The files of a synthetic data set: waveforms as they come, tables at the end.
class SynthFiles {
 public:
  /// kIo when the folder cannot be made or is not empty.
  static Result<SynthFiles> create(const SynthOptions& options);

  void add_station(const SynthStation& station);
  void add_event(const SynthEvent& event);
  Result<void> add_record(const SynthStation& station,
                          const SynthEvent& event,
                          Time start,
                          const SynthRecord& record);
  /// Writes tables and dataset.json.
  Result<SynthReport> finish();

 private:
  explicit SynthFiles(const SynthOptions& options);
  Result<void> write(const std::string& name, const std::string& text) const;

  SynthOptions options_;
  SynthReport report_;
  std::string stations_ = "network,station,latitude,longitude,elevation_m\n";
  std::string events_ = "event,time,latitude,longitude,depth_km,magnitude\n";
  std::string labels_ = "network,station,phase,time,event,fold,polarity\n";
  std::string masks_ = "network,station,phase,start,end\n";
  std::string noise_ = "network,station,start,end\n";
};

}  // namespace geod::trainer
