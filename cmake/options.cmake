# Flags for every target of ours, carried by the interface target geod_options.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(geod_options INTERFACE)
target_compile_features(geod_options INTERFACE cxx_std_20)
target_include_directories(geod_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(geod_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor>)
# Of GCC 12 in the standard library's own std::string code (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(geod_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()

if(GEOD_SANITIZE)
  target_compile_options(geod_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${GEOD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all>)
  target_link_options(geod_options INTERFACE -fsanitize=${GEOD_SANITIZE})
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()
