#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/das_block.hpp"
#include "streams/fibre_buffer.hpp"

namespace geod::streams {

/// Turns the stored samples of one segment into rows of physical values, one per column.
///
/// A sample is taken relative to the first one of its channel, in double precision, so that an
/// offset costs no digits; strain and phase become rates by the difference of neighbours over the
/// sample period. Neighbouring channels are averaged into a column. A channel is dead where the
/// publisher says so, where a value is not finite or beyond kLargest, where it repeated itself at
/// kConstantChecks instants in a row, and for `dead_hold` samples after each of these; its samples
/// take no part, and a column without a live channel reads 0.
///
/// Single-threaded.
class FibreReader {
 public:
  static constexpr int kConstantChecks = 256;
  /// No measurement is this large in any unit; sums of what is smaller stay finite.
  static constexpr float kLargest = 1e30F;

  struct Settings {
    std::int64_t channels_per_column = 1;
    std::int64_t dead_hold = 1;    ///< samples
    std::int64_t check_every = 1;  ///< samples between the looks for constant channels
  };

  FibreReader(const FibreGeometry& geometry, const Settings& settings);

  static bool takes_difference(DasUnit unit);

  std::int64_t columns() const { return columns_; }
  bool gives_differences() const { return difference_; }

  /// Reads sample `index` of the piece (0: its first) into `row` [columns].
  /// Returns false when it gave no row: the first sample of a segment whose unit is differenced.
  bool read(const FibrePiece& piece, std::int64_t index, float* row);

  /// Whether no live channel carried `column` somewhere in samples [from, to) of the segment, of
  /// which `to` has been read. Only the last dead span of each column is remembered; dead_hold
  /// keeps them apart.
  bool is_dead(std::int64_t column, std::int64_t from, std::int64_t to) const {
    const auto c = static_cast<std::size_t>(column);
    return dead_from_[c] < to && dead_to_[c] > from;
  }

 private:
  static constexpr std::int64_t kOpen = INT64_MAX;

  template <class Sample>
  bool convert(const std::byte* first, std::ptrdiff_t step, float* values);
  bool convert_row(const FibrePiece& piece, std::int64_t index, float* values);
  void note_dead(std::int64_t channel);
  void note_unusable(const float* values);
  void note_constant(const float* values);
  void silence(float* values);
  void change_live(std::int64_t channel, int by);
  void average(float* row) const;

  Settings settings_;
  std::int64_t channels_ = 0;
  std::int64_t columns_ = 0;
  bool difference_ = false;
  double factor_ = 1.0;  ///< to physical values, per second where differenced

  std::int64_t sample_ = 0;            ///< of the segment, the one being read
  std::vector<double> reference_;      ///< [channels] taken off; the sample before if differenced
  std::vector<double> stored_;         ///< [channels] the sample as stored
  std::vector<float> last_checked_;    ///< [channels]
  std::vector<std::int32_t> repeats_;  ///< [channels]
  std::vector<std::int64_t> dead_until_;  ///< [channels]
  std::vector<std::uint8_t> is_dead_;     ///< [channels]
  std::vector<std::int64_t> dead_;        ///< channels that are dead now
  std::vector<std::int32_t> live_;        ///< [columns] live channels
  std::vector<std::int64_t> dead_from_;   ///< [columns] last dead span, samples of the segment
  std::vector<std::int64_t> dead_to_;     ///< [columns] kOpen while it lasts
  std::vector<float> channel_values_;     ///< [channels] where several make a column
};

}  // namespace geod::streams
