#include "trainer/inversion_set.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/file_io.hpp"

namespace geod::trainer {
namespace {

constexpr std::uint64_t kMaxDescriptionBytes = 1U << 16U;
/// Of a set without lists and of no published size.
constexpr double kTrainingShare = 0.8;
/// Below it a velocity is in km/s, above it no rock.
constexpr float kLeastVelocityMPerS = 100.0F;
constexpr float kMostVelocityMPerS = 15000.0F;

/// The name of a folder, also where its path ends in a slash.
std::string name_of(const std::filesystem::path& folder) {
  std::error_code error;
  const auto whole = std::filesystem::weakly_canonical(folder, error);
  return (error ? folder : whole).filename().string();
}

Result<InversionShape> shape_of(const NpyShard& shots, const NpyShard& velocities) {
  const auto& s = shots.sample_shape();
  auto v = velocities.sample_shape();
  if (v.size() == 3 && v.front() == 1) {
    v.erase(v.begin());
  }
  if (s.size() != 3 || v.size() != 2) {
    return fail(
        Errc::kCorruptRecord,
        "{} and {}: shots are [samples, sources, times, receivers] and velocities [samples, "
        "1, depths, offsets]",
        shots.path().string(),
        velocities.path().string());
  }
  if (shots.samples() != velocities.samples()) {
    return fail(Errc::kCorruptRecord,
                "{} holds {} samples and {} holds {}",
                shots.path().string(),
                shots.samples(),
                velocities.path().string(),
                velocities.samples());
  }
  return InversionShape{s[0], s[1], s[2], v[0], v[1]};
}

}  // namespace

std::string to_string(const InversionShape& shape) {
  return fmt::format("{} x {} x {} over {} x {}",
                     shape.sources,
                     shape.times,
                     shape.receivers,
                     shape.depths,
                     shape.offsets);
}

Result<InversionFolder> InversionFolder::open(const std::filesystem::path& folder) {
  const auto files = find_openfwi_shards(folder);
  if (!files) {
    return tl::unexpected(files.error());
  }
  InversionFolder out;
  out.directory_ = folder;
  out.name_ = name_of(folder);
  out.published_ = find_openfwi_set(out.name_);
  if (auto described = out.read_description(); !described) {
    return tl::unexpected(described.error());
  }
  for (const OpenFwiShard& each : *files) {
    if (auto added = out.add(each); !added) {
      return tl::unexpected(added.error());
    }
  }
  if (auto fits = out.check_units(); !fits) {
    return tl::unexpected(fits.error());
  }
  return out;
}

Result<void> InversionFolder::read_description() {
  const std::filesystem::path file = directory_ / "openfwi.json";
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    return {};
  }
  const auto text = models::read_text_file(file, kMaxDescriptionBytes);
  if (!text) {
    return tl::unexpected(text.error());
  }
  const nlohmann::json object = nlohmann::json::parse(*text, nullptr, false);
  if (!object.is_object()) {
    return fail(Errc::kCorruptRecord, "{}: not a JSON object", file.string());
  }
  std::string set;
  for (const auto& [key, into] : {std::pair{"name", &set},
                                  std::pair{"licence", &licence_},
                                  std::pair{"attribution", &attribution_}}) {
    const auto found = object.find(key);
    if (found == object.end()) {
      continue;
    }
    if (!found->is_string()) {
      return fail(Errc::kCorruptRecord, "{}: {} is no text", file.string(), key);
    }
    *into = found->get<std::string>();
  }
  if (!set.empty()) {
    published_ = find_openfwi_set(set);
  }
  return {};
}

Result<void> InversionFolder::add(const OpenFwiShard& files) {
  auto shots = NpyShard::open(files.shots);
  auto velocities = shots ? NpyShard::open(files.velocities) : tl::unexpected(shots.error());
  if (!velocities) {
    return tl::unexpected(velocities.error());
  }
  const auto shape = shape_of(*shots, *velocities);
  if (!shape) {
    return tl::unexpected(shape.error());
  }
  if (shards_.empty()) {
    shape_ = *shape;
  } else if (*shape != shape_) {
    return fail(Errc::kCorruptRecord,
                "{}: samples of {}, those of {} are {}",
                files.shots.string(),
                to_string(*shape),
                shards_.front().files.shots.string(),
                to_string(shape_));
  }
  shards_.push_back({std::move(*shots), std::move(*velocities), files});
  return {};
}

