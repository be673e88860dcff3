#include "optics.h"
#include "base/err.h"

#include <math.h>

static int refuse(const eel_image_info *image, const char *option, const char *what)
{
    return eel_fail(EEL_EARGS, "--%s: %s does not say the %s", option, image->path, what);
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
    if (!(optics->beam_kev > 0))
        return refuse(image, "beam", "beam energy; give it in keV");
    if (!(optics->collection_mrad > 0))
        return refuse(image, "collection", "collection angle; give the semi-angle in mrad");
    if (isnan(optics->convergence_mrad))
        return refuse(image, "convergence", "convergence angle; give the semi-angle in mrad, 0 for a parallel beam");
    return EEL_OK;
}
