# Manual pages, made from the tables of options that --help shows: each program writes its own.

set(pages)
function(eel_manual page)
    set(file ${PROJECT_BINARY_DIR}/man/man1/${page}.1)
    add_custom_command(OUTPUT ${file} COMMAND ${ARGN} --man > ${file} DEPENDS ${ARGV1} VERBATIM
                       COMMENT "Manual page ${page}(1)")
    set(pages ${pages} ${file} PARENT_SCOPE)
endfunction()

file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/man/man1)
eel_manual(eelstream eelstream)
foreach(command map run live quantify worker slurm)
    eel_manual(eelstream-${command} eelstream ${command})
endforeach()
get_property(stages GLOBAL PROPERTY EEL_STAGES)
foreach(stage ${stages})
    eel_manual(eelstream-${stage} eelstream-${stage})
endforeach()
add_custom_target(manual ALL DEPENDS ${pages})
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

# What shells complete; both ask the command itself.
set(EEL_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "Where zsh finds completions")
install(FILES pipelines/completion/eelstream.bash RENAME eelstream
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES pipelines/completion/_eelstream DESTINATION ${EEL_ZSH_DIR})
