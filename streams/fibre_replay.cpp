#include "streams/fibre_replay.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>

#include "streams/bridge_translator.hpp"
#include "streams/hdf5_file.hpp"

namespace geod::streams {
namespace {

constexpr std::size_t kMaxMessageBytes = 8U << 20;
constexpr Duration kShortestBlock = std::chrono::milliseconds{100};
constexpr Duration kLongestBlock = std::chrono::seconds{1};
constexpr std::chrono::milliseconds kProgressInterval{250};
constexpr std::chrono::milliseconds kLongestSleep{50};
constexpr std::chrono::minutes kMetadataInterval{1};

using Phase = ReplayProgress::Phase;

/// Files as named, and those of folders in the order of their names.
Result<std::vector<std::string>> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
      std::vector<std::string> inside;
      for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
        if (entry.is_regular_file()) {
          inside.push_back(entry.path().string());
        }
      }
      std::ranges::sort(inside);
      files.insert(files.end(), inside.begin(), inside.end());
    } else if (std::filesystem::exists(path, error)) {
      files.push_back(path);
    } else {
      return fail(Errc::kNotFound, "{}: no such file", path);
    }
  }
  return files;
}

/// One replay from first look to last message.
class FibreReplayer {
 public:
  FibreReplayer(const FibreReplayOptions& options,
                const Clock& clock,
                const std::function<void(const ReplayProgress&)>& progress,
                std::stop_token stop)
      : options_(options),
        clock_(clock),
        progress_(progress),
        stop_(std::move(stop)),
        next_report_(clock.steady_now()) {
    state_.items = "blocks";
  }

  Result<ReplayProgress> run() {
    if (auto scanned = scan(); !scanned) {
      return tl::unexpected(std::move(scanned.error()));
    }
    if (auto connected = connect(); !connected) {
      return tl::unexpected(std::move(connected.error()));
    }
    start_ = clock_.steady_now();
    enter(Phase::kSending);
    for (const DasFile& file : files_) {
      if (auto sent = send_file(file); !sent) {
        return tl::unexpected(std::move(sent.error()));
      }
    }
    enter(Phase::kDraining);
    if (auto ended = publisher_->finish("end of files", options_.drain_patience, stop_); !ended) {
      return tl::unexpected(std::move(ended.error()));
    }
    state_.elapsed = clock_.steady_now() - start_;
    enter(Phase::kDone);
    return state_;
  }

 private:
  void enter(Phase phase) {
    state_.phase = phase;
    progress_(state_);
  }
  void report() {
    if (const auto now = clock_.steady_now(); now >= next_report_) {
      next_report_ = now + kProgressInterval;
      progress_(state_);
    }
  }

  Result<void> scan() {
    const auto paths = files_of(options_.paths);
    if (!paths) {
      return tl::unexpected(paths.error());
    }
    state_.files_total = paths->size();
    enter(Phase::kScanning);
    for (const std::string& path : *paths) {
      auto file = DasFile::open(path, options_.file);
      if (!file) {
        return tl::unexpected(std::move(file.error()));
      }
      files_.push_back(std::move(*file));
      ++state_.files;
      report();
    }
    if (files_.empty()) {
      return fail(Errc::kNotFound, "no file to replay");
    }
    std::ranges::stable_sort(files_, {}, &DasFile::start);
    for (const DasFile& file : files_) {
      for (const DasFileSegment& segment : file.segments()) {
        const std::int64_t each = block_samples(file.geometry());
        state_.records_total += static_cast<std::uint64_t>((segment.samples + each - 1) / each);
      }
    }
    state_.first_end = files_.front().start();
    state_.data_time = state_.first_end;
    return {};
  }

  Result<void> connect() {
    enter(Phase::kConnecting);
    PublisherOptions publisher = options_.publisher;
    publisher.content = WireKind::kDas;
    auto opened = WirePublisher::open(publisher, clock_);
    if (!opened) {
      return tl::unexpected(std::move(opened.error()));
    }
    publisher_ = std::move(*opened);
    return publisher_->wait_for_receiver(options_.patience, stop_);
  }

  /// At most what fits a message and a header.
  std::int64_t block_samples(const FibreGeometry& geometry) const {
    const auto row = static_cast<std::int64_t>(bytes_of(geometry.type)) * geometry.channels;
    const std::int64_t fitting = static_cast<std::int64_t>(kMaxMessageBytes) / row;
    return std::clamp<std::int64_t>(
        geometry.rate.samples_in(options_.block), 1, std::min(fitting, kMaxBlockSamples));
  }

