#include "trainer/synth_fwi.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/file_io.hpp"
#include "trainer/acoustic_solver.hpp"
#include "trainer/npy_writer.hpp"
#include "trainer/rng.hpp"
#include "trainer/velocity_models.hpp"

namespace geod::trainer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDescription = "openfwi.json";
constexpr std::uint64_t kMaxDescriptionBytes = 1U << 16U;

/// Samples that are computed in one call: enough shots to fill a GPU, 22 MB.
constexpr std::int64_t kBatch = 16;

std::string description_of(const SynthFwiOptions& options) {
  const nlohmann::ordered_json description = {
      {"name", options.set->code},
      {"samples", options.samples},
      {"seed", options.seed},
      {"shard_samples", options.shard_samples},
      {"licence",
       "made by geod synth fwi from random numbers, no sample of OpenFWI is in it; no rights "
       "reserved"},
      {"attribution",
       fmt::format("geod synth fwi --dataset {} --seed {}: velocity models that resemble those of "
                   "OpenFWI's {}, and their acoustic shots",
                   options.set->code,
                   options.seed,
                   options.set->name)}};
  return description.dump(1) + "\n";
}

Result<void> write_text(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.flush();
  if (!file) {
    return fail(Errc::kIo, "{}: cannot be written", path.string());
  }
  return {};
}

/// Makes the folder, or finds that an earlier run with the same options began it.
Result<void> prepare(const SynthFwiOptions& options) {
  const std::string description = description_of(options);
  const fs::path described = options.out / kDescription;
  std::error_code error;
  if (fs::exists(options.out, error) && !fs::is_empty(options.out, error)) {
    if (!fs::exists(described, error)) {
      return fail(Errc::kConfig,
                  "{}: is there already and not empty; name a new folder",
                  options.out.string());
    }
    const auto there = models::read_text_file(described, kMaxDescriptionBytes);
    if (!there) {
      return tl::unexpected(there.error());
    }
    if (*there != description) {
      return fail(Errc::kConfig,
                  "{}: was begun with other options; name a new folder, or give the options in {}",
                  options.out.string(),
                  described.string());
    }
    return {};
  }
  fs::create_directories(options.out, error);
  if (error) {
    return fail(Errc::kIo, "{}: {}", options.out.string(), error.message());
  }
  return write_text(described, description);
}

/// The velocity models of samples first to first + count - 1.
std::vector<float> draw_models(const SynthFwiOptions& options,
                               std::size_t layers,
                               std::int64_t first,
                               std::int64_t count) {
  const VelocityRecipe& recipe = velocity_recipe(*options.set);
  const auto sets = static_cast<std::int64_t>(openfwi_sets().size());
  const std::int64_t set = options.set - openfwi_sets().data();
  std::vector<float> models;
  for (std::int64_t sample = first; sample < first + count; ++sample) {
    Rng rng(options.seed, static_cast<std::uint64_t>(sample * sets + set));
    const std::vector<float> model = draw_velocity_model(recipe, layers, rng);
    models.insert(models.end(), model.begin(), model.end());
  }
  return models;
}

/// Two files that are written batch by batch.
struct ShardFiles {
  NpyWriter shots;
  NpyWriter velocities;

  static Result<ShardFiles> create(const SynthFwiOptions& options,
                                   const AcousticSurvey& survey,
                                   const PlannedShard& shard) {
    std::error_code error;
    for (const fs::path& file : {shard.shots, shard.velocities}) {
      const fs::path folder = (options.out / file).parent_path();
      fs::create_directories(folder, error);
      if (error) {
        return fail(Errc::kIo, "{}: {}", folder.string(), error.message());
      }
    }
    const auto axis = [](std::size_t size) { return static_cast<std::int64_t>(size); };
    auto shots = NpyWriter::create(options.out / shard.shots,
                                   {shard.count,
                                    axis(survey.source_columns.size()),
                                    axis(survey.times),
                                    axis(survey.offsets)});
    if (!shots) {
      return tl::unexpected(shots.error());
    }
    auto velocities =
        NpyWriter::create(options.out / shard.velocities,
                          {shard.count, 1, axis(survey.depths), axis(survey.offsets)});
    if (!velocities) {
      return tl::unexpected(velocities.error());
    }
    return ShardFiles{std::move(*shots), std::move(*velocities)};
  }

  Result<void> append(const std::vector<float>& records, const std::vector<float>& models) {
    if (auto appended = shots.append(records); !appended) {
      return appended;
    }
    return velocities.append(models);
  }

