// `geod catalog export|import|compare`.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "catalog/quakeml_reader.hpp"
#include "tests/support/catalog_fixture.hpp"
#include "tests/support/event_rows.hpp"

namespace geod {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using storage::kStart;
using storage::make_change;
using storage::make_event_picks;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

/// Event 01 in two versions with magnitudes, 02 an hour later, 03 that was withdrawn.
class CatalogExchange : public CatalogTest {
 protected:
  void SetUp() override {
    CatalogTest::SetUp();
    storage::Batch batch;
    const auto first = make_event_picks(seconds{10});
    const auto second = make_event_picks(hours{1}, 1);
    batch.picks = first;
    batch.picks.insert(batch.picks.end(), second.begin(), second.end());
    EventChange whole = make_change(1, seconds{10}, first, 2);
    whole.event.magnitudes = storage::make_magnitudes(first[0]);
    EventChange withdrawn = make_change(3, hours{1} + seconds{1}, second);
    withdrawn.event.status = EventStatus::kWithdrawn;
    batch.event_changes = {
        make_change(1, seconds{11}, first), whole, make_change(2, hours{1}, second), withdrawn};
    storage::Store store = open_store();
    const auto committed = store.commit(batch);
    ASSERT_TRUE(committed) << committed.error().what;
    ASSERT_EQ(committed->refused_rows, 0U) << committed->first_refusal;
    ASSERT_TRUE(store.close("test", "{}"));
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  /// The events of an exported file.
  std::vector<ReviewedEvent> exported(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"export", "-o", path("out.xml")});
    const Answer answer = run(arguments);
    EXPECT_EQ(answer.exit_code, kExitOk) << answer.err;
    const auto content = catalog::read_quakeml(path("out.xml"));
    EXPECT_TRUE(content) << content.error().what;
    EXPECT_TRUE(!content || content->faults.empty());
    return content ? content->events : std::vector<ReviewedEvent>{};
  }

  static std::string quakeml(const std::string& events) {
    return "<q:quakeml xmlns:q=\"http://quakeml.org/xmlns/quakeml/1.2\" "
           "xmlns=\"http://quakeml.org/xmlns/bed/1.2\"><eventParameters publicID=\"smi:a.bc/c\">" +
           events + "</eventParameters></q:quakeml>";
  }
  static std::string reviewed(const std::string& id,
                              Duration after_start,
                              double latitude_deg = 35.75,
                              const std::string& mode = "manual") {
    return fmt::format(
        "<event publicID=\"{}\"><origin publicID=\"{}/o\"><time><value>{}</value></time>"
        "<latitude><value>{}</value></latitude><longitude><value>-117.5</value></longitude>"
        "<depth><value>9000</value></depth><evaluationMode>{}</evaluationMode></origin>"
        "<magnitude publicID=\"{}/m\"><mag><value>2.9</value></mag><type>Mw</type></magnitude>"
        "</event>",
        id,
        id,
        to_iso(kStart + after_start),
        latitude_deg,
        mode,
        id);
  }

  /// Of each event its id's last digits and the number of reviews.
  std::vector<std::pair<std::string, std::size_t>> reviews() {
    std::vector<std::pair<std::string, std::size_t>> found;
    storage::Reader reader = open_reader();
    storage::EventQuery query;
    query.with_withdrawn = true;
    const auto done = reader.events(query, [&](std::span<const storage::StoredEvent> page) {
      for (const storage::StoredEvent& event : page) {
        const std::string& id = event.event.event_id;
        found.emplace_back(id.empty() ? "-" : id.substr(15), event.reviewed.size());
      }
      return true;
    });
    EXPECT_TRUE(done);
    return found;
  }
};

TEST_F(CatalogExchange, ExportsAllOfAnEventAsQuakeml) {
  const auto events = exported({});
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].public_id, "smi:geod/event/0000000000000001");
  EXPECT_EQ(events[0].time, kStart + seconds{10});
  EXPECT_THAT(events[0].arrivals, SizeIs(6));
  ASSERT_THAT(events[0].magnitudes, SizeIs(2));
  EXPECT_EQ(events[0].magnitudes[0].type, "ML");
  const std::string text = read("out.xml");
  EXPECT_THAT(text, HasSubstr("<stationMagnitude "));
  EXPECT_THAT(text, HasSubstr("<amplitude "));
  EXPECT_THAT(text, Not(HasSubstr("/origin/0000000000000001/1\"")));
}

