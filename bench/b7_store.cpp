// B7: geod's store against raw sqlite3 with the same schema, pragmas and batches.
//
//   b7_store [FOLDER]       FOLDER: where the two databases are made; a temporary one when absent
//
// Both sides write the same picks of 300 instruments in the order of time, as a live network gives
// them. geod's side is Store::commit and Store::maintain on Pick objects. The raw side binds rows
// whose keys are known beforehand to one prepared INSERT and lets SQLite checkpoint at the same
// length of the log. Each case is run with and without a reader that lists the newest 1000 picks
// every 5 ms on the database that is being written. The two alternate in ABBA order on databases
// that grow together; the ratios are of rows a second, median and quartiles over the rounds.
#include <array>
#include <atomic>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "bench/measure.hpp"
#include "storage/store.hpp"

namespace geod::bench {
namespace {

constexpr int kRounds = 9;
constexpr double kGoal = 0.95;
constexpr std::size_t kInstruments = 300;
constexpr std::int64_t kStepNs = 40'000'000;  // an aftershock storm: 25 picks a second
constexpr std::uint64_t kCheckpointBytes = 16ULL << 20U;

struct Case {
  std::size_t batch_rows;
  std::size_t rows_per_turn;
  bool synchronous_full;
  bool with_reader;
};

std::vector<InstrumentId> instruments() {
  std::vector<InstrumentId> all;
  for (std::size_t i = 0; i < kInstruments; ++i) {
    all.push_back({"XX", fmt::format("S{:03}", i), "", "H", "H"});
  }
  return all;
}

/// Makes picks one after the other; two generators of the same seed give the same picks.
class PickSource {
 public:
  Pick next() {
    Pick pick;
    pick.instrument = instruments_[random_() % kInstruments];
    pick.phase_hint = random_() % 2 == 0 ? Phase::kP : Phase::kS;
    pick.time = time_from_ns(time_ns_ += kStepNs);
    pick.uncertainty_s = 0.02 + fraction() * 0.1;
    pick.probability = fraction();
    pick.score = fraction();
    pick.components = "ZNE";
    pick.model_id = "bench-1";
    pick.model_hash = std::string(64, 'a');
    pick.pick_id = make_pick_id(pick.instrument, pick.phase_hint, pick.time);
    return pick;
  }

 private:
  double fraction() { return static_cast<double>(random_() >> 11U) * 0x1p-53; }

  std::vector<InstrumentId> instruments_ = instruments();
  std::mt19937_64 random_{42};
  std::int64_t time_ns_ = 1'562'259'600'000'000'000;
};

/// What one turn of one side took.
struct Turn {
  double wall_s = 0.0;
  double cpu_s = 0.0;
};

std::vector<storage::Batch> batches(PickSource& source, const Case& config) {
  std::vector<storage::Batch> all(config.rows_per_turn / config.batch_rows);
  for (storage::Batch& batch : all) {
    for (std::size_t i = 0; i < config.batch_rows; ++i) {
      batch.picks.push_back(source.next());
    }
  }
  return all;
}

class GeodSide {
 public:
  GeodSide(const std::filesystem::path& file, const Case& config) : config_(config) {
    storage::StoreOptions options;
    options.file = file;
    options.synchronous_full = config.synchronous_full;
    options.checkpoint_bytes = kCheckpointBytes;
    auto store = storage::Store::open(options, clock_);
    if (!store) {
      give_up(store.error().what);
    }
    store_ = std::make_unique<storage::Store>(std::move(*store));
  }

  Turn write(std::vector<double>& commit_s) {
    const auto turn = batches(source_, config_);
    const Stopwatch whole;
    for (const storage::Batch& batch : turn) {
      const Stopwatch one;
      const auto committed = store_->commit(batch);
      if (!committed || committed->refused_rows > 0) {
        give_up(committed ? committed->first_refusal : committed.error().what);
      }
      if (const auto maintained = store_->maintain(); !maintained) {
        give_up(maintained.error().what);
      }
      commit_s.push_back(one.wall_s());
    }
    return {whole.wall_s(), whole.cpu_s()};
  }

