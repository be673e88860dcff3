/*
 * mem - memory for arrays, aligned for vector instructions and checked for overflow.
 *
 * Stages allocate at the start and never per pixel. Sizes that come from outside are checked
 * against a named limit by whoever read them, before they arrive here.
 */
#ifndef EEL_BASE_MEM_H
#define EEL_BASE_MEM_H

#include <stddef.h>

#define EEL_MEM_ALIGN 64 /* bytes: one cache line, one AVX-512 register */

/* `count` x `size` bytes, zeroed, aligned to EEL_MEM_ALIGN; NULL when there is no memory or the
 * product overflows, with eel_words() set. A size of zero gives a valid pointer. */
void *eel_alloc(size_t count, size_t size);

/* Asks for the pages of memory that is about to be used throughout, all in one call: one at a time, each costs the
 * processor an exception. Nothing is lost where the system cannot. */
void eel_touch(void *memory, size_t bytes);        /* to be written */
void eel_touch_to_read(const void *memory, size_t bytes);

/* Gives back what eel_alloc gave. NULL is fine. */
void eel_free(void *memory);

#endif