TEST_F(CatalogExchange, ExportsEarlierVersionsWhenAskedTo) {
  exported({"--versions"});
  EXPECT_THAT(read("out.xml"), HasSubstr("/origin/0000000000000001/1\""));
}

TEST_F(CatalogExchange, ExportsWhatFitsOrIsNamed) {
  EXPECT_THAT(exported({"--min-magnitude", "2"}), SizeIs(1));
  const auto named = exported({"0000000000000002"});
  ASSERT_THAT(named, SizeIs(1));
  EXPECT_EQ(named[0].public_id, "smi:geod/event/0000000000000002");
  EXPECT_THAT(exported({"--withdrawn"}), SizeIs(3));
  EXPECT_THAT(exported({"--from", "2001-01-01"}), SizeIs(2));
}

TEST_F(CatalogExchange, ExportsTheOtherFormatsToo) {
  const Answer text = run({"export", "--format", "text"});
  EXPECT_EQ(std::count(text.out.begin(), text.out.end(), '\n'), 3) << text.out;
  const Answer geojson = run({"export", "--format", "geojson"});
  EXPECT_THAT(nlohmann::json::parse(geojson.out)["features"], SizeIs(2));
  // As the listing, whose last column is of the question and not of the event.
  std::istringstream exported_csv(run({"export", "--format", "csv"}).out);
  std::istringstream listing(run({"events", "--format", "csv"}).out);
  std::string line;
  int lines = 0;
  for (std::string listed; std::getline(listing, listed); ++lines) {
    ASSERT_TRUE(std::getline(exported_csv, line));
    EXPECT_EQ(line, listed.substr(0, listed.rfind(',')));
  }
  EXPECT_EQ(lines, 3);
}

TEST_F(CatalogExchange, LeavesTheOldFileWhereTheNewOneCannotBeWritten) {
  write("old.xml", "old");
  const Answer answer = run({"export", "-o", path("old.xml")}, false);
  EXPECT_NE(answer.exit_code, kExitOk);
  EXPECT_EQ(read("old.xml"), "old");
  EXPECT_EQ(run({"export", "-o", path("no/such/folder.xml")}).exit_code, kExitFailure);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder_)) {
    files += each.path().filename().string().starts_with("old.xml") ? 1 : 0;
  }
  EXPECT_EQ(files, 1U);
}

TEST_F(CatalogExchange, WritesAValidFileOfNoEvents) {
  EXPECT_THAT(exported({"--min-magnitude", "9"}), IsEmpty());
}

TEST_F(CatalogExchange, MatchesReviewsToOurEvents) {
  write("in.xml",
        quakeml(reviewed("quakeml:a.bc/1", seconds{12}) +                             // near 01
                reviewed("smi:geod/event/0000000000000002", hours{1} + minutes{2}) +  // moved
                reviewed("quakeml:a.bc/3", hours{5})));  // none of ours
  const Answer answer = run({"import", path("in.xml")});
  EXPECT_EQ(answer.exit_code, kExitOk) << answer.err;
  EXPECT_THAT(answer.out, HasSubstr("3 reviewed events stored, 0 known before; 2 are of events"));
  EXPECT_THAT(reviews(),
              UnorderedElementsAre(
                  std::pair{"1", 1U}, std::pair{"2", 1U}, std::pair{"3", 0U}, std::pair{"-", 1U}));
}

TEST_F(CatalogExchange, TakesTheSameFileOnce) {
  write("in.xml", quakeml(reviewed("quakeml:a.bc/1", seconds{12})));
  run({"import", path("in.xml")});
  const Answer again = run({"import", path("in.xml")});
  EXPECT_EQ(again.exit_code, kExitOk);
  EXPECT_THAT(again.out, HasSubstr("0 reviewed events stored, 1 known before; 1 are of events"));
}

TEST_F(CatalogExchange, PassesOverWhatIsAutomatic) {
  exported({});
  const Answer answer = run({"import", path("out.xml")});
  EXPECT_EQ(answer.exit_code, kExitOk);
  EXPECT_THAT(answer.out, HasSubstr("0 reviewed events stored"));
  EXPECT_THAT(answer.out, HasSubstr("2 passed over: their origins are automatic"));
}

