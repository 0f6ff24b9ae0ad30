// Prints how `geod catalog picks` would walk a database: the query plan of its statement.
//
//   explain_picks DATABASE [station=GLOB] [region=BOX] [from=TIME] [to=TIME] [phase=P|S]
//                          [min_probability=FRACTION] [order=newest]
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "bench/measure.hpp"
#include "storage/database.hpp"
#include "storage/ordered_scan.hpp"
#include "storage/query_plans.hpp"

namespace geod::bench {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) {
    give_up(result.error().what);
  }
  return std::move(*result);
}

void set(storage::PickQuery& query, const std::string& name, const std::string& value) {
  if (name == "station") {
    query.scope.stations.push_back(value);
  } else if (name == "region") {
    query.scope.region = must(storage::Region::parse(value));
  } else if (name == "from") {
    query.scope.from = must(parse_iso(value));
  } else if (name == "to") {
    query.scope.to = must(parse_iso(value));
  } else if (name == "phase") {
    query.phase = value == "S" ? Phase::kS : Phase::kP;
  } else if (name == "min_probability") {
    query.min_probability = std::stod(value);
  } else if (name == "order") {
    query.scope.newest_first = value == "newest";
  } else {
    give_up("no filter is called " + name);
  }
}

void explain(const char* file, const storage::PickQuery& query) {
  storage::Database database = must(storage::Database::open_reader(file, std::chrono::seconds{5}));
  const storage::ScanPlan plan = must(storage::plan_picks(database, query));
  const bool merged =
      plan.scope_keys && plan.scope_keys->size() <= storage::OrderedScan::kMaxMerged;
  storage::Statement statement =
      must(database.prepare("EXPLAIN QUERY PLAN " + storage::OrderedScan::sql(plan, merged)));
  std::string text;
  while (must(statement.step())) {
    text += (text.empty() ? "" : "; ") + std::string(statement.text(3));
  }
  fmt::print("{} x {}\n", merged ? plan.scope_keys->size() : 1, text);
}

}  // namespace
}  // namespace geod::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    geod::bench::give_up("usage: explain_picks DATABASE [FILTER=VALUE...]");
  }
  geod::storage::PickQuery query;
  for (int i = 2; i < argc; ++i) {
    const std::string text = argv[i];
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
      geod::bench::give_up(text + " is not FILTER=VALUE");
    }
    geod::bench::set(query, text.substr(0, equals), text.substr(equals + 1));
  }
  geod::bench::explain(argv[1], query);
  return 0;
}
