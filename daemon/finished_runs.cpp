#include "daemon/finished_runs.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "models/file_io.hpp"

namespace geod {
namespace {

using nlohmann::json;

constexpr std::uint64_t kRunLimitBytes = 16ULL << 20U;

}  // namespace

std::string options_identity(const CLI::App& app, std::span<const char* const> free) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    const bool is_free =
        std::ranges::any_of(free, [&](const char* name) { return option->check_name(name); });
    for (const std::string& value : is_free ? std::vector<std::string>{} : option->results()) {
      text += option->get_name() + " " + value + "\n";
    }
  }
  return text;
}

Result<std::optional<std::string>> finished_run(const std::filesystem::path& file,
                                                const std::string& identity) {
  const auto text = models::read_text_file(file, kRunLimitBytes);
  if (!text) {
    return text.error().code == Errc::kNotFound ? Result<std::optional<std::string>>(std::nullopt)
                                                : tl::unexpected(text.error());
  }
  const json stored = json::parse(*text, nullptr, false);
  if (!stored.is_object() || !stored.contains("options") || !stored.contains("scores")) {
    return fail(Errc::kCorruptRecord, "{}: not the scores of a run; delete it", file.string());
  }
  if (stored["options"] != identity) {
    return fail(Errc::kConfig,
                "{}: belongs to a command with other options; give those, or another --out",
                file.string());
  }
  return *text;
}

Result<void> keep_finished(const std::filesystem::path& file,
                           const std::string& identity,
                           const std::string& run_json) {
  json kept = json::parse(run_json);
  kept["options"] = identity;
  const std::string text = kept.dump(2);
  const std::span<const std::byte> chunks[] = {std::as_bytes(std::span(text))};
  return models::write_file_atomically(file, chunks);
}

void discard_unscored(const std::filesystem::path& out) {
  std::error_code error;
  if (std::filesystem::exists(out.string() + ".run", error)) {
    std::filesystem::remove_all(out, error);
  }
}

}  // namespace geod
