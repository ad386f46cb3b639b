# What find_package(Thresh) gives to a CMakeLists.txt:
#
#   thresh_add_fuzz_test(NAME
#     SOURCES file...          the targets, and what only they need
#     [LIBRARIES library...]   what they test; see below
#     [TESTDATA dir]           holds TARGET/FILE: shared seeds and saved failures;
#                              default testdata/fuzz of the project, which
#                              is `thresh fuzz`'s when it is called there
#     [CORPUS dir...]          inputs as plain files, for a binary with
#                              LLVMFuzzerTestOneInput
#     [DICT file...]           dictionaries
#     [TEST_FLAGS flag...]     more flags for the test
#     [FUZZ_FLAGS flag...])    more flags for fuzzing
#
# makes a program NAME, a test NAME, which runs its seeds and saved failures
# (with CORPUS also NAME-corpus, which runs those files), and a build target
# fuzz-NAME, which fuzzes until a failure, ^C, or THRESH_FUZZTIME. Directories
# and files are relative to the current source directory. Failures are saved in
# TESTDATA, so in the source tree, where the test runs them from then on; inputs
# found are kept in THRESH_CACHEDIR.
#
# NAME is compiled with instrumentation and sanitizers. Libraries of the same
# build get a static copy that is, too (LIB-thresh), and so do those they are
# linked with; the libraries themselves stay as they are. A copy has the sources
# and libraries that its library has had by then, so this is called after them.
# Libraries from elsewhere are linked as they are.
#
#   thresh_instrument(TARGET...)
#
# adds the same flags to targets in place.
#
# Flags are not written down here: `thresh cc --thresh-print` says them.
include_guard(GLOBAL)
if(CMAKE_VERSION VERSION_LESS 3.18)
  message(FATAL_ERROR "Thresh's package needs CMake 3.18, this is "
                      "${CMAKE_VERSION}; plain `thresh cc` needs none")
endif()
# Also in projects that ask for the ways of an older CMake.
cmake_policy(PUSH)
cmake_policy(VERSION 3.18)
include(CheckCSourceCompiles)
include(CheckCXXSourceCompiles)

set(THRESH_FUZZTIME "" CACHE STRING
    "How long fuzz-NAME fuzzes: 60s, 1h, 1000000x; empty: until stopped")
set(THRESH_CACHEDIR "${CMAKE_BINARY_DIR}/thresh-cache" CACHE PATH
    "Where fuzz-NAME keeps found inputs, in NAME/TARGET")

# Whether programs with these sanitizers can be linked here.
function(thresh__can_sanitize result sanitizers)
  set(CMAKE_REQUIRED_FLAGS -fsanitize=${sanitizers})
  set(CMAKE_REQUIRED_QUIET TRUE)
  if(CMAKE_C_COMPILER_LOADED)
    check_c_source_compiles("int main(void) { return 0; }" ${result})
  else()
    check_cxx_source_compiles("int main() { return 0; }" ${result})
  endif()
endfunction()

if(NOT DEFINED CACHE{THRESH_SANITIZE})
  set(thresh__default "")
  if(NOT "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize=")
    thresh__can_sanitize(THRESH_CAN_SANITIZE address,undefined)
    if(THRESH_CAN_SANITIZE)
      set(thresh__default address,undefined)
    endif()
  endif()
  set(THRESH_SANITIZE "${thresh__default}" CACHE STRING
      "Sanitizers of fuzz tests, e.g. address,undefined; empty: none")
endif()

# What `thresh cc` adds to a command line of the compiler for a language, as one
# text quoted for a shell: `before` the given words and `after` them.
function(thresh__ask language before after)
  set(wrapper cc)
  if(language STREQUAL CXX)
    set(wrapper c++)
  endif()
  execute_process(
    COMMAND "${THRESH_PROGRAM}" ${wrapper}
            "--compiler=${CMAKE_${language}_COMPILER}" --thresh-print ${ARGN}
    OUTPUT_VARIABLE line ERROR_VARIABLE complaint RESULT_VARIABLE result
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_STRIP_TRAILING_WHITESPACE)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "Thresh: no flags for ${CMAKE_${language}_COMPILER}: "
                        "${complaint}")
  endif()
  list(JOIN ARGN " " given)
  string(FIND "${line}" " ${given}" at)
  string(LENGTH " ${given}" length)
  math(EXPR behind "${at} + ${length}")
  string(SUBSTRING "${line}" 0 ${at} head)
  string(SUBSTRING "${line}" ${behind} -1 tail)
  # The compiler itself comes first.
  string(REGEX MATCH "^('[^']*'|[^ ]+)" compiler "${head}")
  string(LENGTH "${compiler}" length)
  string(SUBSTRING "${head}" ${length} -1 head)
  set(${before} "${head}" PARENT_SCOPE)
  set(${after} "${tail}" PARENT_SCOPE)
endfunction()

