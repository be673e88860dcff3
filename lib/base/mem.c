#include "base/mem.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

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
    return memset(memory, 0, bytes);
}

void eel_free(void *memory)
{
    free(memory);
}
