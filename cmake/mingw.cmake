# Toolchain of the Windows build: Debian's cross compiler, programs run by Wine.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(THRESH_MINGW x86_64-w64-mingw32)
set(CMAKE_C_COMPILER ${THRESH_MINGW}-gcc)
set(CMAKE_CXX_COMPILER ${THRESH_MINGW}-g++)
set(CMAKE_RC_COMPILER ${THRESH_MINGW}-windres)

set(CMAKE_FIND_ROOT_PATH /usr/${THRESH_MINGW})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_CROSSCOMPILING_EMULATOR
    ${CMAKE_CURRENT_LIST_DIR}/../test/windows/wine.sh)
