#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace geod::bench {

/// Elapsed time and processor time of the calling thread since the construction.
class Stopwatch {
 public:
  Stopwatch();
  double wall_s() const;
  double cpu_s() const;

 private:
  double wall_begin_;
  double cpu_begin_;
};

/// The `q` quantile (0 to 1) of `values`, linear between neighbours; 0 when empty.
double quantile(std::vector<double> values, double q);

/// Ratios of the rounds of one comparison. Above 1: geod is faster.
struct Ratios {
  std::vector<double> values;

  double median() const { return quantile(values, 0.5); }
  /// "1.02 (0.99..1.05)": the median and the quartiles.
  std::string text() const;
  /// "reached", "missed", or "no verdict" when the distance of the quartiles exceeds half the
  /// distance of the median from `goal`.
  std::string verdict(double goal) const;
};

/// Prints the machine (processor, cores, governor, load, kernel, compiler) and warns of a build
/// without optimisation.
void print_host();

/// Prints "PROGRAM: why" on stderr and ends with status 1.
[[noreturn]] void give_up(const std::string& why);

}  // namespace geod::bench
