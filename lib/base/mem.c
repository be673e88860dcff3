#include "base/mem.h"
#include "base/err.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TOUCH_LEAST (1u << 16) /* bytes: for a few pages a call is not worth it */

#ifdef MADV_POPULATE_WRITE /* since Linux 5.14 */
static void touch(const void *memory, size_t bytes, int advice)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), before = (uintptr_t)memory % page;

    if (bytes >= TOUCH_LEAST)
        madvise((char *)memory - before, bytes + before, advice);
}
#else
#define MADV_POPULATE_READ  0
#define MADV_POPULATE_WRITE 0
#define touch(memory, bytes, advice) ((void)(memory), (void)(bytes))
#endif

void eel_touch(void *memory, size_t bytes)
{
    touch(memory, bytes, MADV_POPULATE_WRITE);
}

void eel_touch_to_read(const void *memory, size_t bytes)
{
    touch(memory, bytes, MADV_POPULATE_READ);
}

void *eel_alloc(size_t count, size_t size)
{
    size_t bytes;
    void *memory = NULL;

    if (!__builtin_mul_overflow(count, size, &bytes) && bytes <= (size_t)-1 - EEL_MEM_ALIGN) {
        bytes = (bytes + EEL_MEM_ALIGN) / EEL_MEM_ALIGN * EEL_MEM_ALIGN;
        memory = aligned_alloc(EEL_MEM_ALIGN, bytes);
    }
    if (!memory) {
        eel_fail(EEL_ENOMEM, "out of memory: %zu x %zu bytes", count, size);
        return NULL;
    }
    eel_touch(memory, bytes);
    return memset(memory, 0, bytes);
}

void eel_free(void *memory)
{
    free(memory);
}
