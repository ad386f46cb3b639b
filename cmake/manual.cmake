# The manual page and the completions of shells, which the tool makes of its own
# tables. Not where it is built for another system.
if(NOT CMAKE_CROSSCOMPILING)
  set(share ${CMAKE_BINARY_DIR}/share)
  set(manual ${share}/man/man1/thresh.1)
  set(completions bash-completion/completions/thresh
                  zsh/site-functions/_thresh fish/vendor_completions.d/thresh.fish)
  set(makes COMMAND thresh manual > ${manual})
  set(dirs ${share}/man/man1)
  set(made ${manual})
  foreach(file IN LISTS completions)
    string(REGEX MATCH "^[a-z]+" shell ${file})
    get_filename_component(dir ${share}/${file} DIRECTORY)
    list(APPEND dirs ${dir})
    list(APPEND made ${share}/${file})
    list(APPEND makes COMMAND thresh completion ${shell} > ${share}/${file})
    get_filename_component(to ${CMAKE_INSTALL_DATADIR}/${file} DIRECTORY)
    install(FILES ${share}/${file} DESTINATION ${to})
  endforeach()
  add_custom_command(OUTPUT ${made}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${dirs} ${makes}
    DEPENDS thresh COMMENT "Writing thresh.1 and completions")
  add_custom_target(thresh_manual ALL DEPENDS ${made})
  install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
