#pragma once  // nothing of it is named in ProcessGroupGloo.hpp
