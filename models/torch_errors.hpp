#pragma once

#include <exception>
#include <string>

namespace geod::models {

/// What LibTorch threw, in one line: its own text goes on with advice and a stack trace.
std::string one_line(const std::exception& error);

}  // namespace geod::models
