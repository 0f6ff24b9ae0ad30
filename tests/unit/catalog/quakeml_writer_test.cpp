#include "catalog/quakeml_writer.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pugixml.hpp>

#include "tests/support/event_fixture.hpp"

namespace geod::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kOurOrigin = "smi:org.example/origin/0123456789abcdef/3";
constexpr const char* kTheirOrigin = "quakeml:ci.anss.org/Origin/38443183";

class QuakemlWriterTest : public testing::Test {
 protected:
  /// The <event> of a whole file of one event.
  pugi::xml_node write(const storage::StoredEvent& stored,
                       const std::vector<storage::StoredVersion>& versions = {}) {
    options_.authority = "org.example";
    options_.agency = "XX";
    const auto writer = QuakemlWriter::make(options_);
    EXPECT_TRUE(writer);
    text_ = writer->header(at("2026-11-22")) + writer->event(stored, versions) + writer->footer();
    EXPECT_TRUE(document_.load_string(text_.c_str())) << text_;
    return document_.document_element().child("eventParameters").child("event");
  }

  static std::vector<std::string> ids(const pugi::xml_node& parent, const char* name) {
    std::vector<std::string> found;
    for (const pugi::xml_node& node : parent.children(name)) {
      found.emplace_back(node.attribute("publicID").value());
    }
    return found;
  }

  static pugi::xml_node by_id(const pugi::xml_node& parent, const std::string& id) {
    return parent.find_child_by_attribute("publicID", id.c_str());
  }

  QuakemlOptions options_;
  std::string text_;
  pugi::xml_document document_;
};

TEST_F(QuakemlWriterTest, WritesTheOriginInMetresAndDegrees) {
  const pugi::xml_node event = write(automatic_event());
  EXPECT_STREQ(event.attribute("publicID").value(), "smi:org.example/event/0123456789abcdef");
  EXPECT_STREQ(event.child_value("preferredOriginID"), kOurOrigin);
  EXPECT_STREQ(event.child("creationInfo").child_value("version"), "3");
  const pugi::xml_node origin = by_id(event, kOurOrigin);
  EXPECT_STREQ(origin.child("time").child_value("value"), "2019-07-04T17:02:55.340123Z");
  EXPECT_STREQ(origin.child("depth").child_value("value"), "10600");
  EXPECT_STREQ(origin.child("depth").child_value("uncertainty"), "1200");
  EXPECT_STREQ(origin.child_value("evaluationMode"), "automatic");
  EXPECT_STREQ(origin.child_value("evaluationStatus"), "preliminary");
  EXPECT_NEAR(
      origin.child("quality").child("minimumDistance").text().as_double(), 14.2 / 111.195, 1e-6);
  // Two of 14.2 km and one of 20 km.
  EXPECT_NEAR(
      origin.child("quality").child("medianDistance").text().as_double(), 14.2 / 111.195, 1e-6);
  const pugi::xml_node ellipse = origin.child("originUncertainty");
  EXPECT_NEAR(ellipse.child("maxHorizontalUncertainty").text().as_double(), 800 * 1.5096, 0.1);
  EXPECT_STREQ(ellipse.child_value("confidenceLevel"), "68");
}

TEST_F(QuakemlWriterTest, GivesPicksWholeChannelCodes) {
  const pugi::xml_node event = write(automatic_event());
  const pugi::xml_node p = by_id(event, "smi:org.example/pick/a000000000000001");
  EXPECT_STREQ(p.child("waveformID").attribute("channelCode").value(), "HHZ");
  EXPECT_STREQ(p.child("waveformID").attribute("locationCode").value(), "10");
  EXPECT_STREQ(p.child_value("polarity"), "positive");
  EXPECT_STREQ(p.child_value("onset"), "impulsive");
  EXPECT_STREQ(p.child("backazimuth").child_value("value"), "215.5");
  EXPECT_STREQ(p.child("backazimuth").child_value("uncertainty"), "12.25");
  EXPECT_STREQ(p.child_value("methodID"), "smi:org.example/method/starter-1_regional-2");
  const pugi::xml_node s = by_id(event, "smi:org.example/pick/a000000000000002");
  EXPECT_STREQ(s.child("waveformID").attribute("channelCode").value(), "HHN");
  EXPECT_STREQ(s.child_value("polarity"), "undecidable");
  EXPECT_STREQ(s.child_value("onset"), "emergent");
}

