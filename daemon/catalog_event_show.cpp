#include <cstdio>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "daemon/catalog_event_queries.hpp"
#include "daemon/catalog_listing.hpp"
#include "daemon/event_json.hpp"
#include "daemon/event_text.hpp"

namespace geod {
namespace {

Result<storage::StoredEvent> read_event(storage::Reader& reader,
                                        const std::string& event_id,
                                        const std::string& file) {
  storage::EventQuery query;
  query.event_ids = {event_id};
  query.with_withdrawn = true;
  query.with_arrivals = true;
  query.with_contributions = true;
  query.limit = 1;
  std::optional<storage::StoredEvent> found;
  const Result<void> read = reader.events(query, [&](std::span<const storage::StoredEvent> page) {
    found = page.front();
    return false;
  });
  if (!read) {
    return tl::unexpected(read.error());
  }
  if (!found) {
    return fail(Errc::kNotFound,
                "{}: no event {}; geod catalog events --withdrawn lists them",
                file,
                event_id);
  }
  return std::move(*found);
}

}  // namespace

int show_event(const EventOptions& options, const CommandContext& context) {
  const auto file = database_file(options.common, context);
  if (!file) {
    return fail_command(file.error());
  }
  Result<storage::Reader> reader = storage::Reader::open(*file);
  if (!reader) {
    return fail_command(reader.error());
  }
  const auto event = read_event(*reader, options.event, file->string());
  if (!event) {
    return fail_command(event.error());
  }
  Result<std::vector<storage::StoredVersion>> versions{};
  if (event->event.version > 0) {
    versions = reader->event_versions(event->event.event_id);
  }
  if (!versions) {
    return fail_command(versions.error());
  }
  const bool is_json = format_of(options.common) == OutputFormat::kJson;
  const std::string text =
      is_json ? event_json(*event, *versions) + "\n" : event_text(*event, *versions);
  if (std::fputs(text.c_str(), stdout) == EOF || std::fflush(stdout) == EOF) {
    return fail_command({Errc::kIo, "the output cannot be written"});
  }
  return kExitOk;
}

}  // namespace geod
