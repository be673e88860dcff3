#include "live/source.h"
#include "base/err.h"

#include <stdio.h>
#include <string.h>

extern const eel_source eel_source_dectris, eel_source_feed, eel_source_karabo, eel_source_replay,
    eel_source_watch;

static const eel_source *const sources[] = {
    &eel_source_replay,
    &eel_source_feed,
    &eel_source_dectris,
    &eel_source_karabo,
    &eel_source_watch,
};

const eel_source *eel_source_list(int i)
{
    return i >= 0 && i < (int)(sizeof sources / sizeof *sources) ? sources[i] : NULL;
}

int eel_source_find(const eel_source **source, const char *name)
{
    char names[256] = "";

    for (int i = 0; eel_source_list(i); i++) {
        size_t used = strlen(names);
        if (strcmp(eel_source_list(i)->name, name) == 0) {
            *source = eel_source_list(i);
            return EEL_OK;
        }
        snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "",
                 eel_source_list(i)->name);
    }
    return eel_fail(EEL_EARGS, "'%s' is no live source; there are: %s", name, names);
}
