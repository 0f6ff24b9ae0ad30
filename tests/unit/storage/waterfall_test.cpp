// The picture of a detection on a fibre.
#include <cstring>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>

#include "daemon/fibre_panels.hpp"
#include "daemon/waterfall_picture.hpp"
#include "daemon/waterfall_raster.hpp"
#include "streams/das_file.hpp"
#include "tests/support/catalog_fixture.hpp"
#include "tests/support/fibre_rows.hpp"
#include "trainer/svg_canvas.hpp"

namespace geod {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using storage::kStart;
using storage::make_detection;

constexpr int kNoData = 255;
constexpr int kWhite = 127;

/// Channels 10, 12, 14 ... at 100 Hz from kStart on, all on an offset of 1000.
FibrePanel make_panel(std::int64_t channels, std::int64_t samples) {
  FibrePanel panel;
  panel.first_channel = 10;
  panel.channel_stride = 2;
  panel.channels = channels;
  panel.start = kStart;
  panel.rate = *SampleRate::make(100);
  panel.samples = samples;
  panel.values.assign(static_cast<std::size_t>(channels * samples), 1000.0F);
  return panel;
}

int at(const streams::PngPicture& picture, std::int64_t row, std::int64_t column) {
  return picture.samples[static_cast<std::size_t>(row * picture.columns + column)];
}

TEST(WaterfallRaster, ShowsEachChannelAboutItsMeanWithTheLastOnTop) {
  FibrePanel panel = make_panel(2, 100);
  panel.values[2 * 30] = 1005.0F;     // channel 10, 0.3 s
  panel.values[2 * 70 + 1] = 995.0F;  // channel 12, 0.7 s
  const WaterfallView view{kStart, kStart + seconds{1}, 9, 13};
  const auto picture = waterfall_raster({&panel, 1}, view, 2, 10);
  ASSERT_EQ(picture.samples.size(), 20U);
  EXPECT_EQ(at(picture, 1, 3), 254) << "channel 10 below, above its mean";
  EXPECT_EQ(at(picture, 0, 7), 0) << "channel 12 on top, below its mean";
  EXPECT_NEAR(at(picture, 1, 7), kWhite, 127);
  EXPECT_GT(picture.palette[254][0], picture.palette[254][2]) << "red";
  EXPECT_LT(picture.palette[0][0], picture.palette[0][2]) << "blue";
}

TEST(WaterfallRaster, IsGreyWhereThereIsNothing) {
  FibrePanel panel = make_panel(1, 50);
  panel.values[10] = std::numeric_limits<float>::quiet_NaN();
  const WaterfallView view{kStart - seconds{1}, kStart + seconds{1}, 10, 30};
  const auto picture = waterfall_raster({&panel, 1}, view, 20, 200);
  EXPECT_EQ(at(picture, 19, 50), kNoData) << "before the recording";
  EXPECT_EQ(at(picture, 19, 120), kWhite);
  EXPECT_EQ(at(picture, 19, 110), kNoData) << "the missing sample";
  EXPECT_EQ(at(picture, 19, 180), kNoData) << "after the recording";
  EXPECT_EQ(at(picture, 5, 120), kNoData) << "another channel";
  EXPECT_EQ(waterfall_raster({}, view, 2, 2).samples, std::vector<std::uint8_t>(4, kNoData));
}

TEST(WaterfallRaster, JoinsRecordingsAndRepeatsSamplesOnNarrowPixels) {
  const std::vector<FibrePanel> panels = [] {
    FibrePanel first = make_panel(1, 10);
    FibrePanel second = make_panel(1, 10);
    second.start = first.start + milliseconds{100};
    second.values[0] = 1001.0F;
    return std::vector{first, second};
  }();
  const WaterfallView view{kStart, kStart + milliseconds{200}, 10, 11};
  const auto picture = waterfall_raster(panels, view, 1, 40);
  for (int column = 0; column < 40; ++column) {
    EXPECT_EQ(at(picture, 0, column) == 254, column == 20 || column == 21) << column;
    EXPECT_NE(at(picture, 0, column), kNoData);
  }
}

TEST(MaskOutline, OfOneRectangleIsItsFourSides) {
  EXPECT_EQ(outline_of({{{2.0, 5.0}}}, 10.0, 1.0),
            "M2.0 10.00H5.0M2.0 10.0v1.00M5.0 10.0v1.00M2.0 11.00H5.0");
}

TEST(MaskOutline, DrawsNoLineInside) {
  const std::string path = outline_of({{{2.0, 6.0}}, {{4.0, 8.0}}}, 0.0, 1.0);
  EXPECT_NE(path.find("M2.0 1.00H4.0M6.0 1.00H8.0"), std::string::npos) << path;
  EXPECT_EQ(outline_of({{}, {}}, 0.0, 1.0), "");
}

TEST(MaskOutline, UnitesWhatTouches) {
  const auto spans = united({{5.0, 6.0}, {1.0, 3.0}, {2.0, 4.0}, {4.0, 4.5}});
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].to, 4.5);
  EXPECT_EQ(spans[1].from, 5.0);
  EXPECT_TRUE(united({}).empty());
}

