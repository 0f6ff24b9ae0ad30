#include "catalog/nucleation_grid.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace geod::catalog {
namespace {

constexpr double kDepths_km[] = {4.0, 12.0, 24.0, 40.0, 65.0, 100.0, 150.0, 220.0, 300.0};
constexpr std::size_t kMostNodesASide = 100;
constexpr double kSlowestP_km_s = 5.5;
constexpr double kSlowestS_km_s = 3.2;

}  // namespace

NucleationGrid::NucleationGrid(const EventModel& model) {
  if (model.sites().empty()) {
    return;
  }
  lay_out(model);
  fill_times(model);
  choose_runs(model);
}

void NucleationGrid::lay_out(const EventModel& model) {
  const std::vector<SurfacePoint>& points = model.points();
  double west_km = 0.0;
  double east_km = 0.0;
  double south_km = 0.0;
  double north_km = 0.0;
  for (const SurfacePoint& point : points) {
    const Way way = way_between(points.front(), point);
    west_km = std::min(west_km, way.east * way.distance_km);
    east_km = std::max(east_km, way.east * way.distance_km);
    south_km = std::min(south_km, way.north * way.distance_km);
    north_km = std::max(north_km, way.north * way.distance_km);
  }
  const double margin_km = model.options().margin_km;
  const double width_km = east_km - west_km + 2.0 * margin_km;
  const double height_km = north_km - south_km + 2.0 * margin_km;
  spacing_km_ = std::max(model.options().node_spacing_km,
                         std::max(width_km, height_km) / static_cast<double>(kMostNodesASide - 1));
  columns_ = static_cast<std::size_t>(std::ceil(width_km / spacing_km_)) + 1;
  rows_ = static_cast<std::size_t>(std::ceil(height_km / spacing_km_)) + 1;
  for (const double depth_km : kDepths_km) {
    if (depths_km_.empty() || depth_km <= model.options().locator.depth_max_km) {
      depths_km_.push_back(depth_km);
    }
  }
  const SurfacePoint middle =
      moved(points.front(), (west_km + east_km) / 2.0, (south_km + north_km) / 2.0);
  nodes_.reserve(rows_ * depths_km_.size() * columns_);
  for (std::size_t row = 0; row < rows_; ++row) {
    for (std::size_t depth = 0; depth < depths_km_.size(); ++depth) {
      for (std::size_t column = 0; column < columns_; ++column) {
        const auto offset_km = [this](std::size_t at, std::size_t of) {
          return (static_cast<double>(at) - static_cast<double>(of - 1) / 2.0) * spacing_km_;
        };
        nodes_.push_back(moved(middle, offset_km(column, columns_), offset_km(row, rows_)));
      }
    }
  }
}

void NucleationGrid::fill_times(const EventModel& model) {
  const TravelTimes& tables = model.locator().travel_times();
  times_.resize(model.sites().size() * 2 * nodes_.size());
  for (std::size_t site = 0; site < model.sites().size(); ++site) {
    for (const Phase phase : {Phase::kP, Phase::kS}) {
      float* out = times_.data() + (2 * site + static_cast<std::size_t>(phase)) * nodes_.size();
      for (std::size_t node = 0; node < nodes_.size(); ++node) {
        const double depth_km = depths_km_[node / columns_ % depths_km_.size()];
        const double time_s =
            tables
                .first_arrival(phase,
                               way_between(nodes_[node], model.points()[site]).distance_km,
                               depth_km,
                               model.sites()[site].elevation_km)
                .time_s;
        out[node] = static_cast<float>(time_s);
        crossing_s_ = std::max(crossing_s_, time_s);
      }
    }
  }
}

