#include "streams/waveform_ring.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace geod::streams {
namespace {

/// What a record costs beside its samples: list, deque, pointers, header with its codes.
constexpr std::uint64_t kBytesARecord = 512;

std::uint64_t bytes_of(const Record& record) {
  return kBytesARecord +
         std::visit([](const auto& samples) { return samples.size() * sizeof(samples[0]); },
                    record.samples);
}

}  // namespace

void WaveformRing::push(const Record& record) {
  const RecordHeader& header = record.header;
  if (header.samples == 0 || header.flags.missing_or_padded || header.flags.telemetry_error) {
    return;
  }
  Entries made;
  made.push_back({std::make_shared<const Record>(record), bytes_of(record)});
  Entries freed;
  const std::lock_guard lock(mutex_);
  const auto channel = channels_.try_emplace(header.source_id).first;
  const bool is_first = channel->second.entries.empty();
  bytes_ += made.front().bytes;
  entries_.splice(entries_.end(), made);
  channel->second.entries.push_back(std::prev(entries_.end()));
  channel->second.newest = is_first ? header.end() : std::max(channel->second.newest, header.end());
  Time reached = channel->second.newest;
  if (limits_.is_followed) {
    reached = std::min(reached, followed_to_.value_or(Time::min() + limits_.span));
  }
  const Time oldest = reached - limits_.span;
  while (channel->second.entries.size() > 1 &&
         channel->second.entries.front()->record->header.end() <= oldest) {
    drop_front(channel, freed);
  }
  while (bytes_ > limits_.bytes && entries_.size() > 1) {
    drop_front(channels_.find(entries_.front().record->header.source_id), freed);
  }
}

void WaveformRing::follow_to(Time time) {
  const std::lock_guard lock(mutex_);
  followed_to_ = time;
}

void WaveformRing::drop_front(Channels::iterator channel, Entries& freed) {
  std::deque<Entries::iterator>& entries = channel->second.entries;
  bytes_ -= entries.front()->bytes;
  freed.splice(freed.end(), entries_, entries.front());
  entries.pop_front();
  if (entries.empty()) {
    channels_.erase(channel);
  }
}

SharedRecords WaveformRing::records(const SourceId& channel, Time from, Time to) const {
  SharedRecords found;
  const std::lock_guard lock(mutex_);
  const auto known = channels_.find(channel);
  if (known == channels_.end()) {
    return found;
  }
  for (const Entries::iterator& entry : known->second.entries) {
    const RecordHeader& header = entry->record->header;
    if (header.start < to && from < header.end()) {
      found.push_back(entry->record);
    }
  }
  return found;
}

Result<std::vector<Waveform>> WaveformRing::read(const SourceId& channel,
                                                 Time from,
                                                 Time to) const {
  return waveforms_of(records_within(records(channel, from, to), from, to));
}

std::vector<SourceId> WaveformRing::channels_of(const InstrumentId& instrument) const {
  std::vector<SourceId> found;
  const SourceId first{instrument.network,
                       instrument.station,
                       instrument.location,
                       instrument.band,
                       instrument.source,
                       ""};
  const std::lock_guard lock(mutex_);
  for (auto at = channels_.lower_bound(first);
       at != channels_.end() && at->first.instrument_id() == instrument;
       ++at) {
    found.push_back(at->first);
  }
  return found;
}

std::optional<Time> WaveformRing::newest(const SourceId& channel) const {
  const std::lock_guard lock(mutex_);
  const auto known = channels_.find(channel);
  return known == channels_.end() ? std::nullopt : std::optional(known->second.newest);
}

std::uint64_t WaveformRing::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace geod::streams
