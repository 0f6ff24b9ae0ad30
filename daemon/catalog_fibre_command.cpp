#include "daemon/catalog_fibre_command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/catalog_options.hpp"
#include "daemon/waterfall_command.hpp"

namespace geod {
namespace {

void add_detection_filters(CLI::App& command, CatalogOptions& options) {
  command
      .add_option(
          "--fibre", options.stations, "NET.CABLE with wildcards * ? [..] (may be given again)")
      ->type_name("NET.CABLE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option(
          "--first-channel", options.first_channel, "Those that reach this channel or above")
      ->type_name("NUMBER");
  command
      .add_option("--last-channel", options.last_channel, "Those that reach this channel or below")
      ->type_name("NUMBER");
  command.add_option("--min-channels", options.min_channels, "On at least so many channels")
      ->type_name("CHANNELS")
      ->check(CLI::NonNegativeNumber.description(""));
  command.add_option("--min-probability", options.min_probability, "Mean over the mask, 0 to 1")
      ->type_name("FRACTION")
      ->check(CLI::Range(0.0, 1.0).description(""));
  command.add_option("--model", options.model, "Id of the model, with wildcards")
      ->type_name("MODEL");
  command
      .add_option("--adapter",
                  options.adapter,
                  "Id of the adapter, with wildcards; empty: those of the model's own head")
      ->type_name("ADAPTER");
}

void add_detections_command(CLI::App& catalog,
                            const std::shared_ptr<CatalogOptions>& options,
                            CommandContext& context) {
  CLI::App* command =
      catalog.add_subcommand("detections", "List events on fibres in the order of their starts");
  add_span_options(*command, *options);
  add_detection_filters(*command, *options);
  add_output_options(*command, *options, context);
  command->footer(fmt::format(
      "A detection belongs to a span when its mask reaches into it.\n"
      "Examples:\n"
      "  geod catalog detections --order newest --limit 20\n"
      "  geod catalog detections --from 2019-04-27 --to 2019-04-28 --fibre 'XX.*' --json\n"
      "  geod catalog detections --first-channel 400 --last-channel 900 --min-probability 0.8\n"
      "Table: channels are the numbers along the fibre between which the mask lies, touched how\n"
      "many of them it has; prob is the mean of the mask; km/s the apparent velocity along the\n"
      "fibre, negative towards lower channels; P and S how many channels have an arrival.\n"
      "CSV and JSON: detection_id, fibre, from, to, duration_s, first_channel, last_channel,\n"
      "channels, channel_spacing_m, mean_probability, max_probability, apparent_velocity_m_s,\n"
      "p_arrivals, s_arrivals, model_id, model_hash, adapter_id, adapter_hash, inserted. What is\n"
      "not known is empty or null.\n{}",
      kCatalogExitCodes));
  command->callback(
      [options, &context] { context.exit_code = list_detections(*options, context); });
}

void add_arrivals_command(CLI::App& catalog,
                          const std::shared_ptr<CatalogOptions>& options,
                          CommandContext& context) {
  CLI::App* command =
      catalog.add_subcommand("arrivals", "List the arrivals of a detection, channel by channel");
  add_detection_argument(*command, *options);
  command->add_flag(
      "--picks", options->picks, "One for each aperture of the fibre instead of each channel");
  add_output_options(*command, *options, context);
  command->footer(fmt::format(
      "distance_m is channel times spacing, where the stream told the spacing; uncertainty_s one\n"
      "standard deviation; source: trace, or mask where the trace showed no clear onset.\n"
      "With --picks also first_channel and last_channel of the aperture, and of how many arrivals\n"
      "a pick was made; its time is that at its channel.\n"
      "Examples:\n"
      "  geod catalog arrivals 5ab1c0ffee5ab1c0 --format csv > arrivals.csv\n"
      "  geod catalog arrivals 5ab1c0ffee5ab1c0 --picks --json\n{}",
      kCatalogExitCodes));
  command->callback([options, &context] { context.exit_code = list_arrivals(*options, context); });
}

}  // namespace

void add_fibre_commands(CLI::App& catalog,
                        const std::shared_ptr<CatalogOptions>& options,
                        CommandContext& context) {
  add_detections_command(catalog, options, context);
  add_arrivals_command(catalog, options, context);
  add_waterfall_command(catalog, options, context);
}

}  // namespace geod