void NucleationGrid::choose_runs(const EventModel& model) {
  const std::size_t sites = model.sites().size();
  runs_.resize(sites);
  longest_s_.assign(2 * sites, 0.0);
  const auto nearest = static_cast<std::size_t>(model.options().nearest_stations);
  std::vector<double> distances_km;
  for (std::size_t row = 0; row < rows_ * depths_km_.size(); ++row) {
    std::vector<Run> in_row(sites, Run{nodes_.size(), 0});
    for (std::size_t node = row * columns_; node < (row + 1) * columns_; ++node) {
      distances_km.clear();
      for (std::size_t site = 0; site < sites; ++site) {
        if (!model.is_fibre(static_cast<int>(site))) {
          distances_km.push_back(way_between(nodes_[node], model.points()[site]).distance_km);
        }
      }
      double limit_km = 1.5 * spacing_km_;
      if (distances_km.size() > nearest) {
        const auto last = distances_km.begin() + static_cast<std::ptrdiff_t>(nearest - 1);
        std::nth_element(distances_km.begin(), last, distances_km.end());
        limit_km = std::max(limit_km, *last);
      } else {
        limit_km = std::numeric_limits<double>::infinity();
      }
      for (std::size_t site = 0; site < sites; ++site) {
        if (way_between(nodes_[node], model.points()[site]).distance_km <= limit_km) {
          in_row[site].begin = std::min(in_row[site].begin, node);
          in_row[site].end = node + 1;
        }
      }
    }
    for (std::size_t site = 0; site < sites; ++site) {
      if (in_row[site].begin >= in_row[site].end) {
        continue;
      }
      runs_[site].push_back(in_row[site]);
      for (const Phase phase : {Phase::kP, Phase::kS}) {
        const float* t = times(static_cast<int>(site), phase);
        double& longest_s = longest_s_[2 * site + static_cast<std::size_t>(phase)];
        for (std::size_t node = in_row[site].begin; node < in_row[site].end; ++node) {
          longest_s = std::max(longest_s, static_cast<double>(t[node]));
        }
      }
    }
  }
}

double NucleationGrid::coarseness_s(Phase phase) const {
  return 0.5 * spacing_km_ / (phase == Phase::kP ? kSlowestP_km_s : kSlowestS_km_s);
}

std::vector<NucleationGrid::Peak> NucleationGrid::peaks(
    int site, Phase phase, const std::vector<Vote>& votes, double least_weight, int count) const {
  const std::vector<Run>& runs = runs_[static_cast<std::size_t>(site)];
  std::size_t total = 0;
  for (const Run& run : runs) {
    total += run.end - run.begin;
  }
  std::vector<float> sums(total, 0.0F);
  const float* anchor = times(site, phase);
  for (const Vote& vote : votes) {
    const float* other = times(vote.site, vote.phase);
    const float after_s = vote.after_anchor_s;
    const float tolerance_s = vote.tolerance_s;
    const float weight = vote.weight;
    float* sum = sums.data();
    for (const Run& run : runs) {
      const std::size_t length = run.end - run.begin;
      const float* a = anchor + run.begin;
      const float* b = other + run.begin;
      for (std::size_t i = 0; i < length; ++i) {
        const float off_s = std::abs(b[i] - a[i] - after_s);
        sum[i] += off_s <= tolerance_s ? weight : 0.0F;
      }
      sum += length;
    }
  }
  std::vector<Peak> peaks;
  std::vector<std::size_t> chosen;
  while (static_cast<int>(peaks.size()) < count) {
    double best = least_weight;
    std::size_t best_node = nodes_.size();
    const float* sum = sums.data();
    for (const Run& run : runs) {
      for (std::size_t node = run.begin; node < run.end; ++node, ++sum) {
        if (static_cast<double>(*sum) <= best) {
          continue;
        }
        const bool is_new = std::none_of(chosen.begin(), chosen.end(), [&](std::size_t other) {
          return way_between(nodes_[node], nodes_[other]).distance_km < 2.5 * spacing_km_;
        });
        if (is_new) {
          best = static_cast<double>(*sum);
          best_node = node;
        }
      }
    }
    if (best_node == nodes_.size()) {
      break;
    }
    chosen.push_back(best_node);
    peaks.push_back({{nodes_[best_node],
                      depths_km_[best_node / columns_ % depths_km_.size()],
                      -static_cast<double>(anchor[best_node])},
                     best});
  }
  return peaks;
}

}  // namespace geod::catalog