/// Three samples of four channels: sample s of channel c is 1000 + 10 s + c.
template <class Sample>
DasBlock make_block(DasSampleType type, DasOrder order) {
  auto geometry = std::make_shared<FibreGeometry>();
  geometry->channels = 4;
  geometry->type = type;
  geometry->order = order;
  geometry->scale = 0.5;
  DasBlock block;
  block.geometry = geometry;
  block.samples = 3;
  const std::shared_ptr<std::byte[]> raw(new std::byte[block.bytes()]);
  for (int sample = 0; sample < 3; ++sample) {
    for (int channel = 0; channel < 4; ++channel) {
      const auto value = static_cast<Sample>(1000 + 10 * sample + channel);
      const int place = order == DasOrder::kTimeMajor ? sample * 4 + channel : channel * 3 + sample;
      std::memcpy(raw.get() + static_cast<std::size_t>(place) * sizeof value, &value, sizeof value);
    }
  }
  block.raw = raw;
  return block;
}

TEST(FibrePanels, TakeChannelsOfEveryTypeAndOrderAboutTheFirstSample) {
  for (const DasOrder order : {DasOrder::kTimeMajor, DasOrder::kChannelMajor}) {
    for (const DasBlock& block : {make_block<std::int16_t>(DasSampleType::kInt16, order),
                                  make_block<std::int32_t>(DasSampleType::kInt32, order),
                                  make_block<float>(DasSampleType::kFloat32, order),
                                  make_block<double>(DasSampleType::kFloat64, order)}) {
      std::vector<double> reference;
      EXPECT_EQ(panel_values(block, {1, 2, 2}, reference),
                (std::vector<float>{0.0F, 0.0F, 5.0F, 5.0F, 10.0F, 10.0F}));
      EXPECT_EQ(reference, (std::vector<double>{1001.0, 1003.0}));
      reference = {1000.0};
      EXPECT_EQ(panel_values(block, {1, 1, 1}, reference), (std::vector<float>{0.5F, 5.5F, 10.5F}))
          << "the reference of an earlier piece holds";
    }
  }
}

TEST(FibrePanels, ReadTheChannelsAndTimesOfTheView) {
  const std::string path =
      GEOD_SOURCE_DIR "/tests/data/das/optodas.hdf5";  // channels 40, 44 ... 60
  const auto file = streams::DasFile::open(path, {});
  ASSERT_TRUE(file) << file.error().what;
  const Time from = file->start() + milliseconds{20};
  const WaterfallView view{from, from + milliseconds{20}, 45, 55};
  const auto panels = read_fibre_panels({{path}, "", {}, {}}, view);
  ASSERT_TRUE(panels) << panels.error().what;
  ASSERT_EQ(panels->size(), 1U);
  const FibrePanel& panel = panels->front();
  EXPECT_EQ(panel.first_channel, 48);
  EXPECT_EQ(panel.channel_stride, 4);
  EXPECT_EQ(panel.channels, 2);
  EXPECT_EQ(panel.start, from);
  EXPECT_EQ(panel.samples, 10);
  EXPECT_EQ(panel.unit, "rad/m/s");
  const auto block = file->read(file->segments()[0], 10, 20);
  ASSERT_TRUE(block);
  std::vector<double> reference;
  EXPECT_EQ(panel.values, panel_values(*block, {2, 1, 2}, reference));
  EXPECT_NE(panel.values, std::vector<float>(20, 0.0F));
  const WaterfallView beside{from, from + milliseconds{20}, 64, 100};
  const auto nothing = read_fibre_panels({{path}, "", {}, {}}, beside);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, Errc::kNotFound);
}

storage::StoredDetection stored_of(const FibreDetection& detection) {
  return {detection, 50, 50, 40, 1, kStart, 1};
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++n;
  }
  return n;
}