TEST_F(QuakemlWriterTest, WritesAFibreAsAVirtualStation) {
  const pugi::xml_node event = write(automatic_event());
  const pugi::xml_node pick = by_id(event, "smi:org.example/pick/00c0ffee00c0ffee_P_412");
  EXPECT_STREQ(pick.child("waveformID").attribute("networkCode").value(), "XX");
  EXPECT_STREQ(pick.child("waveformID").attribute("stationCode").value(), "FORGE");
  EXPECT_STREQ(pick.child("waveformID").attribute("channelCode").value(), "HSF");
  EXPECT_THAT(pick.child("comment").child_value("text"),
              HasSubstr("channel: 412; 618.0 m along it"));
}

TEST_F(QuakemlWriterTest, TellsTheBackAzimuthResidualOnlyWhereThereIsABackAzimuth) {
  const pugi::xml_node origin = by_id(write(automatic_event()), kOurOrigin);
  std::vector<bool> has;
  for (const pugi::xml_node& arrival : origin.children("arrival")) {
    has.push_back(static_cast<bool>(arrival.child("backazimuthResidual")));
    EXPECT_TRUE(by_id(origin.parent(), arrival.child_value("pickID")));
  }
  EXPECT_THAT(has, ElementsAre(true, false, false));
}

TEST_F(QuakemlWriterTest, WritesStationMagnitudesAndAmplitudes) {
  const pugi::xml_node event = write(automatic_event());
  const pugi::xml_node magnitude = by_id(event, "smi:org.example/magnitude/0123456789abcdef/3/ML");
  const pugi::xml_node contribution = magnitude.child("stationMagnitudeContribution");
  const pugi::xml_node station = by_id(event, contribution.child_value("stationMagnitudeID"));
  EXPECT_STREQ(station.child("mag").child_value("value"), "4.02");
  EXPECT_STREQ(contribution.child_value("residual"), "0.04");
  // The clipped amplitude comes first in the list but does not stand for the station.
  const pugi::xml_node amplitude = by_id(event, station.child_value("amplitudeID"));
  EXPECT_STREQ(amplitude.child("waveformID").attribute("channelCode").value(), "HHE");
  EXPECT_NEAR(
      amplitude.child("genericAmplitude").child("value").text().as_double(), 987.25e-9, 1e-15);
  EXPECT_STREQ(amplitude.child("timeWindow").child_value("begin"), "5");
  EXPECT_STREQ(amplitude.child("timeWindow").child_value("end"), "20");
  EXPECT_STREQ(amplitude.child_value("pickID"), "smi:org.example/pick/a000000000000001");
}

TEST_F(QuakemlWriterTest, PrefersWhatIsReviewedAndKeepsOursBeside) {
  const pugi::xml_node event = write(reviewed_event());
  EXPECT_STREQ(event.attribute("publicID").value(), "smi:org.example/event/0123456789abcdef");
  EXPECT_STREQ(event.child_value("preferredOriginID"), kTheirOrigin);
  EXPECT_STREQ(event.child_value("preferredMagnitudeID"), "quakeml:ci.anss.org/Mag/1");
  EXPECT_STREQ(event.child_value("typeCertainty"), "known");
  EXPECT_THAT(ids(event, "origin"), ElementsAre(kTheirOrigin, kOurOrigin));
  EXPECT_EQ(ids(event, "magnitude").size(), 4);
  EXPECT_TRUE(by_id(event, "quakeml:ci.anss.org/Pick/1"));
}

TEST_F(QuakemlWriterTest, WritesThePreferredAloneWhenAskedTo) {
  options_.all_origins = false;
  options_.all_magnitudes = false;
  EXPECT_THAT(ids(write(reviewed_event()), "origin"), ElementsAre(kTheirOrigin));
  EXPECT_THAT(ids(write(reviewed_event()), "magnitude"), ElementsAre("quakeml:ci.anss.org/Mag/1"));
  EXPECT_THAT(ids(write(automatic_event()), "magnitude"),
              ElementsAre("smi:org.example/magnitude/0123456789abcdef/3/ML"));
}

