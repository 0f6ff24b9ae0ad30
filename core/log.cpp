#include "core/log.hpp"

#include <cstdlib>
#include <memory>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace geod::log {
namespace {

/// %Q: the syslog priority of a message as journald's stream reader wants it, "<6>".
class PriorityFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message,
              const std::tm&,
              spdlog::memory_buf_t& destination) override {
    const char* text = "<7>";
    switch (message.level) {
      case spdlog::level::critical:
        text = "<2>";
        break;
      case spdlog::level::err:
        text = "<3>";
        break;
      case spdlog::level::warn:
        text = "<4>";
        break;
      case spdlog::level::info:
        text = "<6>";
        break;
      default:
        break;
    }
    destination.append(text, text + 3);
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return spdlog::details::make_unique<PriorityFlag>();
  }
};

}  // namespace

void init(std::string_view level) {
  auto logger =
      std::make_shared<spdlog::logger>("geod", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<PriorityFlag>('Q');
  formatter->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr
                             ? "%Qlevel=%l %v"
                             : "%Y-%m-%dT%H:%M:%S.%eZ level=%l %v");
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(std::string(level)));
  spdlog::set_default_logger(std::move(logger));
}

bool RateLimit::allow(const std::string& key,
                      std::chrono::steady_clock::time_point now,
                      std::uint64_t* held_back) {
  if (entries_.size() >= kMaxKeys && !entries_.contains(key)) {
    entries_.clear();
  }
  auto [it, is_new] = entries_.try_emplace(key, Entry{now + interval_, 0});
  if (!is_new && now < it->second.next) {
    ++it->second.held_back;
    return false;
  }
  if (held_back != nullptr) {
    *held_back = it->second.held_back;
  }
  it->second = Entry{now + interval_, 0};
  return true;
}

}  // namespace geod::log
