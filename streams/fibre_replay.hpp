#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "streams/das_file.hpp"
#include "streams/replay.hpp"

namespace geod::streams {

struct FibreReplayOptions {
  std::vector<std::string> paths;  ///< HDF5 recordings of one fibre, and folders with such
  DasFileOptions file;
  PublisherOptions publisher;  ///< `stream_id` is the fibre's id
  double speed = 1.0;          ///< times real time; 0: as fast as the receiver takes it
  Duration block = std::chrono::milliseconds{200};  ///< 100 ms to 1 s of data a message
  Duration patience = std::chrono::seconds{30};     ///< for the first receiver to appear
  Duration drain_patience = std::chrono::minutes{10};
};

/// Whether the paths are recordings of a fibre (HDF5) and not miniSEED: looks at every file; a
/// folder stands for the files in it. Errors: kNotFound; kConfig when both kinds are there, naming
/// one of each.
Result<bool> are_fibre_recordings(const std::vector<std::string>& paths);

/// Publishes recordings of a fibre as a live stream, in order of their start times: `dasmeta/1`,
/// blocks of at most 8 MiB, heartbeats, `end/1`. A file that is sampled otherwise than the one
/// before, or lies elsewhere, goes out with a higher meta_rev. Returns when the receiver's side has
/// taken everything.
///
/// `progress` is called a few times a second and once at the end.
/// Errors: as `replay`, and those of DasFile::open.
Result<ReplayProgress> replay_fibre(const FibreReplayOptions& options,
                                    const Clock& clock,
                                    const std::function<void(const ReplayProgress&)>& progress,
                                    std::stop_token stop);

}  // namespace geod::streams
