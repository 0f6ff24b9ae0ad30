# Third-party libraries, all found on the system; LibTorch in cmake/torch.cmake.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)  # SHA-256 of model files
find_package(SQLite3 REQUIRED)
find_package(Boost 1.81 REQUIRED)  # headers of Asio and Beast alone
find_package(PkgConfig REQUIRED)
pkg_check_modules(ZMQ REQUIRED IMPORTED_TARGET libzmq)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
find_package(ZLIB REQUIRED)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
find_package(pugixml REQUIRED)
pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5)
pkg_check_modules(PNG REQUIRED IMPORTED_TARGET libpng)
pkg_check_modules(GEOGRAPHICLIB REQUIRED IMPORTED_TARGET geographiclib)  # geodesics of catalog/, trainer/
# libmseed is the oracle of tests and benchmarks; the daemon does not link it.
pkg_check_modules(MSEED REQUIRED IMPORTED_TARGET mseed)

if(GEOD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(GEOD_BENCH)
  find_package(benchmark REQUIRED)
endif()