Result<void> InversionFolder::check_units() const {
  std::vector<float> map(shape_.map_values());
  const NpyShard& first = shards_.front().velocities;
  if (auto read = first.read(0, map); !read) {
    return read;
  }
  const auto [least, most] = std::ranges::minmax(map);
  if (least < kLeastVelocityMPerS || most > kMostVelocityMPerS) {
    return fail(Errc::kCorruptRecord,
                "{}: velocities from {:g} to {:g}; they must be in m/s",
                first.path().string(),
                least,
                most);
  }
  return {};
}

std::vector<std::vector<std::int64_t>> InversionFolder::samples_of(InversionPart part) const {
  std::map<std::int64_t, std::int64_t> undecided;  // samples by the count of layers
  for (const Shard& shard : shards_) {
    undecided[shard.files.layers] += shard.files.part ? 0 : shard.shots.samples();
  }
  std::map<std::int64_t, std::int64_t> passed;
  std::vector<std::vector<std::int64_t>> out(shards_.size());
  for (std::size_t s = 0; s < shards_.size(); ++s) {
    const Shard& shard = shards_[s];
    const std::int64_t layers = shard.files.layers;
    const auto to_train =
        static_cast<std::int64_t>(kTrainingShare * static_cast<double>(undecided[layers]) + 0.5);
    for (std::int64_t i = 0; i < shard.shots.samples(); ++i) {
      InversionPart own = InversionPart::kTraining;
      if (shard.files.part) {
        own = *shard.files.part;
      } else if (passed[layers]++ >= to_train) {
        own = InversionPart::kValidation;
      }
      if (own == part) {
        out[s].push_back(i);
      }
    }
  }
  return out;
}

Result<void> InversionFolder::read(const ShardSample& sample,
                                   std::span<float> shots,
                                   std::span<float> velocities) const {
  const Shard& shard = shards_[sample.shard];
  if (auto read = shard.shots.read(sample.sample, shots); !read) {
    return read;
  }
  return shard.velocities.read(sample.sample, velocities);
}

std::string InversionFolder::identity() const {
  std::string text = name_;
  for (const Shard& shard : shards_) {
    for (const NpyShard* file : {&shard.shots, &shard.velocities}) {
      text += fmt::format(" {} {}", file->path().filename().string(), file->file_bytes());
    }
    if (shard.files.part) {
      text += *shard.files.part == InversionPart::kTraining ? " t" : " v";
    }
  }
  return text;
}

std::vector<InversionSample> samples_of(std::span<const InversionFolder> folders,
                                        InversionPart part,
                                        const InversionShare& share) {
  std::vector<InversionSample> out;
  for (std::size_t f = 0; f < folders.size(); ++f) {
    const auto shards = folders[f].samples_of(part);
    const auto chosen = share.takes_first ? first_samples(shards, share.share)
                                          : nested_subset(shards, share.share, share.seed);
    for (const ShardSample& place : chosen) {
      out.push_back({f, place});
    }
  }
  return out;
}

std::vector<InversionSample> take_out(std::vector<InversionSample>& samples,
                                      double share,
                                      std::uint64_t seed) {
  std::vector<std::vector<std::int64_t>> groups;  // positions in `samples`, by folder and shard
  std::optional<std::pair<std::size_t, std::size_t>> last;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::pair place{samples[i].folder, samples[i].place.shard};
    if (last != place) {
      groups.emplace_back();
      last = place;
    }
    groups.back().push_back(static_cast<std::int64_t>(i));
  }
  std::vector<InversionSample> taken;
  std::vector<bool> is_taken(samples.size(), false);
  for (const ShardSample& chosen : nested_subset(groups, share, seed)) {
    taken.push_back(samples[static_cast<std::size_t>(chosen.sample)]);
    is_taken[static_cast<std::size_t>(chosen.sample)] = true;
  }
  std::vector<InversionSample> left;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!is_taken[i]) {
      left.push_back(samples[i]);
    }
  }
  samples = std::move(left);
  return taken;
}

DatasetDescription describe(std::span<const InversionFolder> folders) {
  DatasetDescription description;
  for (const InversionFolder& folder : folders) {
    description.name += (description.name.empty() ? "" : " + ") + folder.name();
    DatasetFolder each;
    each.name = folder.name();
    each.licence = folder.licence();
    each.attribution = folder.attribution();
    each.labels_by = "velocity models that the shots were simulated over";
    description.folders.push_back(std::move(each));
  }
  return description;
}

}  // namespace geod::trainer
