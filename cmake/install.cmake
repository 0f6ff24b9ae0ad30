# `cmake --install build --prefix P` lays out a tree that runs from anywhere:
#   bin/geod                              the executable; links no LibTorch
#   lib/geod/libgeod_compute.so, _cuda    what needs LibTorch, what needs CUDA (_acoustics_cuda without LibTorch)
#   share/geod/models/starter             the starter model; starter-pmp, -baz, -emg, -dis: its bundles
#   share/doc/geod                        the documents
#   etc/geod/geod.yaml                    the example configuration
#   lib/systemd/system/geod.service       the unit, with P/bin in it
#   lib/sysusers.d, lib/tmpfiles.d        user and configuration folder
#
# LibTorch itself is not installed. The modules look for it in lib/geod/torch/lib (a link to a
# LibTorch, for a tree that was moved to another machine), then where it was at build time.
set_target_properties(geod PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/geod")
install(TARGETS geod RUNTIME DESTINATION bin)

# Written out: CMake's own list of link folders leaves out those below the source tree, such as .venv.
set(_geod_module_rpath "$ORIGIN;$ORIGIN/torch/lib")
foreach(library geod_torch geod_cudart)
  if(TARGET ${library})
    get_target_property(_geod_location ${library} IMPORTED_LOCATION)
    get_filename_component(_geod_location ${_geod_location} DIRECTORY)
    list(APPEND _geod_module_rpath ${_geod_location})
  endif()
endforeach()
foreach(module geod_compute geod_cuda geod_acoustics_cuda)
  if(TARGET ${module})
    set_target_properties(${module} PROPERTIES INSTALL_RPATH "${_geod_module_rpath}")
    install(TARGETS ${module} LIBRARY DESTINATION lib/geod)
  endif()
endforeach()

foreach(model IN LISTS GEOD_SHIPPED_MODELS)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/models/${model} DESTINATION share/geod/models)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/config/geod.yaml DESTINATION etc/geod)
foreach(page configuration fwi-synthetics install operations picks service training wire)
  install(FILES ${PROJECT_SOURCE_DIR}/docs/${page}.md DESTINATION share/doc/geod)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/systemd/geod.sysusers.conf
  DESTINATION lib/sysusers.d RENAME geod.conf)
install(FILES ${PROJECT_SOURCE_DIR}/systemd/geod.tmpfiles.conf
  DESTINATION lib/tmpfiles.d RENAME geod.conf)

# The prefix is known for certain only when the tree is laid out.
install(CODE "set(unit_template \"${PROJECT_SOURCE_DIR}/systemd/geod.service.in\")")
install(CODE [[
  get_filename_component(GEOD_UNIT_BINDIR "${CMAKE_INSTALL_PREFIX}/bin" ABSOLUTE)
  set(unit "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/lib/systemd/system/geod.service")
  configure_file("${unit_template}" "${unit}" @ONLY)
  message(STATUS "Installed: ${unit}")
]])
