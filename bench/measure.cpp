#include "bench/measure.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <thread>

#include <errno.h>
#include <fmt/format.h>
#include <sys/utsname.h>

namespace geod::bench {
namespace {

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// The first line of a file that starts with `prefix`, without it; `otherwise` when there is none.
std::string line_of(const char* file, const std::string& prefix, const std::string& otherwise) {
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line)) {
    if (line.starts_with(prefix)) {
      return line.substr(prefix.size());
    }
  }
  return otherwise;
}

}  // namespace

Stopwatch::Stopwatch()
    : wall_begin_(seconds_of(CLOCK_MONOTONIC)), cpu_begin_(seconds_of(CLOCK_THREAD_CPUTIME_ID)) {}
double Stopwatch::wall_s() const {
  return seconds_of(CLOCK_MONOTONIC) - wall_begin_;
}
double Stopwatch::cpu_s() const {
  return seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu_begin_;
}

double quantile(std::vector<double> values, double q) {
  if (values.empty()) {
    return 0.0;
  }
  std::sort(values.begin(), values.end());
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

std::string Ratios::text() const {
  return fmt::format(
      "{:.3f} ({:.3f}..{:.3f})", median(), quantile(values, 0.25), quantile(values, 0.75));
}

std::string Ratios::verdict(double goal) const {
  const double spread = quantile(values, 0.75) - quantile(values, 0.25);
  if (spread > std::abs(median() - goal) / 2.0) {
    return "no verdict";
  }
  return median() >= goal ? "reached" : "missed";
}

void print_host() {
  utsname system{};
  uname(&system);
  const std::string load = line_of("/proc/loadavg", "", "unknown");
  fmt::print("host: {}, {} cores, governor {}, {} {}, gcc {}, load {}\n",
             line_of("/proc/cpuinfo", "model name\t: ", "unknown processor"),
             std::thread::hardware_concurrency(),
             line_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "", "not readable"),
             system.sysname,
             system.release,
             __VERSION__,
             load.substr(0, load.find(' ')));
#ifndef NDEBUG
  fmt::print("this is not a Release build: the numbers say little\n");
#endif
  std::fflush(stdout);
}

void give_up(const std::string& why) {
  fmt::print(stderr, "{}: {}\n", program_invocation_short_name, why);
  std::exit(1);
}

}  // namespace geod::bench
