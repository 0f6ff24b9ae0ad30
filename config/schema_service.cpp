#include "config/schema_parts.hpp"

namespace geod::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kMaxHosts = 64;

}  // namespace

void describe_service(Visitor& visitor, ServiceConfig& config) {
  visitor.scalar("enabled", flag(config.enabled), "Answer HTTP requests. They change nothing.");
  visitor.scalar("listen",
                 text(config.listen),
                 "ADDRESS:PORT of the HTTP server; * is every address of this host, port 0 any "
                 "that is free. Whoever reaches it reads the whole catalogue.");
  visitor.texts("hosts",
                config.hosts,
                Kind::kText,
                kMaxHosts,
                "Names under which people reach it, with https:// before the name where a proxy "
                "speaks TLS; localhost and addresses in digits need none.");
  visitor.scalar("publish",
                 text(config.publish),
                 "ZeroMQ address at which picks, detections and events are published (PUB), for "
                 "example tcp://127.0.0.1:15556; empty: none.");
  visitor.scalar("agency_id",
                 text(config.agency_id),
                 "Agency in what is written for other programs, and authority of its ids: 3 to 64 "
                 "of A-Z a-z 0-9 . _ -, for example ch.ethz.sed.");
  visitor.scalar("max_connections",
                 integer(config.max_connections, 4, 4096),
                 "Connections at a time. One more closes that whose client keeps geod "
                 "waiting longest.");
  visitor.scalar("max_subscribers",
                 integer(config.max_subscribers, 0, 4096),
                 "Connections that may follow /live at a time; below max_connections.");
  visitor.scalar("max_events",
                 integer(config.max_events, 1, 1'000'000),
                 "Events in one answer; a query that has more is refused (413).");
  visitor.scalar("query_threads",
                 integer(config.query_threads, 1, 64),
                 "Threads that read the database for answers.");
  visitor.scalar("header_timeout",
                 duration(config.header_timeout, milliseconds{10}, minutes{10}),
                 "Time for a client to send the head of a request.");
  visitor.scalar("idle_timeout",
                 duration(config.idle_timeout, milliseconds{10}, hours{24}),
                 "Time that a connection may wait between two requests.");
  visitor.scalar("write_timeout",
                 duration(config.write_timeout, milliseconds{10}, hours{1}),
                 "Time for a client to take the next piece of an answer.");
  visitor.scalar("heartbeat",
                 duration(config.heartbeat, milliseconds{100}, minutes{10}),
                 "Something is sent to subscribers at least this often.");
}

}  // namespace geod::config
