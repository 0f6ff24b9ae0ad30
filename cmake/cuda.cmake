# The CUDA compiler and LibTorch's CUDA half, for libgeod_cuda.so. No GPU and no driver is needed.
#   geod_torch_cuda                      libtorch_cuda, libc10_cuda, the CUDA runtime
#   geod_add_cuda_sources(target FILE..) compiles .cu files into a target
#
# The compiler is called directly instead of through enable_language(CUDA): the wheels are no toolkit
# tree (no lib64, no unversioned library names), and the compiler test of CMake wants to link one.
#
# Where the toolkit is looked for, first hit wins: -DGEOD_CUDA_ROOT=<folder with bin/nvcc>, the
# nvidia/ folder of the virtual environment that LibTorch came from, CUDAToolkit_ROOT, nvcc on PATH,
# /usr/local/cuda.
set(GEOD_CUDA_ROOT "" CACHE PATH "CUDA toolkit: the folder with bin/nvcc and include/")
set(GEOD_CUDA_ARCHITECTURES "75;80;86;89;90;100;120" CACHE STRING
  "GPU architectures to compile for; those that nvcc does not know are left out")

set(_geod_cuda_remedy
  "Run scripts/setup, which installs the CUDA wheels beside LibTorch, or build without the CUDA "
  "module: -DGEOD_CUDA=OFF.")
string(CONCAT _geod_cuda_remedy ${_geod_cuda_remedy})

foreach(library torch_cuda c10_cuda)
  if(NOT EXISTS ${_geod_torch_dir}/lib/lib${library}.so)
    message(FATAL_ERROR
      "GEOD_CUDA is ON, but LibTorch at ${_geod_torch_dir} is a CPU build: it has no "
      "lib${library}.so. ${_geod_cuda_remedy}")
  endif()
endforeach()

set(_geod_cuda_candidates ${GEOD_CUDA_ROOT})
if(NOT GEOD_CUDA_ROOT)
  file(GLOB _geod_cuda_candidates LIST_DIRECTORIES true "${_geod_site_packages}/nvidia/cu*")
  list(APPEND _geod_cuda_candidates ${CUDAToolkit_ROOT} $ENV{CUDAToolkit_ROOT})
  find_program(_geod_nvcc_on_path nvcc NO_CACHE)
  if(_geod_nvcc_on_path)
    file(REAL_PATH ${_geod_nvcc_on_path} _geod_nvcc_on_path)
    get_filename_component(_geod_nvcc_on_path ${_geod_nvcc_on_path}/../.. ABSOLUTE)
    list(APPEND _geod_cuda_candidates ${_geod_nvcc_on_path})
  endif()
  list(APPEND _geod_cuda_candidates /usr/local/cuda)
endif()

set(_geod_cuda_dir "")
foreach(candidate IN LISTS _geod_cuda_candidates)
  file(GLOB runtime "${candidate}/lib/libcudart.so*" "${candidate}/lib64/libcudart.so*")
  if(NOT _geod_cuda_dir AND runtime AND EXISTS ${candidate}/bin/nvcc
     AND EXISTS ${candidate}/include/cuda_runtime.h)
    set(_geod_cuda_dir ${candidate})
    list(GET runtime 0 _geod_cudart)
  endif()
endforeach()
if(NOT _geod_cuda_dir)
  message(FATAL_ERROR
    "GEOD_CUDA is ON, but no CUDA compiler (bin/nvcc with include/ and libcudart) was found beside "
    "LibTorch, in CUDAToolkit_ROOT, on PATH or in /usr/local/cuda. ${_geod_cuda_remedy} A toolkit "
    "elsewhere: -DGEOD_CUDA_ROOT=<its folder>.")
endif()
set(_geod_nvcc ${_geod_cuda_dir}/bin/nvcc)

# Machine code for every architecture that the compiler knows, and PTX of the newest for later ones.
execute_process(COMMAND ${_geod_nvcc} --list-gpu-code
  OUTPUT_VARIABLE _geod_known RESULT_VARIABLE _geod_failed ERROR_VARIABLE _geod_error)
if(_geod_failed)
  message(FATAL_ERROR "GEOD_CUDA is ON, but ${_geod_nvcc} does not run: ${_geod_error}. "
    "${_geod_cuda_remedy}")
endif()
string(REPLACE "\n" ";" _geod_known "${_geod_known}")
set(_geod_cuda_flags "")
set(_geod_used "")
foreach(number IN LISTS GEOD_CUDA_ARCHITECTURES)
  if("sm_${number}" IN_LIST _geod_known)
    list(APPEND _geod_cuda_flags -gencode=arch=compute_${number},code=sm_${number})
    list(APPEND _geod_used ${number})
  endif()
endforeach()
if(NOT _geod_used)
  message(FATAL_ERROR "${_geod_nvcc} knows none of GEOD_CUDA_ARCHITECTURES=${GEOD_CUDA_ARCHITECTURES}")
endif()
list(GET _geod_used -1 _geod_newest)
list(APPEND _geod_cuda_flags -gencode=arch=compute_${_geod_newest},code=compute_${_geod_newest})
message(STATUS "CUDA: ${_geod_cuda_dir}, architectures ${_geod_used}")

add_library(geod_cudart SHARED IMPORTED)
set_target_properties(geod_cudart PROPERTIES IMPORTED_LOCATION ${_geod_cudart})
add_library(geod_c10_cuda SHARED IMPORTED)
set_target_properties(geod_c10_cuda PROPERTIES
  IMPORTED_LOCATION ${_geod_torch_dir}/lib/libc10_cuda.so)
add_library(geod_torch_cuda SHARED IMPORTED)
set_target_properties(geod_torch_cuda PROPERTIES
  IMPORTED_LOCATION ${_geod_torch_dir}/lib/libtorch_cuda.so
  INTERFACE_INCLUDE_DIRECTORIES ${_geod_cuda_dir}/include
  INTERFACE_LINK_LIBRARIES "geod_torch;geod_c10_cuda;geod_cudart")

function(geod_add_cuda_sources target)
  foreach(source IN LISTS ARGN)
    set(input ${CMAKE_CURRENT_SOURCE_DIR}/${source})
    set(output ${CMAKE_CURRENT_BINARY_DIR}/${source}.o)
    add_custom_command(OUTPUT ${output}
      COMMAND ${_geod_nvcc} -c ${input} -o ${output} -O3 -std=c++20 -ccbin ${CMAKE_CXX_COMPILER}
        -I${PROJECT_SOURCE_DIR} -Xcompiler=-fPIC,-Wall,-Wextra ${_geod_cuda_flags}
        -MD -MF ${output}.d
      DEPENDS ${input}
      DEPFILE ${output}.d
      COMMENT "Compiling ${source} with nvcc"
      VERBATIM)
    target_sources(${target} PRIVATE ${source} ${output})
    set_source_files_properties(${source} PROPERTIES HEADER_FILE_ONLY ON)
  endforeach()
endfunction()
