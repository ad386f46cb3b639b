# Makes one archive of an object library whose inner names are hidden.
#
# On ELF all objects are joined by `ld -r`; then every global name that is not
# part of the documented surface becomes local, so that nothing of ours can
# clash with, or be called by, the program the archive is linked into. The
# names of our source files, which symbol tables keep, get a prefix by which
# src/platform/posix_census.c tells them from the program's own.
set(THRESH_PUBLIC_SYMBOLS
    main thresh_register_target thresh_register_seed thresh_check_failed thresh_check_same
    thresh_reject __ubsan_on_report __tsan_on_report
    "__sanitizer_cov_*" __sancov_lowest_stack "__gcov_*"
    "__sanitizer_weak_hook_*" memcmp bcmp strcmp strncmp strcasecmp
    strncasecmp)

function(thresh_archive name objects output)
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
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_LINKER} -r -o ${joined} $<TARGET_OBJECTS:${objects}>
    COMMAND ${CMAKE_OBJCOPY} -w ${keep} ${files} ${joined}
    COMMAND ${CMAKE_COMMAND} -E rm -f ${output}
    COMMAND ${CMAKE_AR} rcsD ${output} ${joined}
    DEPENDS ${objects} $<TARGET_OBJECTS:${objects}>
    COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Joining libthresh.a")
  add_custom_target(${name} ALL DEPENDS ${output})
endfunction()
