#include "trainer/process_store.hpp"

#include <charconv>
#include <cstring>
#include <memory>
#include <string_view>

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

namespace geod::trainer {
namespace {

constexpr std::string_view kFile = "file:";
constexpr std::string_view kTcp = "tcp://";
constexpr int kBacklog = 128;

}  // namespace

Result<ProcessStore> ProcessStore::parse(const std::string& text) {
  ProcessStore store;
  std::string_view rest = text;
  if (rest.starts_with(kFile) && rest.size() > kFile.size()) {
    store.path = rest.substr(kFile.size());
    return store;
  }
  if (rest.starts_with(kTcp)) {
    rest.remove_prefix(kTcp.size());
    const std::size_t colon = rest.rfind(':');
    if (colon != std::string_view::npos && colon > 0) {
      store.host = rest.substr(0, colon);
      const char* end = rest.data() + rest.size();
      const auto [at, error] = std::from_chars(rest.data() + colon + 1, end, store.port);
      if (error == std::errc{} && at == end && store.port > 0) {
        return store;
      }
    }
  }
  return fail(Errc::kConfig, "--store '{}': is neither file:PATH nor tcp://HOST:PORT", text);
}

bool ProcessStore::is_local() const {
  return is_file() || host == "localhost" || host.starts_with("127.");
}

Result<int> listen_on(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
      error != 0) {
    return fail(Errc::kIo, "tcp://{}:{}: {}", host, port, ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  const int descriptor = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  constexpr int kOn = 1;
  if (descriptor >= 0 &&
      ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &kOn, sizeof(kOn)) == 0 &&
      ::bind(descriptor, found->ai_addr, found->ai_addrlen) == 0 &&
      ::listen(descriptor, kBacklog) == 0) {
    return descriptor;
  }
  const std::string reason = std::strerror(errno);
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  return fail(Errc::kIo, "tcp://{}:{}: cannot listen: {}", host, port, reason);
}

}  // namespace geod::trainer
