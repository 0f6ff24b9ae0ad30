#include "trainer/inversion_published.hpp"

#include <algorithm>

namespace geod::trainer {
namespace {

constexpr std::string_view kPasted =
    "10 % and 25 % are printed with the same numbers: one of them is pasted";
constexpr std::string_view kImpossible =
    "an RMSE below the MAE cannot be; its neighbours suggest 0.418 to 0.43";
constexpr std::string_view kNotThePaper =
    "not of the paper: OpenFWI's released network, cross-tested by others";
constexpr std::string_view kWrongRmse =
    "OpenFWI publishes RMSE 0.1614 for this network, confirmed by others; 0.089 is that of another";
constexpr std::string_view kSameAsFull =
    "from Table II; equal in all digits to FFT-PFM of Table V, one of them is probably copied";

constexpr PublishedInversion kCells[] = {
    // Table V.
    {"FVB", "FVB", InversionMethod::kBaseline, 100, 0.035, 0.087, 0.946},
    {"FVB", "FVB", InversionMethod::kFull, 100, 0.030, 0.080, 0.952},
    {"CFB", "CFB", InversionMethod::kBaseline, 100, 0.164, 0.247, 0.616},
    {"CFB", "CFB", InversionMethod::kFull, 100, 0.139, 0.217, 0.654},
    {"STA", "STA", InversionMethod::kBaseline, 100, 0.062, 0.102, 0.885},
    {"STA", "STA", InversionMethod::kFull, 100, 0.058, 0.095, 0.897},
    {"STB", "STB", InversionMethod::kBaseline, 100, 0.068, 0.091, 0.631, kWrongRmse},
    {"STB", "STB", InversionMethod::kFull, 100, 0.056, 0.082, 0.753},
    {"FVB", "FVB", InversionMethod::kLora, 100, 0.030, 0.080, 0.952, kSameAsFull},
    // Cross-tests of the released checkpoints.
    {"FVB", "CFB", InversionMethod::kBaseline, 100, 0.3934, 0.5174, 0.4057, kNotThePaper},
    {"FVB", "STA", InversionMethod::kBaseline, 100, 0.2793, 0.3682, 0.5772, kNotThePaper},
    {"FVB", "STB", InversionMethod::kBaseline, 100, 0.2323, 0.2894, 0.5157, kNotThePaper},
    {"CFB", "FVB", InversionMethod::kBaseline, 100, 0.4608, 0.6247, 0.4617, kNotThePaper},
    {"CFB", "STA", InversionMethod::kBaseline, 100, 0.1835, 0.2502, 0.6778, kNotThePaper},
    {"CFB", "STB", InversionMethod::kBaseline, 100, 0.1525, 0.1998, 0.5744, kNotThePaper},
    {"STA", "FVB", InversionMethod::kBaseline, 100, 0.4658, 0.5998, 0.3862, kNotThePaper},
    {"STA", "CFB", InversionMethod::kBaseline, 100, 0.3051, 0.4127, 0.4478, kNotThePaper},
    {"STA", "STB", InversionMethod::kBaseline, 100, 0.0895, 0.1268, 0.6747, kNotThePaper},
    {"STB", "FVB", InversionMethod::kBaseline, 100, 0.5443, 0.6825, 0.3027, kNotThePaper},
    {"STB", "CFB", InversionMethod::kBaseline, 100, 0.2899, 0.3884, 0.3686, kNotThePaper},
    {"STB", "STA", InversionMethod::kBaseline, 100, 0.1360, 0.2187, 0.6315, kNotThePaper},
    // Table VI.
    {"FVB", "CFB", InversionMethod::kFull, 10, 0.277, 0.372, 0.465, kPasted},
    {"FVB", "CFB", InversionMethod::kFull, 25, 0.277, 0.372, 0.465, kPasted},
    {"FVB", "CFB", InversionMethod::kFull, 50, 0.308, 0.417, 0.426},
    {"FVB", "CFB", InversionMethod::kFull, 75, 0.312, 0.178, 0.421, kImpossible},
    {"FVB", "CFB", InversionMethod::kFull, 100, 0.321, 0.434, 0.420},
    {"FVB", "CFB", InversionMethod::kLora, 10, 0.259, 0.353, 0.504, kPasted},
    {"FVB", "CFB", InversionMethod::kLora, 25, 0.259, 0.353, 0.504, kPasted},
    {"FVB", "CFB", InversionMethod::kLora, 50, 0.263, 0.363, 0.489},
    {"FVB", "CFB", InversionMethod::kLora, 75, 0.276, 0.383, 0.470},
    {"FVB", "CFB", InversionMethod::kLora, 100, 0.271, 0.374, 0.471},
    {"FVB", "STA", InversionMethod::kFull, 10, 0.169, 0.225, 0.676},
    {"FVB", "STA", InversionMethod::kFull, 25, 0.183, 0.244, 0.648},
    {"FVB", "STA", InversionMethod::kFull, 50, 0.195, 0.260, 0.628},
    {"FVB", "STA", InversionMethod::kFull, 75, 0.188, 0.252, 0.648},
    {"FVB", "STA", InversionMethod::kFull, 100, 0.202, 0.272, 0.624},
    {"FVB", "STA", InversionMethod::kLora, 10, 0.164, 0.228, 0.696},
    {"FVB", "STA", InversionMethod::kLora, 25, 0.156, 0.213, 0.685},
    {"FVB", "STA", InversionMethod::kLora, 50, 0.163, 0.223, 0.672},
    {"FVB", "STA", InversionMethod::kLora, 75, 0.167, 0.229, 0.667},
    {"FVB", "STA", InversionMethod::kLora, 100, 0.164, 0.223, 0.678},
    {"FVB", "STB", InversionMethod::kFull, 10, 0.129, 0.163, 0.578},
    {"FVB", "STB", InversionMethod::kFull, 25, 0.133, 0.167, 0.560},
    {"FVB", "STB", InversionMethod::kFull, 50, 0.148, 0.187, 0.549},
    {"FVB", "STB", InversionMethod::kFull, 75, 0.144, 0.181, 0.559},
    {"FVB", "STB", InversionMethod::kFull, 100, 0.151, 0.191, 0.545},
    {"FVB", "STB", InversionMethod::kLora, 10, 0.131, 0.167, 0.590},
    {"FVB", "STB", InversionMethod::kLora, 25, 0.120, 0.151, 0.584},
    {"FVB", "STB", InversionMethod::kLora, 50, 0.125, 0.158, 0.578},
    {"FVB", "STB", InversionMethod::kLora, 75, 0.126, 0.160, 0.573},
    {"FVB", "STB", InversionMethod::kLora, 100, 0.122, 0.154, 0.575},
    // Table VII.
    {"CFB", "FVB", InversionMethod::kFull, 10, 0.243, 0.374, 0.640},
    {"CFB", "FVB", InversionMethod::kFull, 25, 0.242, 0.376, 0.640},
    {"CFB", "FVB", InversionMethod::kFull, 50, 0.238, 0.379, 0.629},
    {"CFB", "FVB", InversionMethod::kFull, 75, 0.321, 0.487, 0.544},
    {"CFB", "FVB", InversionMethod::kFull, 100, 0.310, 0.472, 0.555},
    {"CFB", "FVB", InversionMethod::kLora, 10, 0.156, 0.271, 0.720},
    {"CFB", "FVB", InversionMethod::kLora, 25, 0.166, 0.289, 0.711},
    {"CFB", "FVB", InversionMethod::kLora, 50, 0.214, 0.360, 0.656},
    {"CFB", "FVB", InversionMethod::kLora, 75, 0.227, 0.383, 0.638},
    {"CFB", "FVB", InversionMethod::kLora, 100, 0.248, 0.410, 0.619},
    {"CFB", "STA", InversionMethod::kFull, 10, 0.143, 0.196, 0.720},
    {"CFB", "STA", InversionMethod::kFull, 25, 0.131, 0.18, 0.731},
    {"CFB", "STA", InversionMethod::kFull, 50, 0.139, 0.196, 0.730},
    {"CFB", "STA", InversionMethod::kFull, 75, 0.150, 0.213, 0.708},
    {"CFB", "STA", InversionMethod::kFull, 100, 0.137, 0.191, 0.720},
    {"CFB", "STA", InversionMethod::kLora, 10, 0.128, 0.176, 0.732},
    {"CFB", "STA", InversionMethod::kLora, 25, 0.126, 0.174, 0.736},
    {"CFB", "STA", InversionMethod::kLora, 50, 0.125, 0.174, 0.737},
    {"CFB", "STA", InversionMethod::kLora, 75, 0.122, 0.171, 0.744},
    {"CFB", "STA", InversionMethod::kLora, 100, 0.119, 0.166, 0.743},
    {"CFB", "STB", InversionMethod::kFull, 10, 0.114, 0.148, 0.600},
    {"CFB", "STB", InversionMethod::kFull, 25, 0.111, 0.144, 0.607},
    {"CFB", "STB", InversionMethod::kFull, 50, 0.115, 0.148, 0.604},
    {"CFB", "STB", InversionMethod::kFull, 75, 0.121, 0.159, 0.587},
    {"CFB", "STB", InversionMethod::kFull, 100, 0.118, 0.156, 0.592},
    {"CFB", "STB", InversionMethod::kLora, 10, 0.108, 0.138, 0.604},
    {"CFB", "STB", InversionMethod::kLora, 25, 0.108, 0.140, 0.609},
    {"CFB", "STB", InversionMethod::kLora, 50, 0.107, 0.139, 0.608},
    {"CFB", "STB", InversionMethod::kLora, 75, 0.107, 0.138, 0.608},
    {"CFB", "STB", InversionMethod::kLora, 100, 0.104, 0.134, 0.610},
    // Table VIII.
    {"STA", "FVB", InversionMethod::kFull, 10, 0.322, 0.440, 0.486},
    {"STA", "FVB", InversionMethod::kFull, 25, 0.346, 0.462, 0.460},
    {"STA", "FVB", InversionMethod::kFull, 50, 0.365, 0.485, 0.440},
    {"STA", "FVB", InversionMethod::kFull, 75, 0.363, 0.481, 0.448},
    {"STA", "FVB", InversionMethod::kFull, 100, 0.358, 0.478, 0.440},
    {"STA", "FVB", InversionMethod::kLora, 10, 0.236, 0.344, 0.569},
    {"STA", "FVB", InversionMethod::kLora, 25, 0.239, 0.346, 0.575},
    {"STA", "FVB", InversionMethod::kLora, 50, 0.248, 0.353, 0.551},
    {"STA", "FVB", InversionMethod::kLora, 75, 0.275, 0.408, 0.511},
    {"STA", "FVB", InversionMethod::kLora, 100, 0.264, 0.386, 0.511},
    {"STA", "CFB", InversionMethod::kFull, 10, 0.300, 0.403, 0.435},
    {"STA", "CFB", InversionMethod::kFull, 25, 0.298, 0.4, 0.445},
    {"STA", "CFB", InversionMethod::kFull, 50, 0.293, 0.396, 0.446},
    {"STA", "CFB", InversionMethod::kFull, 75, 0.287, 0.387, 0.451},
    {"STA", "CFB", InversionMethod::kFull, 100, 0.280, 0.379, 0.457},
    {"STA", "CFB", InversionMethod::kLora, 10, 0.272, 0.367, 0.491},
    {"STA", "CFB", InversionMethod::kLora, 25, 0.267, 0.360, 0.495},
    {"STA", "CFB", InversionMethod::kLora, 50, 0.264, 0.356, 0.482},
    {"STA", "CFB", InversionMethod::kLora, 75, 0.267, 0.363, 0.471},
    {"STA", "CFB", InversionMethod::kLora, 100, 0.256, 0.349, 0.474},
    {"STA", "STB", InversionMethod::kFull, 10, 0.099, 0.137, 0.639},
    {"STA", "STB", InversionMethod::kFull, 25, 0.094, 0.133, 0.652},
    {"STA", "STB", InversionMethod::kFull, 50, 0.092, 0.130, 0.663},
    {"STA", "STB", InversionMethod::kFull, 75, 0.091, 0.126, 0.667},
    {"STA", "STB", InversionMethod::kFull, 100, 0.085, 0.118, 0.680},
    {"STA", "STB", InversionMethod::kLora, 10, 0.095, 0.131, 0.650},
    {"STA", "STB", InversionMethod::kLora, 25, 0.090, 0.122, 0.658},
    {"STA", "STB", InversionMethod::kLora, 50, 0.092, 0.130, 0.660},
    {"STA", "STB", InversionMethod::kLora, 75, 0.089, 0.126, 0.665},
    {"STA", "STB", InversionMethod::kLora, 100, 0.088, 0.118, 0.667},
    // Table IX.
    {"STB", "FVB", InversionMethod::kFull, 10, 0.319, 0.442, 0.482},
    {"STB", "FVB", InversionMethod::kFull, 25, 0.383, 0.504, 0.397},
    {"STB", "FVB", InversionMethod::kFull, 50, 0.487, 0.614, 0.348},
    {"STB", "FVB", InversionMethod::kFull, 75, 0.504, 0.636, 0.334},
    {"STB", "FVB", InversionMethod::kFull, 100, 0.423, 0.542, 0.370},
    {"STB", "FVB", InversionMethod::kLora, 10, 0.270, 0.392, 0.555},
    {"STB", "FVB", InversionMethod::kLora, 25, 0.276, 0.382, 0.513},
    {"STB", "FVB", InversionMethod::kLora, 50, 0.329, 0.450, 0.431},
    {"STB", "FVB", InversionMethod::kLora, 75, 0.409, 0.569, 0.357},
    {"STB", "FVB", InversionMethod::kLora, 100, 0.402, 0.550, 0.370},
    {"STB", "CFB", InversionMethod::kFull, 10, 0.267, 0.360, 0.428},
    {"STB", "CFB", InversionMethod::kFull, 25, 0.263, 0.349, 0.419},
    {"STB", "CFB", InversionMethod::kFull, 50, 0.271, 0.357, 0.427},
    {"STB", "CFB", InversionMethod::kFull, 75, 0.267, 0.352, 0.429},
    {"STB", "CFB", InversionMethod::kFull, 100, 0.255, 0.339, 0.452},
    {"STB", "CFB", InversionMethod::kLora, 10, 0.247, 0.331, 0.461},
    {"STB", "CFB", InversionMethod::kLora, 25, 0.242, 0.320, 0.469},
    {"STB", "CFB", InversionMethod::kLora, 50, 0.253, 0.340, 0.434},
    {"STB", "CFB", InversionMethod::kLora, 75, 0.276, 0.392, 0.401},
    {"STB", "CFB", InversionMethod::kLora, 100, 0.276, 0.391, 0.410},
    {"STB", "STA", InversionMethod::kFull, 10, 0.129, 0.173, 0.746},
    {"STB", "STA", InversionMethod::kFull, 25, 0.127, 0.170, 0.751},
    {"STB", "STA", InversionMethod::kFull, 50, 0.124, 0.169, 0.764},
    {"STB", "STA", InversionMethod::kFull, 75, 0.122, 0.168, 0.769},
    {"STB", "STA", InversionMethod::kFull, 100, 0.117, 0.162, 0.785},
    {"STB", "STA", InversionMethod::kLora, 10, 0.122, 0.164, 0.764},
    {"STB", "STA", InversionMethod::kLora, 25, 0.121, 0.163, 0.770},
    {"STB", "STA", InversionMethod::kLora, 50, 0.118, 0.161, 0.771},
    {"STB", "STA", InversionMethod::kLora, 75, 0.117, 0.161, 0.776},
    {"STB", "STA", InversionMethod::kLora, 100, 0.115, 0.159, 0.780},
};

constexpr PublishedRank kRanks[] = {
    {4, 0.0674, 0.131, 0.883, "the rank is illegible in the scan"},
    {8, 0.0349, 0.0911, 0.936, "the rank is illegible in the scan"},
    {16, 0.030, 0.080, 0.952, "equal in all digits to FFT-PFM of Table V"},
    {32, 0.0327, 0.0894, 0.938},
    {64, 0.0441, 0.099, 0.9275},
    {128, 0.0463, 0.096, 0.931},
};

}  // namespace

std::string_view to_string(InversionMethod method) {
  switch (method) {
    case InversionMethod::kBaseline:
      return "baseline";
    case InversionMethod::kFull:
      return "full";
    case InversionMethod::kLora:
      return "lora";
  }
  return "";
}

std::span<const PublishedInversion> published_inversions() {
  return kCells;
}

const PublishedInversion* find_published_inversion(std::string_view trained_on,
                                                   std::string_view tested_on,
                                                   InversionMethod method,
                                                   int percent) {
  const auto* found = std::ranges::find_if(kCells, [&](const PublishedInversion& cell) {
    return cell.trained_on == trained_on && cell.tested_on == tested_on && cell.method == method &&
           cell.percent == percent;
  });
  return found == std::end(kCells) ? nullptr : found;
}

std::span<const PublishedRank> published_ranks() {
  return kRanks;
}

}  // namespace geod::trainer