# Asks once for each language: THRESH__COMPILE_<language>, THRESH__LINK.
function(thresh__learn_flags)
  get_property(known GLOBAL PROPERTY THRESH__LINK SET)
  if(known)
    return()
  endif()
  set(sanitize "")
  if(THRESH_SANITIZE)
    set(sanitize -fsanitize=${THRESH_SANITIZE})
  endif()
  foreach(language C CXX)
    if(CMAKE_${language}_COMPILER_LOADED)
      set(source x.c)
      if(language STREQUAL CXX)
        set(source x.cc)
      endif()
      # What is added depends on the project's own sanitizers, too.
      string(REGEX MATCHALL "-fsanitize=[^ ]+" own "${CMAKE_${language}_FLAGS}")
      thresh__ask(${language} flags ignored ${own} ${sanitize} -c ${source})
      set_property(GLOBAL PROPERTY THRESH__COMPILE_${language}
                   "${flags} ${sanitize}")
      thresh__ask(${language} ignored libraries ${sanitize} x.o)
      set_property(GLOBAL PROPERTY THRESH__LINK "${libraries}")
    endif()
  endforeach()
endfunction()

function(thresh_instrument)
  thresh__learn_flags()
  foreach(target IN LISTS ARGN)
    foreach(language C CXX)
      get_property(flags GLOBAL PROPERTY THRESH__COMPILE_${language})
      if(flags)
        # As one item: CMake would drop the second of two equal words.
        target_compile_options(${target} PRIVATE
          "$<$<COMPILE_LANGUAGE:${language}>:SHELL:${flags}>")
      endif()
    endforeach()
    set_target_properties(${target} PROPERTIES
                          INTERPROCEDURAL_OPTIMIZATION OFF)
  endforeach()
endfunction()

# The sources of a target as absolute paths, with what is set for each of them:
# properties of files hold for one directory only.
function(thresh__sources result target)
  get_target_property(sources ${target} SOURCES)
  get_target_property(folder ${target} SOURCE_DIR)
  get_target_property(binary ${target} BINARY_DIR)
  set(all "")
  foreach(source IN LISTS sources)
    if(source MATCHES "^\\$<")
      list(APPEND all "${source}")
      continue()
    endif()
    # As CMake does it, what is not there yet will be among the built files.
    get_filename_component(path "${source}" ABSOLUTE BASE_DIR "${folder}")
    if(NOT IS_ABSOLUTE "${source}" AND NOT EXISTS "${path}")
      get_filename_component(path "${source}" ABSOLUTE BASE_DIR "${binary}")
    endif()
    foreach(property GENERATED LANGUAGE COMPILE_FLAGS COMPILE_OPTIONS
                     COMPILE_DEFINITIONS INCLUDE_DIRECTORIES HEADER_FILE_ONLY
                     EXTERNAL_OBJECT OBJECT_DEPENDS)
      get_source_file_property(value "${path}" TARGET_DIRECTORY ${target}
                               ${property})
      if(value)
        set_source_files_properties("${path}" PROPERTIES ${property} "${value}")
      endif()
    endforeach()
    list(APPEND all "${path}")
  endforeach()
  set(${result} "${all}" PARENT_SCOPE)
endfunction()

# What stands for a library in the link of a fuzz test: of one of this build its
# instrumented copy, which is made here the first time.
function(thresh__instrumented result library)
  set(${result} "${library}" PARENT_SCOPE)
  if(NOT TARGET "${library}")
    return()
  endif()
  get_target_property(real ${library} ALIASED_TARGET)
  if(NOT real)
    set(real ${library})
  endif()
  get_target_property(imported ${real} IMPORTED)
  get_target_property(type ${real} TYPE)
  if(imported OR NOT type MATCHES "^(STATIC|SHARED|MODULE|OBJECT)_LIBRARY$")
    return()
  endif()
  set(copy ${real}-thresh)
  set(${result} ${copy} PARENT_SCOPE)
  if(TARGET ${copy})
    return()
  endif()

  thresh__sources(sources ${real})
  add_library(${copy} STATIC EXCLUDE_FROM_ALL ${sources})
  # Whatever makes its sources makes the copy's.
  add_dependencies(${copy} ${real})
  foreach(property COMPILE_OPTIONS COMPILE_DEFINITIONS INCLUDE_DIRECTORIES)
    set(value "$<TARGET_PROPERTY:${real},${property}>")
    set(interface "$<TARGET_PROPERTY:${real},INTERFACE_${property}>")
    set_target_properties(${copy} PROPERTIES ${property} "${value}"
                          INTERFACE_${property} "${interface}")
  endforeach()
  foreach(property C_STANDARD C_STANDARD_REQUIRED C_EXTENSIONS
                   CXX_STANDARD CXX_STANDARD_REQUIRED CXX_EXTENSIONS
                   COMPILE_FEATURES INTERFACE_COMPILE_FEATURES LINKER_LANGUAGE
                   INTERFACE_SYSTEM_INCLUDE_DIRECTORIES)
    get_target_property(value ${real} ${property})
    if(value)
      set_target_properties(${copy} PROPERTIES ${property} "${value}")
    endif()
  endforeach()
  foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
    get_target_property(libraries ${real} ${property})
    set(copies "")
    foreach(other IN LISTS libraries)
      # What a static library is linked with in private.
      if(other MATCHES "^\\$<LINK_ONLY:([^<>:]+)>$")
        thresh__instrumented(other ${CMAKE_MATCH_1})
        list(APPEND copies "$<LINK_ONLY:${other}>")
      elseif(other)
        thresh__instrumented(other "${other}")
        list(APPEND copies "${other}")
      endif()
    endforeach()
    set_property(TARGET ${copy} PROPERTY ${property} "${copies}")
  endforeach()
  # A shared library's own libraries are the program's now.
  if(NOT type STREQUAL "STATIC_LIBRARY")
    get_target_property(private ${copy} LINK_LIBRARIES)
    foreach(other IN LISTS private)
      if(other)
        set_property(TARGET ${copy} APPEND PROPERTY INTERFACE_LINK_LIBRARIES
                     "$<LINK_ONLY:${other}>")
      endif()
    endforeach()
  endif()
  thresh_instrument(${copy})
