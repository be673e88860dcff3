/*
 * fuzz - what the fuzz targets share. A target is one function that takes any bytes as what came
 * from outside: a message, a file, a folder. It ends well or fails with words; anything else ends
 * the process.
 *
 * One source, two programs. Compiled by clang (preset `fuzz`), libFuzzer looks for bytes that
 * break a target (run.sh). In every build, replay.c gives it files: the seeds that make_seeds
 * writes, and found/TARGET/, where each input that once broke a target stays.
 */
#ifndef EEL_TESTS_FUZZ_H
#define EEL_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory (HDF5 wants it to have a name) with these bytes. The path is good until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

/* Messages of several frames in a row, as a target cuts them out of its bytes: one byte, how many frames
 * (their number is that and 15, plus 1), then for each two bytes, its size, low one first, and so many bytes, or
 * all that are left. */
typedef struct {
    const uint8_t *bytes;
    size_t size;
} fuzz_frame;

#define FUZZ_FRAMES_MAX 16

/* The next message, whose end *data is moved to. Returns the number of its frames, 0 after the last. */
int fuzz_message(const uint8_t **data, size_t *size, fuzz_frame frames[FUZZ_FRAMES_MAX]);

/* Did a call end well? One that failed must have left words in one line. */
int fuzz_ok(int code);

/* How many did: a target that refuses each of its seeds tests nothing, and its replay fails. */
extern int fuzz_taken;

/* What must hold whatever the bytes are. */
#define fuzz_must(claim)                                                                           \
    do {                                                                                           \
        if (!(claim))                                                                              \
            fuzz_broken(#claim);                                                                   \
    } while (0)

_Noreturn void fuzz_broken(const char *claim);

#endif
