#include "io/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"

int eel_raw_open(eel_raw **raw, const char *path)
{
    eel_raw *made = calloc(1, sizeof *made);

    if (!made)
        return eel_fail(EEL_ENOMEM, "%s: out of memory", path);
    snprintf(made->path, sizeof made->path, "%s", path);
    made->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (made->fd < 0) {
        free(made);
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    }
    *raw = made;
    return EEL_OK;
}

void eel_raw_close(void *raw)
{
    eel_raw *r = raw;
    if (!r)
        return;
    eel_planes_release(&r->planes);
    close(r->fd);
    free(r);
}

int eel_raw_read(void *raw, uint64_t first, uint32_t rows, void *spectra)
{
    eel_raw *r = raw;
    return eel_planes_read(&r->planes, r->path, first, rows, spectra);
}

int eel_raw_axes(eel_candidate *c, const char *path, int energy)
{
    const eel_stated *stated = c->stated;

    if (stated->dims > 0 && stated->dims != c->dims)
        return eel_fail(EEL_EARGS, "--axes: names %d dimensions, %s has %d", stated->dims, path,
                        c->dims);
    c->energy = stated->dims > 0 ? stated->energy : energy;
    if (!stated->has_axis)
        eel_candidate_refuse(c, "its energies are not known, --axis FIRST:STEP states them");
    if (c->energy < 0)
        eel_candidate_refuse(c, "which dimension is the energy is not known, --axes %s states it",
                             c->dims == 2 ? "xE" : c->dims == 3 ? "Eyx" : "tyxE");
    else
        eel_candidate_energy(c, c->energy, 0, 1, "", 1);
    return EEL_OK;
}

int eel_raw_turned(eel_raw *raw, const eel_image_info *info)
{
    eel_planes *p = &raw->planes;

    if (info->nav_count < 2)
        return EEL_OK;
    if (p->inner > 1 && p->outer > 1)
        return eel_fail(EEL_EFORMAT, "%s: is in Fortran order with the energy between the pixel axes, "
                        "expected it first or last; save it with numpy.ascontiguousarray",
                        raw->path);
    if (p->inner > EEL_PLANE_BYTES / p->size)
        return eel_fail(EEL_ELIMIT, "%s: is in Fortran order with planes of %ju bytes, at most %u; "
                        "save it with numpy.ascontiguousarray", raw->path,
                        (uintmax_t)(p->inner * p->size), EEL_PLANE_BYTES);
    p->axes = info->nav_count;
    for (int a = 0; a < p->axes; a++)
        p->axis[a] = info->nav[a].size;
    return EEL_OK;
}

/* Bytes of the array; a product that does not fit is larger than any file. */
static uint64_t bytes_of(const eel_candidate *c)
{
    uint64_t bytes = eel_image_type_size(c->type);

    for (int d = 0; d < c->dims; d++) {
        if (__builtin_mul_overflow(bytes, c->size[d], &bytes))
            return UINT64_MAX;
    }
    return bytes;
}

int eel_raw_array(eel_raw *raw, eel_image_info *info, const eel_candidate *c, uint64_t offset,
                  uint64_t room, int swap, int axis_of[EEL_NAV_MAX])
{
    struct stat stat;
    int code = eel_pick(info, raw->path, c, 1, c->stated->signal);

    if (code == EEL_OK)
        code = eel_pick_navigation(info, raw->path, c, axis_of);
    if (code != EEL_OK)
        return code;
    raw->planes.fd = raw->fd;
    raw->planes.outer = raw->planes.inner = 1;
    raw->planes.channels = info->axis.n;
    raw->planes.size = (uint32_t)eel_image_type_size(info->type);
    raw->planes.swap = swap;
    raw->planes.offset = offset;
    for (int d = 0; d < c->dims; d++) {
        if (d != c->energy)
            *(d < c->energy ? &raw->planes.outer : &raw->planes.inner) *= c->size[d];
    }
    for (int k = 0; k < info->nav_count && c->stated->dims > 0; k++)
        memcpy(info->nav[k].name, c->stated->name[axis_of[k]], sizeof info->nav[k].name);
    if (raw->planes.fetch)
        return EEL_OK;
    uint64_t bytes = bytes_of(c);
    if (fstat(raw->fd, &stat) != 0)
        return eel_fail(EEL_EIO, "%s: %s", raw->path, strerror(errno));
    uint64_t left = (uint64_t)stat.st_size > offset ? (uint64_t)stat.st_size - offset : 0;
    room = room < left ? room : left;
    if (bytes > room)
        return eel_fail(EEL_EFORMAT, "%s: holds %ju bytes of values, expected %ju", raw->path,
                        (uintmax_t)room, (uintmax_t)bytes);
    return EEL_OK;
}
