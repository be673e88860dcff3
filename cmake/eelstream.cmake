# What the subfolders say in one line each: eel_library, eel_stage, eel_test, eel_cli_test,
# eel_bench.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(ZMQ REQUIRED IMPORTED_TARGET libzmq)
pkg_search_module(MSGPACK REQUIRED IMPORTED_TARGET msgpack-c msgpackc msgpack)
pkg_check_modules(OPENBLAS IMPORTED_TARGET openblas) # only to measure against
pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5)
pkg_check_modules(TIFF REQUIRED IMPORTED_TARGET libtiff-4)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo)
pkg_check_modules(PNG REQUIRED IMPORTED_TARGET libpng)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(CBOR REQUIRED IMPORTED_TARGET libcbor)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)

add_library(eel_build INTERFACE) # flags that every target shares
target_include_directories(eel_build INTERFACE ${PROJECT_SOURCE_DIR}/lib)
target_compile_definitions(eel_build INTERFACE _GNU_SOURCE EEL_VERSION="${PROJECT_VERSION}")
# No contraction into fused multiply-adds: the same seed gives the same spectra on every build.
# lib/nn allows it for itself, where speed depends on it.
target_compile_options(eel_build INTERFACE -Wall -Wextra -Wshadow -Wstrict-prototypes -Wvla -Wno-format-truncation
                       -fno-math-errno -fno-trapping-math -ffp-contract=off)
if(EEL_ARCH)
    target_compile_options(eel_build INTERFACE -march=${EEL_ARCH})
endif()
if(EEL_SANITIZE)
    target_compile_options(eel_build INTERFACE -fsanitize=${EEL_SANITIZE}
                           -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    target_link_options(eel_build INTERFACE -fsanitize=${EEL_SANITIZE}
                        -Wl,--undefined=__lsan_default_suppressions) # lib/base/leaks.c
endif()

# eel_library(NAME SOURCES a.c b.c LINKS targets): static library eel_NAME of one folder of lib/.
# A folder links only what it names here, so a wrong include does not link.
function(eel_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
    add_library(eel_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(eel_${name} PUBLIC eel_build ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
endfunction()

# eel_stage(NAME LINKS …): stages/NAME.c becomes the program eelstream-NAME, `eelstream NAME`.
function(eel_stage name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
    add_executable(eelstream-${name} ${name}.c ${ARG_SOURCES})
    target_include_directories(eelstream-${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(eelstream-${name} PRIVATE eel_base ${ARG_LINKS})
    install(TARGETS eelstream-${name} RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/eelstream)
    set_property(GLOBAL APPEND PROPERTY EEL_STAGES ${name})
endfunction()

# eel_test(NAME LINKS …): tests/test_NAME.c becomes the test NAME, with a time limit.
function(eel_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINKS" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 180) # generous: machines are shared, and sanitizers slow
    endif()
    add_executable(test_${name} test_${name}.c ${ARG_SOURCES})
    target_link_libraries(test_${name} PRIVATE eel_base PkgConfig::CMOCKA ${ARG_LINKS})
    target_compile_definitions(test_${name} PRIVATE
        EEL_SOURCE_DIR="${PROJECT_SOURCE_DIR}" EEL_BINARY_DIR="${PROJECT_BINARY_DIR}"
        EEL_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
    add_test(NAME ${name} COMMAND test_${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77)
endfunction()

# eel_cli_test(NAME): the script NAME.sh becomes the test cli-NAME, with a time limit.
function(eel_cli_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 180) # generous: machines are shared, and sanitizers slow
    endif()
    add_test(NAME cli-${name} COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/${name}.sh)
    set_tests_properties(cli-${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77
        ENVIRONMENT "CLI=${CMAKE_CURRENT_SOURCE_DIR}/cli.sh;EEL_BIN=${PROJECT_BINARY_DIR}")
endfunction()

# eel_bench(NAME LINKS …): bench/bench_NAME.c becomes the program bench_NAME.
function(eel_bench name)
    cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
    add_executable(bench_${name} bench_${name}.c)
    set_source_files_properties(bench_${name}.c PROPERTIES COMPILE_OPTIONS "-ffp-contract=fast")
    target_link_libraries(bench_${name} PRIVATE eel_base ${ARG_LINKS})
endfunction()
