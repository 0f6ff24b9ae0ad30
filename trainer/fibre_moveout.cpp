#include "trainer/fibre_moveout.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "trainer/csv_table.hpp"

namespace geod::trainer {
namespace {

/// What reaches a fibre that lies across the ray: scattered waves come from other directions.
constexpr double kLeastResponse = 0.03;

double with_scattering(double response) {
  return std::copysign(std::max(kLeastResponse, std::abs(response)), response);
}

/// Direction in which a ray from below reaches `receiver`.
Vector3 arriving_direction(const CrustalModel& crust,
                           const PointKm& source,
                           const PointKm& receiver) {
  const CrustalRay ray = crust.p_ray(source, receiver);
  const double sine = std::min(1.0, ray.slowness_s_km * crust.p_speed_at(receiver[2]));
  const double east = receiver[0] - source[0];
  const double north = receiver[1] - source[1];
  const double horizontal = std::max(1e-9, std::hypot(east, north));
  return {sine * east / horizontal, sine * north / horizontal, -std::sqrt(1.0 - sine * sine)};
}

/// SV turned towards SH by an angle.
Vector3 shear_polarisation(const Vector3& travels, double polarisation_rad) {
  const double sine = std::hypot(travels[0], travels[1]);
  const double east = sine > 1e-9 ? travels[0] / sine : 1.0;
  const double north = sine > 1e-9 ? travels[1] / sine : 0.0;
  const Vector3 vertical{-travels[2] * east, -travels[2] * north, sine};
  const Vector3 horizontal{-north, east, 0.0};
  Vector3 out{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    out[axis] =
        std::cos(polarisation_rad) * vertical[axis] + std::sin(polarisation_rad) * horizontal[axis];
  }
  return out;
}

/// Slope of a curve in s per channel, over some channels to both sides.
std::vector<double> slopes(std::span<const double> time_s) {
  constexpr std::size_t kReach = 5;
  std::vector<double> out;
  for (std::size_t i = 0; i < time_s.size(); ++i) {
    const std::size_t from = i > kReach ? i - kReach : 0;
    const std::size_t to = std::min(time_s.size() - 1, i + kReach);
    out.push_back((time_s[to] - time_s[from]) /
                  static_cast<double>(std::max<std::size_t>(1, to - from)));
  }
  return out;
}

Result<FibreCurve> finish_curve(const std::string& name,
                                const std::vector<std::array<double, 3>>& points) {
  if (points.size() < 2) {
    return fail(Errc::kCorruptRecord, "{}: has fewer than two points", name);
  }
  FibreCurve curve;
  curve.spacing_m = (points.back()[0] - points[0][0]) / static_cast<double>(points.size() - 1);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double expected_m = points[0][0] + static_cast<double>(i) * curve.spacing_m;
    if (curve.spacing_m <= 0.0 || std::abs(points[i][0] - expected_m) > 0.01 * curve.spacing_m) {
      return fail(Errc::kCorruptRecord,
                  "{}: its distances must ascend evenly, point {} does not",
                  name,
                  i + 1);
    }
    if (points[i][2] <= points[i][1]) {
      return fail(Errc::kCorruptRecord, "{}: S is not after P at point {}", name, i + 1);
    }
    curve.p_s.push_back(points[i][1]);
    curve.s_s.push_back(points[i][2]);
  }
  return curve;
}

}  // namespace

double axial_response(const Vector3& travels, const Vector3& polarisation, const Vector3& fibre) {
  return dot(travels, fibre) * dot(polarisation, fibre);
}

double gauge_response(double angular_frequency, double crossing_s) {
  const double x = 0.5 * angular_frequency * crossing_s;
  return std::abs(x) < 1e-9 ? 1.0 : std::sin(x) / x;
}

void reflect_at_top(FibreMoveout& moveout) {
  moveout.reflected_s.clear();
  for (const double time_s : moveout.time_s) {
    moveout.reflected_s.push_back(std::max(time_s, 2.0 * moveout.time_s.front() - time_s));
  }
}

