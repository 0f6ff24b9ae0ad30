#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <zmq.hpp>

#include "config/streams_config.hpp"
#include "core/error.hpp"
#include "streams/curve_keys.hpp"

namespace geod::streams {

/// True for what cannot be reached from another host: ipc, inproc, and tcp on a loopback address.
/// Names of network interfaces other than `lo` and host names other than `localhost` count as
/// reachable.
bool is_local_endpoint(std::string_view endpoint);

bool is_bind(config::EndpointMode mode);

/// Refuses what would let anyone on the network feed the daemon: a bind that other hosts reach,
/// without CURVE, unless the configuration spells out that this is wanted. Error: kConfig.
Result<void> check_exposure(const config::EndpointConfig& endpoint, bool allow_insecure_remote);

/// Options that every receiving socket of geod has: byte-bounded queue, largest frame, timeouts,
/// no lingering. Throws zmq::error_t.
///
/// Dead peers are found by TCP keep-alive and not by ZMQ_HEARTBEAT_*: a receiver that holds its
/// publisher back reads no heartbeats either, takes the peer for dead and drops the connection
/// with what is in flight (measured: 35 of 40 messages of 1 MB lost after a pause of five heartbeat
/// timeouts). Keep-alive probes are answered by the kernel, whatever the program does.
void apply_receive_options(zmq::socket_t& socket, const config::StreamsConfig& config);

/// Makes the socket of one endpoint with all its options, not yet bound or connected, so that it
/// can be watched from its first event. `keys` is required when the endpoint uses CURVE; the ZAP
/// domain of a bound CURVE socket is the endpoint's name. Errors: kConfig (exposed endpoint, bad
/// server key), kIo.
Result<zmq::socket_t> make_receive_socket(zmq::context_t& context,
                                          const config::EndpointConfig& endpoint,
                                          const config::StreamsConfig& config,
                                          const std::optional<CurveKeypair>& keys);

/// Binds or connects. Errors: kConfig (malformed endpoint), kIo (address in use, no such directory
/// or interface), each naming the endpoint and the remedy.
Result<void> attach_socket(zmq::socket_t& socket, const config::EndpointConfig& endpoint);

}  // namespace geod::streams
