# The archive on COFF, as a script that archive.cmake calls once the objects are
# there: gives each global name that is not public a prefix that no program
# uses, in all objects alike, and archives them one by one.
#
#   OBJECTS  a file with the list of objects     NM, OBJCOPY, AR  tools
#   PUBLIC   names that stay; `*` is any text    OUTPUT           the archive
#   STRIP    what else objcopy does to each object
set(PREFIX thresh__)

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result
                  OUTPUT_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}: ${result}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# Writes what to rename, in the form objcopy reads, out of what nm prints in its
# POSIX format: "NAME TYPE ...".
function(write_names path symbols)
  list(JOIN PUBLIC "|" public)
  string(REPLACE "*" ".*" public "${public}")
  # A thread's own variable is called so by its users.
  set(public "^(__emutls_v\\.)?(${public})$")
  string(REGEX MATCHALL "[^ \n]+ [A-Z] " symbols "${symbols}")
  list(TRANSFORM symbols REPLACE " [A-Z] $" "")
  list(REMOVE_DUPLICATES symbols)
  list(FILTER symbols EXCLUDE REGEX "${public}")
  list(TRANSFORM symbols REPLACE "(.+)" "\\1 ${PREFIX}\\1")
  list(JOIN symbols "\n" text)
  file(WRITE ${path} "${text}\n")
endfunction()

file(READ ${OBJECTS} objects)
run(${NM} -P -g --defined-only ${objects})
write_names(${OUTPUT}.names "${output}")

set(folder ${OUTPUT}.members)
file(REMOVE_RECURSE ${folder})
file(REMOVE ${OUTPUT})
file(MAKE_DIRECTORY ${folder})
set(members)
foreach(object IN LISTS objects)
  get_filename_component(name ${object} NAME)
  set(member ${folder}/${name})
  if(EXISTS ${member})
    message(FATAL_ERROR "two members would be called ${name}")
  endif()
  run(${OBJCOPY} --redefine-syms=${OUTPUT}.names ${STRIP} ${object} ${member})
  list(APPEND members ${member})
endforeach()
run(${AR} rcsD ${OUTPUT} ${members})
