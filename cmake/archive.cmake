# Makes one archive of an object library whose inner names are hidden, so that
# nothing of ours can clash with, or be called by, the program the archive is
# linked into. What stays is the documented surface below.
set(THRESH_PUBLIC_SYMBOLS
    main thresh_register_target thresh_register_seed thresh_check_failed thresh_check_same
    thresh_reject __ubsan_on_report __tsan_on_report
    "__sanitizer_cov_*" __sancov_lowest_stack "__gcov_*"
    LLVMFuzzerMutate LLVMFuzzerRunDriver __libfuzzer_is_present
    "__sanitizer_weak_hook_*" memcmp bcmp strcmp strncmp strcasecmp
    strncasecmp strstr strcasestr memmem wcscmp wcsncmp wmemcmp)

# What we would debug with would be four fifths of each fuzz binary.
set(THRESH_STRIP)
if(NOT THRESH_DEBUG_ARCHIVE)
  set(THRESH_STRIP --strip-debug --keep-file-symbols)
endif()

# On ELF all objects are joined by `ld -r`; then every other global name becomes
# local. The names of our source files, which symbol tables keep, get a prefix
# by which src/platform/posix_census.c tells them from the program's own.
function(thresh_archive_elf objects output)
  set(joined ${CMAKE_BINARY_DIR}/thresh-joined.o)
  set(keep)
  foreach(symbol IN LISTS THRESH_PUBLIC_SYMBOLS)
    list(APPEND keep "--keep-global-symbol=${symbol}")
  endforeach()
  get_target_property(sources ${objects} SOURCES)
  set(files)
  foreach(source IN LISTS sources)
    get_filename_component(file ${source} NAME)
    list(APPEND files "--redefine-sym=${file}=libthresh:${file}")
  endforeach()
  list(REMOVE_DUPLICATES files)
  # All code of ours in one section, whose ends the linker tells: probes must
  # not be set there (platform/posix_probe.c).
  set(code)
  foreach(section .text .text.unlikely .text.startup .text.hot .text.exit)
    list(APPEND code "--rename-section=${section}=thresh_code")
  endforeach()
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_LINKER} -r -o ${joined} $<TARGET_OBJECTS:${objects}>
    COMMAND ${CMAKE_OBJCOPY} -w ${keep} ${files} ${code} ${THRESH_STRIP}
            ${joined}
    COMMAND ${CMAKE_COMMAND} -E rm -f ${output}
    COMMAND ${CMAKE_AR} rcsD ${output} ${joined}
    DEPENDS ${objects} $<TARGET_OBJECTS:${objects}>
    COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Joining libthresh.a")
endfunction()

# On COFF weak definitions don't survive `ld -r`, and a weak main is none at
# all. So the objects stay members of their own, and every other global name
# gets a prefix (archive_coff.cmake).
function(thresh_archive_coff objects output)
  set(list ${CMAKE_BINARY_DIR}/thresh-objects.txt)
  file(GENERATE OUTPUT ${list} CONTENT "$<TARGET_OBJECTS:${objects}>")
  # The harness's names have weak defaults here; the others are the linker's.
  set(public ${THRESH_PUBLIC_SYMBOLS} "LLVMFuzzer*" "__wrap_*")
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D "OBJECTS=${list}" -D "OUTPUT=${output}"
            -D "PUBLIC=${public}" -D "NM=${CMAKE_NM}" -D "AR=${CMAKE_AR}"
            -D "OBJCOPY=${CMAKE_OBJCOPY}" -D "STRIP=${THRESH_STRIP}"
            -P ${PROJECT_SOURCE_DIR}/cmake/archive_coff.cmake
    DEPENDS ${objects} $<TARGET_OBJECTS:${objects}> ${list}
            ${PROJECT_SOURCE_DIR}/cmake/archive_coff.cmake
    VERBATIM
    COMMENT "Making libthresh.a")
endfunction()

function(thresh_archive name objects output)
  if(WIN32)
    thresh_archive_coff(${objects} ${output})
  else()
    thresh_archive_elf(${objects} ${output})
  endif()
  add_custom_target(${name} ALL DEPENDS ${output})
endfunction()
