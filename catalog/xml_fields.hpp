#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/inventory.hpp"

namespace pugi {
class xml_node;
}

namespace geod::catalog {

/// Reads elements of a StationXML or QuakeML file by name and keeps the first fault it meets, so
/// that the code that reads need not ask after every field. Names are those without the prefix,
/// which is the one of `root`.
///
/// Thread-confined; `root` must outlive it. Internal to catalog/: only the readers of XML include
/// it.
class XmlFields {
 public:
  explicit XmlFields(const pugi::xml_node& root);

  /// What the faults from now on are of, e.g. "XX.HILL.00.HHZ".
  void set_place(std::string place) { place_ = std::move(place); }
  void fault(const std::string& what);
  bool has_fault() const { return !fault_.empty(); }
  const std::string& fault() const { return fault_; }

  bool is(const pugi::xml_node& node, std::string_view name) const;
  /// An empty node when there is none.
  pugi::xml_node child(const pugi::xml_node& parent, std::string_view name) const;
  std::vector<pugi::xml_node> children(const pugi::xml_node& parent, std::string_view name) const;

  /// Without blanks at its ends; empty when there is none.
  std::string text(const pugi::xml_node& parent, std::string_view name) const;
  /// Of an element that must be there. 0 after a fault.
  double number(const pugi::xml_node& parent, std::string_view name);
  std::optional<double> optional_number(const pugi::xml_node& parent, std::string_view name);
  double number_of(const pugi::xml_node& node);
  /// `lowest` after a fault.
  int whole(std::string_view text, std::string_view name, int lowest, int highest);
  /// From the attributes startDate and endDate.
  Epoch epoch(const pugi::xml_node& node);

 private:
  std::string prefix_;
  std::string place_;
  std::string fault_;
};

}  // namespace geod::catalog
