#include "core/source_id.hpp"

#include <unordered_set>

#include <gtest/gtest.h>

namespace geod {
namespace {

TEST(SourceId, TakesABareOrientation) {
  const SourceId id = *SourceId::from_seed("XD", "W001", "", "Z");
  EXPECT_EQ(id.to_string(), "FDSN:XD_W001____Z");
  EXPECT_EQ(id.seed_id(), "XD.W001..Z");
  EXPECT_EQ(*SourceId::parse(id.to_string()), id);
}

TEST(SourceId, ConvertsSeedCodesBothWays) {
  const SourceId id = *SourceId::from_seed("CI", "CLC  ", "  ", "HHZ");
  EXPECT_EQ(id.to_string(), "FDSN:CI_CLC__H_H_Z");
  EXPECT_EQ(id.seed_id(), "CI.CLC..HHZ");
  EXPECT_EQ(*SourceId::parse(id.to_string()), id);
}

TEST(SourceId, KeepsLongCodesWhole) {
  const SourceId id = *SourceId::parse("FDSN:XX2002_LONGSTAT_00_H_SF_N1");
  EXPECT_EQ(id.network, "XX2002");
  EXPECT_EQ(id.source, "SF");
  EXPECT_EQ(id.to_string(), "FDSN:XX2002_LONGSTAT_00_H_SF_N1");
}

TEST(SourceId, RefusesBadCodes) {
  EXPECT_EQ(SourceId::from_seed("CI", "", "", "HHZ").error().code, Errc::kCorruptRecord);
  EXPECT_FALSE(SourceId::from_seed("CI", "CLC", "--", "HHZ").has_value());
  EXPECT_FALSE(SourceId::from_seed("CI", "CLC", "", "HH").has_value());
  EXPECT_FALSE(SourceId::from_seed("CI", "CLC", "", "").has_value());
  EXPECT_FALSE(SourceId::parse("FDSN:CI_CLC__H__Z").has_value());
  EXPECT_FALSE(SourceId::from_seed("ci", "CLC", "", "HHZ").has_value());
  EXPECT_FALSE(SourceId::from_seed("CI", "CL\x01", "", "HHZ").has_value());
  EXPECT_FALSE(SourceId::parse("CI_CLC__H_H_Z").has_value());
  EXPECT_FALSE(SourceId::parse("FDSN:CI_CLC__H_H").has_value());
  EXPECT_FALSE(SourceId::parse("FDSN:CI_CLC__H_H_Z_Q").has_value());
  EXPECT_FALSE(SourceId::parse("FDSN:CI_NINECHARS__H_H_Z").has_value());
}

TEST(SourceId, ComponentsOfOneInstrumentShareItsId) {
  const SourceId z = *SourceId::from_seed("CI", "CLC", "", "HHZ");
  const SourceId n = *SourceId::from_seed("CI", "CLC", "", "HHN");
  const SourceId accelerometer = *SourceId::from_seed("CI", "CLC", "", "HNZ");
  EXPECT_EQ(z.instrument_id(), n.instrument_id());
  EXPECT_NE(z.instrument_id(), accelerometer.instrument_id());
  EXPECT_EQ(z.instrument_id().to_string(), "CI.CLC..HH");
  EXPECT_NE(std::hash<SourceId>{}(z), std::hash<SourceId>{}(n));
}

}  // namespace
}  // namespace geod
