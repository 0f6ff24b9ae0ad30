#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/doctor_checks.hpp"
#include "daemon/engine_options.hpp"
#include "daemon/installation.hpp"
#include "models/engine.hpp"
#include "models/inversion.hpp"

namespace geod {

std::vector<Check> check_inversion(const config::Config& config) {
  const auto directory = find_inverter(config.models.inverter);
  if (!directory) {
    return {{"inverter", Verdict::kFail, directory.error().what, ""}};
  }
  if (!*directory) {
    return {};
  }
  std::vector<Check> checks;
  std::optional<models::Manifest> manifest;
  Check model = check_model(**directory, manifest);
  model.name = "inverter";
  checks.push_back(std::move(model));
  const auto module = models::ComputeModule::load();
  if (!manifest || !module) {
    return checks;  // check_engine speaks of the module
  }
  models::EngineOptions options = segmenter_options(config.models, **directory);
  options.task = models::Task::kFwi;
  const auto engine = module->open_inverter(options);
  if (!engine) {
    checks.push_back({"inversion", Verdict::kFail, engine.error().what, "see models.inverter"});
    return checks;
  }
  const models::EngineInfo& info = (*engine)->info();
  checks.push_back(
      {"inversion",
       Verdict::kOk,
       fmt::format(
           "{:.1f} maps a second on {}, {}", info.windows_per_s, info.device, info.precision),
       ""});
  return checks;
}

}  // namespace geod
