#include "optics.h"
#include "base/err.h"

#include <math.h>

static const char *none_or(int missing, const char *words)
{
    return missing ? words : "";
}

/* All that is missing at once, and how to give it. */
static int refuse(const eel_image_info *image, int beam, int collection, int convergence)
{
    return eel_fail(EEL_EARGS, "%s does not say what quantification needs; give%s%s%s%s%s", image->path,
                    none_or(beam, " --beam in keV"), none_or(beam && (collection || convergence), ","),
                    none_or(collection, " --collection, a semi-angle in mrad"), none_or(collection && convergence, ","),
                    none_or(convergence, " --convergence, a semi-angle in mrad (0: a parallel beam)"));
}

int eel_optics_complete(eel_optics *optics, const eel_image_info *image)
{
    if (optics->beam_kev <= 0)
        return eel_fail(EEL_EARGS, "--beam: %g keV, expected more than 0", optics->beam_kev);
    if (optics->collection_mrad < EEL_COLLECTION_LEAST_MRAD)
        return eel_fail(EEL_EARGS, "--collection: %g mrad, expected %g or more", optics->collection_mrad,
                        EEL_COLLECTION_LEAST_MRAD);
    if (isnan(optics->beam_kev))
        optics->beam_kev = image->beam_kev;
    if (isnan(optics->collection_mrad))
        optics->collection_mrad = image->collection_mrad;
    if (isnan(optics->convergence_mrad))
        optics->convergence_mrad = image->convergence_mrad;
    int beam = !(optics->beam_kev > 0), collection = !(optics->collection_mrad > 0);
    int convergence = isnan(optics->convergence_mrad);
    if (beam || collection || convergence)
        return refuse(image, beam, collection, convergence);
    return EEL_OK;
}
