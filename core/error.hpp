#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

namespace geod {

/// What kind of expected trouble happened. Tests assert codes, people read `Error::what`.
enum class Errc {
  kConfig,         ///< configuration or command line is wrong
  kDisconnected,   ///< a peer went away or an endpoint cannot be reached
  kProtocol,       ///< a peer broke the wire protocol
  kCorruptRecord,  ///< bytes that are not a valid record or file
  kUnsupported,    ///< valid, but geod does not do this
  kNotFound,       ///< a file, row or symbol that should exist does not
  kIo,             ///< the operating system refused a read or a write
  kStorageBusy,    ///< the database stayed locked past the bounded retry
  kStorageFull,    ///< no space, quota or inode left for the database
  kModelMismatch,  ///< weights, manifest and geometry do not fit together
  kDevice,         ///< the compute device or its library failed
  kCancelled,      ///< stopped on request
};

/// "config", "disconnected", ... : the word used in logs, metrics and JSON.
std::string_view to_string(Errc code);

/// An expected failure. `what` names the thing (file, source id, key) and, where there is one,
/// the remedy.
struct Error {
  Errc code;
  std::string what;
};

template <class T>
using Result = tl::expected<T, Error>;

/// `return fail(Errc::kIo, "{}: {}", path, reason);`
template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail(Errc code,
                                         fmt::format_string<Args...> text,
                                         Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(text, std::forward<Args>(args)...)});
}

/// The same error with `context` put before its text: `return fail_with(error, path)`.
[[nodiscard]] inline tl::unexpected<Error> fail_with(const Error& error, std::string_view context) {
  return tl::unexpected<Error>(Error{error.code, fmt::format("{}: {}", context, error.what)});
}

namespace detail {
[[noreturn]] void check_failed(const char* file,
                               int line,
                               const char* expression,
                               std::string_view text);
}

}  // namespace geod

/// Programmer error only, never on input: message, abort, core dump.
#define GEOD_CHECK(expression, text)                                         \
  do {                                                                       \
    if (!(expression)) [[unlikely]] {                                        \
      ::geod::detail::check_failed(__FILE__, __LINE__, #expression, (text)); \
    }                                                                        \
  } while (false)