 private:
  Case config_;
  SystemClock clock_;
  PickSource source_;
  std::unique_ptr<storage::Store> store_;
};

/// A row as a raw program would keep it.
struct RawRow {
  std::int64_t pick_id, instrument_key, time_ns;
  const char* phase;
  double uncertainty_s, probability, score;
};

class RawSide {
 public:
  RawSide(const std::filesystem::path& file, const Case& config) : config_(config) {
    make_schema(file);
    if (sqlite3_open(file.c_str(), &database_) != SQLITE_OK) {
      give_up("cannot open " + file.string());
    }
    execute(
        fmt::format("PRAGMA journal_mode = WAL; PRAGMA synchronous = {};"
                    "PRAGMA foreign_keys = ON; PRAGMA cache_size = -32768;"
                    "PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = {}",
                    config.synchronous_full ? "FULL" : "NORMAL",
                    kCheckpointBytes / 4096));
    for (std::size_t i = 0; i < kInstruments; ++i) {
      execute(
          fmt::format("INSERT INTO stations (station_key, network, station)"
                      " VALUES ({0}, 'XX', 'S{1:03}');"
                      "INSERT INTO instruments VALUES ({0}, {0}, '', 'H', 'H')",
                      i + 1,
                      i));
    }
    execute("INSERT INTO models VALUES (1, 'bench-1', 'a', NULL, 0)");
    insert_ = prepare(
        "INSERT INTO picks (pick_key, pick_id, instrument_key, phase, time_ns, uncertainty_s, "
        "probability, score, components, model_key, run_key, inserted_ns) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    begin_ = prepare("BEGIN IMMEDIATE");
    commit_ = prepare("COMMIT");
  }
  ~RawSide() {
    for (sqlite3_stmt* statement : {insert_, begin_, commit_}) {
      sqlite3_finalize(statement);
    }
    sqlite3_close(database_);
  }
  RawSide(const RawSide&) = delete;
  RawSide& operator=(const RawSide&) = delete;

  Turn write(std::vector<double>& commit_s) {
    const auto turn = rows();
    const Stopwatch whole;
    for (std::size_t at = 0; at < turn.size(); at += config_.batch_rows) {
      const Stopwatch one;
      step(begin_);
      for (std::size_t i = at; i < at + config_.batch_rows; ++i) {
        insert(turn[i]);
      }
      step(commit_);
      commit_s.push_back(one.wall_s());
    }
    return {whole.wall_s(), whole.cpu_s()};
  }

 private:
  static void make_schema(const std::filesystem::path& file) {
    const SystemClock clock;
    storage::StoreOptions options;
    options.file = file;
    if (const auto made = storage::Store::open(options, clock); !made) {
      give_up(made.error().what);
    }
  }

  std::vector<RawRow> rows() {
    std::vector<RawRow> all;
    for (std::size_t i = 0; i < config_.rows_per_turn; ++i) {
      const Pick pick = source_.next();
      all.push_back({static_cast<std::int64_t>(std::stoull(pick.pick_id, nullptr, 16)),
                     std::stoll(pick.instrument.station.substr(1)) + 1,
                     to_ns(pick.time),
                     pick.phase_hint == Phase::kP ? "P" : "S",
                     pick.uncertainty_s,
                     pick.probability,
                     pick.score});
    }
    return all;
  }

  void insert(const RawRow& row) {
    sqlite3_bind_int64(insert_, 1, ++last_key_);
    sqlite3_bind_int64(insert_, 2, row.pick_id);
    sqlite3_bind_int64(insert_, 3, row.instrument_key);
    sqlite3_bind_text(insert_, 4, row.phase, 1, SQLITE_STATIC);
    sqlite3_bind_int64(insert_, 5, row.time_ns);
    sqlite3_bind_double(insert_, 6, row.uncertainty_s);
    sqlite3_bind_double(insert_, 7, row.probability);
    sqlite3_bind_double(insert_, 8, row.score);
    sqlite3_bind_text(insert_, 9, "ZNE", 3, SQLITE_STATIC);
    sqlite3_bind_int64(insert_, 10, 1);
    sqlite3_bind_int64(insert_, 11, 1);
    sqlite3_bind_int64(insert_, 12, row.time_ns);
    step(insert_);
  }

  void step(sqlite3_stmt* statement) {
    const int result = sqlite3_step(statement);
    sqlite3_reset(statement);
    if (result != SQLITE_DONE) {
      give_up(sqlite3_errmsg(database_));
    }
  }

  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) != SQLITE_OK) {
      give_up(sqlite3_errmsg(database_));
    }
    return statement;
  }

  void execute(const std::string& sql) {
    if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      give_up(sqlite3_errmsg(database_));
    }
  }

  Case config_;
  PickSource source_;
  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  std::int64_t last_key_ = 0;
};

/// Lists the newest picks of one database again and again while it lives.
class RangeReader {
 public:
  explicit RangeReader(std::filesystem::path file)
      : thread_([this, file = std::move(file)](std::stop_token stop) { run(stop, file); }) {}