  /// Velocities first: a shard is whole when its shots have their name.
  Result<void> finish() {
    if (auto finished = velocities.finish(); !finished) {
      return finished;
    }
    return shots.finish();
  }
};

/// Draws, computes and writes shards. Drawing the next batch and writing the last one goes on while
/// a batch is computed.
class Synthesis {
 public:
  Synthesis(const SynthFwiOptions& options,
            const AcousticSurvey& survey,
            AcousticSolver& solver,
            const std::function<void(std::int64_t)>& progress)
      : options_(options), survey_(survey), solver_(solver), progress_(progress) {}

  Result<void> make(const PlannedShard& shard, SynthFwiReport& report) {
    auto files = ShardFiles::create(options_, survey_, shard);
    if (!files) {
      return tl::unexpected(files.error());
    }
    std::vector<float> models =
        draw_models(options_, shard.layers, shard.first, std::min(kBatch, shard.count));
    std::future<Result<void>> written;
    for (std::int64_t done = 0; done < shard.count; done += kBatch) {
      const std::int64_t count = std::min(kBatch, shard.count - done);
      const std::int64_t after = std::min(kBatch, shard.count - done - count);
      auto next = std::async(std::launch::async, [this, &shard, done, count, after] {
        return draw_models(options_, shard.layers, shard.first + done + count, after);
      });
      std::vector<float> records(static_cast<std::size_t>(count) * survey_.record_values());
      if (auto computed = solver_.simulate(models, records); !computed) {
        return computed;
      }
      const auto [least, greatest] = std::minmax_element(records.begin(), records.end());
      report.amplitude_min = std::min(report.amplitude_min, *least);
      report.amplitude_max = std::max(report.amplitude_max, *greatest);
      if (written.valid()) {
        if (auto result = written.get(); !result) {
          return result;
        }
      }
      written = std::async(std::launch::async,
                           [&files, records = std::move(records), models = std::move(models)] {
                             return files->append(records, models);
                           });
      models = next.get();
      report.samples += count;
      progress_(report.samples);
    }
    if (auto result = written.get(); !result) {
      return result;
    }
    return files->finish();
  }

 private:
  const SynthFwiOptions& options_;
  const AcousticSurvey& survey_;
  AcousticSolver& solver_;
  const std::function<void(std::int64_t)>& progress_;
};

Result<void> write_lists(const SynthFwiOptions& options, const std::vector<PlannedShard>& shards) {
  std::string stem(options.set->name);
  std::replace(stem.begin(), stem.end(), '-', '_');
  for (const auto& [part, ending] : {std::pair{InversionPart::kTraining, "train"},
                                     std::pair{InversionPart::kValidation, "val"}}) {
    const fs::path path = options.out / fmt::format("{}_{}.txt", stem, ending);
    if (auto written = write_text(path, openfwi_list(shards, part)); !written) {
      return written;
    }
  }
  return {};
}

}  // namespace

Result<SynthFwiReport> synthesise_fwi(const SynthFwiOptions& options,
                                      const std::function<void(std::int64_t samples)>& progress) {
  const AcousticSurvey survey;
  auto solver = make_acoustics(survey, options.device, options.threads);
  if (!solver) {
    return tl::unexpected(solver.error());
  }
  if (auto prepared = prepare(options); !prepared) {
    return tl::unexpected(prepared.error());
  }
  const std::vector<PlannedShard> shards =
      plan_openfwi(*options.set, options.samples, options.shard_samples);
  SynthFwiReport report;
  report.shards = static_cast<std::int64_t>(shards.size());
  report.device = (*solver)->device();
  Synthesis synthesis(options, survey, **solver, progress);
  const auto begin = std::chrono::steady_clock::now();
  for (const PlannedShard& shard : shards) {
    report.held_out += shard.part == InversionPart::kValidation ? shard.count : 0;
    std::error_code error;
    if (fs::exists(options.out / shard.shots, error) &&
        fs::exists(options.out / shard.velocities, error)) {
      report.resumed += shard.count;
      report.samples += shard.count;
      progress(report.samples);
      continue;
    }
    if (auto made = synthesis.make(shard, report); !made) {
      return tl::unexpected(made.error());
    }
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  report.samples_per_s =
      static_cast<double>(report.samples - report.resumed) / std::max(1e-9, elapsed.count());
  if (auto written = write_lists(options, shards); !written) {
    return tl::unexpected(written.error());
  }
  return report;
}

}  // namespace geod::trainer
