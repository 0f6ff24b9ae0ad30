#pragma once

#include <string>

#include "trainer/image_options.hpp"

namespace CLI {
class App;
}

namespace geod {

/// Of `geod train`, for the image tasks: what CLI11 cannot put into ImageOptions by itself lies
/// beside them.
struct ImageTrainCommand {
  trainer::ImageOptions options;
  std::string decoder;  ///< empty: not given, as the others
  std::string loss;
  std::string class_weights;  ///< "balanced" or numbers with commas
  std::string tile;           ///< "ROWSxCOLUMNS"
};

/// `command` must outlive `app`.
void add_image_options(CLI::App& app, ImageTrainCommand& command);

/// The options with what lies beside them, which add_image_options has checked.
trainer::ImageOptions resolved(const ImageTrainCommand& command);

/// Rows and columns of "512x512"; nothing for another text.
bool parse_tile(const std::string& text, std::int64_t& rows, std::int64_t& columns);

}  // namespace geod