TEST(Waterfall, SaysWhatItShows) {
  FibreDetection detection = make_detection(0x1A, seconds{10});
  detection.fibre_id = "XX.<FORGE>";
  FibrePanel panel = make_panel(200, 1200);
  panel.unit = "m/m/s";
  const auto svg =
      waterfall_svg(stored_of(detection), {&panel, 1}, waterfall_view(detection, seconds{1}));
  ASSERT_TRUE(svg) << svg.error().what;
  for (const char* text : {"Detection 000000000000001a on XX.&lt;FORGE&gt;",
                           "distance along the fibre, m",
                           "UTC, seconds after 2019-07-04T17:00:09Z",
                           "2.50 km/s towards higher channels",
                           "probability 0.81",
                           "made by das-1",
                           "samples in m/m/s",
                           "P arrivals",
                           "S arrivals",
                           "data:image/png;base64,iVBORw0KGgo"}) {
    EXPECT_NE(svg->find(text), std::string::npos) << text;
  }
  EXPECT_EQ(count(*svg, "class=\"mask\""), 2U) << "the outline and its entry in the legend";
  EXPECT_EQ(count(*svg, "<circle class=\"phase-p\""), 50U);
  EXPECT_EQ(count(*svg, "<circle class=\"phase-s\""), 40U);
}

TEST(Waterfall, OfAFibreWithoutSpacingCountsChannels) {
  FibreDetection detection = make_detection(0x1A, seconds{10});
  detection.channel_spacing_m = 0.0;
  detection.apparent_velocity_m_s = 0.0;
  const auto svg = waterfall_svg(stored_of(detection), {}, waterfall_view(detection, seconds{1}));
  ASSERT_TRUE(svg);
  EXPECT_NE(svg->find(">channel</text>"), std::string::npos);
  EXPECT_NE(svg->find("velocity not known"), std::string::npos);
  EXPECT_EQ(svg->find("<image"), std::string::npos);
}

TEST(Waterfall, OfTenThousandChannelsStaysAPicture) {
  const FibreDetection detection = make_detection(0x1A, seconds{10}, 10'000);
  const auto svg = waterfall_svg(stored_of(detection), {}, waterfall_view(detection, seconds{5}));
  ASSERT_TRUE(svg);
  EXPECT_NE(svg->find("distance along the fibre, km"), std::string::npos);
  EXPECT_LT(svg->size(), 600'000U);
}

TEST(Waterfall, OfOneChannelHasARoundView) {
  const FibreDetection detection = make_detection(0x1A, seconds{10}, 1);
  const WaterfallView view = waterfall_view(detection, seconds{2});
  EXPECT_LT(view.first_channel, detection.first_channel);
  EXPECT_GT(view.last_channel, detection.last_channel);
  EXPECT_TRUE(waterfall_svg(stored_of(detection), {}, view));
}

TEST(Base64, PadsToGroupsOfFour) {
  const auto encoded = [](std::string_view text) {
    return trainer::base64(std::as_bytes(std::span(text)));
  };
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("M"), "TQ==");
  EXPECT_EQ(encoded("Ma"), "TWE=");
  EXPECT_EQ(encoded("Man"), "TWFu");
  EXPECT_EQ(encoded("\xFF\xFE\xFD"), "//79");
}

using WaterfallCommand = CatalogTest;

TEST_F(WaterfallCommand, WritesTheFileAndTellsWhatIsWrong) {
  {
    storage::Store store = open_store();
    storage::Batch batch;
    batch.detections = {make_detection(0x1A, seconds{10})};
    ASSERT_TRUE(store.commit(batch));
    ASSERT_TRUE(store.close("test", "{}"));
  }
  const auto file = folder_ / "picture.svg";
  const Answer answer = run({"waterfall", "000000000000001a", "--out", file.string()});
  EXPECT_EQ(answer.exit_code, kExitOk) << answer.err;
  EXPECT_EQ(answer.out, file.string() + "\n");
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_TRUE(text.str().starts_with("<svg xmlns=")) << text.str().substr(0, 80);
  EXPECT_TRUE(text.str().ends_with("</svg>\n"));
  const auto fails = [&](std::vector<std::string> arguments, int exit_code) {
    arguments.insert(arguments.begin(), "waterfall");
    const Answer wrong = run(arguments);
    EXPECT_EQ(wrong.exit_code, exit_code);
    EXPECT_NE(wrong.err, "");
  };
  fails({"000000000000001a"}, kExitUsage);
  fails({"000000000000001a", "--out", file.string(), "--margin", "-1"}, kExitUsage);
  fails({"00000000000000ff", "--out", file.string()}, kExitFailure);
  fails({"000000000000001a", "--out", (folder_ / "none" / "x.svg").string()}, kExitFailure);
}

}  // namespace
}  // namespace geod
