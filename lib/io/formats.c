/* Every format that can be read, in the order of asking. Plain text, which has no mark of its own,
 * comes last. */
#include "io/format.h"

#include <stddef.h>

const eel_format *const eel_formats[] = {
    &eel_format_dm,
    &eel_format_hspy,
    &eel_format_dm5,
    &eel_format_velox,
    &eel_format_emd,
    &eel_format_nexus,
    &eel_format_msa,
    &eel_format_text,
    NULL,
};
