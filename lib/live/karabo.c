/*
 * karabo - spectra from a Karabo bridge, train after train (European XFEL and others).
 *
 * The bridge is asked for the next train and answers when it has one. The last dimension of the array
 * is the energy; all others count spectra, or, with --rows, the last two are an image whose rows are
 * summed. A bridge knows nothing of scans: trains go on, and the user's --scan cuts them. Trains have
 * numbers, so those that the bridge did not hand out are a gap.
 */
#include "live/karabo_train.h"
#include "live/peer.h"
#include "live/project.h"
#include "live/rejects.h"
#include "live/source.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_MAX (1ull << 48) /* of a spectrum since the scan began */

/* What the spectra of a train are. */
typedef struct {
    uint64_t count;    /* in a train */
    uint32_t channels;
    uint32_t rows;     /* of an image that becomes a spectrum; 0: they are spectra */
    eel_image_type type;
} train_kind;

typedef struct {
    const eel_live_how *how;
    eel_peer peer;
    eel_rejects rejects;
    eel_karabo_train train;
    int asked, again; /* again: the train is looked at once more, its scan was told first */
    char words[EEL_WORDS_MAX];

    int begun;
    train_kind kind;
    eel_image_info scan;
    uint64_t first_train, next_train;
    double heard_s;
    void *values;     /* of a train, aligned: (count, channels) or (count, rows, channels) */
    float *spectra;   /* (count, channels), when they are sums over rows */
    eel_channel_sum *sums;
} karabo;

/* ---- a scan begins ---- */

static int kind_of(const karabo *k, train_kind *kind)
{
    const eel_karabo_train *t = &k->train;
    int sums = k->how->sum_to > 0, d = t->dims - 1;

    *kind = (train_kind){.count = 1, .channels = (uint32_t)t->shape[d], .type = t->type};
    if (t->shape[d] > EEL_CHANNELS_MAX)
        return eel_fail(EEL_ELIMIT, "spectra of %ju channels, expected at most %u",
                        (uintmax_t)t->shape[d], EEL_CHANNELS_MAX);
    if (sums && d < 1)
        return eel_fail(EEL_EARGS, "--rows: the bridge sends no images, but arrays of %u values",
                        kind->channels);
    if (sums && t->type != EEL_IMAGE_U8 && t->type != EEL_IMAGE_U16 && t->type != EEL_IMAGE_U32)
        return eel_fail(EEL_EARGS, "--rows: images of %s cannot be summed, only uint8, uint16, uint32",
                        eel_image_type_name(t->type));
    if (sums && k->how->sum_to > t->shape[d - 1])
        return eel_fail(EEL_EARGS, "--rows: %u:%u, but the images have %ju rows", k->how->sum_from,
                        k->how->sum_to, (uintmax_t)t->shape[d - 1]);
    if (sums)
        kind->rows = (uint32_t)t->shape[--d];
    while (d > 0)
        kind->count *= t->shape[--d];
    return EEL_OK;
}

static int begin_scan(karabo *k, const train_kind *kind, eel_live_event *event)
{
    eel_image_type type = kind->rows ? EEL_IMAGE_F32 : kind->type;

    eel_free(k->values);
    eel_free(k->spectra);
    eel_free(k->sums);
    k->values = eel_alloc(zmq_msg_size(&k->train.values), 1);
    k->spectra = eel_alloc(kind->rows ? kind->count * kind->channels : 0, sizeof *k->spectra);
    k->sums = eel_alloc(kind->channels, sizeof *k->sums);
    if (!k->values || !k->spectra || !k->sums)
        return EEL_ENOMEM;
    k->scan = (eel_image_info){.beam_kev = NAN, .collection_mrad = NAN, .convergence_mrad = NAN,
                               .exposure_s = NAN, .type = type, .axis.n = kind->channels};
    snprintf(k->scan.path, sizeof k->scan.path, "karabo %.1000s", k->how->address);
    snprintf(k->scan.format, sizeof k->scan.format, "karabo");
    const char *signal = k->how->signal ? k->how->signal : "";
    eel_text_copy(k->scan.title, sizeof k->scan.title, signal, strlen(signal));
    k->kind = *kind;
    k->begun = k->again = 1;
    k->first_train = k->next_train = k->train.train;
    *event = (eel_live_event){.kind = EEL_LIVE_SCAN, .scan = &k->scan};
    return EEL_OK;
}

/* Other spectra, trains that begin anew, or a pause after which the scan is over. */
static int is_other(const karabo *k, const train_kind *kind)
{
    const eel_karabo_train *t = &k->train;

    return !k->begun || kind->count != k->kind.count || kind->channels != k->kind.channels ||
           kind->rows != k->kind.rows || kind->type != k->kind.type || t->train + 1 < k->next_train ||
           t->train - k->first_train > NUMBER_MAX / kind->count ||
           eel_clock_s() - k->heard_s > k->how->stall_s;
}

/* ---- trains ---- */

