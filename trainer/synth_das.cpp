#include "trainer/synth_das.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "trainer/das_tile_files.hpp"
#include "trainer/das_tiles.hpp"

namespace geod::trainer {
namespace {

/// Draws of scenes come from these streams of the seed.
constexpr std::uint64_t kSceneStream = 4'000'000;
constexpr double kShortShare = 0.25;

struct Grid {
  double rate_hz;
  double spacing_m;
};
constexpr Grid kGrids[] = {{25.0, 20.0},
                           {50.0, 20.0},
                           {100.0, 10.0},
                           {100.0, 5.0},
                           {200.0, 5.0},
                           {250.0, 4.0},
                           {500.0, 2.0}};

/// What a scene is drawn from, but for the curves.
DasSceneOptions draw_options(Rng& rng, const SynthDasOptions& options) {
  DasSceneOptions scene;
  const Grid& grid = kGrids[rng.below(static_cast<std::int64_t>(std::size(kGrids)))];
  scene.rate_hz = grid.rate_hz;
  scene.spacing_m = grid.spacing_m;
  scene.tile_rows = options.rows;
  scene.band_low_hz = options.settings.band_low * grid.rate_hz;
  scene.band_high_hz = options.settings.band_high * grid.rate_hz;
  scene.with_events = !rng.chance(options.noise_share);
  const auto tile_rows = static_cast<double>(options.rows);
  const bool is_short = rng.chance(kShortShare);
  scene.begins_early = is_short;
  scene.rows =
      std::llround(tile_rows * (is_short ? rng.uniform(0.6, 2.0) : rng.uniform(4.0, 10.0)));
  // A third of the fibres is narrower than a tile, some are wider.
  const double draw = rng.uniform();
  const auto tile_columns = static_cast<double>(options.columns);
  scene.channels = options.columns;
  if (draw < 0.35) {
    scene.channels = std::llround(tile_columns * rng.uniform(0.4, 1.0));
  } else if (draw < 0.5) {
    scene.channels = std::llround(tile_columns * rng.uniform(1.0, 2.0));
  }
  return scene;
}

Time draw_start(Rng& rng) {
  constexpr std::int64_t kFirst = 1577836800;  // 2020-01-01
  constexpr std::int64_t kSecondsOfAYear = 31'536'000;
  return time_from_ns((kFirst + rng.below(kSecondsOfAYear)) * 1'000'000'000 +
                      rng.below(1'000'000'000));
}

bool has_event(const DasTile& tile) {
  return std::any_of(tile.labels.begin(), tile.labels.end(), [](std::int8_t v) { return v != 0; });
}

}  // namespace

Result<SynthDasReport> synthesise_das(const SynthDasOptions& options,
                                      const std::function<void(std::int64_t tiles)>& progress) {
  std::vector<FibreCurve> curves;
  if (!options.moveouts.empty()) {
    auto read = read_fibre_curves(options.moveouts);
    if (!read) {
      return tl::unexpected(read.error());
    }
    curves = std::move(*read);
  }
  auto files = DasTileFiles::create(options);
  if (!files) {
    return tl::unexpected(files.error());
  }
  SynthDasReport report;
  double p_pixels = 0.0;
  double s_pixels = 0.0;
  for (; report.tiles < options.tiles; ++report.scenes) {
    Rng rng(options.seed, kSceneStream + static_cast<std::uint64_t>(report.scenes));
    DasTileSource source;
    source.scene = report.scenes;
    source.is_held_out = rng.chance(options.held_out_share);
    DasSceneOptions drawn = draw_options(rng, options);
    drawn.curves = curves;
    const Time start = draw_start(rng);
    const DasScene scene = make_das_scene(rng, drawn);
    source.kind = scene.path.kind;
    source.rate_hz = drawn.rate_hz;
    source.spacing_m = drawn.spacing_m;
    models::DasSettings settings = options.settings;
    settings.sampling_rate_hz = drawn.rate_hz;
    settings.channel_spacing_m = drawn.spacing_m;
    const auto tiles = cut_tiles(scene, settings, start, options.rows, options.columns);
    if (!tiles) {
      return tl::unexpected(tiles.error());
    }
    report.events += static_cast<std::int64_t>(scene.events.size());
    for (const DasTile& tile : *tiles) {
      if (report.tiles == options.tiles) {
        break;
      }
      if (auto added = files->add(tile, source); !added) {
        return tl::unexpected(added.error());
      }
      ++report.tiles;
      report.held_out += source.is_held_out ? 1 : 0;
      report.tiles_without_event += has_event(tile) ? 0 : 1;
      const auto count = [&](std::int8_t label) {
        return static_cast<double>(std::count(tile.labels.begin(), tile.labels.end(), label));
      };
      p_pixels += count(1);
      s_pixels += count(2);
    }
    progress(report.tiles);
  }
  const auto pixels = static_cast<double>(report.tiles * options.rows * options.columns);
  report.p_share = p_pixels / pixels;
  report.s_share = s_pixels / pixels;
  if (auto finished = files->finish(); !finished) {
    return tl::unexpected(finished.error());
  }
  return report;
}

}  // namespace geod::trainer
