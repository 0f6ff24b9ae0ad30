#include "catalog/quakeml_reader.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/event_list.hpp"
#include "catalog/quakeml_writer.hpp"
#include "tests/support/event_fixture.hpp"

namespace geod::catalog {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* kOrigin =
    "<origin publicID=\"smi:a.b/o/1\"><time><value>2019-07-04T17:02:55.34Z</value></time>"
    "<latitude><value>35.7</value></latitude><longitude><value>-117.5</value></longitude>"
    "<depth><value>10600</value></depth></origin>";

std::string file_of(const std::string& events, const std::string& version = "1.2") {
  return "<?xml version=\"1.0\"?><q:quakeml xmlns:q=\"http://quakeml.org/xmlns/quakeml/" + version +
         "\" xmlns=\"http://quakeml.org/xmlns/bed/" + version +
         "\"><eventParameters publicID=\"smi:a.b/c\">" + events + "</eventParameters></q:quakeml>";
}

std::string event_of(const std::string& inside, const std::string& id = "smi:a.b/e/1") {
  return "<event publicID=\"" + id + "\">" + inside + "</event>";
}

QuakemlContent parsed(const std::string& xml) {
  auto content = parse_quakeml(xml, "file.xml");
  EXPECT_TRUE(content) << content.error().what;
  return content ? *std::move(content) : QuakemlContent{};
}

TEST(QuakemlReader, ReadsTheReviewThatGeodWrote) {
  storage::StoredEvent stored;
  stored.event.version = 0;
  stored.reviewed.push_back(review());
  const auto writer = QuakemlWriter::make({});
  ASSERT_TRUE(writer);
  const QuakemlContent content =
      parsed(writer->header({}) + writer->event(stored) + writer->footer());
  ASSERT_THAT(content.events, SizeIs(1));
  const ReviewedEvent expected = review();
  ReviewedEvent read = content.events.front();
  // Kilometres go through degrees of ten digits.
  ASSERT_THAT(read.arrivals, SizeIs(1));
  EXPECT_NEAR(*read.arrivals[0].distance_km, 20.5, 1e-6);
  read.arrivals[0].distance_km = expected.arrivals[0].distance_km;
  EXPECT_EQ(read, expected);
}

TEST(QuakemlReader, TakesWhatIsPreferred) {
  const QuakemlContent content = parsed(file_of(event_of(
      std::string(kOrigin) +
      "<origin publicID=\"smi:a.b/o/2\"><time><value>2019-07-04T17:02:56</value></time>"
      "<latitude><value>36</value></latitude><longitude><value>242.5</value></longitude></origin>"
      "<magnitude publicID=\"smi:a.b/m/1\"><mag><value>3</value></mag><type>Md</type></magnitude>"
      "<magnitude publicID=\"smi:a.b/m/2\"><mag><value>4</value></mag><type>Mw</type></magnitude>"
      "<preferredOriginID>smi:a.b/o/2</preferredOriginID>"
      "<preferredMagnitudeID>smi:a.b/m/2</preferredMagnitudeID>")));
  ASSERT_THAT(content.events, SizeIs(1));
  const ReviewedEvent& event = content.events.front();
  EXPECT_EQ(event.origin_public_id, "smi:a.b/o/2");
  EXPECT_EQ(event.longitude_deg, -117.5);
  EXPECT_EQ(event.depth_km, std::nullopt);
  ASSERT_THAT(event.magnitudes, SizeIs(2));
  EXPECT_EQ(event.magnitudes[0].type, "Mw");
}

TEST(QuakemlReader, TakesTheFirstWhereThePreferredIsNotThere) {
  const QuakemlContent content = parsed(file_of(
      event_of(std::string(kOrigin) + "<preferredOriginID>smi:a.b/o/9</preferredOriginID>")));
  ASSERT_THAT(content.events, SizeIs(1));
  EXPECT_EQ(content.events[0].origin_public_id, "smi:a.b/o/1");
  EXPECT_EQ(content.events[0].depth_km, 10.6);
}

TEST(QuakemlReader, KeepsTheOthersWhenOneEventIsBad) {
  const std::string no_time =
      "<origin publicID=\"smi:a.b/o/3\"><latitude><value>35</value></latitude></origin>";
  const QuakemlContent content = parsed(file_of(
      event_of("", "smi:a.b/e/no_origin") + event_of(kOrigin, "smi:a.b/e/good") +
      event_of(no_time, "smi:a.b/e/no_time") +
      event_of("<origin publicID=\"smi:a.b/o/4\"><time><value>2019-07-04T17:02:56</value></time>"
               "<latitude><value>91</value></latitude><longitude><value>0</value></longitude>"
               "</origin>",
               "smi:a.b/e/off_earth")));
  ASSERT_THAT(content.events, SizeIs(1));
  EXPECT_EQ(content.events[0].public_id, "smi:a.b/e/good");
  ASSERT_THAT(content.faults, SizeIs(3));
  EXPECT_EQ(content.faults[0].code, Errc::kCorruptRecord);
  EXPECT_THAT(content.faults[0].what, HasSubstr("file.xml: event 'smi:a.b/e/no_origin'"));
  EXPECT_THAT(content.faults[1].what, HasSubstr("no_time"));
  EXPECT_THAT(content.faults[2].what, HasSubstr("latitude 91"));
}

TEST(QuakemlReader, ToleratesWordsThatQuakemlDoesNotHave) {
  const std::string pick =
      "<pick publicID=\"smi:a.b/p/1\"><time><value>2019-07-04T19:03:00+02:00</value>"
      "<lowerUncertainty>0.1</lowerUncertainty><upperUncertainty>0.3</upperUncertainty></time>"
      "<waveformID networkCode=\"CI\" stationCode=\"CLC\" locationCode=\"--\" channelCode=\"HH\"/>"
      "<polarity>up</polarity><evaluationMode>by hand</evaluationMode><phaseHint>P</phaseHint>"
      "</pick>";
  const std::string origin =
      "<origin publicID=\"smi:a.b/o/1\"><time><value>2019-07-04T17:02:55</value></time>"
      "<latitude><value>35.7</value></latitude><longitude><value>-117.5</value></longitude>"
      "<type>something</type><quality><standardError>nan</standardError></quality>"
      "<arrival publicID=\"smi:a.b/a/1\"><pickID>smi:a.b/p/1</pickID><phase>Pg</phase>"
      "<distance>1</distance></arrival>"
      "<arrival publicID=\"smi:a.b/a/2\"><pickID>smi:a.b/p/2</pickID><phase>S</phase></arrival>"
      "</origin>";
  const QuakemlContent content =
      parsed(file_of(event_of(pick + origin + "<type>local quake</type>")));
  ASSERT_THAT(content.events, SizeIs(1));
  const ReviewedEvent& event = content.events.front();
  EXPECT_EQ(event.type, "local quake");
  EXPECT_EQ(event.standard_error_s, std::nullopt);
  EXPECT_EQ(content.arrivals_without_pick, 1);
  ASSERT_THAT(event.arrivals, SizeIs(1));
  const ReviewedArrival& arrival = event.arrivals.front();
  EXPECT_EQ(arrival.time, at("2019-07-04T17:03:00"));
  EXPECT_NEAR(*arrival.uncertainty_s, 0.2, 1e-12);
  EXPECT_EQ(arrival.phase_hint, "Pg");
  EXPECT_EQ(arrival.polarity, "");
  EXPECT_EQ(arrival.evaluation_mode, "");
  EXPECT_EQ(arrival.channel, (SourceId{"CI", "CLC", "", "H", "H", ""}));
  EXPECT_NEAR(*arrival.distance_km, 111.195, 1e-3);
}

TEST(QuakemlReader, ReadsTypesAsServicesSpellThem) {
  const auto type_of = [](const std::string& word) {
    return parsed(file_of(event_of(std::string(kOrigin) + "<type>" + word + "</type>")))
        .events.at(0)
        .type;
  };
  EXPECT_EQ(type_of("quarry_blast"), "quarry blast");
  EXPECT_EQ(type_of("null"), "");
}

TEST(QuakemlReader, ReadsVersionOneOneAndPrefixedElements) {
  EXPECT_THAT(parsed(file_of(event_of(kOrigin), "1.1")).events, SizeIs(1));
  const QuakemlContent content = parsed(
      "<ns0:quakeml xmlns:ns0=\"http://quakeml.org/xmlns/quakeml/1.2\" "
      "xmlns:b=\"http://quakeml.org/xmlns/bed/1.2\" xmlns:x=\"http://other.example\">"
      "<b:eventParameters publicID=\"smi:a.b/c\"><b:event publicID=\"smi:a.b/e\">"
      "<x:origin publicID=\"not:mine\"/>"
      "<b:origin publicID=\"smi:a.b/o\"><b:time><b:value>2019-07-04T17:02:55</b:value></b:time>"
      "<b:latitude><b:value>1</b:value></b:latitude><b:longitude><b:value>2</b:value>"
      "</b:longitude></b:origin></b:event></b:eventParameters></ns0:quakeml>");
  ASSERT_THAT(content.events, SizeIs(1));
  EXPECT_EQ(content.events[0].origin_public_id, "smi:a.b/o");
}

TEST(QuakemlReader, RefusesWhatIsNoQuakeml) {
  const auto code = [](const std::string& xml) {
    const auto content = parse_quakeml(xml, "file.xml");
    return content ? std::optional<Errc>{} : std::optional(content.error().code);
  };
  EXPECT_EQ(code(""), Errc::kCorruptRecord);
  EXPECT_EQ(code("<q:quakeml"), Errc::kCorruptRecord);
  EXPECT_EQ(code("<html/>"), Errc::kCorruptRecord);
  EXPECT_EQ(code("<quakeml xmlns=\"http://quakeml.org/xmlns/quakeml/1.2\"/>"),
            Errc::kCorruptRecord);
  EXPECT_EQ(code(file_of("", "2.0")), Errc::kUnsupported);
  EXPECT_EQ(code("<seiscomp xmlns=\"http://geofon.gfz-potsdam.de/ns/seiscomp3-schema/0.12\"/>"),
            Errc::kUnsupported);
}

TEST(QuakemlReader, ExpandsNoEntities) {
  const std::string bomb =
      "<?xml version=\"1.0\"?><!DOCTYPE q [<!ENTITY a \"aaaaaaaaaa\">"
      "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY x SYSTEM \"file:///etc/hostname\">]>";
  std::string xml =
      file_of(event_of(std::string(kOrigin) + "<description><text>&b;&x;</text></description>"));
  xml.replace(0, xml.find("<q:quakeml"), bomb);
  const QuakemlContent content = parsed(xml);
  ASSERT_THAT(content.events, SizeIs(1));
  EXPECT_EQ(content.events[0].description, "&b;&x;");
}

TEST(EventTable, ReadsTheTextThatFdsnServicesGive) {
  const auto list = parse_event_table(
      "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|"
      "Magnitude|MagAuthor|EventLocationName|EventType\n"
      "ci38443183|2019-07-04T17:33:49|35.705|-117.504|10.5|CI|CI|CI|38443183|mw|6.4|CI|Ridge|"
      "earthquake\n"
      "x|2019-07-04T17:40:00|35|-117||||||||||\n",
      "list");
  ASSERT_TRUE(list);
  ASSERT_THAT(list->events, SizeIs(2));
  EXPECT_EQ(
      list->events[0],
      (ListedEvent{"ci38443183", at("2019-07-04T17:33:49"), 35.705, -117.504, 10.5, 6.4, "mw"}));
  EXPECT_EQ(list->events[1].depth_km, std::nullopt);
  EXPECT_EQ(list->events[1].magnitude, std::nullopt);
}

TEST(EventTable, ReadsDepthInMetresAndTabs) {
  const auto list = parse_event_table(
      "time\tmagnitude\tlongitude\tlatitude\tdepth(m)\n"
      "2019-07-04T17:02:55.340000\t3.980\t-117.504\t35.708\t10600.000\n",
      "list");
  ASSERT_TRUE(list);
  ASSERT_THAT(list->events, SizeIs(1));
  EXPECT_EQ(list->events[0].depth_km, 10.6);
  EXPECT_EQ(list->events[0].magnitude, 3.98);
}

TEST(EventTable, ReadsQuotedFieldsAndNamesBadLines) {
  const auto list = parse_event_table(
      "time,latitude,longitude,depth,mag,magType,place,id\n"
      "2019-07-04T17:33:49.000Z,35.7,-117.5,10.5,6.4,mw,\"Searles, CA \"\"west\"\"\",a\n"
      "yesterday,35.7,-117.5,10.5,6.4,mw,x,b\n"
      "2019-07-04T17:33:49,95,-117.5,10.5,6.4,mw,x,c\n"
      "2019-07-04T17:33:49,35,-117.5,deep,6.4,mw,x,d\n",
      "list");
  ASSERT_TRUE(list);
  ASSERT_THAT(list->events, SizeIs(1));
  EXPECT_EQ(list->events[0].id, "a");
  ASSERT_THAT(list->faults, SizeIs(3));
  EXPECT_THAT(list->faults[0].what, HasSubstr("list: line 3"));
}

TEST(EventTable, RefusesATableWithoutTheNeededColumns) {
  for (const char* text : {"", "a,b,c\n1,2,3\n", "time,latitude\n", "no table at all"}) {
    const auto list = parse_event_table(text, "list");
    ASSERT_FALSE(list) << text;
    EXPECT_EQ(list.error().code, Errc::kConfig);
  }
}

}  // namespace
}  // namespace geod::catalog
