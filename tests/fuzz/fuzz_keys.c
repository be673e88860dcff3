/* keys: any bytes as a certificate; what is taken has a key of the right length. */
#include "fuzz.h"

#include "curve/keys.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    char key[EEL_KEY_SIZE];
    eel_keys keys;

    if (fuzz_ok(eel_keys_read(&keys, path)))
        fuzz_must(strlen(keys.public_key) == EEL_KEY_SIZE - 1 && strlen(keys.secret_key) == EEL_KEY_SIZE - 1);
    if (fuzz_ok(eel_keys_read_public(key, path)))
        fuzz_must(strlen(key) == EEL_KEY_SIZE - 1);
    return 0;
}
