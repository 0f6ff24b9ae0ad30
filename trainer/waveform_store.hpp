#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/window.hpp"

namespace geod::trainer {

/// Samples of one recording, [C = 3, T], kept alive while somebody holds this.
class Waveform {
 public:
  using Samples = std::shared_ptr<const std::vector<float>>;

  /// Of memory that outlives this.
  explicit Waveform(std::span<const float> samples) : samples_(samples) {}
  Waveform(Samples owner, bool missing)
      : owner_(std::move(owner)), samples_(*owner_), missing_(missing) {}

  std::span<const float> component(std::size_t c) const {
    const std::size_t length = samples_.size() / kComponents;
    return samples_.subspan(c * length, length);
  }
  /// Could not be read: all zeros, to be drawn for nothing.
  bool missing() const { return missing_; }

 private:
  Samples owner_;
  std::span<const float> samples_;
  bool missing_ = false;
};

/// "a.hdf5 720000 b.hdf5 1440000".
std::string names_and_sizes(std::span<const std::filesystem::path> files);

/// Reads recordings from files. Thread: any, several at once.
class WaveformReader {
 public:
  virtual ~WaveformReader() = default;
  /// [C = 3, T] Z N E at the training rate, finite. Errors name file and trace.
  virtual Result<std::vector<float>> read(std::size_t index) const = 0;
  /// Names and sizes of the files: tells two data sets apart without reading them.
  virtual std::string identity() const = 0;
};

/// The samples of recordings that stay in their files until they are drawn, and the last ones drawn
/// in a bounded cache. A trace that cannot be read is given as zeros marked missing, counted once,
/// and the first of these errors is kept: one broken trace does not end a training run.
/// Thread: any.
class WaveformStore {
 public:
  static constexpr std::size_t kCacheBytes = 512ULL << 20U;

  explicit WaveformStore(std::unique_ptr<WaveformReader> reader,
                         std::size_t cache_bytes = kCacheBytes)
      : reader_(std::move(reader)), cache_bytes_(cache_bytes) {}

  Waveform get(std::size_t index, std::int64_t samples) const;
  std::string identity() const { return reader_->identity(); }

  struct Faults {
    std::size_t traces = 0;
    std::string first;  ///< empty without any
  };
  Faults faults() const;

 private:
  using Samples = Waveform::Samples;
  struct Entry {
    std::size_t index;
    Samples samples;
  };

  Samples cached(std::size_t index) const;
  void keep(std::size_t index, const Samples& samples) const;

  std::unique_ptr<WaveformReader> reader_;
  std::size_t cache_bytes_;
  mutable std::mutex mutex_;  ///< of all below
  mutable std::list<Entry> newest_first_;
  mutable std::unordered_map<std::size_t, std::list<Entry>::iterator> places_;
  mutable std::size_t bytes_ = 0;
  mutable std::set<std::size_t> broken_;
  mutable std::string first_fault_;
};

}  // namespace geod::trainer
