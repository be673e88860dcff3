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

int eel_source_find(const eel_source **source, const char *name)
{
    char names[256] = "";

    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        size_t used = strlen(names);
        if (strcmp(sources[i]->name, name) == 0) {
            *source = sources[i];
            return EEL_OK;
        }
        snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", sources[i]->name);
    }
    return eel_fail(EEL_EARGS, "'%s' is no live source; there are: %s", name, names);
}
