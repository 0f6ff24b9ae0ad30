#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "service/http_message.hpp"
#include "service/live_source.hpp"

namespace geod::service {

/// Where a request is answered.
struct Route {
  /// Answers; must not throw and be safe to call from several threads at once.
  using Answer = std::function<HttpResponse(const HttpRequest&)>;
  /// Begins an endless answer, or refuses. Called on geod-http.
  using Follow =
      std::function<std::variant<HttpResponse, std::unique_ptr<LiveSource>>(const HttpRequest&)>;

  Answer answer;
  bool is_quick = false;  ///< answered on geod-http itself: reads no disk
  Follow follow{};        ///< set: endless, `answer` is not
};

/// The paths of the server. Thread: immutable once the server runs.
class Router {
 public:
  /// For answers from memory.
  void add_quick(std::string path, Route::Answer answer) {
    routes_[std::move(path)] = {std::move(answer), true};
  }
  /// For answers that read the database or are long.
  void add_query(std::string path, Route::Answer answer) {
    routes_[std::move(path)] = {std::move(answer), false};
  }
  void add_live(std::string path, Route::Follow follow) {
    routes_[std::move(path)] = {nullptr, true, std::move(follow)};
  }

  /// Null when there is none.
  const Route* find(std::string_view path) const {
    const auto found = routes_.find(path);
    return found == routes_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, Route, std::less<>> routes_;
};

}  // namespace geod::service