FibreMoveout moveout_of_source(const FibrePath& path,
                               const CrustalModel& crust,
                               const PointKm& source,
                               Phase phase,
                               double polarisation_rad,
                               double gauge_m) {
  const bool is_p = phase == Phase::kP;
  const double nearest_km = distance_km(source, path.points[path.channels() / 2]);
  FibreMoveout out;
  out.phase = phase;
  for (std::size_t i = 0; i < path.channels(); ++i) {
    const PointKm& at = path.points[i];
    const Vector3 travels = arriving_direction(crust, source, at);
    const Vector3 moves = is_p ? travels : shear_polarisation(travels, polarisation_rad);
    const double speed_km_s = crust.p_speed_at(at[2]) / (is_p ? 1.0 : crust.p_to_s);
    const double spreading = nearest_km / std::max(1e-3, distance_km(source, at));
    out.time_s.push_back(is_p ? crust.p_travel_time_s(source, at)
                              : crust.s_travel_time_s(source, at));
    out.response.push_back(with_scattering(axial_response(travels, moves, path.tangents[i])) *
                           spreading / speed_km_s);
    out.crossing_s.push_back(gauge_m * 1e-3 * std::abs(dot(travels, path.tangents[i])) /
                             speed_km_s);
  }
  if (path.kind == FibreKind::kBorehole) {
    reflect_at_top(out);
  }
  return out;
}

FibreMoveout moveout_of_curve(std::span<const double> time_s,
                              double spacing_m,
                              double speed_km_s,
                              Phase phase,
                              double polarisation_rad,
                              double gauge_m) {
  FibreMoveout out;
  out.phase = phase;
  out.time_s.assign(time_s.begin(), time_s.end());
  for (const double slope : slopes(time_s)) {
    // Cosine of the angle between ray and fibre.
    const double cosine = std::clamp(speed_km_s * slope / (spacing_m * 1e-3), -1.0, 1.0);
    const double across = std::sqrt(1.0 - cosine * cosine);
    const double response =
        phase == Phase::kP ? cosine * cosine : cosine * across * std::cos(polarisation_rad);
    out.response.push_back(with_scattering(response) / speed_km_s);
    out.crossing_s.push_back(gauge_m * 1e-3 * std::abs(cosine) / speed_km_s);
  }
  return out;
}

Result<std::vector<FibreCurve>> read_fibre_curves(const std::filesystem::path& path) {
  const auto table = CsvTable::read(path);
  if (!table) {
    return tl::unexpected(table.error());
  }
  std::vector<std::string> names;
  std::map<std::string, std::vector<std::array<double, 3>>> points;
  constexpr const char* kColumns[] = {"distance_m", "p_s", "s_s"};
  for (std::size_t row = 0; row < table->rows(); ++row) {
    const auto name = table->required(row, "curve");
    if (!name) {
      return tl::unexpected(name.error());
    }
    std::array<double, 3> point{};
    for (std::size_t i = 0; i < point.size(); ++i) {
      const auto number = table->number(row, kColumns[i]);
      if (!number) {
        return tl::unexpected(number.error());
      }
      if (!*number) {
        return fail(Errc::kCorruptRecord, "{}: has no {}", table->where(row), kColumns[i]);
      }
      point[i] = **number;
    }
    auto& curve = points[std::string(*name)];
    if (curve.empty()) {
      names.emplace_back(*name);
    }
    curve.push_back(point);
  }
  std::vector<FibreCurve> curves;
  for (const std::string& name : names) {
    auto curve = finish_curve(path.string() + ": curve " + name, points[name]);
    if (!curve) {
      return tl::unexpected(curve.error());
    }
    curves.push_back(std::move(*curve));
  }
  if (curves.empty()) {
    return fail(Errc::kCorruptRecord, "{}: holds no curve", path.string());
  }
  return curves;
}

}  // namespace geod::trainer
