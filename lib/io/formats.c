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
    &eel_format_swift,
    &eel_format_ndata,
    &eel_format_tiff,
    &eel_format_npy,
    &eel_format_ripple,
    &eel_format_msa,
    &eel_format_text,
    NULL,
};
