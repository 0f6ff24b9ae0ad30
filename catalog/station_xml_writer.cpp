#include "catalog/station_xml_writer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "catalog/clean_text.hpp"
#include "catalog/inventory_tree.hpp"
#include "catalog/xml_build.hpp"

namespace geod::catalog {
namespace {

/// A text that the schema wants even when it is empty.
void add_required(pugi::xml_node& parent, const char* name, std::string_view text) {
  pugi::xml_node node = add_element(parent, name);
  node.text().set(clean_text(text).c_str());
}

void add_units(pugi::xml_node& parent, const char* name, std::string_view units) {
  pugi::xml_node node = add_element(parent, name);
  add_required(node, "Name", units);
}

void set_epoch(pugi::xml_node& node, const Epoch& epoch) {
  if (epoch.start != Time::min()) {
    set_attribute(node, "startDate", to_iso(epoch.start));
  }
  if (epoch.end != Time::max()) {
    set_attribute(node, "endDate", to_iso(epoch.end));
  }
}

void add_position(pugi::xml_node& node, const Position& position) {
  add_number(node, "Latitude", position.latitude_deg);
  add_number(node, "Longitude", position.longitude_deg);
  add_number(node, "Elevation", position.elevation_m);
}

const char* word_of(PoleUnit unit) {
  switch (unit) {
    case PoleUnit::kRadiansPerSecond:
      return "LAPLACE (RADIANS/SECOND)";
    case PoleUnit::kHertz:
      return "LAPLACE (HERTZ)";
    case PoleUnit::kDigital:
      break;
  }
  return "DIGITAL (Z-TRANSFORM)";
}

const char* word_of(FirSymmetry symmetry) {
  switch (symmetry) {
    case FirSymmetry::kEven:
      return "EVEN";
    case FirSymmetry::kOdd:
      return "ODD";
    case FirSymmetry::kNone:
      break;
  }
  return "NONE";
}

void add_roots(pugi::xml_node& parent,
               const char* name,
               const std::vector<std::complex<double>>& roots) {
  for (std::size_t i = 0; i < roots.size(); ++i) {
    pugi::xml_node node = add_element(parent, name);
    set_attribute(node, "number", std::to_string(i));
    add_exact(node, "Real", roots[i].real());
    add_exact(node, "Imaginary", roots[i].imag());
  }
}

void add_filter(pugi::xml_node& stage_node, const ResponseStage& stage, const PolesZeros& filter) {
  pugi::xml_node node = add_element(stage_node, "PolesZeros");
  add_units(node, "InputUnits", stage.input_units);
  add_units(node, "OutputUnits", stage.output_units);
  add_text(node, "PzTransferFunctionType", word_of(filter.unit));
  add_exact(node, "NormalizationFactor", filter.normalization_factor);
  add_exact(node, "NormalizationFrequency", filter.normalization_frequency_hz);
  add_roots(node, "Zero", filter.zeros);
  add_roots(node, "Pole", filter.poles);
}

void add_filter(pugi::xml_node& stage_node,
                const ResponseStage& stage,
                const Coefficients& filter) {
  const bool is_fir = filter.denominator.empty();
  pugi::xml_node node = add_element(stage_node, is_fir ? "FIR" : "Coefficients");
  add_units(node, "InputUnits", stage.input_units);
  add_units(node, "OutputUnits", stage.output_units);
  add_text(node,
           is_fir ? "Symmetry" : "CfTransferFunctionType",
           is_fir ? word_of(filter.symmetry) : "DIGITAL");
  // Of a symmetric filter the first half is written, with the middle of an odd one.
  const std::size_t written = filter.symmetry == FirSymmetry::kNone
                                  ? filter.numerator.size()
                                  : (filter.numerator.size() + 1) / 2;
  for (std::size_t i = 0; i < written; ++i) {
    add_exact(node, is_fir ? "NumeratorCoefficient" : "Numerator", filter.numerator[i]);
  }
  for (const double value : filter.denominator) {
    add_exact(node, "Denominator", value);
  }
}

void add_stage(pugi::xml_node& response, const ResponseStage& stage) {
  pugi::xml_node node = add_element(response, "Stage");
  set_attribute(node, "number", std::to_string(stage.number));
  if (const auto* poles_zeros = std::get_if<PolesZeros>(&stage.filter)) {
    add_filter(node, stage, *poles_zeros);
  } else if (const auto* coefficients = std::get_if<Coefficients>(&stage.filter)) {
    add_filter(node, stage, *coefficients);
  }
  if (stage.decimation) {
    pugi::xml_node decimation = add_element(node, "Decimation");
    add_exact(decimation, "InputSampleRate", stage.decimation->input_rate_hz);
    add_text(decimation, "Factor", std::to_string(stage.decimation->factor));
    add_text(decimation, "Offset", std::to_string(stage.decimation->offset));
    add_exact(decimation, "Delay", stage.decimation->delay_s);
    add_exact(decimation, "Correction", stage.decimation->correction_s);
  }
  pugi::xml_node gain = add_element(node, "StageGain");
  add_exact(gain, "Value", stage.gain);
  add_exact(gain, "Frequency", stage.gain_frequency_hz);
}

/// The first stage that is not kept as it was read; null when all are.
const ResponseStage* stage_not_kept(const InstrumentResponse& response) {
  const auto found =
      std::find_if(response.stages.begin(), response.stages.end(), [](const ResponseStage& stage) {
        return std::holds_alternative<OtherFilter>(stage.filter);
      });
  return found == response.stages.end() ? nullptr : &*found;
}

void add_response(pugi::xml_node& channel, const InstrumentResponse& response) {
  pugi::xml_node node = add_element(channel, "Response");
  if (response.sensitivity) {
    pugi::xml_node sensitivity = add_element(node, "InstrumentSensitivity");
    add_exact(sensitivity, "Value", response.sensitivity->value);
    add_exact(sensitivity, "Frequency", response.sensitivity->frequency_hz);
    add_units(sensitivity, "InputUnits", response.sensitivity->input_units);
    add_units(sensitivity, "OutputUnits", response.sensitivity->output_units);
  }
  if (stage_not_kept(response) == nullptr) {
    for (const ResponseStage& stage : response.stages) {
      add_stage(node, stage);
    }
  }
}

void add_channel(pugi::xml_node& station, const ChannelEpoch& channel, bool with_response) {
  const SourceId& id = channel.source_id;
  pugi::xml_node node = add_element(station, "Channel");
  set_attribute(node, "code", id.band + id.source + id.subsource);
  set_attribute(node, "locationCode", id.location);
  set_epoch(node, channel.epoch);
  const ResponseStage* left_out =
      with_response && channel.response ? stage_not_kept(*channel.response) : nullptr;
  if (left_out != nullptr) {
    pugi::xml_node comment = add_element(node, "Comment");
    add_text(comment,
             "Value",
             fmt::format("stage {} of the response ({}) is not kept by geod: the stages are left "
                         "out",
                         left_out->number,
                         std::get<OtherFilter>(left_out->filter).kind));
  }
  add_position(node, channel.position);
  add_number(node, "Depth", channel.position.depth_m);
  add_number(node, "Azimuth", channel.azimuth_deg);
  add_number(node, "Dip", channel.dip_deg);
  add_number(node, "SampleRate", channel.sample_rate_hz);
  if (with_response && channel.response) {
    add_response(node, *channel.response);
  }
}

std::string station_piece(const StationBranch& branch, StationLevel level) {
  pugi::xml_document document;
  pugi::xml_node root = document;
  pugi::xml_node node = add_element(root, "Station");
  set_attribute(node, "code", branch.station.station.station);
  set_epoch(node, branch.station.epoch);
  add_position(node, branch.station.position);
  pugi::xml_node site = add_element(node, "Site");
  add_required(site, "Name", branch.station.site);
  if (level >= StationLevel::kChannel) {
    for (const ChannelEpoch* channel : branch.channels) {
      add_channel(node, *channel, level == StationLevel::kResponse);
    }
  }
  return printed(node, 2);
}

std::string head(const StationXmlInfo& info) {
  pugi::xml_document document;
  pugi::xml_node root = document;
  pugi::xml_node all = add_element(root, "all");
  add_required(all, "Source", info.source);
  add_text(all, "Module", info.module);
  add_time(all, "Created", info.created);
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<FDSNStationXML xmlns=\"http://www.fdsn.org/xml/station/1\" schemaVersion=\"1.2\">\n";
  for (const pugi::xml_node& child : all.children()) {
    text += printed(child, 1);
  }
  return text;
}

/// The start tag of a network with what comes before its stations.
std::string network_start(const NetworkBranch& network) {
  pugi::xml_document document;
  pugi::xml_node root = document;
  pugi::xml_node node = add_element(root, "Network");
  set_attribute(node, "code", network.code);
  set_epoch(node, network.epoch);
  add_text(node, "TotalNumberStations", std::to_string(network.stations));
  std::string text = printed(node, 1);
  text.resize(text.rfind("</Network>"));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

}  // namespace

Result<StationLevel> parse_station_level(std::string_view text) {
  constexpr std::array<std::string_view, 4> kNames{"network", "station", "channel", "response"};
  const auto found = std::find(kNames.begin(), kNames.end(), text);
  if (found == kNames.end()) {
    return fail(Errc::kConfig, "level '{}': it is network, station, channel or response", text);
  }
  return static_cast<StationLevel>(found - kNames.begin());
}

void write_station_xml(const Inventory& inventory,
                       StationLevel level,
                       const StationXmlInfo& info,
                       const TextSink& sink) {
  sink(head(info));
  for (const NetworkBranch& network : tree_of(inventory)) {
    sink(network_start(network));
    if (level >= StationLevel::kStation) {
      for (const StationBranch& branch : network.branches) {
        sink(station_piece(branch, level));
      }
    }
    sink("  </Network>\n");
  }
  sink("</FDSNStationXML>\n");
}

}  // namespace geod::catalog