 private:
  void run(std::stop_token stop, const std::filesystem::path& file) const {
    sqlite3* database = nullptr;
    sqlite3_stmt* list = nullptr;
    if (sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK ||
        sqlite3_prepare_v2(
            database, "SELECT * FROM picks ORDER BY time_ns DESC LIMIT 1000", -1, &list, nullptr) !=
            SQLITE_OK) {
      give_up(sqlite3_errmsg(database));
    }
    while (!stop.stop_requested()) {
      while (sqlite3_step(list) == SQLITE_ROW) {
      }
      sqlite3_reset(list);
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    sqlite3_finalize(list);
    sqlite3_close(database);
  }

  std::jthread thread_;
};

struct Side {
  std::vector<double> commit_s;
  std::vector<double> rows_per_s;
};

template <class Writer>
Turn take_turn(Writer& writer, const std::filesystem::path& file, const Case& config, Side& side) {
  std::unique_ptr<RangeReader> reader;
  if (config.with_reader) {
    reader = std::make_unique<RangeReader>(file);
  }
  const Turn turn = writer.write(side.commit_s);
  side.rows_per_s.push_back(static_cast<double>(config.rows_per_turn) / turn.wall_s);
  return turn;
}

void compare(const Case& config, const std::filesystem::path& folder) {
  const auto geod_file = folder / "geod.sqlite";
  const auto raw_file = folder / "raw.sqlite";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::filesystem::remove(entry);
  }
  GeodSide geod(geod_file, config);
  RawSide raw(raw_file, config);
  Side geod_side;
  Side raw_side;
  std::vector<double> warm_up;
  geod.write(warm_up);
  raw.write(warm_up);
  Ratios wall;
  Ratios cpu;
  for (int round = 0; round < kRounds; ++round) {
    const Turn a1 = take_turn(geod, geod_file, config, geod_side);
    const Turn b1 = take_turn(raw, raw_file, config, raw_side);
    const Turn b2 = take_turn(raw, raw_file, config, raw_side);
    const Turn a2 = take_turn(geod, geod_file, config, geod_side);
    wall.values.push_back((b1.wall_s + b2.wall_s) / (a1.wall_s + a2.wall_s));
    cpu.values.push_back((b1.cpu_s + b2.cpu_s) / (a1.cpu_s + a2.cpu_s));
  }
  const auto ms = [](const Side& side, double q) { return 1e3 * quantile(side.commit_s, q); };
  fmt::print(
      "{:>6} {:<6} {:<6} | {:>7.0f} {:>7.0f} | {:<22} {:<22} | {:>8.3f} {:>8.3f} | {:>7.1f} "
      "{:>7.1f} | {}\n",
      config.batch_rows,
      config.synchronous_full ? "FULL" : "NORMAL",
      config.with_reader ? "reader" : "alone",
      quantile(geod_side.rows_per_s, 0.5),
      quantile(raw_side.rows_per_s, 0.5),
      wall.text(),
      cpu.text(),
      ms(geod_side, 0.99),
      ms(raw_side, 0.99),
      ms(geod_side, 1.0),
      ms(raw_side, 1.0),
      wall.verdict(kGoal));
  std::fflush(stdout);
}

void run(const std::filesystem::path& folder) {
  print_host();
  fmt::print(
      "sqlite {}, databases in {}, {} rounds, goal {}\n"
      "  rows of a transaction  | rows/s geod raw | ratio wall (quartiles), ratio cpu time       "
      "  | p99 commit, ms     | longest, ms\n",
      sqlite3_libversion(),
      folder.string(),
      kRounds,
      kGoal);
  for (const bool full : {false, true}) {
    for (const bool with_reader : {false, true}) {
      compare({1, full ? 500U : 4'000U, full, with_reader}, folder);
      compare({100, 20'000, full, with_reader}, folder);
      compare({10'000, 50'000, full, with_reader}, folder);
    }
  }
}

}  // namespace
}  // namespace geod::bench

int main(int argc, char** argv) {
  if (argc > 1) {
    const auto folder = std::filesystem::path(argv[1]) / "b7_store";
    std::filesystem::create_directories(folder);
    geod::bench::run(folder);
    std::filesystem::remove_all(folder);
    return 0;
  }
  std::string pattern = std::filesystem::temp_directory_path() / "geod-b7-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) {
    geod::bench::give_up("no temporary folder");
  }
  geod::bench::run(pattern);
  std::filesystem::remove_all(pattern);
  return 0;
}
