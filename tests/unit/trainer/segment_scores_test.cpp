#include "trainer/segment_scores.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/trainer/test_images.hpp"
#include "trainer/image_overlay.hpp"
#include "trainer/image_report.hpp"
#include "trainer/image_tasks.hpp"

namespace geod::trainer {
namespace {

/// Rows of a confusion matrix as pixels.
ConfusionMatrix matrix(const std::vector<std::vector<int>>& rows) {
  ConfusionMatrix out(rows.size());
  for (std::size_t truth = 0; truth < rows.size(); ++truth) {
    for (std::size_t predicted = 0; predicted < rows.size(); ++predicted) {
      const auto count = static_cast<std::size_t>(rows[truth][predicted]);
      out.add(std::vector<std::int8_t>(count, static_cast<std::int8_t>(truth)),
              std::vector<std::int8_t>(count, static_cast<std::int8_t>(predicted)));
    }
  }
  return out;
}

TEST(ConfusionMatrix, CountsAbsentClassesAsThePaperDoes) {
  const ConfusionMatrix m = matrix({{6, 2, 0}, {1, 3, 0}, {0, 0, 0}});
  EXPECT_NEAR(m.mean_iou(), 0.583333, 1e-6);        // classes 0 and 1
  EXPECT_NEAR(m.published_accuracy(), 0.5, 1e-12);  // (6/8 + 3/4 + 0) / 3
  EXPECT_NEAR(m.mean_recall(), 0.75, 1e-12);        // (6/8 + 3/4) / 2
  EXPECT_NEAR(m.pixel_accuracy(), 0.75, 1e-12);
  EXPECT_TRUE(std::isnan(m.iou(2)));
  EXPECT_NEAR(m.precision(0), 6.0 / 7.0, 1e-12);
}

TEST(ConfusionMatrix, LeavesPixelsWithoutAClassOut) {
  ConfusionMatrix m(2);
  m.add(std::vector<std::int8_t>{0, kUnlabelled, 1}, std::vector<std::int8_t>{0, 1, 0});
  EXPECT_EQ(m.pixels(), 2);
  EXPECT_EQ(m.count(1, 0), 1);
}

/// Answers class 1 where a pixel is at least `from`.
SegmentFunction threshold(float from) {
  return [from](std::span<const models::Tile* const> tiles,
                models::SegmentBatch& out) -> Result<void> {
    out = {{}, tiles.size(), 2, tiles[0]->rows, tiles[0]->columns};
    for (const models::Tile* tile : tiles) {
      for (const float wanted : {0.0F, 1.0F}) {
        for (const float value : tile->values) {
          out.values.push_back((value >= from ? 1.0F : 0.0F) == wanted ? 1.0F : 0.0F);
        }
      }
    }
    return {};
  };
}

ScoringSettings settings_for(const LabelledImage& image, std::int64_t batch) {
  ScoringSettings settings;
  settings.tiles = {image.rows, image.columns, 2, 2};
  settings.class_names = {"background", "event"};
  settings.batch_images = batch;
  return settings;
}

TEST(SegmentScores, WeighBatchesEquallyAsPublishedAndPixelsEquallyBesideIt) {
  // Two images wholly right, one with no event but an event predicted over half of it.
  LabelledImage quiet = test::band_image(8, 8, 100);
  for (std::size_t i = 0; i < 32; ++i) {
    quiet.pixels[i] = 255;
  }
  const std::vector<LabelledImage> images{
      test::band_image(8, 8, 0), test::band_image(8, 8, 2), quiet};
  const auto scores = score_images(images, settings_for(quiet, 2), threshold(150.0F));
  ASSERT_TRUE(scores) << scores.error().what;
  // Batch 1 is right. Batch 2: IoU 0.5 and 0, recall 0.5 and (class not there) 0.
  EXPECT_NEAR(scores->published_iou, (1.0 + 0.25) / 2.0, 1e-12);
  EXPECT_NEAR(scores->published_accuracy, (1.0 + 0.25) / 2.0, 1e-12);
  EXPECT_EQ(scores->confusion.pixels(), 3 * 64);  // without the mirror images
  EXPECT_EQ(scores->confusion.count(0, 1), 32);
}

TEST(SegmentScores, AreJsonWithTheConfusionOnRequest) {
  const std::vector<LabelledImage> images{test::band_image(8, 8, 0)};
  const auto scores = score_images(images, settings_for(images[0], 2), threshold(150.0F));
  ASSERT_TRUE(scores);
  const auto json = nlohmann::json::parse(segment_scores_to_json(*scores, true));
  EXPECT_EQ(json["mean_iou"], 1.0);
  EXPECT_EQ(json["published"]["batch_images"], 2);
  EXPECT_EQ(json["confusion"][0][1], 0);
  EXPECT_EQ(json["classes"]["event"]["recall"], 1.0);
  EXPECT_FALSE(nlohmann::json::parse(segment_scores_to_json(*scores, false)).contains("confusion"));
}

TEST(ImageReport, PutsThePapersTableBesideTheScores) {
  const std::vector<LabelledImage> images{test::band_image(8, 8, 0), test::band_image(8, 8, 1)};
  ImageReportData data;
  const auto scores = score_images(
      images, settings_for(images[0], 2), threshold(150.0F), data.overlays.observer(2));
  ASSERT_TRUE(scores);
  data.scores = *scores;
  data.decoder = models::SegmentDecoder::kMla;
  const std::string text = published_table_text(data.task, data.decoder, data.scores);
  EXPECT_NE(text.find("MLA (the same decoder)             0.8591   0.9222"), std::string::npos)
      << text;
  EXPECT_NE(text.find("1.0000"), std::string::npos);
  const auto report = image_report({}, data);
  ASSERT_TRUE(report) << report.error().what;
  const std::string page = to_html(*report);
  EXPECT_NE(page.find("data:image/png;base64,iVBOR"), std::string::npos);
  EXPECT_NE(page.find("img-src data:"), std::string::npos);
}

TEST(OverlayGallery, KeepsTheWorstImagesWorstFirst) {
  OverlayGallery gallery;
  const ImageObserver observe = gallery.observer(2);
  for (int wrong = 0; wrong < 10; ++wrong) {
    LabelledImage image = test::band_image(8, 8, 0);
    image.name = std::to_string(wrong);
    std::vector<std::int8_t> predicted = image.labels;
    for (int i = 0; i < 2 * wrong; ++i) {
      const auto at = static_cast<std::size_t>(i);
      predicted[at] = static_cast<std::int8_t>(1 - predicted[at]);
    }
    observe(image, {}, predicted);
  }
  ASSERT_EQ(gallery.first().size(), 4U);
  EXPECT_EQ(gallery.first().front().name, "0");
  ASSERT_EQ(gallery.worst().size(), 4U);
  EXPECT_EQ(gallery.worst()[0].name, "9");
  EXPECT_EQ(gallery.worst()[3].name, "6");
}

TEST(OverlayPicture, ColoursClassesAndLeavesTheBackgroundGrey) {
  const LabelledImage image{"a", 1, 2, {100, 100}, {0, 1}};
  const streams::PngPicture picture = overlay_picture(image, image.labels);
  EXPECT_EQ(picture.samples[0], 100);
  EXPECT_EQ(picture.samples[1], 100);
  EXPECT_NE(picture.samples[3], picture.samples[5]);
  EXPECT_EQ(comparison_picture(image, image.labels).columns, 3 * 2 + 8);
}

TEST(ImageTasks, HaveFivePublishedRowsEach) {
  for (const models::Task task : {models::Task::kDas,
                                  models::Task::kFacies,
                                  models::Task::kSalt,
                                  models::Task::kCrater,
                                  models::Task::kFault}) {
    EXPECT_EQ(published_scores(task).size(), 5U);
    EXPECT_EQ(image_task(task).class_names.size(), task == models::Task::kFacies ? 6U : 2U);
  }
  EXPECT_EQ(published_scores(models::Task::kFault).back().mean_iou, .7613);
}

}  // namespace
}  // namespace geod::trainer
