#include "streams/zap_handler.hpp"

#include <array>
#include <cerrno>
#include <iterator>
#include <string_view>
#include <utility>

#include <pthread.h>
#include <zmq_addon.hpp>

#include "streams/curve_keys.hpp"

namespace geod::streams {
namespace {

constexpr const char* kZapAddress = "inproc://zeromq.zap.01";
constexpr std::string_view kZapVersion = "1.0";
constexpr std::string_view kProofDomain = "self-test";
constexpr std::size_t kRawKeyBytes = 32;
constexpr std::chrono::milliseconds kProofTimeout{2000};
constexpr std::chrono::milliseconds kStopCheck{100};

/// Frames of a request: version, request id, domain, address, identity, mechanism, credentials.
constexpr std::size_t kRequestFrames = 7;

struct ZapReply {
  std::string_view status;
  std::string_view text;
  std::string user_id;
  std::string name;  ///< of the accepted peer, for the log
};

ZapReply decide(const std::vector<zmq::message_t>& request, const CurveAllowList& allowed) {
  if (request.size() != kRequestFrames || request[0].to_string_view() != kZapVersion) {
    return {"500", "not a ZAP 1.0 CURVE request", {}, {}};
  }
  if (request[5].to_string_view() != "CURVE" || request[6].size() != kRawKeyBytes) {
    return {"400", "CURVE is required", {}, {}};
  }
  std::string key = z85_from_raw(request[6].to_string_view());
  if (const AllowedKey* const entry = allowed.find(key)) {
    return {"200", "OK", std::move(key), entry->name};
  }
  return {"400", "this key is not in the allow list", {}, {}};
}

/// The status code of the answer about `raw_key`.
Result<std::string> ask(zmq::context_t& context,
                        std::string_view raw_key,
                        std::chrono::milliseconds timeout) {
  zmq::socket_t socket(context, zmq::socket_type::req);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::sndtimeo, static_cast<int>(timeout.count()));
  socket.set(zmq::sockopt::rcvtimeo, static_cast<int>(timeout.count()));
  socket.connect(kZapAddress);
  const std::array<zmq::const_buffer, kRequestFrames> request{zmq::buffer(kZapVersion),
                                                              zmq::str_buffer("1"),
                                                              zmq::buffer(kProofDomain),
                                                              zmq::str_buffer("127.0.0.1"),
                                                              zmq::str_buffer(""),
                                                              zmq::str_buffer("CURVE"),
                                                              zmq::buffer(raw_key)};
  std::vector<zmq::message_t> reply;
  if (!zmq::send_multipart(socket, request) ||
      !zmq::recv_multipart(socket, std::back_inserter(reply))) {
    return fail(Errc::kIo, "the CURVE authentication handler does not answer");
  }
  if (reply.size() < 3 || reply[0].to_string_view() != kZapVersion) {
    return fail(Errc::kIo, "the CURVE authentication handler answers in no known form");
  }
  return reply[2].to_string();
}

}  // namespace

Result<void> prove_zap_handler(zmq::context_t& context,
                               const std::string& listed_key,
                               std::chrono::milliseconds timeout) {
  try {
    const auto refused = ask(context, std::string(kRawKeyBytes, '\0'), timeout);
    if (!refused) {
      return tl::unexpected(refused.error());
    }
    if (*refused == "200") {
      return fail(Errc::kIo, "the CURVE authentication handler lets an unknown key in");
    }
    const auto accepted = ask(context, raw_from_z85(listed_key), timeout);
    if (!accepted) {
      return tl::unexpected(accepted.error());
    }
    if (*accepted != "200") {
      return fail(Errc::kIo, "the CURVE authentication handler refuses a key of the allow list");
    }
  } catch (const zmq::error_t& error) {
    return fail(Errc::kIo, "CURVE authentication handler: {}", error.what());
  }
  return {};
}

Result<std::unique_ptr<ZapHandler>> ZapHandler::start(zmq::context_t& context,
                                                      const SharedAllowList& allowed) {
  const auto listed = allowed.get()->any_key();
  if (!listed) {
    return fail(Errc::kConfig,
                "CURVE is on but the allow list is empty: no publisher could connect; add its "
                "public key");
  }
  std::unique_ptr<ZapHandler> handler;
  try {
    zmq::socket_t requests(context, zmq::socket_type::rep);
    requests.set(zmq::sockopt::linger, 0);
    requests.set(zmq::sockopt::rcvtimeo, static_cast<int>(kStopCheck.count()));
    requests.bind(kZapAddress);
    handler.reset(new ZapHandler(std::move(requests), allowed));
  } catch (const zmq::error_t& error) {
    return fail(Errc::kIo, "cannot start the CURVE authentication handler: {}", error.what());
  }
  if (auto proven = prove_zap_handler(context, *listed, kProofTimeout); !proven) {
    return tl::unexpected(std::move(proven.error()));
  }
  return handler;
}

ZapHandler::ZapHandler(zmq::socket_t requests, const SharedAllowList& allowed)
    : allowed_(allowed),
      requests_(std::move(requests)),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

ZapHandler::~ZapHandler() = default;

void ZapHandler::run(std::stop_token stop) {
  ::pthread_setname_np(::pthread_self(), "geod-zap");
  try {
    while (!stop.stop_requested()) {
      try {
        answer_one();
      } catch (const zmq::error_t& error) {
        if (error.num() != EINTR) {
          throw;
        }
      }
    }
  } catch (const std::exception& error) {
    spdlog::error("CURVE authentication handler failed: {}", error.what());
  }
  is_alive_.store(false, std::memory_order_release);
}

void ZapHandler::answer_one() {
  std::vector<zmq::message_t> request;
  if (!zmq::recv_multipart(requests_, std::back_inserter(request))) {
    return;  // nothing within kStopCheck
  }
  const auto allowed = allowed_.get();
  const ZapReply reply = decide(request, *allowed);
  log_decision(request, reply.status == "200", reply.name);
  const std::string_view request_id =
      request.size() > 1 ? request[1].to_string_view() : std::string_view{};
  zmq::send_multipart(requests_,
                      std::array<zmq::const_buffer, 6>{zmq::buffer(kZapVersion),
                                                       zmq::buffer(request_id),
                                                       zmq::buffer(reply.status),
                                                       zmq::buffer(reply.text),
                                                       zmq::buffer(reply.user_id),
                                                       zmq::str_buffer("")});
}

void ZapHandler::log_decision(const std::vector<zmq::message_t>& request,
                              bool is_accepted,
                              const std::string& name) {
  if (request.size() != kRequestFrames || request[2].to_string_view() == kProofDomain) {
    return;
  }
  const std::string_view endpoint = request[2].to_string_view();
  const std::string address = request[3].to_string();
  const std::string key = request[6].size() == kRawKeyBytes
                              ? z85_from_raw(request[6].to_string_view())
                              : std::string("none");
  std::uint64_t held_back = 0;
  if (!log_limit_.allow(
          is_accepted ? key : address, std::chrono::steady_clock::now(), &held_back)) {
    return;
  }
  if (is_accepted) {
    spdlog::info("source={} peer={} name={} key accepted", endpoint, address, name);
  } else {
    spdlog::warn("source={} peer={} public_key={} key refused: not in the allow list held_back={}",
                 endpoint,
                 address,
                 key,
                 held_back);
  }
}

}  // namespace geod::streams
