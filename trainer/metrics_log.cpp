#include "trainer/metrics_log.hpp"

#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

namespace geod::trainer {
namespace {

using nlohmann::json;

double now_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Objects in objects below which numbers are not looked for.
constexpr int kDeepest = 8;

/// Every number below `value`, named by the keys that lead to it.
void collect_numbers(const std::string& name,
                     const json& value,
                     int depth,
                     std::vector<Metric>& out) {
  if (value.is_number()) {
    out.push_back({name, value.get<double>()});
  } else if (value.is_object() && depth < kDeepest) {
    for (const auto& [key, below] : value.items()) {
      collect_numbers(name.empty() ? key : name + "/" + key, below, depth + 1, out);
    }
  }
}

/// Cuts off what a process that was killed left of its last line.
Result<void> drop_torn_line(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return {};  // a run that begins
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t end = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (end < text.size()) {
    std::error_code error;
    std::filesystem::resize_file(path, end, error);
    if (error) {
      return fail(Errc::kIo, "{}: {}", path.string(), error.message());
    }
  }
  return {};
}

}  // namespace

Result<MetricsLog> MetricsLog::open(const std::filesystem::path& run_directory,
                                    std::int64_t first_step) {
  auto events = TensorboardWriter::create(run_directory, now_s(), first_step);
  if (!events) {
    return tl::unexpected(events.error());
  }
  std::filesystem::path path = run_directory / "metrics.jsonl";
  if (auto whole = drop_torn_line(path); !whole) {
    return tl::unexpected(whole.error());
  }
  std::ofstream file(path, std::ios::app);
  if (!file) {
    return fail(Errc::kIo, "{}: cannot be written", path.string());
  }
  return MetricsLog(std::move(path), std::move(file), std::move(*events));
}

Result<void> MetricsLog::add(std::int64_t step, std::span<const Metric> metrics) {
  json line{{"step", step}};
  for (const Metric& metric : metrics) {
    line[metric.name] = metric.value;
  }
  if (auto written = write_line(line.dump()); !written) {
    return written;
  }
  return events_.add(now_s(), step, metrics);
}

Result<void> MetricsLog::add_object(std::int64_t step,
                                    const std::string& name,
                                    const std::string& object_json) {
  const json object = json::parse(object_json, nullptr, false);
  if (!object.is_object()) {
    return fail(Errc::kConfig, "metrics {}: not a JSON object", name);
  }
  if (auto written = write_line(json{{"step", step}, {name, object}}.dump()); !written) {
    return written;
  }
  std::vector<Metric> numbers;
  collect_numbers(name, object, 0, numbers);
  return events_.add(now_s(), step, numbers);
}

Result<void> MetricsLog::write_line(const std::string& line) {
  file_ << line << '\n' << std::flush;
  if (!file_) {
    return fail(Errc::kIo, "{}: cannot be written", path_.string());
  }
  return {};
}

Result<MetricsHistory> read_metrics(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) {
    return fail(Errc::kNotFound, "{}: cannot be read", path.string());
  }
  MetricsHistory history;
  std::string text;
  for (std::size_t number = 1; std::getline(file, text); ++number) {
    const json line = json::parse(text, nullptr, false);
    const auto step = line.is_object() ? line.find("step") : line.end();
    if (!line.is_object() || step == line.end() || !step->is_number_integer()) {
      if (file.eof()) {
        break;  // still being written
      }
      return fail(Errc::kCorruptRecord,
                  "{}:{}: not a JSON object with an integer \"step\"",
                  path.string(),
                  number);
    }
    std::vector<Metric> numbers;
    collect_numbers("", line, 0, numbers);
    for (Metric& metric : numbers) {
      auto& series = history[metric.name];
      while (!series.empty() && series.back().first >= step->get<std::int64_t>()) {
        series.pop_back();
      }
      series.emplace_back(step->get<std::int64_t>(), metric.value);
    }
  }
  history.erase("step");
  return history;
}

}  // namespace geod::trainer
