/* karabo: any frames as answers of a Karabo bridge. What is taken has as many values as it says. */
#include "fuzz.h"

#include "live/karabo_train.h"

static void *from, *to; /* a pair of sockets within the process */

static void open_pair(void)
{
    void *context = zmq_ctx_new();
    int unlimited = 0;

    from = zmq_socket(context, ZMQ_PAIR);
    to = zmq_socket(context, ZMQ_PAIR);
    zmq_setsockopt(from, ZMQ_SNDHWM, &unlimited, sizeof unlimited);
    zmq_setsockopt(to, ZMQ_RCVHWM, &unlimited, sizeof unlimited);
    fuzz_must(zmq_bind(to, "inproc://karabo") == 0 && zmq_connect(from, "inproc://karabo") == 0);
}

static void receive(const char *signal)
{
    eel_karabo_train train = {.train = 0};

    zmq_msg_init(&train.values);
    if (fuzz_ok(eel_karabo_receive(&train, to, signal)) && train.arrays) {
        uint64_t bytes = eel_image_type_size(train.type);
        for (int i = 0; i < train.dims; i++)
            bytes *= train.shape[i];
        fuzz_must(bytes == zmq_msg_size(&train.values));
    }
    zmq_msg_close(&train.values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_frame frames[FUZZ_FRAMES_MAX];
    int count;

    if (!from)
        open_pair();
    for (int turn = 0; (count = fuzz_message(&data, &size, frames)); turn++) {
        if (turn % 4 < 3) /* an envelope's end */
            fuzz_must(zmq_send(from, "", 0, ZMQ_SNDMORE) == 0);
        for (int i = 0; i < count; i++)
            fuzz_must(zmq_send(from, frames[i].bytes, frames[i].size, i + 1 < count ? ZMQ_SNDMORE : 0) >= 0);
        receive(turn % 2 ? "DET/EELS data.spectra" : NULL);
    }
    return 0;
}
