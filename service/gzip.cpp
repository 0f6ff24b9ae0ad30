#include "service/gzip.hpp"

#include <array>
#include <utility>

#include <zlib.h>

namespace geod::service {
namespace {

/// Window of 2^15 bytes; the 16 asks zlib for the gzip wrapping.
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kLevel = 5;
constexpr int kMemoryLevel = 8;

/// One stream of zlib, compressing.
class Deflater {
 public:
  Deflater() {
    ok_ = ::deflateInit2(
              &stream_, kLevel, Z_DEFLATED, kGzipWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) ==
          Z_OK;
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { ::deflateEnd(&stream_); }

  bool is_ok() const { return ok_; }

  /// What comes out of `bytes`; may be nothing yet unless `is_last`.
  std::string push(std::string bytes, bool is_last) {
    std::string out;
    std::array<char, 16'384> room{};
    stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(room.data());
      stream_.avail_out = static_cast<uInt>(room.size());
      ::deflate(&stream_, is_last ? Z_FINISH : Z_NO_FLUSH);
      out.append(room.data(), room.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
    return out;
  }

 private:
  z_stream stream_{};
  bool ok_ = false;
};

class GzipSource final : public BodySource {
 public:
  GzipSource(std::unique_ptr<Deflater> deflater, std::unique_ptr<BodySource> plain)
      : deflater_(std::move(deflater)), plain_(std::move(plain)) {}

  Result<std::optional<std::string>> next() override {
    while (plain_ != nullptr) {
      auto piece = plain_->next();
      if (!piece) {
        return tl::unexpected(piece.error());
      }
      const bool is_last = !*piece;
      std::string out = deflater_->push(is_last ? std::string() : std::move(**piece), is_last);
      if (is_last) {
        plain_.reset();
      }
      if (!out.empty()) {
        return out;
      }
    }
    return std::nullopt;
  }

 private:
  std::unique_ptr<Deflater> deflater_;
  std::unique_ptr<BodySource> plain_;
};

}  // namespace

Result<HttpResponse> compressed(HttpResponse response) {
  auto deflater = std::make_unique<Deflater>();
  if (!deflater->is_ok()) {
    return fail(Errc::kIo, "no memory to compress the answer");
  }
  response.body = deflater->push(std::move(response.body), response.more == nullptr);
  if (response.more != nullptr) {
    response.more = std::make_unique<GzipSource>(std::move(deflater), std::move(response.more));
  }
  return response;
}

}  // namespace geod::service
