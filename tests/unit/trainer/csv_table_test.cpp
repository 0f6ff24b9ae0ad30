#include "trainer/csv_table.hpp"

#include "tests/unit/trainer/tmp_dir.hpp"

namespace geod::trainer {
namespace {

TEST(CsvTable, ReadsQuotedFieldsAndNamesInAnyCase) {
  const test::TmpDir dir;
  dir.write("t.csv", "Network, Station\nCI,\"a, \"\"b\"\"\"\n\nXX,c\r\n");
  const auto table = CsvTable::read(dir / "t.csv");
  ASSERT_TRUE(table) << table.error().what;
  ASSERT_EQ(table->rows(), 2U);
  EXPECT_EQ(table->field(0, "station"), "a, \"b\"");
  EXPECT_EQ(table->field(1, "station"), "c");
  EXPECT_EQ(table->field(1, "absent"), "");
  EXPECT_TRUE(table->where(1).ends_with("t.csv:4"));
}

TEST(CsvTable, NamesTheLineOfABadRow) {
  const test::TmpDir dir;
  dir.write("t.csv", "a,b\n1,2\n1,2,3\n");
  const auto table = CsvTable::read(dir / "t.csv");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code, Errc::kCorruptRecord);
  EXPECT_NE(table.error().what.find("t.csv:3"), std::string::npos);
}

TEST(CsvTable, RefusesAnOpenQuote) {
  const test::TmpDir dir;
  dir.write("t.csv", "a,b\n\"1,2\n");
  EXPECT_EQ(CsvTable::read(dir / "t.csv").error().code, Errc::kCorruptRecord);
}

TEST(CsvTable, RefusesAMissingAndAnEmptyFile) {
  const test::TmpDir dir;
  EXPECT_EQ(CsvTable::read(dir / "none.csv").error().code, Errc::kNotFound);
  dir.write("empty.csv", "");
  EXPECT_EQ(CsvTable::read(dir / "empty.csv").error().code, Errc::kCorruptRecord);
}

}  // namespace
}  // namespace geod::trainer
