#include "ingest/unfinished.h"
#include "base/log.h"
#include "base/replace.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_scan(const struct dirent *entry)
{
    return !strncmp(entry->d_name, "scan-", 5);
}

static int holds(const char *results, const char *scan, const char *name)
{
    char path[EEL_PATH_MAX];

    return snprintf(path, sizeof path, "%s/%s/%s", results, scan, name) < (int)sizeof path && access(path, F_OK) == 0;
}

void eel_unfinished_say(const char *results)
{
    struct dirent **entries;
    int count = scandir(results, &entries, is_scan, versionsort);

    for (int i = 0; i < count; i++) {
        const char *scan = entries[i]->d_name;
        if (holds(results, scan, "store/end.json") && !holds(results, scan, "report.json"))
            eel_log("%s/%s: is mapped, and its files were not written; eelstream writer --output '%s/%s' writes them",
                    results, scan, results, scan);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}
