#include "storage/station_import.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace geod::storage {
namespace {

Result<std::vector<StationSite>> read(const std::string& text) {
  std::istringstream csv(text);
  return read_stations_csv(csv, "sites.csv");
}

TEST(StationCsv, ReadsColumnsInAnyOrderWithQuotes) {
  const auto stations = read(
      "\xEF\xBB\xBFstation,network,site,longitude,latitude,elevation_m,operator\r\n"
      "CLC,CI,\"China Lake, \"\"CLC\"\"\",-117.6,35.8,775,Caltech\r\n"
      "\r\n"
      "SRT,CI,,-117.75,35.69,,\r\n");
  ASSERT_TRUE(stations) << stations.error().what;
  ASSERT_EQ(stations->size(), 2U);
  const StationSite& first = stations->front();
  EXPECT_EQ(first.id, (StationId{"CI", "CLC"}));
  EXPECT_EQ(first.site, "China Lake, \"CLC\"");
  EXPECT_EQ(first.latitude_deg, 35.8);
  EXPECT_EQ(first.longitude_deg, -117.6);
  EXPECT_EQ(first.elevation_m, 775.0);
  EXPECT_EQ(stations->back().elevation_m, std::nullopt);
}

TEST(StationCsv, NamesFileAndLineOfTheFirstFault) {
  const std::string header = "network,station,latitude,longitude,elevation_m\n";
  const struct {
    std::string text;
    const char* where;
  } cases[] = {
      {"", "sites.csv: no stations"},
      {header, "sites.csv: no stations"},
      {"network,station\nCI,CLC\n", "sites.csv:1: the header"},
      {header + "CI,CLC,35.8,-117.6,775\nCI,SRT,95,-117,1\n", "sites.csv:3:"},
      {header + "CI,CLC,35.8\n", "sites.csv:2:"},
      {header + "CI,CLC,nan,0,0\n", "sites.csv:2:"},
      {header + "CI,CLC,35.8x,0,0\n", "sites.csv:2:"},
      {header + "CI,CLC,35.8,0,high\n", "sites.csv:2: 'high' is not an elevation"},
      {header + "ci,clc,35.8,0,0\n", "sites.csv:2: 'ci.clc'"},
      {header + "CI,\"CLC,35.8,0,0\n", "sites.csv:2: a quote"},
      {header + std::string(100'000, 'x') + "\n", "sites.csv:2: longer"},
  };
  for (const auto& [text, where] : cases) {
    const auto stations = read(text);
    ASSERT_FALSE(stations) << where;
    EXPECT_EQ(stations.error().code, Errc::kConfig);
    EXPECT_NE(stations.error().what.find(where), std::string::npos) << stations.error().what;
  }
}

}  // namespace
}  // namespace geod::storage
