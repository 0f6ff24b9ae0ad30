#include "trainer/event_split.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <utility>

#include "trainer/rng.hpp"

namespace geod::trainer {
namespace {

/// FNV-1a: the same on every platform, unlike std::hash.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  }
  return hash;
}

Part part_at(std::size_t position, std::size_t count, const SplitShares& shares) {
  const auto size = static_cast<double>(count);
  const auto train = static_cast<std::size_t>(shares.train * size);
  const auto validation = static_cast<std::size_t>(shares.validation * size);
  return position < train                ? Part::kTrain
         : position < train + validation ? Part::kValidation
                                         : Part::kTest;
}

}  // namespace

Result<SplitShares> parse_split(std::string_view text) {
  double shares[3] = {};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (int i = 0; i < 3; ++i) {
    const auto [stop, error] = std::from_chars(at, end, shares[i]);
    const bool separated = i == 2 ? stop == end : stop != end && *stop == '/';
    if (error != std::errc{} || !separated || !(shares[i] >= 0.0)) {
      return fail(Errc::kConfig, "a split looks like 0.8/0.1/0.1, not {}", text);
    }
    at = stop + 1;
  }
  if (std::abs(shares[0] + shares[1] + shares[2] - 1.0) > 1e-6) {
    return fail(Errc::kConfig, "the shares of a split add up to 1, those of {} do not", text);
  }
  return SplitShares{shares[0], shares[1]};
}

void split_by_event(std::span<Recording> recordings,
                    const SplitShares& shares,
                    std::uint64_t seed) {
  std::map<std::pair<std::uint64_t, std::string>, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    const Recording& recording = recordings[i];
    const std::string name =
        recording.event.empty() ? "/" + recording.id : recording.folder + "/" + recording.event;
    Rng rng(seed, hash_of(name));
    groups[{rng.next(), name}].push_back(i);
  }
  std::size_t position = 0;
  for (const auto& [order, members] : groups) {
    const Part part = part_at(position, recordings.size(), shares);
    for (const std::size_t i : members) {
      recordings[i].part = part;
    }
    position += members.size();
  }
}

std::vector<std::uint32_t> numpy_permutation(std::uint32_t count, std::uint32_t seed) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::mt19937 generator(seed);
  for (std::uint32_t i = count; i-- > 1;) {
    // A number from 0 to i: as many bits as i has, drawn again while it is larger.
    const std::uint32_t mask = std::bit_ceil(i + 1U) - 1U;
    std::uint32_t j = 0;
    do {
      j = static_cast<std::uint32_t>(generator()) & mask;
    } while (j > i);
    std::swap(order[i], order[j]);
  }
  return order;
}

void split_by_row(std::span<Recording> recordings, const SplitShares& shares, std::uint32_t seed) {
  const auto order = numpy_permutation(static_cast<std::uint32_t>(recordings.size()), seed);
  for (std::size_t position = 0; position < order.size(); ++position) {
    recordings[order[position]].part = part_at(position, recordings.size(), shares);
  }
}

}  // namespace geod::trainer
