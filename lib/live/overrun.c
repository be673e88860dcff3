#include "live/ring.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

static int parse_size(const char *text, uint64_t *size)
{
    static const char units[] = "KMGT";
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;

    if (end == text || *text == '-' || (*end && (!unit || end[1])))
        return 0;
    int shift = unit ? 10 * (int)(unit - units + 1) : 0;
    *size = (uint64_t)value << shift;
    return value > 0 && *size >> shift == value;
}

static int parse_spool(eel_overrun *overrun, const char *text)
{
    const char *blank = strrchr(text, ' ');
    size_t length = blank ? (size_t)(blank - text) : 0;

    if (length == 0 || length >= sizeof overrun->folder - 64 ||
        !parse_size(blank + 1, &overrun->bytes_max))
        return 0;
    memcpy(overrun->folder, text, length);
    overrun->folder[length] = 0;
    return 1;
}

int eel_overrun_parse(eel_overrun *overrun, const char *text)
{
    eel_overrun o = {0};
    int good = 1;

    if (!strcmp(text, "drop-newest"))
        o.kind = EEL_DROP_NEWEST;
    else if (!strcmp(text, "drop-oldest"))
        o.kind = EEL_DROP_OLDEST;
    else if (!strncmp(text, "thin ", 5))
        o.kind = EEL_THIN, good = parse_size(text + 5, &o.keep) && o.keep >= 2 && o.keep <= EEL_THIN_MAX;
    else if (!strncmp(text, "spool ", 6))
        o.kind = EEL_SPOOL, good = parse_spool(&o, text + 6);
    else
        good = 0;
    if (!good)
        return eel_fail(EEL_EARGS, "--on-overrun: '%s', expected drop-newest, drop-oldest, 'thin K' "
                        "with K of 2 or more, or 'spool DIR MAX'", text);
    *overrun = o;
    return EEL_OK;
}
