#include "io/json_text.h"
#include "io/format.h"

#include <string.h>

json_t *eel_json_text(const char *bytes)
{
    char clean[2048];

    eel_text_copy(clean, sizeof clean, bytes, strlen(bytes));
    return json_string(clean);
}
