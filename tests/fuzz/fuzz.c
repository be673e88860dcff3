#include "fuzz.h"

#include "base/err.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fuzz_broken(const char *claim)
{
    fprintf(stderr, "fuzz: does not hold: %s; words: %s\n", claim, eel_words());
    abort();
}

int fuzz_taken;

int fuzz_ok(int code)
{
    if (code == EEL_OK) {
        fuzz_taken++;
        return 1;
    }
    fuzz_must(code < 0);
    fuzz_must(eel_words()[0] != 0);
    for (const char *c = eel_words(); *c; c++)
        fuzz_must((unsigned char)*c >= ' ');
    return 0;
}

#ifdef FUZZ_LIBFUZZER
void __sanitizer_set_death_callback(void (*callback)(void));

/* A child that a reader sends ahead may die: libFuzzer is not to take that for a find. */
static void forget_the_fuzzer(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};

    __sanitizer_set_death_callback(NULL);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
}
#endif

static char path[] = "/dev/shm/fuzz-XXXXXX";

static void remove_file(void)
{
    unlink(path);
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
    static int file = -1;

    if (file < 0) {
        file = mkstemp(path); /* mode 0600, as a secret has to be */
        atexit(remove_file);
#ifdef FUZZ_LIBFUZZER
        pthread_atfork(NULL, NULL, forget_the_fuzzer);
#endif
    }
    if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != (ssize_t)size) {
        fprintf(stderr, "fuzz: %s: %s\n", path, strerror(errno));
        exit(1);
    }
    return path;
}

int fuzz_message(const uint8_t **data, size_t *size, fuzz_frame frames[FUZZ_FRAMES_MAX])
{
    if (*size == 0)
        return 0;
    int count = (**data & (FUZZ_FRAMES_MAX - 1)) + 1;
    ++*data, --*size;
    for (int i = 0; i < count; i++) {
        size_t bytes = *size < 2 ? 0 : (size_t)((*data)[0] | (*data)[1] << 8);
        size_t header = *size < 2 ? *size : 2;
        *data += header, *size -= header;
        bytes = bytes < *size ? bytes : *size;
        frames[i] = (fuzz_frame){*data, bytes};
        *data += bytes, *size -= bytes;
    }
    return count;
}
