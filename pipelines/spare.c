#include "spare.h"
#include "base/err.h"
#include "eels/elements.h"
#include "io/result.h"

#include <limits.h>
#include <stdio.h>

static int spare_file(const eel_spare *spare, const char *name)
{
    char path[PATH_MAX];
    struct stat there;

    if (snprintf(path, sizeof path, "%s/%s", spare->folder, name) >= (int)sizeof path)
        return eel_fail(EEL_ELIMIT, "%.64s…: the path is too long", spare->folder);
    if (stat(path, &there))
        return EEL_OK;
    if (spare->input && there.st_dev == spare->input->st_dev && there.st_ino == spare->input->st_ino)
        return eel_fail(EEL_EARGS, "%s: is the input itself, which the results would replace", path);
    return spare->may_replace ? EEL_OK
                              : eel_fail(EEL_EIO, "%s: holds results already, such as %s; --force replaces them",
                                         spare->folder, name);
}

static int spare_picture(const eel_spare *spare, const char *class)
{
    char name[32];

    snprintf(name, sizeof name, EEL_RESULT_PICTURE, class);
    return spare_file(spare, name);
}

int eel_spare_files(const eel_spare *spare)
{
    int code = EEL_OK;

    for (size_t i = 0; code == EEL_OK && i < spare->count; i++)
        code = spare_file(spare, spare->names[i]);
    for (int z = 1; code == EEL_OK && z <= EEL_ATOMIC_NUMBER_MAX; z++) {
        const char *symbol = eel_element_symbol(z);
        if (spare->all_elements || eel_element_find(symbol) >= 0)
            code = spare_picture(spare, symbol);
    }
    return code == EEL_OK && spare->other ? spare_picture(spare, spare->other) : code;
}
