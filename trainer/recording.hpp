#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/source_id.hpp"
#include "core/time.hpp"
#include "core/window.hpp"
#include "trainer/labelled_window.hpp"
#include "trainer/waveform_store.hpp"

namespace geod::trainer {

/// What a folder of recordings is drawn for.
enum class RecordingKind : std::uint8_t {
  kWindow,      ///< one event, labelled completely for its phases (analyst picks)
  kContinuous,  ///< hours of data, labels and doubtful picks as they come
};

/// What a recording is for, where its data set or --split says so.
enum class Part : std::uint8_t { kUnassigned, kTrain, kValidation, kTest };
/// "train", "validation", "test"; empty for none.
constexpr std::string_view to_string(Part part) {
  switch (part) {
    case Part::kTrain:
      return "train";
    case Part::kValidation:
      return "validation";
    case Part::kTest:
      return "test";
    case Part::kUnassigned:
      break;
  }
  return "";
}

/// What is known of an earthquake whose P this recording holds: the labels of the scalar tasks.
/// Nothing stands for "not known".
struct EventLabel {
  double p_sample = 0.0;                   ///< of its P, samples from the recording's start
  std::optional<double> s_sample;          ///< of its S
  std::optional<bool> first_motion_up;     ///< pmp
  std::optional<double> back_azimuth_deg;  ///< baz: station to epicentre, clockwise from north
  std::optional<double> magnitude;         ///< emg
  std::optional<double> distance_km;       ///< dis: epicentral
};

/// One instrument's contiguous recording at the training rate, with everything known about it.
/// Positions are in samples from `start`.
struct Recording {
  std::string id;      ///< "<folder>/NET.STA.LOC.BS@start"
  std::string folder;  ///< name of the folder in the data set description
  RecordingKind kind = RecordingKind::kContinuous;
  InstrumentId instrument;
  std::string event;  ///< recordings of one event share it; splits never cut an event
  int fold = -1;      ///< cross-validation fold; -1: always in training
  Part part = Part::kUnassigned;
  Time start;
  std::int64_t samples = 0;
  std::vector<float> data;  ///< [C = 3, T = samples], Z N E, median removed; absent parts are 0.
                            ///< Empty when the samples lie in `store`
  std::shared_ptr<const WaveformStore> store;  ///< of large data sets; samples as in the file
  std::size_t stored = 0;                      ///< its number there
  bool vertical_only = false;
  bool oriented = true;  ///< the horizontals are N and E; false: 1 and 2, or one is absent
  std::vector<PhaseLabel> labels;  ///< ascending in time
  std::vector<PhaseMask> masks;
  std::vector<EventLabel> events;  ///< ascending by P
  std::vector<SampleSpan> noise;   ///< free of arrivals

  /// The samples; read from `store` where they are not in memory.
  Waveform waveform() const {
    return store ? store->get(stored, samples) : Waveform(std::span<const float>(data));
  }
  /// Of `data`.
  std::span<const float> component(std::size_t c) const {
    const auto length = static_cast<std::size_t>(samples);
    return std::span<const float>(data).subspan(c * length, length);
  }
};

}  // namespace geod::trainer
