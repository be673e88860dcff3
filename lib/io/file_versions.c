#include "io/file_versions.h"

#include <cairo.h>
#include <hdf5.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <tiffio.h>

int eel_io_version(int i, const char **name, char version[32])
{
    static const char *const names[] = {"HDF5", "libtiff", "cairo", "jansson"};
    unsigned major = 0, minor = 0, release = 0;
    const char *tiff = TIFFGetVersion(); /* "LIBTIFF, Version 4.5.0\nCopyright …" */
    const char *number = tiff + strcspn(tiff, "0123456789");

    switch (i) {
    case 0:
        H5get_libversion(&major, &minor, &release);
        snprintf(version, sizeof(char[32]), "%u.%u.%u", major, minor, release);
        break;
    case 1:
        snprintf(version, sizeof(char[32]), "%.*s", (int)strspn(number, "0123456789."), number);
        break;
    case 2:
        snprintf(version, sizeof(char[32]), "%s", cairo_version_string());
        break;
    case 3:
        snprintf(version, sizeof(char[32]), "%s", jansson_version_str());
        break;
    default:
        return 0;
    }
    *name = names[i];
    return 1;
}
