#include "shared/optics.h"
#include "base/err.h"

#include <math.h>

/* All that is missing, at once. */
static int refuse(const eel_image_info *image, int beam, int collection, int convergence)
{
    static const char *const units[] = {"", "keV", "a semi-angle in mrad", "keV and a semi-angle in mrad"};
    int angle = collection || convergence;

    return eel_fail(EEL_EARGS, "%s%s%s%s%s: %s does not say; give %s%s", beam ? "--beam" : "", beam && angle ? ", " : "",
                    collection ? "--collection" : "", collection && convergence ? ", " : "",
                    convergence ? "--convergence" : "", image->path, units[beam + 2 * angle],
                    convergence ? ", 0 for a parallel beam" : "");
}

int eel_optics_complete(eel_optics *optics, const eel_image_info *image)
{
    if (optics->collection_mrad < EEL_COLLECTION_LEAST_MRAD)
        return eel_fail(EEL_EARGS, "--collection: %g mrad, expected %g or more", optics->collection_mrad,
                        EEL_COLLECTION_LEAST_MRAD);
    if (isnan(optics->beam_kev))
        optics->beam_kev = image->beam_kev > 0 ? image->beam_kev : NAN;
    if (isnan(optics->collection_mrad))
        optics->collection_mrad = image->collection_mrad > 0 ? image->collection_mrad : NAN;
    if (isnan(optics->convergence_mrad))
        optics->convergence_mrad = image->convergence_mrad;
    int beam = isnan(optics->beam_kev), collection = isnan(optics->collection_mrad);
    int convergence = isnan(optics->convergence_mrad);
    if (beam || collection || convergence)
        return refuse(image, beam, collection, convergence);
    return eel_optics_check(optics);
}
