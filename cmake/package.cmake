# A Debian package: cmake --preset package && cmake --build build/package && cpack --config
# build/package/CPackConfig.cmake. docs/decisions/instructions.md says for which processors.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME eelstream)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "eelstream contributors <eelstream@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "chemical elements in electron energy-loss spectra")
set(CPACK_PACKAGE_DESCRIPTION "eelstream reads an electron energy-loss spectrum image and writes one \
map per chemical element: the probability, pixel by pixel, that its core-loss edge is in the spectrum.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON) # Depends: what the programs are linked with
set(CPACK_EEL_ARCH ${EEL_ARCH})
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian.cmake)

install(FILES LICENSE RENAME copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES CHANGELOG.md RENAME changelog DESTINATION ${CMAKE_INSTALL_DOCDIR})
include(CPack)
