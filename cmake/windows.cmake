# The Windows archive, beside our own: where mingw's gcc is installed, whatever
# builds thresh also makes what `thresh cc --compiler=x86_64-w64-mingw32-gcc`
# links.
include(ExternalProject)

set(windows_dir ${CMAKE_BINARY_DIR}/x86_64-w64-mingw32)
ExternalProject_Add(thresh_windows
  SOURCE_DIR ${PROJECT_SOURCE_DIR}
  BINARY_DIR ${windows_dir}
  PREFIX ${CMAKE_BINARY_DIR}/CMakeFiles/windows
  CMAKE_ARGS --toolchain ${PROJECT_SOURCE_DIR}/cmake/mingw.cmake
             -D CMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE}
             -D THRESH_WERROR=${THRESH_WERROR}
             -D THRESH_DEBUG_ARCHIVE=${THRESH_DEBUG_ARCHIVE}
  BUILD_COMMAND ${CMAKE_COMMAND} --build . --target thresh_archive
  BUILD_ALWAYS ON
  INSTALL_COMMAND ""
  LOG_CONFIGURE ON LOG_BUILD ON LOG_OUTPUT_ON_FAILURE ON)
install(FILES ${windows_dir}/libthresh.a ${windows_dir}/thresh-gcc.specs
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/x86_64-w64-mingw32)
