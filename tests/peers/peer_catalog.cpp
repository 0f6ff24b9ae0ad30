// What geod's inventory and travel times say, for the peers in Python to judge.
//
//   geod_peer_catalog times MODEL < lines `distance_km depth_km`   prints `P S`, seconds
//   geod_peer_catalog inventory FILE                               prints every epoch and stage
//   geod_peer_catalog response FILE < lines `SEED_ID TIME FREQUENCY_HZ`
//       prints `REAL IMAGINARY` of the response, counts a metre, or `- REASON`
#include <array>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "catalog/frequency_response.hpp"
#include "catalog/inventory.hpp"
#include "catalog/travel_times.hpp"

namespace {

using namespace geod;           // NOLINT(google-build-using-namespace): a single-file program
using namespace geod::catalog;  // NOLINT(google-build-using-namespace)

int complain(const Error& error) {
  std::cerr << error.what << '\n';
  return 1;
}

int print_times(const std::string& name) {
  const auto model = find_velocity_model(name);
  if (!model) {
    return complain(model.error());
  }
  const auto times = TravelTimes::make(*model, TravelTimeRange{}, 2);
  if (!times) {
    return complain(times.error());
  }
  double distance_km = 0.0;
  double depth_km = 0.0;
  while (std::cin >> distance_km >> depth_km) {
    fmt::print("{:.6f} {:.6f}\n",
               times->first_arrival(Phase::kP, distance_km, depth_km).time_s,
               times->first_arrival(Phase::kS, distance_km, depth_km).time_s);
  }
  return 0;
}

void print_stage(const ResponseStage& stage) {
  fmt::print("stage {} {} {}", stage.number, stage.gain, stage.gain_frequency_hz);
  if (stage.decimation) {
    fmt::print(" decimation {} {}", stage.decimation->input_rate_hz, stage.decimation->factor);
  }
  if (const auto* poles_zeros = std::get_if<PolesZeros>(&stage.filter)) {
    fmt::print(" poles_zeros {}", poles_zeros->normalization_factor);
    for (const auto& values : {poles_zeros->zeros, poles_zeros->poles}) {
      for (const std::complex<double>& value : values) {
        fmt::print(" {} {}", value.real(), value.imag());
      }
    }
  } else if (const auto* coefficients = std::get_if<Coefficients>(&stage.filter)) {
    fmt::print(" coefficients");
    for (const double value : coefficients->numerator) {
      fmt::print(" {}", value);
    }
  }
  fmt::print("\n");
}

int print_inventory(const std::string& path) {
  const auto inventory = read_inventory(path);
  if (!inventory) {
    return complain(inventory.error());
  }
  for (const ChannelEpoch& channel : inventory->channels()) {
    const bool open = channel.epoch.end == Time::max();
    fmt::print("channel {} {} {} {} {} {} {} {}\n",
               channel.source_id.seed_id(),
               to_iso(channel.epoch.start),
               open ? "open" : to_iso(channel.epoch.end),
               channel.position.latitude_deg,
               channel.position.longitude_deg,
               channel.position.elevation_m,
               channel.position.depth_m,
               channel.sample_rate_hz.value_or(0.0));
    if (channel.response != nullptr) {
      for (const ResponseStage& stage : channel.response->stages) {
        print_stage(stage);
      }
    }
  }
  return 0;
}

SourceId channel_of(const std::string& seed_id) {
  std::array<std::string, 4> codes;
  std::istringstream parts(seed_id);
  for (std::string& code : codes) {
    std::getline(parts, code, '.');
  }
  return SourceId::from_seed(codes[0], codes[1], codes[2], codes[3]).value();
}

Result<FrequencyResponse> response_of(const Inventory& inventory,
                                      const std::string& seed_id,
                                      const std::string& time) {
  const ChannelEpoch* channel = inventory.channel_at(channel_of(seed_id), parse_iso(time).value());
  if (channel == nullptr || channel->response == nullptr) {
    return fail(Errc::kNotFound, "no response of {} at {}", seed_id, time);
  }
  return FrequencyResponse::make(*channel->response);
}

int print_responses(const std::string& path) {
  const auto inventory = read_inventory(path);
  if (!inventory) {
    return complain(inventory.error());
  }
  std::string seed_id;
  std::string time;
  double frequency_hz = 0.0;
  while (std::cin >> seed_id >> time >> frequency_hz) {
    const auto response = response_of(*inventory, seed_id, time);
    if (!response) {
      fmt::print("- {}\n", response.error().what);
      continue;
    }
    const std::complex<double> value = response->per_metre(frequency_hz);
    fmt::print("{:.12e} {:.12e}\n", value.real(), value.imag());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc == 3 ? argv[1] : "";
  if (what == "times") {
    return print_times(argv[2]);
  }
  if (what == "inventory") {
    return print_inventory(argv[2]);
  }
  if (what == "response") {
    return print_responses(argv[2]);
  }
  std::cerr << "usage: geod_peer_catalog times MODEL | inventory FILE | response FILE\n";
  return 2;
}
