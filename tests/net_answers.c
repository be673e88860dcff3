/*
 * net_answers MODEL.h5 - what a network says: rows of inputs on stdin, of probabilities before
 * calibration on stdout, float32 as this machine has them.
 */
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "nn/model.h"

int main(int argc, char **argv)
{
    eel_net *net = NULL;
    eel_net_state *state = NULL;
    eel_model_info info = {.classes = 0};
    float p[EEL_NET_CLASSES_MAX], *x = NULL;
    int code = argc == 2 ? eel_model_read(&net, &info, argv[1]) : eel_fail(EEL_EARGS, "MODEL.h5");

    if (code == EEL_OK)
        code = eel_net_state_new(&state, net, 1, EEL_NET_F32);
    size_t inputs = code == EEL_OK ? eel_net_shape_of(net)->inputs : 0;
    if (code == EEL_OK && !(x = eel_alloc(inputs, sizeof *x)))
        code = EEL_ENOMEM;
    while (code == EEL_OK && fread(x, sizeof *x, inputs, stdin) == inputs) {
        eel_net_forward(net, state, p, x, 1);
        if (fwrite(p, sizeof *p, info.classes, stdout) != info.classes)
            code = eel_fail(EEL_EIO, "standard output: cannot be written");
    }
    eel_free(x);
    eel_net_state_free(state);
    eel_net_free(net);
    eel_model_info_release(&info);
    return eel_log_exit(code);
}
