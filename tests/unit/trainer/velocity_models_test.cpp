#include "trainer/velocity_models.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "trainer/acoustic_solver.hpp"

namespace geod::trainer {
namespace {

constexpr std::size_t kCells = kVelocityCells;
using Model = std::vector<float>;

std::vector<Model> draw(const OpenFwiSet& set, std::size_t count, std::uint64_t seed) {
  std::vector<Model> models;
  for (std::size_t i = 0; i < count; ++i) {
    Rng rng(seed, i);
    models.push_back(draw_velocity_model(velocity_recipe(set), 0, rng));
  }
  return models;
}

/// As many as a mean needs: layers alone vary more from model to model, and are drawn quickly.
std::vector<Model> draw_many(const OpenFwiSet& set, std::uint64_t seed) {
  return draw(set, set.family == OpenFwiFamily::kVel ? 300 : 60, seed);
}

double at(const Model& model, std::size_t row, std::size_t column) {
  return static_cast<double>(model[row * kCells + column]);
}

/// Mean magnitude of the Sobel gradient over the inside of all models.
double spatial_information(const std::vector<Model>& models) {
  double sum = 0.0;
  for (const Model& m : models) {
    for (std::size_t r = 1; r + 1 < kCells; ++r) {
      for (std::size_t c = 1; c + 1 < kCells; ++c) {
        const double gx = at(m, r - 1, c + 1) + 2.0 * at(m, r, c + 1) + at(m, r + 1, c + 1) -
                          at(m, r - 1, c - 1) - 2.0 * at(m, r, c - 1) - at(m, r + 1, c - 1);
        const double gz = at(m, r + 1, c - 1) + 2.0 * at(m, r + 1, c) + at(m, r + 1, c + 1) -
                          at(m, r - 1, c - 1) - 2.0 * at(m, r - 1, c) - at(m, r - 1, c + 1);
        sum += std::hypot(gx, gz);
      }
    }
  }
  return sum / static_cast<double>(models.size() * (kCells - 2) * (kCells - 2));
}

bool is_style(const OpenFwiSet& set) {
  return set.family == OpenFwiFamily::kStyle;
}

/// A seed of its own for every run, told when a test fails.
class VelocityModels : public ::testing::Test {
 protected:
  const std::uint64_t seed_ = std::random_device{}();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
};

TEST_F(VelocityModels, LieInTheRangeOfOpenFwiAndAreWholeNumbersButForTheStyles) {
  for (const OpenFwiSet& set : openfwi_sets()) {
    std::size_t fractions = 0;
    float slowest = 1e9F;
    float fastest = 0.0F;
    for (const Model& model : draw_many(set, seed_)) {
      ASSERT_EQ(model.size(), kCells * kCells);
      for (const float velocity : model) {
        slowest = std::min(slowest, velocity);
        fastest = std::max(fastest, velocity);
        fractions += velocity != std::round(velocity) ? 1 : 0;
      }
    }
    EXPECT_GE(slowest, 1500.0F) << set.code;
    EXPECT_LE(slowest, 1800.0F) << set.code;
    EXPECT_GE(fastest, 4000.0F) << set.code;
    EXPECT_LE(fastest, 4500.0F) << set.code;
    EXPECT_EQ(fractions > 0, is_style(set)) << set.code;
  }
}

/// No fifth of the range is empty or holds half of the cells.
TEST_F(VelocityModels, FillTheHistogramOfVelocities) {
  for (const OpenFwiSet& set : openfwi_sets()) {
    std::vector<double> shares(5, 0.0);
    const std::vector<Model> models = draw_many(set, seed_);
    for (const Model& model : models) {
      for (const float velocity : model) {
        const double place = (static_cast<double>(velocity) - kSlowestModelMPerS) /
                             (kFastestModelMPerS - kSlowestModelMPerS);
        shares[std::min<std::size_t>(4, static_cast<std::size_t>(5.0 * place))] +=
            1.0 / static_cast<double>(models.size() * model.size());
      }
    }
    for (const double share : shares) {
      EXPECT_GT(share, 0.002) << set.code;
      EXPECT_LT(share, 0.5) << set.code;
    }
  }
}

TEST_F(VelocityModels, GrowWithDepthInAllSetsButTheHarderFlatAndCurved) {
  for (const OpenFwiSet& set : openfwi_sets()) {
    double top = 0.0;
    double bottom = 0.0;
    const std::vector<Model> models = draw_many(set, seed_);
    for (const Model& model : models) {
      for (std::size_t column = 0; column < kCells; ++column) {
        top += at(model, 5, column);
        bottom += at(model, 64, column);
      }
    }
    const auto cells = static_cast<double>(models.size() * kCells);
    const double growth_m_per_s = (bottom - top) / cells;
    if (set.code == "FVB" || set.code == "CVB") {
      EXPECT_LT(std::abs(growth_m_per_s), 600.0) << set.code;
    } else {
      EXPECT_GT(growth_m_per_s, 800.0) << set.code;
      EXPECT_LT(growth_m_per_s, 2600.0) << set.code;
    }
  }
}

/// The order that the paper's measure of complexity gives the sets: flat layers are simpler than
/// curved ones, these than many faults in them and than the styles.
TEST_F(VelocityModels, GrowInSpatialInformationAsOpenFwiDoes) {
  std::map<std::string_view, double> information;
  for (const OpenFwiSet& set : openfwi_sets()) {
    information[set.code] = spatial_information(draw_many(set, seed_));
  }
  EXPECT_LT(information["FVA"], information["CVA"]);
  EXPECT_LT(information["FVB"], information["CVB"]);
  EXPECT_LT(information["FVA"], information["FFB"]);
  EXPECT_LT(information["CVA"], information["CFB"]);
  EXPECT_LT(information["FFA"], information["FFB"]);
  EXPECT_LT(information["CFA"], information["CFB"]);
  EXPECT_LT(information["CFB"], information["STA"]);
  EXPECT_LT(information["CFB"], information["STB"]);
}

TEST_F(VelocityModels, OfFlatSetsHaveLayersThatIncreaseOnlyInTheSimplerOne) {
  const auto layers_of = [](const Model& model) {
    std::vector<double> layers{at(model, 0, 0)};
    for (std::size_t row = 0; row < kCells; ++row) {
      for (std::size_t column = 0; column < kCells; ++column) {
        EXPECT_EQ(at(model, row, column), at(model, row, 0));
      }
      if (at(model, row, 0) != layers.back()) {
        layers.push_back(at(model, row, 0));
      }
    }
    return layers;
  };
  bool some_decrease = false;
  for (const Model& model : draw(*find_openfwi_set("FVA"), 60, seed_)) {
    const std::vector<double> layers = layers_of(model);
    EXPECT_GE(layers.size(), 3U);
    EXPECT_LE(layers.size(), 8U);
    EXPECT_TRUE(std::is_sorted(layers.begin(), layers.end()));
  }
  for (const Model& model : draw(*find_openfwi_set("FVB"), 60, seed_)) {
    const std::vector<double> layers = layers_of(model);
    some_decrease |= !std::is_sorted(layers.begin(), layers.end());
  }
  EXPECT_TRUE(some_decrease);
}

TEST_F(VelocityModels, OfCurvedSetsHaveParallelInterfaces) {
  for (const char* code : {"CVA", "CVB"}) {
    for (const Model& model : draw(*find_openfwi_set(code), 30, seed_)) {
      // Between two columns every interface that both show moves by the same number of cells, to
      // the rounding of each.
      const auto interfaces = [&model](std::size_t column) {
        std::map<std::pair<double, double>, double> depths;  // by what lies above and below
        for (std::size_t row = 1; row < kCells; ++row) {
          if (at(model, row, column) != at(model, row - 1, column)) {
            depths[{at(model, row - 1, column), at(model, row, column)}] = static_cast<double>(row);
          }
        }
        return depths;
      };
      const auto left = interfaces(10);
      const auto right = interfaces(40);
      std::vector<double> moves;
      for (const auto& [key, depth] : left) {
        if (const auto found = right.find(key); found != right.end()) {
          moves.push_back(found->second - depth);
        }
      }
      if (!moves.empty()) {
        const auto [least, most] = std::minmax_element(moves.begin(), moves.end());
        EXPECT_LE(*most - *least, 2.0) << code;
      }
    }
  }
}

TEST_F(VelocityModels, OfFaultSetsHaveTheLayersThatAreAskedFor) {
  // The blended cells of an interface fill one row at most.
  const auto is_layer = [](const auto& velocity_and_cells) {
    return velocity_and_cells.second > 110;
  };
  for (const char* code : {"FFA", "FFB"}) {
    const VelocityRecipe& recipe = velocity_recipe(*find_openfwi_set(code));
    for (std::size_t layers = recipe.least_layers; layers <= recipe.most_layers; ++layers) {
      std::size_t most = 0;  // faults may push a layer out of a model
      std::size_t blended = 0;
      for (std::size_t i = 0; i < 20; ++i) {
        Rng rng(seed_, 100 * layers + i);
        const Model model = draw_velocity_model(recipe, layers, rng);
        std::map<float, std::size_t> cells;
        for (const float velocity : model) {
          ++cells[velocity];
        }
        const auto large = std::count_if(cells.begin(), cells.end(), is_layer);
        most = std::max(most, static_cast<std::size_t>(large));
        blended += cells.size() - static_cast<std::size_t>(large);
      }
      EXPECT_EQ(most, layers) << code;
      EXPECT_GT(blended, 0U) << code;
    }
  }
}

/// Along offsets, as seen in Style-A: 0.97, 0.76, 0.50 at 1, 3 and 5 cells.
TEST_F(VelocityModels, OfStyleAAreSmoothAsTheOriginal) {
  const std::size_t lags[] = {1, 3, 5};
  double products[3] = {0.0, 0.0, 0.0};
  double counts[3] = {0.0, 0.0, 0.0};
  double squares = 0.0;
  const std::vector<Model> models = draw(*find_openfwi_set("STA"), 100, seed_);
  for (const Model& model : models) {
    // What is left of a straight line over depth.
    double mean = 0.0;
    double slope = 0.0;
    double spread = 0.0;
    for (std::size_t i = 0; i < model.size(); ++i) {
      mean += static_cast<double>(model[i]) / static_cast<double>(model.size());
      const double depth = static_cast<double>(i / kCells) - 34.5;
      slope += depth * static_cast<double>(model[i]);
      spread += depth * depth;
    }
    slope /= spread;
    const auto residual = [&](std::size_t row, std::size_t column) {
      return at(model, row, column) - mean - slope * (static_cast<double>(row) - 34.5);
    };
    for (std::size_t row = 0; row < kCells; ++row) {
      for (std::size_t column = 0; column < kCells; ++column) {
        squares += residual(row, column) * residual(row, column);
        for (std::size_t k = 0; k < 3; ++k) {
          if (column + lags[k] < kCells) {
            products[k] += residual(row, column) * residual(row, column + lags[k]);
            counts[k] += 1.0;
          }
        }
      }
    }
  }
  const auto cells = static_cast<double>(models.size() * kCells * kCells);
  EXPECT_NEAR(products[0] / counts[0] / (squares / cells), 0.97, 0.02);
  EXPECT_NEAR(products[1] / counts[1] / (squares / cells), 0.76, 0.07);
  EXPECT_NEAR(products[2] / counts[2] / (squares / cells), 0.50, 0.12);
}

/// Shots over what is drawn stay within the amplitudes that the published sets have: the network's
/// input is scaled by them. A fixed seed: a rare model may come closer to the bounds than these.
TEST_F(VelocityModels, GiveShotsWithinThePublishedAmplitudes) {
  AcousticSurvey survey;
  survey.times = 160;  // the direct waves, which are the largest
  const auto solver = make_cpu_acoustics(survey, 0);
  ASSERT_TRUE(solver);
  for (const OpenFwiSet& set : openfwi_sets()) {
    Model models;
    constexpr std::size_t kModels = 3;
    for (const Model& model : draw(set, kModels, 1)) {
      models.insert(models.end(), model.begin(), model.end());
    }
    std::vector<float> records(kModels * survey.record_values());
    ASSERT_TRUE((*solver)->simulate(models, records));
    const auto [least, greatest] = std::minmax_element(records.begin(), records.end());
    EXPECT_GE(static_cast<double>(*least), set.amplitude_min) << set.code;
    EXPECT_LE(static_cast<double>(*greatest), set.amplitude_max) << set.code;
    EXPECT_LT(*least, -19.0F) << set.code;
    EXPECT_GT(*greatest, 36.0F) << set.code;
  }
}

TEST_F(VelocityModels, DependOnTheSeedAlone) {
  for (const OpenFwiSet& set : openfwi_sets()) {
    const std::vector<Model> models = draw(set, 2, seed_);
    EXPECT_EQ(draw(set, 2, seed_), models) << set.code;
    EXPECT_NE(models[0], models[1]) << set.code;
    EXPECT_NE(draw(set, 1, seed_ + 1)[0], models[0]) << set.code;
  }
}

}  // namespace
}  // namespace geod::trainer