TEST_F(CatalogExchange, TakesTheOthersWhenOneEventOrFileIsBad) {
  write("bad.xml", "<q:quakeml");
  write("in.xml",
        quakeml("<event publicID=\"quakeml:a.bc/9\"/>" + reviewed("quakeml:a.bc/1", seconds{12})));
  const Answer answer = run({"import", path("bad.xml"), path("in.xml"), path("missing.xml")});
  EXPECT_EQ(answer.exit_code, kExitFailure);
  EXPECT_THAT(answer.out, HasSubstr("1 reviewed events stored"));
  EXPECT_THAT(answer.err, HasSubstr("bad.xml: not XML"));
  EXPECT_THAT(answer.err, HasSubstr("event 'quakeml:a.bc/9': the event has no origin"));
  EXPECT_THAT(answer.err, HasSubstr("missing.xml"));
}

TEST_F(CatalogExchange, ExportsAReviewAsPreferredAndReadsItBackTheSame) {
  write("in.xml", quakeml(reviewed("quakeml:a.bc/1", seconds{12})));
  run({"import", path("in.xml")});
  const auto events = exported({"0000000000000001"});
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].origin_public_id, "quakeml:a.bc/1/o");
  EXPECT_EQ(events[0].depth_km, 9.0);
  EXPECT_EQ(events[0].evaluation_mode, "manual");
  EXPECT_EQ(events[0].magnitudes[0].type, "Mw");
  EXPECT_THAT(read("out.xml"), HasSubstr("/origin/0000000000000001/2\""));
}

TEST_F(CatalogExchange, ComparesOursWithATable) {
  write("list.txt",
        fmt::format("#EventID|Time|Latitude|Longitude|Depth/km|MagType|Magnitude\n"
                    "a|{}|35.75|-117.5|8.5|ML|2.0\n"
                    "b|{}|35.75|-117.5|8.5|ML|1.5\n",
                    to_iso(kStart + seconds{11}),
                    to_iso(kStart + minutes{30})));
  const Answer answer = run({"compare", path("list.txt"), "--json"});
  EXPECT_EQ(answer.exit_code, kExitOk) << answer.err;
  const auto json = nlohmann::json::parse(answer.out);
  EXPECT_EQ(json["matched"], 1);
  EXPECT_EQ(json["matches"][0]["other"]["id"], "0000000000000001");
  EXPECT_EQ(json["missed"][0]["id"], "b");
  EXPECT_EQ(json["extra"][0]["id"], "0000000000000002");
  EXPECT_NEAR(json["differences"]["time_s"]["median"].get<double>(), -1.0, 1e-9);
  EXPECT_NEAR(json["differences"]["magnitude"]["median"].get<double>(), 0.5, 1e-9);
  const Answer table =
      run({"compare", path("list.txt"), "--list", "--to", to_iso(kStart + hours{1})});
  EXPECT_THAT(table.out, HasSubstr("matched 1, missed 1, extra 0"));
  EXPECT_THAT(table.out, HasSubstr("missed  "));
}

TEST_F(CatalogExchange, ComparesOursWithTheImportedReviews) {
  write("in.xml",
        quakeml(reviewed("quakeml:a.bc/1", seconds{12}, 35.85) +
                reviewed("quakeml:a.bc/3", hours{5})));
  run({"import", path("in.xml")});
  const auto json = nlohmann::json::parse(run({"compare", "--json"}).out);
  EXPECT_EQ(json["reference_events"], 2);
  EXPECT_EQ(json["matched"], 1);
  // Against the automatic solution, not against the review itself.
  EXPECT_NEAR(json["differences"]["epicentre_km"]["median"].get<double>(), 11.1, 0.1);
}

TEST_F(CatalogExchange, ComparesTwoFilesWithoutADatabase) {
  write("a.xml", quakeml(reviewed("quakeml:a.bc/1", seconds{12})));
  write("b.xml", quakeml(reviewed("quakeml:a.bc/2", seconds{13}, 35.75, "automatic")));
  const Answer answer = run({"compare", path("a.xml"), path("b.xml"), "--json"}, false);
  EXPECT_EQ(answer.exit_code, kExitOk) << answer.err;
  EXPECT_EQ(nlohmann::json::parse(answer.out)["matched"], 1);
}

TEST_F(CatalogExchange, SaysWhyAFileCannotBeCompared) {
  write("list.txt", "nothing of use\n");
  const Answer answer = run({"compare", path("list.txt")});
  EXPECT_EQ(answer.exit_code, kExitFailure);
  EXPECT_THAT(answer.err, HasSubstr("time, latitude and longitude"));
}

}  // namespace
}  // namespace geod
