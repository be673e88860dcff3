/*
 * seed_messages - sound messages to begin fuzzing from, of live sources and with payloads in shared memory.
 */
#ifndef EEL_TESTS_SEED_MESSAGES_H
#define EEL_TESTS_SEED_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

typedef void seed_writer(const char *target, const char *name, const void *bytes, size_t size);

void seed_messages(seed_writer *write);

#endif
