#include "config/schema_parts.hpp"

namespace geod::config {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr std::size_t kMaxFibres = 256;
/// Numbers along a fibre.
constexpr std::int64_t kMaxChannel = 1'000'000'000;

void describe_fibre(Visitor& visitor, FibreConfig& config) {
  visitor.scalar("enabled", flag(config.enabled), "Look at it.");
  visitor.scalar("sampling_rate_hz",
                 optional_number(config.sampling_rate_hz, 0.001, 100'000.0),
                 "Sampling rate of the tiles in Hz; null: the model's.");
  visitor.scalar(
      "channel_spacing_m",
      optional_number(config.channel_spacing_m, 0.01, 100'000.0),
      "Channel spacing of the tiles in metres; null: the model's. A short or dense fibre, "
      "such as a borehole, needs a smaller one.");
  visitor.scalar("first_channel",
                 optional_integer(config.first_channel, 0, kMaxChannel),
                 "First channel that is looked at, numbered along the fibre; null: the first.");
  visitor.scalar("last_channel",
                 optional_integer(config.last_channel, 0, kMaxChannel),
                 "Last channel that is looked at; null: the last.");
  visitor.scalar("threshold_on",
                 optional_number(config.threshold_on, 0.0, 1.0),
                 "Probability at which an event begins on a channel; null: the model's.");
  visitor.scalar("threshold_off",
                 optional_number(config.threshold_off, 0.0, 1.0),
                 "Probability down to which it lasts; null: the model's.");
  visitor.scalar("min_probability",
                 optional_number(config.min_probability, 0.0, 1.0),
                 "Least mean probability of an event; null: the model's.");
  visitor.scalar("min_channels",
                 optional_integer(config.min_channels, 1, kMaxChannel),
                 "Least channels of the tiles' grid that an event covers; null: the model's.");
  visitor.scalar("min_velocity_m_s",
                 optional_number(config.min_velocity_m_s, 0.0, 100'000.0),
                 "Least apparent velocity of an event along the fibre in m/s; null: the model's.");
  visitor.scalar("aperture_m",
                 optional_number(config.aperture_m, 1.0, 1'000'000.0),
                 "Length of fibre in metres for which one pick is made for the association with "
                 "stations; null: 1000.");
}

}  // namespace

void describe_fibres(Visitor& visitor, FibresConfig& config) {
  visitor.section("defaults", "For every fibre.", [&](Visitor& inner) {
    describe_fibre(inner, config.defaults);
  });
  visitor.table("each",
                named_items_of(config.each, kMaxFibres, describe_fibre),
                "Single fibres, by their id on the wire (NET.CABLE); null: as in defaults.");
  visitor.scalar("queue_bytes",
                 bytes(config.queue_bytes, kMiB, 1024 * kGiB),
                 "Memory for blocks that wait for the network. When it is full, part of what waits "
                 "is shed, the fibre that fills it first, and stored as not looked at; picking is "
                 "not held up.");
  visitor.scalar("request_bytes",
                 bytes(config.request_bytes, 64ULL << 10, kGiB),
                 "Largest image that is answered for on request.");
  visitor.scalar("request_count",
                 integer(config.request_count, 1, 1024),
                 "Images that wait for an answer at most.");
}

}  // namespace geod::config
