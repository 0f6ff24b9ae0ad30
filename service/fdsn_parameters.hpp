#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"
#include "service/http_message.hpp"

namespace geod::service {

/// One parameter of an FDSN service, as its WADL tells it.
struct ParameterInfo {
  std::string_view name;
  std::string_view alias;  ///< empty: none
  std::string_view type;   ///< of XML Schema: "xs:dateTime", "xs:double", "xs:int", ...
  std::string_view default_value = "";
  std::string_view choices = "";  ///< "time,magnitude"; empty: any
};

/// The parameters of one query, read by kind. The first that is wrong is kept as fault(), so that
/// all can be read before it is looked at.
class Parameters {
 public:
  /// kConfig when a parameter is not among `known`, comes twice or is empty.
  static Result<Parameters> read(const HttpRequest& request, std::span<const ParameterInfo> known);

  bool has(std::string_view name) const { return values_.contains(name); }
  std::optional<std::string> text(std::string_view name) const;
  std::optional<Time> time(std::string_view name);
  std::optional<double> number(std::string_view name, double minimum, double maximum);
  std::optional<std::int64_t> integer(std::string_view name,
                                      std::int64_t minimum,
                                      std::int64_t maximum);
  bool flag(std::string_view name);  ///< false where it is not given
  /// Where it is not given, the first. One of `words`, in small or capital letters.
  std::string one_of(std::string_view name, std::span<const std::string_view> words);
  /// Parts between commas; empty where it is not given.
  std::vector<std::string> list(std::string_view name) const;

  void add_fault(std::string what);
  const std::optional<Error>& fault() const { return fault_; }

 private:
  std::map<std::string, std::string, std::less<>> values_;
  std::optional<Error> fault_;
};

/// application.wadl of a service whose queries know `parameters`; `service` is "event".
std::string wadl(std::string_view base_url,
                 std::string_view service,
                 std::span<const ParameterInfo> parameters,
                 std::span<const std::string_view> other_resources);

/// Whether `text` fits a pattern with * and ?.
bool fits_pattern(std::string_view pattern, std::string_view text);

/// A place with distances from it, in degrees along a great circle.
struct RadiusQuery {
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  double min_deg = 0.0;
  double max_deg = 180.0;
};

/// latitude, longitude, minradius, maxradius; nothing when none of them is given.
std::optional<RadiusQuery> read_radius(Parameters& parameters);

/// Great-circle distance on a sphere, degrees.
double arc_deg(double latitude_a_deg,
               double longitude_a_deg,
               double latitude_b_deg,
               double longitude_b_deg);

/// Of a query that finds nothing: 204, or 404 where the client asked for that.
HttpResponse no_data(const HttpRequest& request, Parameters& parameters);

}  // namespace geod::service
