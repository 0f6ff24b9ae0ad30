#include "trainer/run_progress.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace geod::trainer {
namespace {

/// A text that is a number, not below `least`, and nothing else.
template <class T>
std::optional<T> read_number(std::string_view text, T least) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && at == end && value >= least ? std::optional(value) : std::nullopt;
}

/// "120:0.25 80:0.31", best first.
std::optional<std::vector<KeptWeights>> read_best(std::string_view text) {
  std::vector<KeptWeights> best;
  while (!text.empty()) {
    const std::string_view entry = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), entry.size() + 1));
    const std::size_t colon = entry.find(':');
    if (colon == std::string_view::npos) {
      return std::nullopt;
    }
    const auto step = read_number<std::int64_t>(entry.substr(0, colon), 0);
    const auto metric = read_number<double>(entry.substr(colon + 1), -1e300);
    if (!step || !metric) {
      return std::nullopt;
    }
    best.push_back({*step, *metric});
  }
  return best;
}

}  // namespace

std::map<std::string, std::string> progress_to_metadata(const RunProgress& progress) {
  std::string best;
  for (const KeptWeights& kept : progress.best) {
    best += fmt::format("{}{}:{}", best.empty() ? "" : " ", kept.step, kept.metric);
  }
  return {{"steps", fmt::format("{}", progress.steps)},
          {"elapsed_s", fmt::format("{}", progress.elapsed_s)},
          {"best", best},
          {"validations_without_gain", fmt::format("{}", progress.validations_without_gain)}};
}

Result<RunProgress> progress_from_metadata(const std::map<std::string, std::string>& metadata) {
  const auto text = [&](const char* key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::string_view{} : std::string_view(found->second);
  };
  const auto steps = read_number<std::int64_t>(text("steps"), 0);
  const auto elapsed = read_number<double>(text("elapsed_s"), 0.0);
  const auto best = read_best(text("best"));
  const auto stalled = read_number<int>(text("validations_without_gain"), 0);
  for (const auto& [key, read] : {std::pair{"steps", steps.has_value()},
                                  {"elapsed_s", elapsed.has_value()},
                                  {"best", best.has_value()},
                                  {"validations_without_gain", stalled.has_value()}}) {
    if (!read) {
      return fail(Errc::kCorruptRecord, "{} is not a number", key);
    }
  }
  return RunProgress{*steps, *elapsed, *best, *stalled};
}

}  // namespace geod::trainer
