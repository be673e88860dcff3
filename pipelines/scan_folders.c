#include "scan_folders.h"
#include "summary.h"
#include "base/err.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

uint64_t eel_scan_folders_after(const eel_scan_folders *folders)
{
    DIR *output = opendir(folders->output);
    uint64_t number, next = 1;

    for (struct dirent *entry; output && (entry = readdir(output));) {
        if (sscanf(entry->d_name, "scan-%" SCNu64, &number) == 1 && number >= next)
            next = number + 1;
    }
    if (output)
        closedir(output);
    return next;
}

static int name_folder(const eel_scan_folders *folders, char folder[PATH_MAX], uint64_t number)
{
    if (snprintf(folder, PATH_MAX, "%s/scan-%04" PRIu64, folders->output, number) < PATH_MAX)
        return EEL_OK;
    return eel_fail(EEL_ELIMIT, "--output: the path is too long");
}

int eel_scan_folders_take(eel_scan_folders *folders, char folder[PATH_MAX], uint64_t *number)
{
    for (*number = *number > folders->next ? *number : folders->next;; ++*number) {
        int code = name_folder(folders, folder, *number);
        if (code != EEL_OK)
            return code;
        int made = mkdir(folder, 0777) == 0;
        if (!made && errno == ENOENT && (mkdir(folders->output, 0777) == 0 || errno == EEXIST))
            made = mkdir(folder, 0777) == 0; /* a run that found nothing took OUTDIR with it */
        if (made) {
            folders->next = *number + 1;
            return EEL_OK;
        }
        if (errno != EEXIST)
            return eel_fail(EEL_EIO, "%s: cannot be made: %s", folder, strerror(errno));
    }
}

/* Its scan was cut short before its store was made: nothing is there, or parts of a store, which a new one replaces. */
static int is_vacant(const char *folder)
{
    DIR *opened = opendir(folder);
    int others = 0;

    for (struct dirent *entry; opened && (entry = readdir(opened));)
        others += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && strcmp(entry->d_name, "store");
    if (opened)
        closedir(opened);
    return opened && !others;
}

int eel_scan_folders_find(eel_scan_folders *folders, char folder[PATH_MAX], uint64_t *number, uint64_t own, int *begun)
{
    int code = name_folder(folders, folder, own);

    *begun = code == EEL_OK && eel_folder_holds(folder, "store/store.json");
    if (!*begun && !(code == EEL_OK && is_vacant(folder)))
        return code == EEL_OK ? eel_scan_folders_take(folders, folder, number) : code;
    *number = own;
    return EEL_OK;
}
