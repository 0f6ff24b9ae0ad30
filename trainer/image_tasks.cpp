#include "trainer/image_tasks.hpp"

#include <algorithm>
#include <array>

namespace geod::trainer {
namespace {

using models::SegmentDecoder;
using models::Task;

const std::vector<ImageTask>& tasks() {
  static const std::vector<ImageTask> kTasks{
      {Task::kDas, "image", "label", 512, 512, {"background", "event"}, 6},
      {Task::kFacies,
       "input",
       "target",
       1006,
       782,
       {"facies 0", "facies 1", "facies 2", "facies 3", "facies 4", "facies 5"},
       3},
      {Task::kSalt, "input", "target", 224, 224, {"background", "salt"}, 32},
      {Task::kCrater, "image", "label", 1022, 1022, {"background", "crater"}, 3},
      {Task::kFault, "image", "label", 896, 896, {"background", "fault"}, 6}};
  return kTasks;
}

constexpr std::array kDecoders{SegmentDecoder::kUnet,
                               SegmentDecoder::kLinear,
                               SegmentDecoder::kPup,
                               SegmentDecoder::kDpt,
                               SegmentDecoder::kMla};
using Column = std::array<double, kDecoders.size()>;

struct TaskScores {
  Task task;
  Column mean_iou;
  Column mean_accuracy;
};
/// Table S2, in the order of kDecoders. The mPA of salt with the U-Net and those of das and fault
/// with PUP, DPT and MLA are those of the table in the authors' repository.
constexpr TaskScores kScores[] = {
    {Task::kDas, {.7271, .8112, .8487, .8672, .8591}, {.7865, .9033, .9210, .9119, .9222}},
    {Task::kFacies, {.5490, .6565, .6885, .6709, .6826}, {.7693, .8732, .9102, .8826, .8975}},
    {Task::kSalt, {.8636, .8965, .8935, .8912, .8969}, {.9112, .9374, .9357, .9377, .9383}},
    {Task::kCrater, {.5812, .6857, .6937, .6917, .6949}, {.6265, .7481, .7529, .7462, .7476}},
    {Task::kFault, {.6858, .6372, .7088, .7334, .7613}, {.7439, .7519, .7793, .7985, .8195}}};

}  // namespace

const ImageTask& image_task(Task task) {
  const auto found = std::ranges::find(tasks(), task, &ImageTask::task);
  GEOD_CHECK(found != tasks().end(), "an image task");
  return *found;
}

std::vector<PublishedScore> published_scores(Task task) {
  const auto* found = std::ranges::find(kScores, task, &TaskScores::task);
  GEOD_CHECK(found != std::end(kScores), "an image task");
  std::vector<PublishedScore> rows;
  for (std::size_t i = 0; i < kDecoders.size(); ++i) {
    rows.push_back({kDecoders[i], found->mean_iou[i], found->mean_accuracy[i]});
  }
  return rows;
}

}  // namespace geod::trainer
