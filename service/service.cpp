#include "service/service.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "service/event_service.hpp"
#include "service/http_server.hpp"
#include "service/live_feed.hpp"
#include "service/reader_pool.hpp"
#include "service/status_routes.hpp"

namespace geod::service {
namespace {

Metric counter(std::string name, std::string help, const std::atomic<std::uint64_t>& value) {
  return {std::move(name),
          std::move(help),
          Metric::Kind::kCounter,
          {{static_cast<double>(value.load()), {}}}};
}

Metric gauge(std::string name, std::string help, double value) {
  return {std::move(name), std::move(help), Metric::Kind::kGauge, {{value, {}}}};
}

/// What the server counts of itself.
void add_own_metrics(const HttpCounters& http, const LiveFeed& feed, std::vector<Metric>& metrics) {
  metrics.push_back(gauge("geod_http_connections",
                          "Connections that are open now.",
                          static_cast<double>(http.connections.load())));
  metrics.push_back(counter("geod_http_connections_accepted_total",
                            "Connections that were accepted.",
                            http.connections_accepted));
  metrics.push_back(counter("geod_http_connections_evicted_total",
                            "Waiting connections that were closed to make room for new ones.",
                            http.connections_evicted));
  metrics.push_back(counter("geod_http_connections_refused_total",
                            "Connections turned away because all others were at work.",
                            http.connections_refused));
  metrics.push_back(
      counter("geod_http_requests_total", "Requests whose head could be read.", http.requests));
  metrics.push_back(counter("geod_http_requests_refused_total",
                            "Requests that were answered with a status of 400 or more.",
                            http.requests_refused));
  metrics.push_back(
      counter("geod_http_sent_bytes_total", "Bytes of answers, without heads.", http.bytes_sent));
  metrics.push_back(gauge("geod_live_subscribers",
                          "Connections that follow /live now.",
                          static_cast<double>(feed.subscribers())));
  metrics.push_back({"geod_live_messages_total",
                     "Picks, detections and versions of events told by the live feed.",
                     Metric::Kind::kCounter,
                     {{static_cast<double>(feed.messages()), {}}}});
  metrics.push_back({"geod_live_subscribers_left_behind_total",
                     "Subscribers that were sent away because they did not keep up.",
                     Metric::Kind::kCounter,
                     {{static_cast<double>(feed.subscribers_left_behind()), {}}}});
}

}  // namespace

struct Service::Impl {
  Impl(std::filesystem::path database, std::unique_ptr<HttpServer> http)
      : readers(std::move(database)), server(std::move(http)) {}

  ReaderPool readers;
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<LiveFeed> feed;
  std::string host;
  std::string publish_address;
};

Result<std::unique_ptr<Service>> Service::start(const config::ServiceConfig& config,
                                                Sources sources) {
  auto options = HttpServerOptions::from(config);
  if (!options) {
    return tl::unexpected(options.error());
  }
  const std::string host = options->listen.host;
  auto server = HttpServer::listen(std::move(*options));
  if (!server) {
    return tl::unexpected(server.error());
  }
  auto impl = std::make_unique<Impl>(std::move(sources.database), std::move(*server));
  impl->host = host;
  std::unique_ptr<LivePublisher> publisher;
  if (!config.publish.empty()) {
    auto bound = LivePublisher::bind(config.publish);
    if (!bound) {
      return tl::unexpected(bound.error());
    }
    publisher = std::move(*bound);
    impl->publish_address = publisher->address();
  }
  impl->feed = std::make_unique<LiveFeed>(
      *impl->server, impl->readers, std::move(publisher), LiveOptions{config.max_subscribers});

  Router router;
  add_event_routes(router, impl->readers, {config.agency_id, config.max_events});
  add_station_routes(router, std::move(sources.inventory), config.agency_id);
  StatusSource status = std::move(sources.status);
  status.metrics =
      [told = std::move(status.metrics), &http = impl->server->counters(), &feed = *impl->feed] {
        std::vector<Metric> metrics = told();
        add_own_metrics(http, feed, metrics);
        return metrics;
      };
  add_status_routes(router, std::move(status));
  if (auto begun = impl->feed->begin(router); !begun) {
    return tl::unexpected(begun.error());
  }
  impl->server->start(std::move(router));
  return std::unique_ptr<Service>(new Service(std::move(impl)));
}

Service::Service(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Service::~Service() {
  stop();
}

void Service::notify_committed() {
  impl_->feed->notify();
}

void Service::stop() {
  impl_->readers.close();
  impl_->server->stop();
}

std::string Service::address() const {
  const bool is_v6 = impl_->host.find(':') != std::string::npos;
  const std::string host = is_v6 ? "[" + impl_->host + "]" : impl_->host;
  return fmt::format("{}:{}", host, impl_->server->port());
}

std::string Service::publish_address() const {
  return impl_->publish_address;
}

}  // namespace geod::service
