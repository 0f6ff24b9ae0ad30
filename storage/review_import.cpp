#include "storage/review_import.hpp"

#include <algorithm>
#include <span>

#include "storage/keys.hpp"
#include "storage/review_writer.hpp"

namespace geod::storage {
namespace {

constexpr std::size_t kReviewsATransaction = 200;

Result<void> import_some(Database& database,
                         std::span<const ReviewRow> reviews,
                         ReviewWriter& writer,
                         Keys& keys,
                         Time now,
                         Committed& committed) {
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) {
    return tl::unexpected(transaction.error());
  }
  for (const ReviewRow& row : reviews) {
    const Result<RowOutcome> outcome = writer.write(row, keys, now, committed);
    if (!outcome) {
      return tl::unexpected(outcome.error());
    }
    committed.reviewed_events.push_back(*outcome);
  }
  return transaction->commit();
}

}  // namespace

Result<Committed> import_reviews(Database& database,
                                 const std::vector<ReviewRow>& reviews,
                                 Time now) {
  Result<ReviewWriter> writer = ReviewWriter::make(database);
  Result<Keys> keys = Keys::make(database);
  if (!writer || !keys) {
    return tl::unexpected(writer ? keys.error() : writer.error());
  }
  Committed committed;
  for (std::span<const ReviewRow> rest(reviews); !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), kReviewsATransaction));
    if (const auto done = import_some(database, some, *writer, *keys, now, committed); !done) {
      return tl::unexpected(done.error());
    }
    rest = rest.subspan(some.size());
  }
  return committed;
}

}  // namespace geod::storage
