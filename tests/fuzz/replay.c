/*
 * replay - gives a fuzz target every file of the folders that are named, and says how many.
 *
 *     replay_wire FOLDER|FILE…
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX (16u << 20)
#define PATH_SIZE 4096

static uint8_t *bytes;
static int replayed;

static void replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(bytes, 1, BYTES_MAX, file) : 0;

    if (!file || ferror(file)) {
        fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
        exit(1);
    }
    fclose(file);
    printf("%s\n", path);
    fflush(stdout); /* which one it was stays to be read if it breaks the target */
    uint8_t *exact = malloc(size ? size : 1); /* so that a read beyond shows */
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    replayed++;
}

static void replay_folder(DIR *folder, const char *path)
{
    char inner[PATH_SIZE];

    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        replay(inner);
    }
}

int main(int argc, char **argv)
{
    bytes = malloc(BYTES_MAX);
    for (int i = 1; i < argc && bytes; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder) {
            replay_folder(folder, argv[i]);
            closedir(folder);
        } else {
            replay(argv[i]);
        }
    }
    free(bytes);
    printf("%d inputs, %d calls ended well\n", replayed, fuzz_taken);
    return replayed == 0 || fuzz_taken == 0;
}
