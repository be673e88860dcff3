# Runs when what the package is to hold has been put in a folder: what Debian wants besides.

if(CPACK_EEL_ARCH STREQUAL native)
    message(FATAL_ERROR "EEL_ARCH is native: such a package would run on processors like this one "
                        "alone; configure with --preset package")
endif()

file(GLOB_RECURSE texts LIST_DIRECTORIES OFF ${CPACK_TEMPORARY_DIRECTORY}/usr/share/man/*
     ${CPACK_TEMPORARY_DIRECTORY}/usr/share/doc/eelstream/changelog)
execute_process(COMMAND gzip -9nf ${texts} COMMAND_ERROR_IS_FATAL ANY)
