/* model: any bytes as a model file; a network that is taken gives probabilities. */
#include "fuzz.h"

#include "base/mem.h"
#include "nn/model.h"

#include <math.h>

#define FLOP_MAX 10000000u /* larger networks are read and not run */

static void recognise(const eel_net *net, const eel_model_info *info)
{
    const eel_net_shape *shape = eel_net_shape_of(net);
    float *x = eel_alloc(shape->inputs, sizeof *x), p[EEL_NET_CLASSES_MAX];
    eel_net_state *state = NULL;

    fuzz_must(x && shape->classes == info->classes);
    if (fuzz_ok(eel_net_state_new(&state, net, 1, EEL_NET_F32))) {
        eel_net_forward(net, state, p, x, 1);
        for (uint32_t c = 0; c < info->classes; c++) {
            p[c] = eel_model_calibrate(info, c, p[c]);
            fuzz_must(isnan(p[c]) || (p[c] >= 0 && p[c] <= 1));
        }
    }
    eel_net_state_free(state);
    eel_free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    eel_net *net;
    eel_model_info info;

    if (!fuzz_ok(eel_model_read(&net, &info, fuzz_file(data, size))))
        return 0;
    if (eel_net_flop(eel_net_shape_of(net)) < FLOP_MAX)
        recognise(net, &info);
    eel_model_info_release(&info);
    eel_net_free(net);
    return 0;
}
