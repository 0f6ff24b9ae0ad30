#include "streams/das_file.hpp"

#include <array>
#include <utility>

#include "streams/das_header.hpp"
#include "streams/das_layouts.hpp"
#include "streams/hdf5_file.hpp"

namespace geod::streams {
namespace {

constexpr std::array kLayouts{&kOptoDasLayout,
                              &kFebusLayout,
                              &kTerra15Layout,
                              &kProdmlLayout,
                              &kDasRcnLayout,
                              &kDasdaeLayout,
                              &kXdasLayout};

const DasLayout& layout_of(const Hdf5File& file, const DasFileOptions& options) {
  if (options.dataset.empty()) {
    for (const DasLayout* const layout : kLayouts) {
      if (layout->is_of(file)) {
        return *layout;
      }
    }
  }
  return kPlainArrayLayout;
}

/// What the user says goes before what the file says.
Result<void> apply(const DasFileOptions& options, DasArray& array) {
  FibreGeometry& geometry = array.geometry;
  geometry.fibre_id = options.fibre_id;
  if (options.rate_hz) {
    const auto rate = SampleRate::from_hz(*options.rate_hz);
    if (!rate) {
      return tl::unexpected(rate.error());
    }
    geometry.rate = *rate;
  }
  geometry.channel_spacing_m = options.channel_spacing_m.value_or(geometry.channel_spacing_m);
  geometry.gauge_length_m = options.gauge_length_m.value_or(geometry.gauge_length_m);
  geometry.unit = options.unit.value_or(geometry.unit);
  geometry.scale = options.scale.value_or(geometry.scale);
  if (options.start && !array.segments.empty()) {
    const Duration shift = *options.start - array.segments.front().start;
    for (DasFileSegment& segment : array.segments) {
      segment.start += shift;
    }
  }
  return {};
}

/// What a block on the wire may be, so that whatever opens can be sent.
Result<void> check(const std::string& name, const DasArray& array) {
  const FibreGeometry& geometry = array.geometry;
  const bool is_possible = geometry.channels >= 1 && geometry.channels <= kMaxBlockChannels &&
                           geometry.rate.hz() <= kMaxFibreRateHz && geometry.scale != 0.0 &&
                           geometry.channel_spacing_m >= 0.0 && geometry.gauge_length_m >= 0.0;
  if (!is_possible) {
    return fail(Errc::kCorruptRecord,
                "{}: {} channels at {} are no fibre geod takes (1 to {} channels, up to {} Hz)",
                name,
                geometry.channels,
                geometry.rate.to_string(),
                kMaxBlockChannels,
                kMaxFibreRateHz);
  }
  if (array.segments.empty()) {
    return fail(Errc::kCorruptRecord, "{}: no samples", name);
  }
  const Time latest = *parse_iso("2200-01-01");
  for (const DasFileSegment& segment : array.segments) {
    if (segment.start < Time{} || segment.start > latest) {
      return fail(Errc::kCorruptRecord,
                  "{}: its time {} is not between 1970 and 2200; say it with --t0",
                  name,
                  to_iso(segment.start));
    }
  }
  return {};
}

}  // namespace

Result<DasFile> DasFile::open(const std::filesystem::path& path, const DasFileOptions& options) {
  auto file = Hdf5File::open(path);
  if (!file) {
    return tl::unexpected(std::move(file.error()));
  }
  return describe(std::move(*file), options);
}

Result<DasFile> DasFile::open_image(std::span<const std::byte> image,
                                    const std::string& name,
                                    const DasFileOptions& options) {
  auto file = Hdf5File::open_image(image, name);
  if (!file) {
    return tl::unexpected(std::move(file.error()));
  }
  return describe(std::move(*file), options);
}

Result<DasFile> DasFile::describe(Hdf5File opened, const DasFileOptions& options) {
  const auto file = std::make_shared<const Hdf5File>(std::move(opened));
  auto array = layout_of(*file, options).describe(*file, options);
  if (!array) {
    return tl::unexpected(std::move(array.error()));
  }
  if (auto applied = apply(options, *array); !applied) {
    return fail_with(applied.error(), file->name());
  }
  if (auto checked = check(file->name(), *array); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  return DasFile(file, std::move(*array));
}

DasFile::DasFile(std::shared_ptr<const Hdf5File> file, DasArray array)
    : file_(std::move(file)),
      array_(std::move(array)),
      geometry_(std::make_shared<const FibreGeometry>(array_.geometry)) {}

std::int64_t DasFile::samples() const {
  std::int64_t all = 0;
  for (const DasFileSegment& segment : array_.segments) {
    all += segment.samples;
  }
  return all;
}

Result<DasBlock> DasFile::read(const DasFileSegment& segment,
                               std::int64_t from,
                               std::int64_t to) const {
  GEOD_CHECK(0 <= from && from < to && to <= segment.samples, "a range of the segment");
  DasBlock block;
  block.geometry = geometry_;
  block.start = segment.start + geometry_->rate.span_of(from);
  block.samples = to - from;
  const std::shared_ptr<std::byte[]> raw(new std::byte[block.bytes()]);
  const std::int64_t row = segment.first_row + from;
  const bool is_time_major = geometry_->order == DasOrder::kTimeMajor;
  std::vector<std::int64_t> offset =
      is_time_major ? std::vector<std::int64_t>{row, 0} : std::vector<std::int64_t>{0, row};
  std::vector<std::int64_t> count =
      is_time_major ? std::vector<std::int64_t>{block.samples, geometry_->channels}
                    : std::vector<std::int64_t>{geometry_->channels, block.samples};
  if (segment.plane >= 0) {
    offset.insert(offset.begin(), segment.plane);
    count.insert(count.begin(), 1);
  }
  if (auto done = file_->read_samples(
          array_.dataset, offset, count, geometry_->type, {raw.get(), block.bytes()});
      !done) {
    return tl::unexpected(std::move(done.error()));
  }
  block.raw = raw;
  return block;
}

}  // namespace geod::streams