TEST_F(QuakemlWriterTest, WritesTheOriginOfEveryMagnitude) {
  options_.all_origins = false;
  options_.all_magnitudes = false;
  storage::StoredEvent stored = reviewed_event();
  stored.reviewed.front().magnitudes.clear();
  EXPECT_THAT(ids(write(stored), "origin"), ElementsAre(kTheirOrigin, kOurOrigin));
}

TEST_F(QuakemlWriterTest, LeavesPicksOutWithTheArrivals) {
  options_.arrivals = false;
  const pugi::xml_node event = write(reviewed_event());
  EXPECT_FALSE(event.child("pick"));
  EXPECT_FALSE(event.child("origin").child("arrival"));
}

TEST_F(QuakemlWriterTest, CallsAWithdrawnEventNotExisting) {
  storage::StoredEvent stored = automatic_event();
  stored.event.status = EventStatus::kWithdrawn;
  stored.merged_into = "fedcba9876543210";
  const pugi::xml_node event = write(stored);
  EXPECT_STREQ(event.child_value("type"), "not existing");
  EXPECT_STREQ(by_id(event, kOurOrigin).child_value("evaluationStatus"), "rejected");
  EXPECT_THAT(text_, HasSubstr("merged into smi:org.example/event/fedcba9876543210"));
}

TEST_F(QuakemlWriterTest, NamesTheEventsThatCameFromOrWentIntoThisOne) {
  storage::StoredEvent stored = automatic_event();
  stored.merged_from = {"00000000000000aa"};
  stored.split_off = {"00000000000000bb"};
  write(stored);
  EXPECT_THAT(text_, HasSubstr("merged into this event: smi:org.example/event/00000000000000aa"));
  EXPECT_THAT(text_, HasSubstr("split from this event: smi:org.example/event/00000000000000bb"));
}

TEST_F(QuakemlWriterTest, WritesEarlierVersionsWithoutArrivals) {
  storage::StoredVersion first;
  first.change.event = automatic_event().event;
  first.change.event.version = 1;
  first.change.event.origin.depth_km = 5.0;
  first.inserted = at("2019-07-04T17:03:05");
  storage::StoredVersion newest;
  newest.change.event = automatic_event().event;
  const pugi::xml_node event = write(automatic_event(), {first, newest});
  EXPECT_EQ(ids(event, "origin").size(), 2);
  const pugi::xml_node origin = by_id(event, "smi:org.example/origin/0123456789abcdef/1");
  EXPECT_STREQ(origin.child("depth").child_value("value"), "5000");
  EXPECT_FALSE(origin.child("arrival"));
  EXPECT_STREQ(event.child_value("preferredOriginID"), kOurOrigin);
}

TEST_F(QuakemlWriterTest, WritesAReviewWithoutAnEventOfOurs) {
  storage::StoredEvent stored;
  stored.event.version = 0;
  stored.reviewed.push_back(review());
  const pugi::xml_node event = write(stored);
  EXPECT_STREQ(event.attribute("publicID").value(), "quakeml:ci.anss.org/Event/38443183");
  EXPECT_THAT(ids(event, "origin"), ElementsAre(kTheirOrigin));
}

TEST_F(QuakemlWriterTest, TellsAReviewedOriginThatKeptOurIdFromOurs) {
  storage::StoredEvent stored = reviewed_event();
  stored.reviewed.front().origin_public_id = kOurOrigin;
  stored.reviewed.front().arrivals.front().pick_public_id = "smi:org.example/pick/a000000000000001";
  const pugi::xml_node event = write(stored);
  const std::string reviewed = std::string(kOurOrigin) + "/reviewed";
  EXPECT_THAT(ids(event, "origin"), ElementsAre(reviewed, kOurOrigin));
  EXPECT_STREQ(event.child_value("preferredOriginID"), reviewed.c_str());
  std::vector<std::string> picks = ids(event, "pick");
  std::sort(picks.begin(), picks.end());
  EXPECT_EQ(std::adjacent_find(picks.begin(), picks.end()), picks.end());
}

