#include "service/fdsn_parameters.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::array kKnown{ParameterInfo{"starttime", "start", "xs:dateTime"},
                            ParameterInfo{"minlatitude", "minlat", "xs:double", "-90"},
                            ParameterInfo{"limit", "", "xs:int"},
                            ParameterInfo{"location", "loc", "xs:string"},
                            ParameterInfo{"orderby", "", "xs:string", "time", "time,time-asc"},
                            ParameterInfo{"includearrivals", "", "xs:boolean", "false"}};
constexpr std::array<std::string_view, 2> kOrders{"time", "time-asc"};

Result<Parameters> read(const std::string& query) {
  return Parameters::read(*parse_target("/q?" + query), kKnown);
}

TEST(FdsnParameters, AliasesAreTheSameParameter) {
  auto parameters = read("start=2019-07-04&minlat=35.5&limit=7&loc=--,00&includearrivals=TRUE");
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->time("starttime"), *parse_iso("2019-07-04"));
  EXPECT_EQ(parameters->number("minlatitude", -90, 90), 35.5);
  EXPECT_EQ(parameters->integer("limit", 1, 10), 7);
  EXPECT_THAT(parameters->list("location"), ElementsAre("--", "00"));
  EXPECT_TRUE(parameters->flag("includearrivals"));
  EXPECT_EQ(parameters->one_of("orderby", kOrders), "time");
  EXPECT_FALSE(parameters->fault());
}

TEST(FdsnParameters, UnknownDoubleAndEmptyOnesAreFaults) {
  for (const char* query :
       {"nonsense=1", "start=2019-07-04&starttime=2019-07-04", "limit=", "limit"}) {
    EXPECT_FALSE(read(query)) << query;
  }
  EXPECT_TRUE(read("location="));
}

TEST(FdsnParameters, EveryKindRefusesWhatItIsNot) {
  for (const char* value : {"yesterday", "2019-13-01", "2019-07-04T25:00:00", "1.5"}) {
    auto parameters = read(std::string("start=") + value);
    EXPECT_FALSE(parameters->time("starttime"));
    ASSERT_TRUE(parameters->fault()) << value;
    EXPECT_THAT(parameters->fault()->what, HasSubstr("starttime"));
  }
  for (const char* value : {"north", "91", "nan", "inf", "1e999", "1x", "0x10"}) {
    auto parameters = read(std::string("minlat=") + value);
    parameters->number("minlatitude", -90, 90);
    EXPECT_TRUE(parameters->fault()) << value;
  }
  for (const char* value : {"0", "1.5", "99999999999999999999", "one"}) {
    auto parameters = read(std::string("limit=") + value);
    parameters->integer("limit", 1, 10);
    EXPECT_TRUE(parameters->fault()) << value;
  }
  auto parameters = read("orderby=size&includearrivals=perhaps");
  parameters->one_of("orderby", kOrders);
  EXPECT_THAT(parameters->fault()->what, HasSubstr("orderby"));
  parameters->flag("includearrivals");
  EXPECT_THAT(parameters->fault()->what, HasSubstr("orderby")) << "the first fault is kept";
}

TEST(FdsnParameters, PatternsHaveStarsAndQuestionMarks) {
  for (const auto& [pattern, text] :
       std::vector<std::pair<const char*, const char*>>{{"*", ""},
                                                        {"*", "CLC"},
                                                        {"C?C", "CLC"},
                                                        {"*C", "CLC"},
                                                        {"H*Z", "HHZ"},
                                                        {"**", "a"},
                                                        {"", ""},
                                                        {"*ab*ab*", "xabyabab"}}) {
    EXPECT_TRUE(fits_pattern(pattern, text)) << pattern << " " << text;
  }
  for (const auto& [pattern, text] : std::vector<std::pair<const char*, const char*>>{
           {"", "a"}, {"?", ""}, {"C?", "CLC"}, {"*C", "CLD"}, {"clc", "CLC"}, {"HH", "HHZ"}}) {
    EXPECT_FALSE(fits_pattern(pattern, text)) << pattern << " " << text;
  }
}

TEST(FdsnParameters, TheWadlNamesEveryParameterAndTheAddressOfTheClient) {
  constexpr std::array<std::string_view, 1> kOthers{"catalogs"};
  const std::string xml = wadl("http://here:1", "event", kKnown, kOthers);
  EXPECT_THAT(xml, HasSubstr("<resources base=\"http://here:1/fdsnws/event/1/\">"));
  for (const ParameterInfo& info : kKnown) {
    EXPECT_THAT(xml, HasSubstr("<param name=\"" + std::string(info.name) + "\" style=\"query\""));
  }
  EXPECT_THAT(xml, HasSubstr("<option value=\"time-asc\"/>"));
  EXPECT_THAT(xml, HasSubstr("<method name=\"GET\" id=\"catalogs\"/>"));
}

TEST(FdsnParameters, ArcsAreDegreesOfTheGreatCircle) {
  EXPECT_NEAR(arc_deg(0, 0, 0, 90), 90.0, 1e-9);
  EXPECT_NEAR(arc_deg(90, 12, -90, 77), 180.0, 1e-6);
  EXPECT_NEAR(arc_deg(10, 179.5, 10, -179.5), arc_deg(10, 0, 10, 1), 1e-9);
  EXPECT_NEAR(arc_deg(35.0, -117.0, 35.0, -117.0 + 1e-6), 1e-6 * 0.819152, 1e-11);
}

}  // namespace
}  // namespace geod::service