  Result<void> send_file(const DasFile& file) {
    if (!geometry_ || *geometry_ != file.geometry() || places_ != file.places()) {
      geometry_ = file.geometry();
      places_ = file.places();
      ++revision_;
      next_metadata_ = {};
    }
    const std::int64_t each = block_samples(file.geometry());
    const ReplaySchedule schedule(state_.first_end, options_.speed, start_);
    for (const DasFileSegment& segment : file.segments()) {
      for (std::int64_t from = 0; from < segment.samples; from += each) {
        const auto block = file.read(segment, from, std::min(from + each, segment.samples));
        if (!block) {
          return tl::unexpected(block.error());
        }
        if (auto paused = pause_until(schedule.due(block->end())); !paused) {
          return paused;
        }
        if (auto sent = send(file, *block); !sent) {
          return sent;
        }
      }
    }
    return {};
  }

  Result<void> pause_until(std::chrono::steady_clock::time_point due) {
    for (auto now = clock_.steady_now(); now < due; now = clock_.steady_now()) {
      if (stop_.stop_requested()) {
        return fail(Errc::kCancelled, "stopped");
      }
      if (auto beaten = publisher_->beat_if_due(); !beaten) {
        return beaten;
      }
      report();
      std::this_thread::sleep_for(std::min<Duration>(due - now, kLongestSleep));
    }
    return {};
  }

  Result<void> send(const DasFile& file, const DasBlock& block) {
    const auto while_waiting = [this] { report(); };
    const auto now = clock_.steady_now();
    if (now >= next_metadata_) {
      next_metadata_ = now + kMetadataInterval;
      if (auto told = publisher_->send_metadata(
              acquisition_json(file.geometry(), file.format(), file.places()),
              stop_,
              while_waiting);
          !told) {
        return told;
      }
    }
    DasHeader header;
    header.start = block.start;
    header.samples = block.samples;
    header.geometry = *block.geometry;
    header.meta_rev = revision_;
    const std::span<const std::byte> samples(block.raw.get(), block.bytes());
    if (auto sent = publisher_->send_block(std::move(header), samples, stop_, while_waiting);
        !sent) {
      return sent;
    }
    ++state_.records;
    state_.bytes += samples.size();
    state_.messages = publisher_->messages();
    state_.data_time = block.end();
    state_.elapsed = clock_.steady_now() - start_;
    report();
    return publisher_->beat_if_due();
  }

  const FibreReplayOptions& options_;
  const Clock& clock_;
  const std::function<void(const ReplayProgress&)>& progress_;
  const std::stop_token stop_;
  ReplayProgress state_;
  std::chrono::steady_clock::time_point next_report_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_metadata_;
  std::vector<DasFile> files_;  ///< by start time
  std::unique_ptr<WirePublisher> publisher_;
  std::optional<FibreGeometry> geometry_;  ///< of the last block sent
  std::vector<FibrePlace> places_;         ///< sent last
  std::uint64_t revision_ = 0;
};

}  // namespace

Result<bool> are_fibre_recordings(const std::vector<std::string>& paths) {
  const auto files = files_of(paths);
  if (!files) {
    return tl::unexpected(files.error());
  }
  const auto is_fibre = [](const std::string& path) { return Hdf5File::is_one(path); };
  const auto fibre = std::ranges::find_if(*files, is_fibre);
  if (fibre == files->end()) {
    return false;
  }
  const auto other = std::ranges::find_if_not(*files, is_fibre);
  if (other != files->end()) {
    return fail(Errc::kConfig,
                "{} is a recording of a fibre (HDF5) and {} is not: replay them one after another",
                *fibre,
                *other);
  }
  return true;
}

Result<ReplayProgress> replay_fibre(const FibreReplayOptions& options,
                                    const Clock& clock,
                                    const std::function<void(const ReplayProgress&)>& progress,
                                    std::stop_token stop) {
  if (!(options.speed >= 0.0 && options.speed <= 1e9)) {
    return fail(
        Errc::kConfig, "speed {} is not between 0 (as fast as possible) and 1e9", options.speed);
  }
  if (options.block < kShortestBlock || options.block > kLongestBlock) {
    return fail(
        Errc::kConfig, "blocks of {} s; 0.1 to 1 s are possible", to_seconds(options.block));
  }
  return FibreReplayer(options, clock, progress, std::move(stop)).run();
}

}  // namespace geod::streams
