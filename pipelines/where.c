#include "where.h"
#include "base/err.h"
#include "base/nearest.h"
#include "base/shipped.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "eelstream-"

static const char *const stage_folders[] = {".", "../libexec/eelstream"};

static int is_program(const char *path)
{
    struct stat info;
    return !stat(path, &info) && S_ISREG(info.st_mode) && !access(path, X_OK);
}

static int join(char path[PATH_MAX], const char *folder, const char *prefix, const char *name)
{
    char own[EEL_SHIPPED_MAX];
    eel_own_folder(own);
    int length = strcmp(folder, ".") ? snprintf(path, PATH_MAX, "%s/%s/%s%s", own, folder, prefix, name)
                                     : snprintf(path, PATH_MAX, "%s/%s%s", own, prefix, name);
    return length < PATH_MAX;
}

int eel_where_stage(char path[PATH_MAX], const char *name)
{
    for (int i = 0; i < 2 && !strchr(name, '/'); i++) {
        if (join(path, stage_folders[i], PREFIX, name) && is_program(path))
            return EEL_OK;
    }

    eel_where_stages stages;
    const char *list[EEL_WHERE_STAGES_MAX];
    eel_where_list(&stages);
    for (int i = 0; i < stages.count; i++)
        list[i] = stages.names[i];
    const char *nearest = eel_nearest_word(name, list, stages.count);
    return eel_fail(EEL_EARGS, "'%s' is not a stage%s%s%s", name,
                    nearest ? "; did you mean '" : ", see 'eelstream --help'",
                    nearest ? nearest : "", nearest ? "'?" : "");
}

static void add_folder(eel_where_stages *stages, const char *folder)
{
    char path[PATH_MAX];
    DIR *dir = join(path, folder, "", "") ? opendir(path) : NULL;

    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        const char *name = entry->d_name + strlen(PREFIX);
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) || strlen(name) >= EEL_WHERE_NAME_MAX ||
            stages->count == EEL_WHERE_STAGES_MAX)
            continue;
        if (join(path, folder, PREFIX, name) && is_program(path))
            strcpy(stages->names[stages->count++], name);
    }
    if (dir)
        closedir(dir);
}

void eel_where_list(eel_where_stages *stages)
{
    stages->count = 0;
    for (int i = 0; i < 2; i++)
        add_folder(stages, stage_folders[i]);
    qsort(stages->names, (size_t)stages->count, EEL_WHERE_NAME_MAX,
          (int (*)(const void *, const void *))strcmp);
}
