#include "core/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace geod {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::kConfig:
      return "config";
    case Errc::kDisconnected:
      return "disconnected";
    case Errc::kProtocol:
      return "protocol";
    case Errc::kCorruptRecord:
      return "corrupt_record";
    case Errc::kUnsupported:
      return "unsupported";
    case Errc::kNotFound:
      return "not_found";
    case Errc::kIo:
      return "io";
    case Errc::kStorageBusy:
      return "storage_busy";
    case Errc::kStorageFull:
      return "storage_full";
    case Errc::kModelMismatch:
      return "model_mismatch";
    case Errc::kDevice:
      return "device";
    case Errc::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

namespace detail {

void check_failed(const char* file, int line, const char* expression, std::string_view text) {
  std::fprintf(stderr,
               "%s:%d: check failed: %s: %.*s\n",
               file,
               line,
               expression,
               static_cast<int>(text.size()),
               text.data());
  std::abort();
}

}  // namespace detail
}  // namespace geod
