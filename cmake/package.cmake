# What an installation holds beside the tool and the archive, and the packages
# that are made of one (`make deb`).
include(CMakePackageConfigHelpers)

# ---- find_package(Thresh) ----

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Thresh)
configure_package_config_file(cmake/package/ThreshConfig.cmake.in
  ThreshConfig.cmake
  INSTALL_DESTINATION ${config_dir}
  PATH_VARS CMAKE_INSTALL_BINDIR
  NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/ThreshConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
configure_file(cmake/package/ThreshFuzzTest.cmake ThreshFuzzTest.cmake COPYONLY)
foreach(file ThreshConfig ThreshConfigVersion ThreshFuzzTest)
  # In the build tree, too, where -D Thresh_DIR=BUILD finds them.
  install(FILES ${CMAKE_BINARY_DIR}/${file}.cmake DESTINATION ${config_dir})
endforeach()

# ---- pkg-config ----

# For the build tree, found by PKG_CONFIG_PATH=BUILD.
set(pc_prefix ${CMAKE_BINARY_DIR})
set(pc_libdir "\${prefix}")
set(pc_includedir "\${prefix}/include")
configure_file(cmake/package/thresh.pc.in thresh.pc @ONLY)
# The installed one names its prefix, which only the installation knows:
# `cmake --install --prefix` and CPack have their own.
set(pc_prefix "@CMAKE_INSTALL_PREFIX@")
set(pc_libdir "\${prefix}")
set(pc_includedir "\${prefix}")
cmake_path(APPEND pc_libdir ${CMAKE_INSTALL_LIBDIR})
cmake_path(APPEND pc_includedir ${CMAKE_INSTALL_INCLUDEDIR})
configure_file(cmake/package/thresh.pc.in installed/thresh.pc.in @ONLY)
install(CODE "
  cmake_path(APPEND CMAKE_INSTALL_PREFIX \"${CMAKE_INSTALL_LIBDIR}\"
             pkgconfig thresh.pc OUTPUT_VARIABLE file)
  message(STATUS \"Installing: \$ENV{DESTDIR}\${file}\")
  configure_file(\"${CMAKE_BINARY_DIR}/installed/thresh.pc.in\"
                 \"\$ENV{DESTDIR}\${file}\" @ONLY)
  list(APPEND CMAKE_INSTALL_MANIFEST_FILES \"\${file}\")")

# ---- documents ----

install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(DIRECTORY doc/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/doc
        FILES_MATCHING PATTERN "*.md" PATTERN "*.yml")
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR}
        PATTERN "demo.sh" EXCLUDE)

# ---- Debian's package ----

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME thresh)
set(CPACK_PACKAGE_CONTACT "The Thresh authors <thresh@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES OFF)
# Under /usr whatever the build's own prefix is.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Fuzz targets live beside unit tests and are tests: run plainly they replay
their seeds and saved failures, run with -fuzz they search for new ones, guided
by coverage, in worker processes. For stock gcc and clang.")
# The tool's libraries; what it calls: a compiler, and for lines in reports a
# symbolizer (gcc brings addr2line).
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "gcc | clang, libc6-dev | libc-dev, binutils")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "clang, llvm, cmake, pkg-config")
include(CPack)
