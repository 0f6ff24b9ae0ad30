#pragma once

#include <cstddef>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "config/catalog_config.hpp"
#include "config/fibres_config.hpp"
#include "config/schema.hpp"
#include "config/service_config.hpp"

namespace geod::config {

/// A list of mappings: `describe_item(visitor, item)` walks the keys of one.
template <class Item, class DescribeItem>
Items items_of(std::vector<Item>& values, std::size_t max_items, DescribeItem describe_item) {
  Items items;
  items.max_items = max_items;
  items.names.resize(values.size());
  items.reset = [&values](const std::vector<std::string>& names) {
    values.assign(names.size(), Item{});
  };
  items.visit = [&values, describe_item](std::size_t i, Visitor& visitor) {
    describe_item(visitor, values[i]);
  };
  items.visit_example = [describe_item](Visitor& visitor) {
    Item item;
    describe_item(visitor, item);
  };
  return items;
}

/// A mapping from names to mappings: `describe_item(visitor, item)` walks the keys of one.
template <class Item, class DescribeItem>
Items named_items_of(std::map<std::string, Item>& values,
                     std::size_t max_items,
                     DescribeItem describe_item) {
  Items items;
  items.max_items = max_items;
  for (const auto& [name, value] : values) {
    items.names.push_back(name);
  }
  items.reset = [&values](const std::vector<std::string>& names) {
    values.clear();
    for (const std::string& name : names) {
      values[name];
    }
  };
  items.visit = [&values, describe_item](std::size_t i, Visitor& visitor) {
    describe_item(visitor, std::next(values.begin(), static_cast<std::ptrdiff_t>(i))->second);
  };
  items.visit_example = [describe_item](Visitor& visitor) {
    Item item;
    describe_item(visitor, item);
  };
  return items;
}

/// The keys of the section `catalog`.
void describe_catalog(Visitor& visitor, CatalogConfig& config);

/// The keys of the section `fibres`.
void describe_fibres(Visitor& visitor, FibresConfig& config);

/// The keys of the section `service`.
void describe_service(Visitor& visitor, ServiceConfig& config);

}  // namespace geod::config
