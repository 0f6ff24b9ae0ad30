#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace geod::test {

/// A TCP client that says exactly what it is told to, for talking to an HTTP server. Reads give up
/// after half a minute, so that a test that waits in vain fails.
class HttpPeer {
 public:
  explicit HttpPeer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{30, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ =
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;
  ~HttpPeer() { ::close(socket_); }

  bool is_connected() const { return is_connected_; }
  /// The last read ended for want of patience: the server neither spoke nor hung up.
  bool has_given_up() const { return has_given_up_; }

  bool say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish_saying() { ::shutdown(socket_, SHUT_WR); }

  /// Everything until the server hangs up.
  std::string hear_all() {
    while (hear_some()) {
    }
    return std::move(heard_);
  }
  /// Up to and with the first `mark`; less when the server hangs up before.
  std::string hear_until(std::string_view mark) {
    std::size_t at = 0;
    while ((at = heard_.find(mark)) == std::string::npos) {
      if (!hear_some()) {
        return std::exchange(heard_, {});
      }
    }
    std::string out = heard_.substr(0, at + mark.size());
    heard_.erase(0, out.size());
    return out;
  }
  /// One answer with a Content-Length: its head and body.
  std::string hear_answer() {
    std::string head = hear_until("\r\n\r\n");
    const std::size_t at = head.find("Content-Length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
    while (heard_.size() < length && hear_some()) {
    }
    std::string body = heard_.substr(0, length);
    heard_.erase(0, body.size());
    return head + body;
  }

 private:
  bool hear_some() {
    char room[4096];
    const ssize_t got = ::recv(socket_, room, sizeof room, 0);
    has_given_up_ = got < 0 && errno == EAGAIN;
    if (got <= 0) {
      return false;
    }
    heard_.append(room, static_cast<std::size_t>(got));
    return true;
  }

  int socket_;
  bool is_connected_ = false;
  bool has_given_up_ = false;
  std::string heard_;
};

/// A GET that closes the connection, and its whole answer.
inline std::string http_get(std::uint16_t port,
                            const std::string& target,
                            const std::string& headers = "") {
  HttpPeer peer(port);
  peer.say("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers +
           "\r\n");
  return peer.hear_all();
}

}  // namespace geod::test
