// The engine alone, driven over standard input, so that a script can alternate it with a baseline.
//
//   forward_server MODEL_FOLDER THREADS MAX_BATCH float32|bfloat16 [BUNDLE]      (on the CPU)
//
// Answers one line to each line:
//   load FILE            N windows of [3, T] float32 samples, as they lie in FILE -> "windows N"
//   scores FILE          scores the first MAX_BATCH windows, writes [n, 2, T] float32 to FILE ->
//   "scores n" time BATCH COUNT     scores COUNT windows in batches of BATCH -> seconds
#include <cstdio>
#include <fstream>
#include <iostream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "adapters/bundle.hpp"
#include "bench/measure.hpp"
#include "models/engine.hpp"

namespace geod::bench {
namespace {

class Server {
 public:
  explicit Server(const models::EngineOptions& options) {
    const auto module = models::ComputeModule::load();
    if (!module) {
      give_up(module.error().what);
    }
    auto engine = module->open_engine(options);
    if (!engine) {
      give_up(engine.error().what);
    }
    engine_ = std::move(*engine);
    max_batch_ = options.max_batch;
    reply(fmt::format("ready {} threads, {}", engine_->info().threads, engine_->info().precision));
  }

  void answer(const std::string& line) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "load") {
      std::string file;
      words >> file;
      load(file);
      reply(fmt::format("windows {}", windows_.size()));
    } else if (command == "scores") {
      std::string file;
      words >> file;
      score(0, std::min(max_batch_, windows_.size()));
      std::ofstream out(file, std::ios::binary);
      const auto bytes = std::as_bytes(std::span(scores_.values));
      out.write(reinterpret_cast<const char*>(bytes.data()),
                static_cast<std::streamsize>(bytes.size()));
      reply(fmt::format("scores {}", scores_.windows));
    } else if (command == "time") {
      std::size_t batch = 0;
      std::size_t count = 0;
      words >> batch >> count;
      if (batch == 0 || batch > max_batch_ || windows_.size() < batch) {
        give_up("cannot do: " + line);
      }
      reply(fmt::format("{:.9f}", time_s(batch, count)));
    } else {
      give_up("unknown command: " + line);
    }
  }

 private:
  static void reply(const std::string& text) {
    std::puts(text.c_str());
    std::fflush(stdout);
  }

  void load(const std::string& file) {
    const models::SeisMollmGeometry& geometry = engine_->manifest().geometry;
    const auto values = kComponents * static_cast<std::size_t>(geometry.window_samples);
    std::ifstream in(file, std::ios::binary);
    windows_.clear();
    std::vector<float> data(values);
    while (in.read(reinterpret_cast<char*>(data.data()),
                   static_cast<std::streamsize>(values * sizeof(float)))) {
      Window window;
      window.rate = geometry.sampling_rate;
      window.samples = geometry.window_samples;
      window.data = data;
      window.subsource = {'Z', 'N', 'E'};
      windows_.push_back(std::move(window));
    }
  }

  void score(std::size_t first, std::size_t count) {
    pointers_.clear();
    for (std::size_t i = 0; i < count; ++i) {
      pointers_.push_back(&windows_[(first + i) % windows_.size()]);
    }
    if (const auto scored = engine_->score(pointers_, scores_); !scored) {
      give_up(scored.error().what);
    }
  }

  double time_s(std::size_t batch, std::size_t count) {
    const Stopwatch watch;
    for (std::size_t done = 0; done < count; done += batch) {
      score(done, std::min(batch, count - done));
    }
    return watch.wall_s();
  }

  std::unique_ptr<models::Engine> engine_;
  std::size_t max_batch_ = 0;
  std::vector<Window> windows_;
  std::vector<const Window*> pointers_;
  models::ScoreBatch scores_;
};

void use_bundle(const char* folder, models::EngineOptions& options) {
  const auto base = models::load_manifest(options.model_directory);
  if (!base) {
    give_up(base.error().what);
  }
  const auto bundle = adapters::read_bundle(folder, *base);
  if (!bundle) {
    give_up(bundle.error().what);
  }
  options.overlay = bundle->overlay;
  options.task = bundle->overlay->manifest.task;
}

}  // namespace
}  // namespace geod::bench

int main(int argc, char** argv) {
  const std::string precision = argc == 5 || argc == 6 ? argv[4] : "";
  if (precision != "float32" && precision != "bfloat16") {
    geod::bench::give_up(
        "usage: forward_server MODEL_FOLDER THREADS MAX_BATCH float32|bfloat16 [BUNDLE]");
  }
  geod::models::EngineOptions options;
  options.model_directory = argv[1];
  options.device = geod::models::Device::kCpu;
  options.precision = precision == "float32" ? geod::models::Precision::kFloat32
                                             : geod::models::Precision::kBfloat16;
  options.threads = std::stoi(argv[2]);
  options.max_batch = std::stoul(argv[3]);
  if (argc == 6) {
    geod::bench::use_bundle(argv[5], options);
  }
  geod::bench::Server server(options);
  std::string line;
  while (std::getline(std::cin, line)) {
    server.answer(line);
  }
  return 0;
}
