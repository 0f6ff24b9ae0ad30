#include "streams/stream_processor.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace geod::streams {
namespace {

std::optional<Component> component_of(const std::string& subsource) {
  if (subsource.size() != 1) {
    return std::nullopt;
  }
  switch (subsource.front()) {
    case 'Z':
    case '3':
      return Component::kZ;
    case 'N':
    case '1':
      return Component::kN;
    case 'E':
    case '2':
      return Component::kE;
    default:
      return std::nullopt;
  }
}

bool is_letter(char code) {
  return code >= 'A' && code <= 'Z';
}

/// Takes the component's place for `code` unless a code of the same or higher rank holds it.
bool claim(InstrumentWindower& windower, Component component, char code) {
  const char holder = windower.subsource(component);
  if (holder == code) {
    return true;
  }
  if (holder != '\0' && (is_letter(holder) || !is_letter(code))) {
    return false;
  }
  windower.set_subsource(component, code);
  return true;
}

}  // namespace

void StreamOutput::clear() {
  windows.clear();
  events.clear();
  channels.clear();
  ended.clear();
}

StreamProcessor::Instrument::Instrument(const InstrumentId& id, StreamProcessor& owner)
    : windower(id, owner.geometry_, owner.windows_, owner.counters_.windows) {}

StreamProcessor::Channel::Channel(const SourceId& id,
                                  StreamProcessor& owner,
                                  Instrument& its_instrument)
    : trace(id, owner.continuity_, owner.counters_.continuity),
      resampler(owner.grid_, owner.filters_),
      instrument(&its_instrument) {}

StreamProcessor::StreamProcessor(const config::ContinuityConfig& continuity,
                                 const config::WindowsConfig& windows,
                                 const WindowGeometry& geometry,
                                 std::size_t max_channels)
    : continuity_(continuity),
      windows_(windows),
      geometry_(geometry),
      grid_(geometry.rate),
      max_channels_(max_channels) {
  GEOD_CHECK(geometry.hop_samples > 0 && geometry.hop_samples <= geometry.window_samples,
             "the hop must be positive and at most a window long");
}

StreamProcessor::Channel* StreamProcessor::find_or_add(const SourceId& id) {
  const auto known = channels_.find(id);
  if (known != channels_.end()) {
    return &known->second;
  }
  if (channels_.size() >= max_channels_) {
    return nullptr;
  }
  const InstrumentId instrument_id = id.instrument_id();
  auto instrument = instruments_.find(instrument_id);
  if (instrument == instruments_.end()) {
    instrument = instruments_
                     .emplace(std::piecewise_construct,
                              std::forward_as_tuple(instrument_id),
                              std::forward_as_tuple(instrument_id, *this))
                     .first;
  }
  instrument->second.channels.push_back(id);
  return &channels_
              .emplace(std::piecewise_construct,
                       std::forward_as_tuple(id),
                       std::forward_as_tuple(id, *this, instrument->second))
              .first->second;
}

void StreamProcessor::push(Record record, SteadyTime arrival, StreamOutput& out) {
  Channel* channel = find_or_add(record.header.source_id);
  if (channel == nullptr) {
    ++counters_.refused_channels;
    return;
  }
  channel->trace.push(std::move(record), trace_output_);
  window_pieces(*channel, arrival, out);
  channel->instrument->windower.cut(arrival, out.windows);
  announce(*channel, false, out);
}

/// Resamples what the trace buffer gave and hands it to the instrument's windower.
void StreamProcessor::window_pieces(Channel& channel, SteadyTime arrival, StreamOutput& out) {
  InstrumentWindower& windower = channel.instrument->windower;
  const SourceId& id = channel.trace.source_id();
  const auto component = component_of(id.subsource);
  for (const TracePiece& piece : trace_output_.pieces) {
    if (!component || !Resampler::supports(piece.rate, geometry_.rate) ||
        !claim(windower, *component, id.subsource.front())) {
      ++counters_.not_windowed;
      continue;
    }
    runs_.clear();
    if (piece.begins_segment) {
      channel.resampler.finish(runs_);
      for (const GridRun& run : runs_) {
        windower.append(*component, run.first, run.samples);
      }
      runs_.clear();
    }
    if (piece.moved_back) {
      windower.move_back(*component, grid_.ceil_index(piece.start), arrival, out.windows);
    }
    for (const TraceMark& mark : piece.marks) {
      windower.add_mark(*component, mark);
    }
    channel.resampler.push(piece, runs_);
    for (const GridRun& run : runs_) {
      windower.append(*component, run.first, run.samples);
    }
  }
  std::move(
      trace_output_.events.begin(), trace_output_.events.end(), std::back_inserter(out.events));
  trace_output_.pieces.clear();
  trace_output_.events.clear();
}

void StreamProcessor::announce(Channel& channel, bool always, StreamOutput& out) {
  const TraceBuffer& trace = channel.trace;
  if (!trace.has_samples()) {
    return;
  }
  const bool is_new = !channel.announced || trace.rate() != channel.announced_rate;
  if (!is_new && !always && trace.expected() < channel.next_update) {
    return;
  }
  channel.announced = true;
  channel.announced_rate = trace.rate();
  channel.next_update = trace.expected() + kChannelUpdate;
  out.channels.push_back({trace.source_id(),
                          trace.rate().hz(),
                          trace.first_sample(),
                          trace.expected() - trace.rate().period()});
}

void StreamProcessor::finish_instrument(const InstrumentId& id,
                                        Instrument& instrument,
                                        SteadyTime arrival,
                                        StreamOutput& out) {
  for (const SourceId& channel_id : instrument.channels) {
    Channel& channel = channels_.at(channel_id);
    channel.trace.finish(trace_output_);
    window_pieces(channel, arrival, out);
    runs_.clear();
    channel.resampler.finish(runs_);
    const auto component = component_of(channel_id.subsource);
    if (component && instrument.windower.subsource(*component) == channel_id.subsource.front()) {
      for (const GridRun& run : runs_) {
        instrument.windower.append(*component, run.first, run.samples);
      }
    }
    announce(channel, true, out);
  }
  instrument.windower.finish(arrival, out.windows);
  for (const SourceId& channel_id : instrument.channels) {
    channels_.erase(channel_id);
  }
  out.ended.push_back(id);
}

void StreamProcessor::end(const InstrumentId& instrument, SteadyTime arrival, StreamOutput& out) {
  const auto known = instruments_.find(instrument);
  if (known != instruments_.end()) {
    finish_instrument(known->first, known->second, arrival, out);
    instruments_.erase(known);
  }
}

void StreamProcessor::finish_all(SteadyTime arrival, StreamOutput& out) {
  // In the order of the ids, so that a replay ends the same way.
  std::vector<InstrumentId> ids;
  for (const auto& [id, instrument] : instruments_) {
    ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  for (const InstrumentId& id : ids) {
    end(id, arrival, out);
  }
}

StreamCounters StreamProcessor::counters() const {
  StreamCounters now = counters_;
  now.channels = channels_.size();
  now.instruments = instruments_.size();
  return now;
}

}  // namespace geod::streams