endfunction()

# The tests and the target that fuzzes of one program.
function(thresh__add_runs name testdata corpus test_flags fuzz_flags)
  add_test(NAME ${name} COMMAND ${name} "-testdata=${testdata}" ${test_flags}
           WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  set_property(TEST ${name} PROPERTY LABELS fuzz)
  set(cache "${THRESH_CACHEDIR}/${name}")
  set(prepare "")
  if(corpus)
    add_test(NAME ${name}-corpus
             COMMAND ${name} -runs=0
                     "-artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/" ${corpus}
             WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    set_property(TEST ${name}-corpus PROPERTY LABELS fuzz)
    foreach(folder IN LISTS corpus)
      list(APPEND prepare COMMAND "${CMAKE_COMMAND}" -E copy_directory
           "${folder}" "${cache}/$<TARGET_FILE_BASE_NAME:${name}>")
    endforeach()
  endif()
  if(THRESH_FUZZTIME)
    list(APPEND fuzz_flags "-fuzztime=${THRESH_FUZZTIME}")
  endif()
  add_custom_target(fuzz-${name} ${prepare}
    COMMAND ${name} -fuzz=. "-testdata=${testdata}" "-cachedir=${cache}"
            ${fuzz_flags}
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    COMMENT "Fuzzing ${name}" USES_TERMINAL VERBATIM)
endfunction()

function(thresh_add_fuzz_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TESTDATA"
                        "SOURCES;LIBRARIES;CORPUS;DICT;TEST_FLAGS;FUZZ_FLAGS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR
      "thresh_add_fuzz_test(${name}): wants SOURCES file..., and may have "
      "LIBRARIES, TESTDATA, CORPUS, DICT, TEST_FLAGS and FUZZ_FLAGS; "
      "got \"${ARGN}\"")
  endif()
  if(NOT arg_TESTDATA)
    set(arg_TESTDATA "${PROJECT_SOURCE_DIR}/testdata/fuzz")
  endif()
  foreach(kind TESTDATA CORPUS DICT)
    set(paths "")
    foreach(path IN LISTS arg_${kind})
      get_filename_component(path "${path}" ABSOLUTE)
      if(NOT kind STREQUAL "TESTDATA" AND NOT EXISTS "${path}")
        message(FATAL_ERROR "thresh_add_fuzz_test(${name}): ${kind}: there is "
                            "no ${path}")
      endif()
      list(APPEND paths "${path}")
    endforeach()
    set(arg_${kind} "${paths}")
  endforeach()
  foreach(dict IN LISTS arg_DICT)
    list(APPEND arg_FUZZ_FLAGS "-dict=${dict}")
  endforeach()

  add_executable(${name} ${arg_SOURCES})
  thresh_instrument(${name})
  # What thresh.h needs, also where the project itself is written in older C.
  # (CMake's 90 and 99 are years; a project's -std=c89 stands before this.)
  get_target_property(standard ${name} C_STANDARD)
  if(NOT standard OR standard MATCHES "^9")
    set_target_properties(${name} PROPERTIES C_STANDARD 11 C_EXTENSIONS ON)
  endif()
  set(libraries "")
  foreach(library IN LISTS arg_LIBRARIES)
    thresh__instrumented(library "${library}")
    list(APPEND libraries "${library}")
  endforeach()
  # The engine comes last, as one item for the same reason as the flags.
  get_property(engine GLOBAL PROPERTY THRESH__LINK)
  string(STRIP "${engine}" engine)
  target_link_libraries(${name} PRIVATE ${libraries} "${engine}")
  if(THRESH_SANITIZE)
    target_link_options(${name} PRIVATE -fsanitize=${THRESH_SANITIZE})
  endif()
  thresh__add_runs(${name} "${arg_TESTDATA}" "${arg_CORPUS}"
                   "${arg_TEST_FLAGS}" "${arg_FUZZ_FLAGS}")
endfunction()

cmake_policy(POP)
