// `geod catalog export`.
#include <cstdio>
#include <functional>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "catalog/event_text.hpp"
#include "catalog/geojson.hpp"
#include "catalog/quakeml_writer.hpp"
#include "config/config.hpp"
#include "core/clock.hpp"
#include "daemon/catalog_exchange.hpp"
#include "daemon/catalog_listing.hpp"
#include "daemon/output_file.hpp"
#include "storage/reader.hpp"

namespace geod {
namespace {

/// Writes events in one format, one after the other.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void begin(OutputFile& file) = 0;
  virtual Result<void> add(const storage::StoredEvent& event, OutputFile& file) = 0;
  virtual Result<void> end(OutputFile& file) = 0;
};

class QuakemlSink final : public EventSink {
 public:
  /// `versions`: what reads the earlier versions of an event; null when they are not wanted.
  QuakemlSink(catalog::QuakemlWriter writer, storage::Reader* versions)
      : writer_(std::move(writer)), versions_(versions) {}

  void begin(OutputFile& file) override { file.write(writer_.header(SystemClock().now())); }

  Result<void> add(const storage::StoredEvent& event, OutputFile& file) override {
    std::vector<storage::StoredVersion> earlier;
    if (versions_ != nullptr && event.event.version > 1) {
      auto found = versions_->event_versions(event.event.event_id);
      if (!found) {
        return tl::unexpected(found.error());
      }
      earlier = *std::move(found);
    }
    file.write(writer_.event(event, earlier));
    return {};
  }

  Result<void> end(OutputFile& file) override {
    file.write(writer_.footer());
    return {};
  }

 private:
  const catalog::QuakemlWriter writer_;
  storage::Reader* const versions_;
};

class GeojsonSink final : public EventSink {
 public:
  explicit GeojsonSink(std::string agency) : writer_(std::move(agency)) {}

  void begin(OutputFile& file) override { file.write(writer_.header(SystemClock().now())); }
  Result<void> add(const storage::StoredEvent& event, OutputFile& file) override {
    file.write(writer_.feature(event));
    return {};
  }
  Result<void> end(OutputFile& file) override {
    file.write(writer_.footer());
    return {};
  }

 private:
  catalog::GeojsonWriter writer_;
};

class TextSink final : public EventSink {
 public:
  explicit TextSink(std::string agency) : options_{std::move(agency)} {}

  void begin(OutputFile& file) override { file.write(catalog::event_text_header()); }
  Result<void> add(const storage::StoredEvent& event, OutputFile& file) override {
    file.write(catalog::event_text_line(event, options_));
    return {};
  }
  Result<void> end(OutputFile&) override { return {}; }

 private:
  const catalog::EventTextOptions options_;
};

/// The columns of `geod catalog events --format csv`.
class CsvSink final : public EventSink {
 public:
  void begin(OutputFile& file) override {
    rows_ = std::make_unique<RowWriter>(OutputFormat::kCsv, event_csv_columns(), file.stream());
  }
  Result<void> add(const storage::StoredEvent& event, OutputFile&) override {
    rows_->add(event_csv_cells(event));
    return {};
  }
  Result<void> end(OutputFile&) override { return rows_->finish(); }

 private:
  std::unique_ptr<RowWriter> rows_;
};

Result<std::unique_ptr<EventSink>> make_sink(const ExportOptions& options,
                                             const std::string& agency,
                                             storage::Reader& versions) {
  switch (options.format) {
    case ExchangeFormat::kGeojson:
      return std::make_unique<GeojsonSink>(agency);
    case ExchangeFormat::kText:
      return std::make_unique<TextSink>(agency);
    case ExchangeFormat::kCsv:
      return std::make_unique<CsvSink>();
    case ExchangeFormat::kQuakeml:
      break;
  }
  catalog::QuakemlOptions quakeml;
  quakeml.authority = agency;
  quakeml.agency = agency;
  quakeml.author = fmt::format("geod {}", GEOD_VERSION);
  auto writer = catalog::QuakemlWriter::make(std::move(quakeml));
  if (!writer) {
    return tl::unexpected(writer.error());
  }
  return std::make_unique<QuakemlSink>(*std::move(writer), options.versions ? &versions : nullptr);
}

/// Gives how many events were written.
Result<std::size_t> write_events(const ExportOptions& options,
                                 const std::filesystem::path& database,
                                 const std::string& agency) {
  Result<storage::Reader> reader = storage::Reader::open(database);
  Result<storage::Reader> versions = storage::Reader::open(database);
  if (!reader || !versions) {
    return tl::unexpected(reader ? versions.error() : reader.error());
  }
  Result<std::unique_ptr<EventSink>> sink = make_sink(options, agency, *versions);
  Result<OutputFile> file = OutputFile::open(options.file);
  if (!sink || !file) {
    return tl::unexpected(sink ? file.error() : sink.error());
  }
  storage::EventQuery query = event_query_of(options.events);
  query.event_ids = options.ids;
  const bool is_quakeml = options.format == ExchangeFormat::kQuakeml;
  query.with_arrivals = is_quakeml;
  query.with_contributions = is_quakeml;
  (*sink)->begin(*file);
  std::size_t events = 0;
  Result<void> added;
  const auto take = [&](std::span<const storage::StoredEvent> page) {
    for (const storage::StoredEvent& event : page) {
      added = (*sink)->add(event, *file);
      if (!added) {
        return false;
      }
      ++events;
    }
    return true;
  };
  Result<void> done = reader->events(query, take);
  done = done ? added : done;
  done = done ? (*sink)->end(*file) : done;
  done = done ? file->finish() : done;
  return done ? Result<std::size_t>(events) : tl::unexpected(done.error());
}

}  // namespace

Result<std::string> agency_of(const CommandContext& context) {
  const auto config = config::require_config(config_file_of(context));
  return config ? Result<std::string>(config->service.agency_id) : tl::unexpected(config.error());
}

int export_events(const ExportOptions& options, const CommandContext& context) {
  const auto database = database_file(options.events.common, context);
  const auto agency = agency_of(context);
  if (!database || !agency) {
    return fail_command(database ? agency.error() : database.error());
  }
  const auto events = write_events(options, *database, *agency);
  if (!events) {
    return fail_command(events.error());
  }
  if (*events == 0) {
    fmt::print(stderr, "no events in {} fit the question\n", database->string());
  } else if (options.file != "-") {
    fmt::print("{} events written to {}\n", *events, options.file);
  }
  return kExitOk;
}

}  // namespace geod
