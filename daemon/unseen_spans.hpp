#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/das_block.hpp"

namespace geod {

/// Stretches of fibres that could not be looked at, one growing span a fibre: a row for each block
/// would fill the store. Single-threaded.
class UnseenSpans {
 public:
  /// Adds a block; returns the fibre's span before, where the block does not go on with it.
  std::optional<FibreGap> note(const DasBlock& block, const std::string& why);

  /// The fibre's span, if any; it begins anew.
  std::optional<FibreGap> take(const std::string& fibre_id);
  std::vector<FibreGap> take_all();

 private:
  std::map<std::string, FibreGap> spans_;  ///< by fibre
};

}  // namespace geod
