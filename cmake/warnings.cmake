# The warnings this project is kept free of. Errors only on request: never in
# what users build.
function(thresh_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
    -Wmissing-prototypes -Wvla -Wundef -Wwrite-strings -Wformat=2)
  if(THRESH_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(THRESH_SANITIZE AND NOT target STREQUAL "thresh_objects")
    target_compile_options(${target} PRIVATE -fsanitize=${THRESH_SANITIZE}
                           -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${THRESH_SANITIZE})
  endif()
endfunction()
