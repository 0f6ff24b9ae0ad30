#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/image_options_cli.hpp"
#include "trainer/train_options.hpp"

namespace CLI {
class App;
}

namespace geod {

/// `geod train` as typed: what CLI11 cannot put into TrainOptions by itself lies beside them.
struct TrainCommand {
  trainer::TrainOptions options;
  std::string task = "dpk";
  std::string method;                     ///< empty: not given
  std::vector<std::string> lora_targets;  ///< PEFT's names
  std::optional<double> learning_rate;
  std::optional<std::int64_t> steps;
  std::optional<std::int64_t> batch;
  ImageTrainCommand image;
};

/// The options of `geod train`; `command` must outlive `app`.
void add_train_options(CLI::App& app, TrainCommand& command);

/// Takes over what lies beside the options, with the defaults of the preset. Names are checked by
/// add_train_options.
trainer::TrainOptions resolved(const TrainCommand& command);

}  // namespace geod
