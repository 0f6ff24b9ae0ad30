// ASN OptoDAS, file version 7 and later: `data` (times, channels), everything else below `header`.
#include <cmath>

#include "streams/das_layouts.hpp"

namespace geod::streams {
namespace {

bool is_optodas(const Hdf5File& file) {
  return file.has("header/dt") && file.has("header/time") && file.has("header/channels") &&
         file.has("data");
}

/// Channel numbers: evenly spaced, or the file is refused.
Result<void> take_channels(const Hdf5File& file, DasArray& array) {
  const auto channels = file.read_integers("header/channels");
  if (!channels) {
    return tl::unexpected(channels.error());
  }
  FibreGeometry& geometry = array.geometry;
  if (static_cast<std::int64_t>(channels->size()) != geometry.channels) {
    return fail(Errc::kCorruptRecord,
                "{}: header/channels has {} entries, data {} channels",
                file.name(),
                channels->size(),
                geometry.channels);
  }
  geometry.first_channel = channels->front();
  geometry.channel_stride = channels->size() > 1 ? (*channels)[1] - (*channels)[0] : 1;
  for (std::size_t i = 1; i < channels->size(); ++i) {
    if ((*channels)[i] - (*channels)[i - 1] != geometry.channel_stride ||
        geometry.channel_stride < 1) {
      return fail(Errc::kUnsupported,
                  "{}: its channels are not evenly spaced (several regions of interest)",
                  file.name());
    }
  }
  return {};
}

Result<DasArray> describe_optodas(const Hdf5File& file, const DasFileOptions& /*options*/) {
  DasArray array;
  array.format = "OptoDAS";
  array.dataset = "data";
  if (auto shaped = take_shape(file, false, array); !shaped) {
    return tl::unexpected(std::move(shaped.error()));
  }
  if (auto taken = take_channels(file, array); !taken) {
    return tl::unexpected(std::move(taken.error()));
  }
  const auto period_s = file.read_number("header/dt");
  const auto start_s = file.read_number("header/time");
  if (!period_s || !start_s) {
    return tl::unexpected(period_s ? start_s.error() : period_s.error());
  }
  const auto rate = rate_of_period(*period_s);
  if (!rate || !(*start_s >= 0.0 && *start_s < 9e9)) {
    return fail(Errc::kCorruptRecord,
                "{}: header/dt {} or header/time {} is no time",
                file.name(),
                *period_s,
                *start_s);
  }
  array.geometry.rate = *rate;
  array.geometry.channel_spacing_m = file.read_number("header/dx").value_or(0.0);
  array.geometry.gauge_length_m = file.read_number("header/gaugeLength").value_or(0.0);
  array.geometry.scale = file.read_number("header/dataScale").value_or(1.0);
  const auto unit = file.has("header/unit") ? file.read_text("header/unit") : Result<std::string>{};
  take_unit(file, unit ? std::optional(*unit) : std::nullopt, array);
  array.segments.push_back({time_from_seconds(*start_s), *rows_of(file, array), 0, -1});
  return array;
}

}  // namespace

const DasLayout kOptoDasLayout{"OptoDAS", is_optodas, describe_optodas};

}  // namespace geod::streams
