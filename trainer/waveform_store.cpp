#include "trainer/waveform_store.hpp"

namespace geod::trainer {

std::string names_and_sizes(std::span<const std::filesystem::path> files) {
  std::string text;
  for (const std::filesystem::path& file : files) {
    std::error_code error;
    text +=
        fmt::format("{} {} ", file.filename().string(), std::filesystem::file_size(file, error));
  }
  return text;
}

Waveform WaveformStore::get(std::size_t index, std::int64_t samples) const {
  if (Samples found = cached(index)) {
    return {std::move(found), false};
  }
  const std::size_t values = kComponents * static_cast<std::size_t>(samples);
  auto read = reader_->read(index);
  if (read && read->size() != values) {
    read = fail(Errc::kCorruptRecord,
                "trace {} has {} samples, {} were expected",
                index,
                read->size() / kComponents,
                samples);
  }
  if (!read) {
    const std::scoped_lock lock(mutex_);
    if (broken_.insert(index).second && first_fault_.empty()) {
      first_fault_ = read.error().what;
    }
    return {std::make_shared<const std::vector<float>>(values, 0.0F), true};
  }
  auto own = std::make_shared<const std::vector<float>>(std::move(*read));
  keep(index, own);
  return {std::move(own), false};
}

WaveformStore::Faults WaveformStore::faults() const {
  const std::scoped_lock lock(mutex_);
  return {broken_.size(), first_fault_};
}

WaveformStore::Samples WaveformStore::cached(std::size_t index) const {
  const std::scoped_lock lock(mutex_);
  const auto found = places_.find(index);
  if (found == places_.end()) {
    return nullptr;
  }
  newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
  return found->second->samples;
}

void WaveformStore::keep(std::size_t index, const Samples& samples) const {
  const std::scoped_lock lock(mutex_);
  if (places_.contains(index)) {
    return;  // another thread read it at the same time
  }
  newest_first_.push_front({index, samples});
  places_[index] = newest_first_.begin();
  bytes_ += samples->size() * sizeof(float);
  while (bytes_ > cache_bytes_ && newest_first_.size() > 1) {
    const Entry& oldest = newest_first_.back();
    bytes_ -= oldest.samples->size() * sizeof(float);
    places_.erase(oldest.index);
    newest_first_.pop_back();
  }
}

}  // namespace geod::trainer
