#include "base/pixel.h"

const char *eel_pixel_state_name(eel_pixel_state state)
{
    static const char *const names[EEL_PIXEL_STATES] = {
        "missing", "value", "poison", "overrun", "source-gap", "decode-error", "cancelled",
    };
    return (unsigned)state < EEL_PIXEL_STATES ? names[state] : "unknown";
}