static void sum_rows(karabo *k)
{
    size_t bytes = eel_image_type_size(k->train.type);
    eel_projection p = {.rows = k->kind.rows, .columns = k->kind.channels, .from = k->how->sum_from,
                        .to = k->how->sum_to, .value_bytes = (uint32_t)bytes, .saturated = UINT64_MAX};

    for (uint64_t i = 0; i < k->kind.count; i++)
        eel_project(k->spectra + i * p.columns, k->sums, &p,
                    (char *)k->values + i * p.rows * p.columns * bytes);
}

static int take_train(karabo *k, eel_live_event *event)
{
    eel_karabo_train *t = &k->train;
    train_kind kind;

    k->again = 0;
    if (t->arrays > 1)
        return eel_fail(EEL_EARGS, "--signal: missing, and the bridge sends %d arrays: %.600s", t->arrays,
                        t->names);
    if (t->arrays == 0)
        return eel_fail(EEL_EFORMAT, "a train without %s%s; it has %.600s", k->how->signal
                        ? "the array " : "an array", k->how->signal ? k->how->signal : "",
                        *t->names ? t->names : "none");
    int code = kind_of(k, &kind);
    if (code != EEL_OK)
        return code;
    if (t->train == EEL_KARABO_NO_TRAIN) /* then they are counted */
        t->train = k->begun ? k->next_train : 0;
    if (is_other(k, &kind)) {
        k->heard_s = eel_clock_s();
        return begin_scan(k, &kind, event);
    }
    k->heard_s = eel_clock_s();
    if (t->train < k->next_train) /* the last one again */
        return EEL_OK;
    memcpy(k->values, zmq_msg_data(&t->values), zmq_msg_size(&t->values));
    if (kind.rows)
        sum_rows(k);
    k->next_train = t->train + 1;
    *event = (eel_live_event){.kind = EEL_LIVE_FRAMES, .count = (uint32_t)kind.count,
                              .first = (t->train - k->first_train) * kind.count,
                              .frames = kind.rows ? k->spectra : k->values};
    return EEL_OK;
}

/* ---- the source ---- */

static int say(karabo *k, eel_live_event *event)
{
    int news = eel_peer_news(&k->peer, k->words);

    if (news)
        k->asked = 0; /* what was asked before the connection was lost is not answered */
    if (!news && !eel_rejects_due(&k->rejects, k->words))
        return 0;
    *event = (eel_live_event){.kind = EEL_LIVE_WORDS, .words = k->words};
    return 1;
}

/* A question that was on its way when the connection was lost may have gone with it or be answered on the next one: it is asked
 * again, and the socket is a DEALER, which takes every answer. A REQ would throw one away, and its train with it. */
static int ask(karabo *k)
{
    if (k->peer.connected && !k->asked)
        k->asked = zmq_send(k->peer.socket, "", 0, ZMQ_DONTWAIT | ZMQ_SNDMORE) == 0 &&
                   zmq_send(k->peer.socket, "next", 4, ZMQ_DONTWAIT) == 4;
    return k->asked;
}

static int next_karabo(void *state, eel_live_event *event, int timeout_ms)
{
    karabo *k = state;
    int code = EEL_OK;

    *event = (eel_live_event){.kind = EEL_LIVE_NOTHING};
    if (!k->again) {
        if (say(k, event))
            return EEL_OK;
        ask(k);
        if (!eel_peer_wait(&k->peer, timeout_ms))
            return EEL_OK;
        code = eel_karabo_receive(&k->train, k->peer.socket, k->how->signal);
        k->asked = 0;
    }
    if (code == EEL_OK)
        code = take_train(k, event);
    if (code == EEL_EARGS || code == EEL_ENOMEM)
        return code;
    if (code != EEL_OK) {
        eel_rejects_add(&k->rejects, eel_words());
        event->kind = EEL_LIVE_NOTHING;
    }
    return EEL_OK;
}

static int rest_of_karabo(void *state, char words[EEL_WORDS_MAX])
{
    karabo *k = state;

    return eel_rejects_rest(&k->rejects, words);
}

static void close_karabo(void *state)
{
    karabo *k = state;

    if (!k)
        return;
    zmq_msg_close(&k->train.values);
    eel_peer_close(&k->peer);
    eel_free(k->values);
    eel_free(k->spectra);
    eel_free(k->sums);
    eel_free(k);
}

static int open_karabo(void **state, const eel_live_how *how)
{
    karabo *k;

    if (!(how->axis.step_ev > 0))
        return eel_fail(EEL_EARGS, "--axis: missing, and a Karabo bridge does not say its energies; give them as "
                        "FIRST:STEP in eV");
    if (!(k = eel_alloc(1, sizeof *k)))
        return EEL_ENOMEM;
    k->how = how;
    zmq_msg_init(&k->train.values);
    int code = eel_peer_open(&k->peer, ZMQ_DEALER, how->address, EEL_KARABO_BYTES_MAX);
    if (code != EEL_OK) {
        close_karabo(k);
        return code;
    }
    *state = k;
    return EEL_OK;
}

const eel_source eel_source_karabo = {
    .name = "karabo",
    .address = "ENDPOINT",
    .summary = "a Karabo bridge, protocol 2.2; --signal 'SOURCE KEY'",
    .open = open_karabo,
    .next = next_karabo,
    .rest = rest_of_karabo,
    .close = close_karabo,
};
