#include "catalog/station_xml.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <pugixml.hpp>

#include "catalog/xml_fields.hpp"

namespace geod::catalog {
namespace {

constexpr std::size_t kMaxChannels = 100'000;
constexpr std::size_t kMaxStages = 100;
constexpr std::size_t kMaxCoefficients = 20'000;
constexpr int kMaxDecimation = 1'000'000;

std::string units(XmlFields& xml, const pugi::xml_node& filter, const char* which) {
  return xml.text(xml.child(filter, which), "Name");
}

void bound(XmlFields& xml, std::size_t count) {
  if (count > kMaxCoefficients) {
    xml.fault(fmt::format("a stage with more than {} coefficients", kMaxCoefficients));
  }
}

std::vector<std::complex<double>> complex_numbers(XmlFields& xml,
                                                  const pugi::xml_node& parent,
                                                  const char* name) {
  std::vector<std::complex<double>> values;
  for (const pugi::xml_node& node : xml.children(parent, name)) {
    values.emplace_back(xml.number(node, "Real"), xml.number(node, "Imaginary"));
  }
  bound(xml, values.size());
  return values;
}

std::vector<double> numbers(XmlFields& xml, const pugi::xml_node& parent, const char* name) {
  std::vector<double> values;
  for (const pugi::xml_node& node : xml.children(parent, name)) {
    values.push_back(xml.number_of(node));
  }
  bound(xml, values.size());
  return values;
}

PolesZeros poles_zeros(XmlFields& xml, const pugi::xml_node& node) {
  PolesZeros filter;
  const std::string type = xml.text(node, "PzTransferFunctionType");
  if (type == "LAPLACE (RADIANS/SECOND)") {
    filter.unit = PoleUnit::kRadiansPerSecond;
  } else if (type == "LAPLACE (HERTZ)") {
    filter.unit = PoleUnit::kHertz;
  } else if (type == "DIGITAL (Z-TRANSFORM)") {
    filter.unit = PoleUnit::kDigital;
  } else {
    xml.fault("PzTransferFunctionType '" + type + "'");
  }
  filter.normalization_factor = xml.number(node, "NormalizationFactor");
  filter.normalization_frequency_hz = xml.number(node, "NormalizationFrequency");
  filter.zeros = complex_numbers(xml, node, "Zero");
  filter.poles = complex_numbers(xml, node, "Pole");
  return filter;
}

/// All coefficients of a filter of which a half is written: of an even number, or of an odd one,
/// the last written being the middle.
std::vector<double> unfolded(std::vector<double> half, bool odd) {
  const std::size_t mirrored = half.size() - (odd && !half.empty() ? 1 : 0);
  half.reserve(half.size() + mirrored);
  for (std::size_t i = mirrored; i > 0; --i) {
    half.push_back(half[i - 1]);
  }
  return half;
}

Coefficients fir(XmlFields& xml, const pugi::xml_node& node) {
  std::vector<double> written = numbers(xml, node, "NumeratorCoefficient");
  const std::string symmetry = xml.text(node, "Symmetry");
  if (symmetry == "NONE") {
    return {std::move(written), {}, FirSymmetry::kNone};
  }
  if (symmetry != "EVEN" && symmetry != "ODD") {
    xml.fault("Symmetry '" + symmetry + "'");
  }
  const bool odd = symmetry == "ODD";
  return {unfolded(std::move(written), odd), {}, odd ? FirSymmetry::kOdd : FirSymmetry::kEven};
}

void read_filter(XmlFields& xml, const pugi::xml_node& node, ResponseStage& stage) {
  if (const auto found = xml.child(node, "PolesZeros")) {
    stage.filter = poles_zeros(xml, found);
  } else if (const auto fir_node = xml.child(node, "FIR")) {
    stage.filter = fir(xml, fir_node);
  } else if (const auto coefficients = xml.child(node, "Coefficients")) {
    if (xml.text(coefficients, "CfTransferFunctionType") == "DIGITAL") {
      stage.filter = Coefficients{numbers(xml, coefficients, "Numerator"),
                                  numbers(xml, coefficients, "Denominator"),
                                  FirSymmetry::kNone};
    } else {
      stage.filter = OtherFilter{"Coefficients, analogue"};
    }
  } else {
    for (const char* other : {"Polynomial", "ResponseList"}) {
      if (xml.child(node, other)) {
        stage.filter = OtherFilter{other};
      }
    }
  }
}

ResponseStage response_stage(XmlFields& xml, const pugi::xml_node& node) {
  ResponseStage stage;
  stage.number = xml.whole(node.attribute("number").value(), "Stage number", 0, 1'000);
  read_filter(xml, node, stage);
  for (const char* kind : {"PolesZeros", "FIR", "Coefficients", "Polynomial", "ResponseList"}) {
    if (const auto filter = xml.child(node, kind)) {
      stage.input_units = units(xml, filter, "InputUnits");
      stage.output_units = units(xml, filter, "OutputUnits");
    }
  }
  if (const auto gain = xml.child(node, "StageGain")) {
    stage.gain = xml.number(gain, "Value");
    stage.gain_frequency_hz = xml.number(gain, "Frequency");
  }
  if (const auto found = xml.child(node, "Decimation")) {
    stage.decimation = Decimation{xml.number(found, "InputSampleRate"),
                                  xml.whole(xml.text(found, "Factor"), "Factor", 0, kMaxDecimation),
                                  xml.number(found, "Delay"),
                                  xml.number(found, "Correction")};
    if (const std::string offset = xml.text(found, "Offset"); !offset.empty()) {
      stage.decimation->offset = xml.whole(offset, "Offset", 0, kMaxDecimation);
    }
  }
  return stage;
}

std::shared_ptr<const InstrumentResponse> response_of(XmlFields& xml, const pugi::xml_node& node) {
  const auto response = std::make_shared<InstrumentResponse>();
  if (const auto found = xml.child(node, "InstrumentSensitivity")) {
    response->sensitivity = Sensitivity{xml.number(found, "Value"),
                                        xml.number(found, "Frequency"),
                                        units(xml, found, "InputUnits"),
                                        units(xml, found, "OutputUnits")};
  }
  for (const pugi::xml_node& stage : xml.children(node, "Stage")) {
    response->stages.push_back(response_stage(xml, stage));
    if (response->stages.size() > kMaxStages) {
      xml.fault(fmt::format("a response of more than {} stages", kMaxStages));
      return nullptr;
    }
  }
  std::stable_sort(
      response->stages.begin(),
      response->stages.end(),
      [](const ResponseStage& a, const ResponseStage& b) { return a.number < b.number; });
  // An empty <Response/> stands in files that leave the response out.
  return response->sensitivity || !response->stages.empty() ? response : nullptr;
}

Position position_of(XmlFields& xml, const pugi::xml_node& node, bool has_depth) {
  return {xml.number(node, "Latitude"),
          xml.number(node, "Longitude"),
          xml.number(node, "Elevation"),
          has_depth ? xml.number(node, "Depth") : 0.0};
}

/// Networks of one file, flattened.
struct Rows {
  std::vector<ChannelEpoch> channels;
  std::vector<StationEpoch> stations;
};

void read_channel(XmlFields& xml,
                  const pugi::xml_node& node,
                  const std::string& network,
                  const std::string& station,
                  Rows& rows) {
  const std::string location = node.attribute("locationCode").value();
  const std::string code = node.attribute("code").value();
  xml.set_place(fmt::format("{}.{}.{}.{}", network, station, location, code));
  const auto id = SourceId::from_seed(network, station, location == "--" ? "" : location, code);
  if (!id) {
    xml.fault(id.error().what);
    return;
  }
  ChannelEpoch channel;
  channel.source_id = *id;
  channel.epoch = xml.epoch(node);
  channel.position = position_of(xml, node, true);
  channel.sample_rate_hz = xml.optional_number(node, "SampleRate");
  channel.azimuth_deg = xml.optional_number(node, "Azimuth");
  channel.dip_deg = xml.optional_number(node, "Dip");
  if (const auto response = xml.child(node, "Response")) {
    channel.response = response_of(xml, response);
  }
  rows.channels.push_back(std::move(channel));
  if (rows.channels.size() > kMaxChannels) {
    xml.fault(fmt::format("more than {} epochs of channels", kMaxChannels));
  }
}

void read_station(XmlFields& xml,
                  const pugi::xml_node& node,
                  const std::string& network,
                  Rows& rows) {
  const std::string code = node.attribute("code").value();
  xml.set_place(network + "." + code);
  // Any channel code serves to have the codes of a station checked.
  const auto id = SourceId::from_seed(network, code, "", "HHZ");
  if (!id) {
    xml.fault(id.error().what);
    return;
  }
  rows.stations.push_back({id->station_id(),
                           xml.epoch(node),
                           position_of(xml, node, false),
                           xml.text(xml.child(node, "Site"), "Name")});
  for (const pugi::xml_node& channel : xml.children(node, "Channel")) {
    read_channel(xml, channel, network, code, rows);
    if (xml.has_fault()) {
      return;
    }
  }
}

}  // namespace

Result<Inventory> parse_station_xml(std::string_view text, const std::string& name) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(text.data(), text.size());
  if (!parsed) {
    return fail(Errc::kCorruptRecord,
                "{}: not XML at byte {}: {}",
                name,
                parsed.offset,
                parsed.description());
  }
  const pugi::xml_node root = document.document_element();
  XmlFields xml(root);
  if (!xml.is(root, "FDSNStationXML")) {
    return fail(
        Errc::kCorruptRecord, "{}: its root is <{:.40}>, not <FDSNStationXML>", name, root.name());
  }
  const std::string version = root.attribute("schemaVersion").value();
  if (version != "1" && !version.starts_with("1.")) {
    return fail(Errc::kUnsupported,
                "{}: StationXML of version '{:.40}'; geod reads 1.0 to 1.2",
                name,
                version);
  }
  Rows rows;
  for (const pugi::xml_node& network : xml.children(root, "Network")) {
    for (const pugi::xml_node& station : xml.children(network, "Station")) {
      read_station(xml, station, network.attribute("code").value(), rows);
      if (xml.has_fault()) {
        return fail(Errc::kCorruptRecord, "{}: {}", name, xml.fault());
      }
    }
  }
  auto inventory = Inventory::make(std::move(rows.channels), std::move(rows.stations));
  if (!inventory) {
    return fail(Errc::kCorruptRecord, "{}: {}", name, inventory.error().what);
  }
  return inventory;
}

}  // namespace geod::catalog
