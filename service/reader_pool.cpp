#include "service/reader_pool.hpp"

namespace geod::service {

Result<ReaderPool::Lease> ReaderPool::take() {
  if (is_closed()) {
    return fail(Errc::kCancelled, "the server stops");
  }
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      storage::Reader reader = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(reader));
    }
  }
  auto opened = storage::Reader::open(database_);
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  return Lease(*this, std::move(*opened));
}

void ReaderPool::give_back(storage::Reader reader) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(reader));
}

}  // namespace geod::service
