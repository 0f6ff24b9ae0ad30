#include "storage/migrations.hpp"

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "tests/support/event_rows.hpp"

namespace geod::storage {
namespace {

class Migrations : public StorageTest {
 protected:
  /// Runs SQL on the file with a plain connection, as another program would.
  void run_sql(const std::string& sql) {
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open(options_.file.c_str(), &connection), SQLITE_OK);
    char* message = nullptr;
    ASSERT_EQ(sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
        << message;
    sqlite3_close(connection);
  }
  /// Name and SQL of every table, index and trigger.
  std::map<std::string, std::string> schema() {
    std::map<std::string, std::string> objects;
    Result<Database> database = Database::open_reader(options_.file, Duration::zero());
    EXPECT_TRUE(database) << database.error().what;
    Result<Statement> statement =
        database->prepare("SELECT name, ifnull(sql, '') FROM sqlite_schema");
    while (*statement->step()) {
      objects[std::string(statement->text(0))] = statement->text(1);
    }
    return objects;
  }
};

TEST_F(Migrations, MakeEveryTableStrict) {
  ASSERT_TRUE(Database::open_writer(options_.file, {}));
  int tables = 0;
  for (const auto& [name, sql] : schema()) {
    if (sql.starts_with("CREATE TABLE") && !name.starts_with("station_boxes") &&
        !name.starts_with("event_ranges") && !name.starts_with("sqlite_")) {
      ++tables;
      EXPECT_NE(sql.find("STRICT"), std::string::npos) << name;
    }
  }
  EXPECT_EQ(tables, 39);
}

TEST_F(Migrations, FromEveryVersionGiveTheSchemaOfAFreshDatabase) {
  ASSERT_TRUE(Database::open_writer(options_.file, {}));
  const auto fresh = schema();
  const auto all = migrations();
  for (std::size_t version = 0; version <= all.size(); ++version) {
    SCOPED_TRACE(version);
    std::filesystem::remove(options_.file);
    std::string sql = "PRAGMA user_version = " + std::to_string(version) + ";";
    sql += version > 0 ? "PRAGMA application_id = " + std::to_string(kApplicationId) + ";" : "";
    for (std::size_t step = 0; step < version; ++step) {
      sql += all[step].sql;
    }
    run_sql(sql);
    ASSERT_TRUE(Database::open_writer(options_.file, {}));
    EXPECT_EQ(schema(), fresh);
  }
}

TEST_F(Migrations, KeepTheRowsOfVersion1) {
  run_sql("PRAGMA application_id = " + std::to_string(kApplicationId) +
          "; PRAGMA user_version = 1;" + migrations()[0].sql + R"(
    INSERT INTO stations (station_key, network, station) VALUES (7, 'CI', 'CLC');
    INSERT INTO instruments VALUES (3, 7, '', 'H', 'H');
    INSERT INTO models VALUES (5, 'starter-dpk-1', ')" +
          std::string(64, 'a') + R"(', '{}', 1);
    INSERT INTO runs VALUES (1, 1, 2, '0.1', 'c', 'test', '{}');
    INSERT INTO picks VALUES (9, 4660, 3, 'P', 1562259600000000000, 0.05, 0.9, 0.45, 'ZNE', 5, 1, 2);
    INSERT INTO cursors VALUES ('archive', '17', 2);)");
  const Pick old = make_pick("CLC", Phase::kP, Duration{0});
  Batch batch;
  batch.picks = {old, make_pick("CLC", Phase::kP, std::chrono::seconds{30})};
  EventChange change = make_change(1, std::chrono::seconds{-2}, {old, batch.picks[1]});
  change.event.arrivals[0].pick_id = "0000000000001234";  // as it is stored
  batch.event_changes = {change};
  {
    Store store = open_store();
    EXPECT_EQ(*store.cursor("archive"), "17");
    const auto committed = store.commit(batch);
    ASSERT_TRUE(committed) << committed.error().what;
    EXPECT_EQ(committed->picks[0], RowOutcome::kAlreadyThere) << "a pick of version 1 is known";
    EXPECT_EQ(committed->picks[1], RowOutcome::kInserted);
    EXPECT_EQ(committed->event_changes, std::vector{RowOutcome::kInserted})
        << committed->first_refusal;
  }
  Reader reader = open_reader();
  const auto stored = read_picks(reader);
  ASSERT_EQ(stored.size(), 2U);
  EXPECT_EQ(stored[0].pick_key, 9);
  EXPECT_EQ(stored[0].pick.pick_id, "0000000000001234");
  EXPECT_EQ(stored[0].pick.instrument, old.instrument);
  EXPECT_EQ(stored[0].pick.adapter_id, "");
  EXPECT_EQ(stored[1].pick_key, 10);
}

TEST_F(Migrations, FindTheEventsOfVersion4ByPlace) {
  std::string sql =
      "PRAGMA application_id = " + std::to_string(kApplicationId) + "; PRAGMA user_version = 4;";
  for (std::size_t step = 0; step < 4; ++step) {
    sql += migrations()[step].sql;
  }
  run_sql(sql + R"(
    INSERT INTO events (event_key, event_id, first_inserted_ns, updated_ns, review_key, time_ns,
                        latitude_deg, longitude_deg)
      VALUES (1, NULL, 1, 1, 1, 1562259600000000000, 35.0, -117.0),
             (2, NULL, 1, 1, 2, 1562259600000000000, 55.0, -117.0);
    INSERT INTO reviews (event_key, public_id, origin_public_id, agency, author, type, description,
                         evaluation_mode, evaluation_status, time_ns, latitude_deg, longitude_deg,
                         content_hash, inserted_ns)
      VALUES (1, 'smi:a/1', '', '', '', '', '', '', '', 1562259600000000000, 35.0, -117.0, 1, 1),
             (2, 'smi:a/2', '', '', '', '', '', '', '', 1562259600000000000, 55.0, -117.0, 2, 1))");
  { const Store store = open_store(); }
  Reader reader = open_reader();
  EventQuery query;
  query.region = Region{30.0, 40.0, -120.0, -110.0};
  std::vector<std::string> found;
  ASSERT_TRUE(reader.events(query, [&](std::span<const StoredEvent> page) {
    for (const StoredEvent& event : page) {
      found.push_back(event.reviewed.front().public_id);
    }
    return true;
  }));
  EXPECT_EQ(found, std::vector<std::string>{"smi:a/1"});
}

TEST_F(Migrations, AddTheStepsThatAreMissing) {
  Result<Database> database = Database::open_writer(options_.file, {});
  ASSERT_TRUE(database);
  std::vector<Migration> longer(migrations().begin(), migrations().end());
  longer.push_back({"add_colour", "CREATE TABLE colour (name TEXT) STRICT"});
  longer.push_back({"add_red", "INSERT INTO colour VALUES ('red')"});
  ASSERT_TRUE(migrate(*database, longer));
  EXPECT_EQ(*database->query_integer("SELECT count(*) FROM colour"), 1);
  ASSERT_TRUE(migrate(*database, longer)) << "a second time nothing is left to do";
  EXPECT_EQ(*database->query_integer("SELECT count(*) FROM colour"), 1);
}

TEST_F(Migrations, ChangeNothingWhenOneStepFails) {
  Result<Database> database = Database::open_writer(options_.file, {});
  ASSERT_TRUE(database);
  std::vector<Migration> broken(migrations().begin(), migrations().end());
  broken.push_back({"add_colour", "CREATE TABLE colour (name TEXT) STRICT"});
  broken.push_back({"break", "INSERT INTO no_such_table VALUES (1)"});
  const Result<void> done = migrate(*database, broken);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().what.find("migration break"), std::string::npos) << done.error().what;
  EXPECT_EQ(*database->query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'colour'"),
            0);
  EXPECT_EQ(*schema_version(*database), static_cast<int>(migrations().size()));
}

TEST_F(Migrations, RefuseANewerSchema) {
  ASSERT_TRUE(Database::open_writer(options_.file, {}));
  run_sql("PRAGMA user_version = 1000");
  for (const bool writing : {true, false}) {
    const Result<Database> database = writing
                                          ? Database::open_writer(options_.file, {})
                                          : Database::open_reader(options_.file, Duration::zero());
    ASSERT_FALSE(database);
    EXPECT_EQ(database.error().code, Errc::kUnsupported);
    EXPECT_NE(database.error().what.find("install a newer geod"), std::string::npos);
  }
}

TEST_F(Migrations, LeaveTheDatabaseOfAnotherProgramAlone) {
  run_sql("CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x')");
  const auto size = std::filesystem::file_size(options_.file);
  const Result<Database> database = Database::open_writer(options_.file, {});
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, Errc::kUnsupported);
  EXPECT_EQ(std::filesystem::file_size(options_.file), size);
  run_sql("INSERT INTO bookmarks VALUES ('y')");
}

TEST_F(Migrations, RefuseAFileThatIsNoDatabase) {
  std::ofstream(options_.file) << std::string(8192, 'x');
  const Result<Database> database = Database::open_writer(options_.file, {});
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, Errc::kCorruptRecord);
  EXPECT_NE(database.error().what.find("no SQLite database"), std::string::npos);
}

TEST_F(Migrations, ReadersDoNotTakeAnEmptyFileForAnEmptyCatalogue) {
  run_sql("VACUUM");
  const Result<Database> database = Database::open_reader(options_.file, Duration::zero());
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().code, Errc::kUnsupported);
}

}  // namespace
}  // namespace geod::storage
