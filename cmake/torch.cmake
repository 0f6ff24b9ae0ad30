# LibTorch as an imported target of our own (its CUDA half: cmake/cuda.cmake):
#   geod_torch       headers, libtorch_cpu, libc10: what models, adapters and trainer link
# find_package(Torch) is avoided on purpose: for a CUDA build of LibTorch it demands a toolkit and
# links every CUDA library into every program.
#
# Where it is looked for, first hit wins: -DGEOD_TORCH_ROOT=<.../torch>, CMAKE_PREFIX_PATH, the
# virtual environment in $GEOD_VENV, the project's own .venv (made by scripts/setup).
set(GEOD_TORCH_ROOT "" CACHE PATH "LibTorch: the folder with include/ and lib/")

set(GEOD_VENV "$ENV{GEOD_VENV}" CACHE PATH "Virtual environment with the torch wheel, instead of .venv")

set(_geod_torch_candidates ${GEOD_TORCH_ROOT})
if(NOT GEOD_TORCH_ROOT)
  foreach(prefix IN LISTS CMAKE_PREFIX_PATH)
    list(APPEND _geod_torch_candidates ${prefix} ${prefix}/torch ${prefix}/libtorch)
  endforeach()
  foreach(venv IN ITEMS "${GEOD_VENV}" "${PROJECT_SOURCE_DIR}/.venv")
    if(venv)
      file(GLOB found LIST_DIRECTORIES true "${venv}/lib/python3*/site-packages/torch")
      list(APPEND _geod_torch_candidates ${found})
    endif()
  endforeach()
endif()

set(_geod_torch_dir "")
foreach(candidate IN LISTS _geod_torch_candidates)
  if(NOT _geod_torch_dir AND EXISTS ${candidate}/include/ATen/ATen.h
     AND EXISTS ${candidate}/lib/libtorch_cpu.so)
    set(_geod_torch_dir ${candidate})
  endif()
endforeach()
if(NOT _geod_torch_dir)
  message(FATAL_ERROR
    "LibTorch not found. Run scripts/setup, or pass -DGEOD_TORCH_ROOT=<folder with include/ and lib/> "
    "(for a Python wheel: <site-packages>/torch), or set GEOD_VENV to a virtual environment that has it, "
    "or build without the compute module: -DGEOD_COMPUTE=OFF.")
endif()
message(STATUS "LibTorch: ${_geod_torch_dir}")
get_filename_component(_geod_site_packages ${_geod_torch_dir} DIRECTORY)

# LibTorch's include folder carries a newer fmt than the one geod links. A folder that holds only a
# link to the system's fmt comes before it.
find_path(_geod_fmt_include fmt/format.h HINTS /usr/include NO_CACHE REQUIRED)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/fmt_before_torch)
file(CREATE_LINK ${_geod_fmt_include}/fmt ${PROJECT_BINARY_DIR}/fmt_before_torch/fmt SYMBOLIC)

add_library(geod_c10 SHARED IMPORTED)
set_target_properties(geod_c10 PROPERTIES IMPORTED_LOCATION ${_geod_torch_dir}/lib/libc10.so)
add_library(geod_torch SHARED IMPORTED)
set_target_properties(geod_torch PROPERTIES
  IMPORTED_LOCATION ${_geod_torch_dir}/lib/libtorch_cpu.so
  INTERFACE_INCLUDE_DIRECTORIES
    "${PROJECT_BINARY_DIR}/fmt_before_torch;${_geod_torch_dir}/include;${_geod_torch_dir}/include/torch/csrc/api/include"
  INTERFACE_LINK_LIBRARIES geod_c10)

# LibTorch's own OpenMP runtime: a second one in the process would not know of the first one's threads.
file(GLOB _geod_gomp ${_geod_torch_dir}/lib/libgomp*.so*)
if(NOT _geod_gomp)
  find_library(_geod_gomp NAMES gomp libgomp.so.1 REQUIRED NO_CACHE
    HINTS ${CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES})
endif()
list(GET _geod_gomp 0 _geod_gomp)
add_library(geod_gomp SHARED IMPORTED)
set_target_properties(geod_gomp PROPERTIES IMPORTED_LOCATION ${_geod_gomp})

# The Python virtual environment that LibTorch came from, if it did: the peers' tests run there.
set(GEOD_VENV_PYTHON "")
get_filename_component(_geod_venv ${_geod_site_packages}/../../.. ABSOLUTE)
if(EXISTS ${_geod_venv}/bin/python)
  set(GEOD_VENV_PYTHON ${_geod_venv}/bin/python)
endif()

# Gloo's headers, for processes that train together: LibTorch's own, or the names alone.
if(EXISTS ${_geod_torch_dir}/include/gloo/context.h)
  set(GEOD_GLOO_INCLUDE ${_geod_torch_dir}/include)
else()
  set(GEOD_GLOO_INCLUDE ${PROJECT_SOURCE_DIR}/cmake/gloo_names)
endif()
