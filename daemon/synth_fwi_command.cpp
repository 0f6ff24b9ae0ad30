#include "daemon/synth_fwi_command.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/enum_option.hpp"
#include "daemon/progress_line.hpp"
#include "trainer/synth_fwi.hpp"

namespace geod {
namespace {

constexpr const char* kFooter =
    "Writes shards of float32 as OpenFWI has them: shots [N,5,1000,70] (data/dataI.npy, or "
    "seisL_1_K.npy with L layers) and velocities [N,1,70,70] in m/s (model/modelI.npy, "
    "velL_1_K.npy); "
    "the lists ..._train.txt and ..._val.txt; openfwi.json. The last shards are for validation, in "
    "the "
    "share of the published set. A sample takes 1.42 MB.\n"
    "The same set, seed and number of samples give the same bytes with any threads; a GPU computes "
    "the "
    "same operations and is held to 1e-4. A run that was interrupted goes on when it is started "
    "again "
    "with the same options.\n"
    "The data are made from random numbers and resemble those of OpenFWI (CC BY-NC-SA 4.0); "
    "nothing of "
    "OpenFWI is in them, and no rights are reserved.\n\n"
    "Sets: FVA FVB (flat layers), CVA CVB (curved), FFA FFB (flat with faults), CFA CFB (curved "
    "with "
    "faults), STA STB (styles); A is the simpler one.\n\n"
    "Examples:\n"
    "  geod synth fwi --out openfwi/FVA --dataset FVA --count 500 --seed 1\n"
    "  geod synth fwi --out openfwi/CFB --dataset curvefault-b --count 54000 --device cuda\n"
    "  geod synth fwi --out small/STA --dataset STA --count 60 --shard-size 20 --json\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong command line.";

struct Options {
  trainer::SynthFwiOptions fwi;
  bool json = false;
};

void print(const Options& options, const trainer::SynthFwiReport& report) {
  const trainer::SynthFwiOptions& fwi = options.fwi;
  if (options.json) {
    const nlohmann::ordered_json object = {{"out", fwi.out.string()},
                                           {"dataset", fwi.set->code},
                                           {"seed", fwi.seed},
                                           {"samples", report.samples},
                                           {"held_out", report.held_out},
                                           {"shards", report.shards},
                                           {"resumed", report.resumed},
                                           {"device", report.device},
                                           {"samples_per_s", report.samples_per_s},
                                           {"amplitude_min", report.amplitude_min},
                                           {"amplitude_max", report.amplitude_max}};
    fmt::print("{}\n", object.dump());
    return;
  }
  fmt::print("{}: {} samples of {} ({} held out) in {} shards",
             fwi.out.string(),
             report.samples,
             fwi.set->code,
             report.held_out,
             report.shards);
  if (report.resumed > 0) {
    fmt::print(", {} of them from an earlier run", report.resumed);
  }
  if (report.resumed < report.samples) {
    fmt::print("; {:.1f} samples/s on {}; amplitudes {:.2f} to {:.2f}, published {:.2f} to {:.2f}",
               report.samples_per_s,
               report.device,
               report.amplitude_min,
               report.amplitude_max,
               fwi.set->amplitude_min,
               fwi.set->amplitude_max);
  }
  fmt::print("\n");
}

int run(const Options& options) {
  Result<trainer::SynthFwiReport> report;
  {
    ProgressLine progress("sample", options.fwi.samples);
    report = trainer::synthesise_fwi(options.fwi, [&](std::int64_t done) { progress.show(done); });
  }
  if (!report) {
    fmt::print(stderr, "geod synth: {}\n", report.error().what);
    return kExitFailure;
  }
  print(options, *report);
  return kExitOk;
}

/// The names of the sets, as the option takes and tells them.
std::string set_names() {
  std::string names;
  for (const trainer::OpenFwiSet& set : trainer::openfwi_sets()) {
    names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", set.code, set.name);
  }
  return names;
}

void add_set_option(CLI::App& fwi, trainer::SynthFwiOptions& options) {
  fwi.add_option_function<std::string>(
         "--dataset",
         [&options](const std::string& name) {
           const trainer::OpenFwiSet* set = trainer::find_openfwi_set(name);
           if (set == nullptr || set == &trainer::openfwi_union()) {
             throw CLI::ValidationError("--dataset",
                                        fmt::format("{} is none of {}", name, set_names()));
           }
           options.set = set;
         },
         "Set of OpenFWI that the models resemble: FVA, FVB, ... or flatvel-a, ...")
      ->required()
      ->type_name("NAME");
}

}  // namespace

void add_synth_fwi_command(CLI::App& synth, CommandContext& context) {
  auto options = std::make_shared<Options>();
  CLI::App* fwi =
      synth.add_subcommand("fwi", "Velocity models and their acoustic shots, as OpenFWI has them");
  fwi->footer(kFooter);
  fwi->add_option("--out",
                  options->fwi.out,
                  "Folder to write; new, empty, or begun by the same command. geod train knows the "
                  "set by its name")
      ->required()
      ->type_name("DIR");
  add_set_option(*fwi, options->fwi);
  constexpr std::int64_t kMostSamples = 10'000'000;
  fwi->add_option("--count", options->fwi.samples, "Samples to make")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostSamples))
      ->capture_default_str();
  fwi->add_option("--seed", options->fwi.seed, "Same seed and options, same files")
      ->type_name("N")
      ->capture_default_str();
  constexpr std::int64_t kMostInShard = 100'000;
  fwi->add_option("--shard-size", options->fwi.shard_samples, "Samples of a shard")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, kMostInShard))
      ->capture_default_str();
  constexpr std::size_t kMostThreads = 1024;
  fwi->add_option("--threads", options->fwi.threads, "Threads on the CPU; 0: one a core")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{0}, kMostThreads))
      ->capture_default_str();
  take_names_of<models::Device>(
      fwi->add_option_function<int>(
             "--device",
             [options](int value) { options->fwi.device = static_cast<models::Device>(value); },
             "auto: a CUDA device where one serves, else the CPU")
          ->type_name("NAME"),
      {{"auto", models::Device::kAuto},
       {"cpu", models::Device::kCpu},
       {"cuda", models::Device::kCuda}});
  fwi->add_flag("--json", options->json, "One JSON object");
  fwi->callback([options, &context] { context.exit_code = run(*options); });
}

}  // namespace geod
