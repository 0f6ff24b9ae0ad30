#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "models/safetensors.hpp"
#include "tests/unit/trainer/tmp_dir.hpp"
#include "trainer/synth_seismic.hpp"
#include "trainer/training_run.hpp"

namespace geod::trainer::test {

/// A tiny network, so that thirty steps take a second.
inline constexpr const char* kTinyGeometry =
    R"({"window_samples": 1024, "sampling_rate": [100, 1],
  "embed_channels": [4, 8, 8, 8], "blocks": 1, "heads": 2, "positions": 16, "dropout": 0.1,
  "lora_rank": 0, "head_channels": [12, 8, 8]})";

/// The same without dropouts.
inline constexpr const char* kQuietGeometry =
    R"({"window_samples": 1024, "sampling_rate": [100, 1],
  "embed_channels": [4, 8, 8, 8], "blocks": 1, "heads": 2, "positions": 16, "dropout": 0.0,
  "lora_rank": 0, "lora_dropout": 0.0, "head_channels": [12, 8, 8]})";

/// A folder with a few synthetic earthquakes and the tiny geometry, and runs on them.
class TrainingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SynthOptions synth;
    synth.out = dir_ / "data";
    synth.events = 6;
    synth.stations = 3;
    synth.min_magnitude = 2.5;
    ASSERT_TRUE(synthesise_seismic(synth, [](int) {}));
    dir_.write("tiny.json", kTinyGeometry);
    dir_.write("quiet.json", kQuietGeometry);
  }

  TrainOptions options(const char* out) const {
    TrainOptions options;
    options.data = dir_ / "data";
    options.out = dir_ / out;
    options.geometry = dir_ / "tiny.json";
    options.steps = 30;
    options.batch_windows = 4;
    options.warmup_steps = 5;
    options.report_steps = 1;
    options.checkpoint_steps = 0;
    options.command_line = "geod train (test)";
    options.name = "picker";
    return options;
  }

  /// Asks for a stop at step `stop_at`; -1: runs to its end. Fills `losses_`, one a report.
  Result<TrainReport> run(const TrainOptions& options, std::int64_t stop_at = -1) {
    losses_.clear();
    std::stop_source stop;
    TrainObserver observer;
    observer.progress = [&](const TrainProgress& p) {
      losses_.push_back(p.loss);
      if (p.step == stop_at) {
        stop.request_stop();
      }
    };
    observer.note = [](const std::string&) {};
    return TrainingRun(options, observer, stop.get_token()).run();
  }

  std::string weights(const char* out) const {
    return read_all((dir_ / out) / "model.safetensors");
  }

  /// Between two files of weights, over the tensors that both have.
  double largest_difference(const std::string& one, const std::string& other) const {
    const auto first = models::SafetensorsFile::open(dir_ / one.c_str());
    const auto second = models::SafetensorsFile::open(dir_ / other.c_str());
    double largest = 0.0;
    for (const auto& [name, entry] : first->tensors()) {
      if (!second->tensors().contains(name)) {
        continue;
      }
      const auto a = first->read_floats(name);
      const auto b = second->read_floats(name);
      for (std::size_t i = 0; i < std::min(a->size(), b->size()); ++i) {
        largest = std::max(largest, std::abs(static_cast<double>((*a)[i]) - (*b)[i]));
      }
    }
    return largest;
  }

  TmpDir dir_;
  std::vector<double> losses_;
};

}  // namespace geod::trainer::test