TEST_F(QuakemlWriterTest, WritesOneContentOfAReviewedOrigin) {
  storage::StoredEvent stored = reviewed_event();
  stored.reviewed.push_back(review());  // as it was before the newest import
  stored.reviewed.back().depth_km = 1.0;
  const pugi::xml_node event = write(stored);
  EXPECT_THAT(ids(event, "origin"), ElementsAre(kTheirOrigin, kOurOrigin));
  EXPECT_STREQ(by_id(event, kTheirOrigin).child("depth").child_value("value"), "10600");
  EXPECT_EQ(ids(event, "magnitude").size(), 4);
}

TEST_F(QuakemlWriterTest, WritesOnlyWordsOfTheSchema) {
  storage::StoredEvent stored = reviewed_event();
  ReviewedEvent& event = stored.reviewed.front();
  event.type = "Felt by many";
  event.evaluation_status = "looked at";
  event.arrivals.front().polarity = "up";
  event.arrivals.front().phase_hint = "";
  const pugi::xml_node node = write(stored);
  EXPECT_STREQ(node.child_value("type"), "other event");
  EXPECT_THAT(text_, HasSubstr("event type in the review: Felt by many"));
  EXPECT_FALSE(by_id(node, kTheirOrigin).child("evaluationStatus"));
  EXPECT_TRUE(by_id(node, kTheirOrigin).child("arrival").child("phase"));
  EXPECT_FALSE(by_id(node, "quakeml:ci.anss.org/Pick/1").child("polarity"));
}

TEST_F(QuakemlWriterTest, MakesAnIdentifierOfWhatIsNone) {
  storage::StoredEvent stored = reviewed_event();
  stored.reviewed.front().origin_public_id = "no identifier <at all>";
  const pugi::xml_node event = write(stored);
  const std::string id = event.child_value("preferredOriginID");
  EXPECT_TRUE(PublicIds::is_valid(id)) << id;
  EXPECT_TRUE(by_id(event, id));
}

TEST_F(QuakemlWriterTest, EscapesMarkupAndReplacesWhatXmlForbids) {
  storage::StoredEvent stored = reviewed_event();
  stored.reviewed.front().description = "<b>&\"quoted\"</b>\x01\x1f\xff caf\xC3\xA9";
  const pugi::xml_node event = write(stored);
  EXPECT_STREQ(event.child("description").child_value("text"),
               "<b>&\"quoted\"</b>\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD caf\xC3\xA9");
  EXPECT_THAT(text_, Not(HasSubstr("&#")));
}

TEST_F(QuakemlWriterTest, LeavesOutNumbersThatAreNotFinite) {
  storage::StoredEvent stored = automatic_event();
  stored.event.origin.standard_error_s = std::numeric_limits<double>::quiet_NaN();
  stored.event.origin.depth_sigma_km = std::numeric_limits<double>::infinity();
  const pugi::xml_node origin = by_id(write(stored), kOurOrigin);
  EXPECT_FALSE(origin.child("quality").child("standardError"));
  EXPECT_FALSE(origin.child("depth").child("uncertainty"));
}

TEST(QuakemlWriter, RefusesAnAuthorityThatCannotBeOne) {
  for (const char* authority : {"", "ab", "with space", "-dash", "a/b/c"}) {
    QuakemlOptions options;
    options.authority = authority;
    const auto writer = QuakemlWriter::make(options);
    ASSERT_FALSE(writer) << authority;
    EXPECT_EQ(writer.error().code, Errc::kConfig);
  }
}

TEST(PublicIds, FindsOurEventIdUnderAnyAuthority) {
  EXPECT_EQ(PublicIds::event_id_of("smi:ch.ethz.sed/event/0123456789abcdef"), "0123456789abcdef");
  EXPECT_EQ(PublicIds::event_id_of("smi:ch.ethz.sed/event/0123456789ABCDEF"), std::nullopt);
  EXPECT_EQ(PublicIds::event_id_of("smi:a.b/x/event/0123456789abcdef"), std::nullopt);
  EXPECT_EQ(PublicIds::event_id_of("quakeml:ci.anss.org/Event/38443183"), std::nullopt);
}

}  // namespace
}  // namespace geod::catalog
