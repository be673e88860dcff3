#include "flow/flow.h"
#include "flow/cancel.h"
#include "flow/custody.h"
#include "flow/fault.h"
#include "flow/intake.h"
#include "flow/options.h"
#include "flow/teller.h"
#include "flow/transport.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LETTERS_MAX   256 /* read from one link before the other gets its turn */
#define FOREVER_S     1e9
#define MEET_S        2.0 /* how long an end waits for a neighbour that may have left already */
#define WARN_S        0.5 /* how long a failure waits for a neighbour that is still to come */
#define LINGER_BIND   2000 /* ms for the last words; who is gone takes no time here … */
#define LINGER_CONNECT 500 /* … but here */

typedef struct {
    char stage[EEL_NAME_MAX];
    uint64_t pixels, us;
} eel_timing;

struct eel_flow {
    eel_flow_options options;
    char **argv;
    int operands;
    void *context;
    int signal_event;
    eel_intake in;
    eel_custody out;
    int has_in, has_out;
    eel_letter letter;
    eel_teller teller;
    char *description; /* for downstream; NULL: upstream's */
    uint64_t sent;     /* pixels */

    int begun;     /* the stage asked for its first block */
    int keeps;     /* tombstones reach the stage: a fold or sink */
    int ended;     /* downstream knows the total */
    int finished;  /* the stage has seen the end of its input */
    int enough;    /* downstream wants no more */
    int early;     /* the stage closes before the end of its input */
    double left_s; /* when the stage was last on its own */

    int code;                   /* the first failure … */
    char words[EEL_WORDS_MAX];  /* … what to say of it … */
    char culprit[EEL_NAME_MAX]; /* … whose it was … */
    int culprit_code;           /* … and as what it travels */

    eel_timing timing[EEL_WORK_MAX];
    int timing_count;
};

static eel_flow spare; /* when there is no memory for another */

/* --- failures --------------------------------------------------------------------------------- */

static void remember(eel_flow *flow, int code, int culprit_code, const char *culprit,
                     const char *words)
{
    if (flow->code != EEL_OK)
        return;
    flow->code = code;
    flow->culprit_code = culprit_code;
    snprintf(flow->culprit, sizeof flow->culprit, "%s", culprit);
    snprintf(flow->words, sizeof flow->words, "%s", words);
}

int eel_flow_check(eel_flow *flow, int code)
{
    if (code != EEL_OK)
        remember(flow, code, code, flow->options.self.name, eel_words());
    return flow->code == EEL_OK;
}

static void take_error(eel_flow *flow, const eel_message *message, int from_downstream)
{
    char text[EEL_WORDS_MAX];

    snprintf(text, sizeof text, "%.*s", (int)message->text.bytes, message->text.at);
    if (message->refused)
        eel_flow_check(flow, eel_fail(EEL_ENET, "%s refuses this process: %s", message->stage,
                                      text));
    else if (message->code == EEL_OK)
        flow->enough |= from_downstream;
    else
        remember(flow, EEL_ECANCEL, message->code, message->stage, text);
}

/* --- one turn of the wheel -------------------------------------------------------------------- */

static int is_map(const eel_flow *flow)
{
    return flow->has_in && flow->has_out && !flow->keeps;
}

/* Downstream is told of the run no later than with the first block. */
static void announce(eel_flow *flow)
{
    if (flow->has_out && !flow->out.description)
        eel_custody_announce(&flow->out, eel_flow_description(flow),
                             flow->has_in ? flow->in.pixels : flow->teller.total);
}

/* An acknowledgement goes on upstream, also one of a block we never had: a predecessor's. */
static void take_acks(eel_flow *flow, const eel_message *message)
{
    for (size_t i = 0; i < message->number_count; i++) {
        int passed = 0;
        int known = eel_custody_forget(&flow->out, message->numbers[i], &passed);
        if (flow->has_in && (known ? passed : !flow->keeps))
            eel_intake_ack(&flow->in, message->numbers[i]);
    }
}

static void read_link(eel_flow *flow, eel_link *link)
{
    int from_downstream = link == &flow->out.link;

    for (int i = 0; i < LETTERS_MAX && eel_link_receive(link, &flow->letter); i++) {
        eel_message *message = &flow->letter.message;
        if (message->type == EEL_ERROR)
            take_error(flow, message, from_downstream);
        else if (!from_downstream)
            eel_flow_check(flow, eel_intake_take(&flow->in, &flow->letter));
        else if (message->type == EEL_ACK)
            take_acks(flow, message);
        else
            eel_flow_check(flow, eel_custody_take(&flow->out, &flow->letter));
        eel_letter_close(&flow->letter);
    }
}

/* Passes on what follows from what was read: ends, acknowledgements, blocks that may go. */
static void settle(eel_flow *flow)
{
    eel_custody *out = &flow->out;

    if (flow->has_in)
        eel_flow_check(flow, eel_intake_flush(&flow->in));
    if (!flow->has_out)
        return;
    if (is_map(flow) && flow->begun && flow->in.ended && !flow->ended) {
        flow->ended = 1;
        eel_custody_end(out, flow->in.total);
    }
    int own_end = flow->ended && (!is_map(flow) || flow->early);
    int durable = own_end ? eel_custody_count(out) == 0
                          : is_map(flow) && flow->begun && flow->in.complete;
    if (durable && !out->complete)
        eel_custody_complete(out);
    eel_flow_check(flow, eel_custody_dispatch(out));
}

static int poll_all(eel_flow *flow, double wait_s, double now_s)
{
    zmq_pollitem_t items[5];
    int count = 0;

    if (flow->signal_event >= 0)
        items[count++] = (zmq_pollitem_t){.fd = flow->signal_event, .events = ZMQ_POLLIN};
    eel_link *links[] = {flow->has_in ? &flow->in.link : NULL,
                         flow->has_out ? &flow->out.link : NULL};
    for (int i = 0; i < 2; i++) {
        if (!links[i])
            continue;
        items[count++] = (zmq_pollitem_t){.socket = links[i]->socket, .events = ZMQ_POLLIN};
        items[count++] = (zmq_pollitem_t){.socket = links[i]->monitor, .events = ZMQ_POLLIN};
        if (links[i]->binds)
            wait_s = fmin(wait_s, links[i]->probe_s - now_s);
    }
    if (flow->teller.socket)
        wait_s = fmin(wait_s, flow->teller.next_s - now_s);
    long wait_ms = (long)ceil(1e3 * fmin(fmax(wait_s, 0), 10));
    return zmq_poll(items, count, wait_ms);
}

/* Waits at most `wait_s` for something to happen and deals with it. */
static void pump(eel_flow *flow, double wait_s)
{
    double now_s = eel_clock_s();

    settle(flow);
    if (poll_all(flow, wait_s, now_s) < 0 && errno != EINTR)
        eel_flow_check(flow, eel_fail(EEL_ENET, "waiting for messages: %s", zmq_strerror(errno)));
    if (eel_cancelled() && flow->code == EEL_OK)
        eel_flow_check(flow, eel_fail(EEL_ECANCEL, "ended by a signal"));
    now_s = eel_clock_s();
    if (flow->has_in) {
        eel_link_tend(&flow->in.link, now_s);
        read_link(flow, &flow->in.link);
    }
    if (flow->has_out) {
        eel_link_tend(&flow->out.link, now_s);
        read_link(flow, &flow->out.link);
        flow->teller.credits = eel_custody_credits(&flow->out);
    }
    settle(flow);
    eel_teller_tick(&flow->teller, now_s);
}

/* Every call of the stage is between these two: what lies outside is its work. */
static void enter(eel_flow *flow)
{
    flow->teller.busy_s += eel_clock_s() - flow->left_s;
    if (flow->options.hang_s)
        alarm(0);
}

static void leave(eel_flow *flow)
{
    flow->left_s = eel_clock_s();
}

int eel_flow_running(const eel_flow *flow)
{
    return flow->code == EEL_OK && !flow->finished && !flow->enough;
}

/* --- opening ---------------------------------------------------------------------------------- */

static int open_links(eel_flow *flow)
{
    const eel_flow_options *o = &flow->options;
    int code;

    flow->signal_event = eel_cancel_watch();
    flow->context = zmq_ctx_new();
    if (!flow->context)
        return eel_fail(EEL_ENOMEM, "no ZeroMQ context: %s", zmq_strerror(errno));
    code = eel_teller_open(&flow->teller, flow->context, o->status, o->stage, o->self.name);
    if (code == EEL_OK && o->in) {
        flow->has_in = 1;
        flow->in.window = o->window;
        code = eel_link_open(&flow->in.link, flow->context, &o->self, EEL_RECEIVER, "--in", o->in);
    }
    if (code == EEL_OK && o->out) {
        flow->has_out = 1;
        flow->out.window = o->window;
        code = eel_link_open(&flow->out.link, flow->context, &o->self, EEL_CUSTODIAN, "--out",
                             o->out);
    }
    return code;
}

eel_flow *eel_flow_open(int argc, char **argv, const eel_usage *usage)
{
    eel_flow *flow = calloc(1, sizeof *flow);

    if (!flow) {
        spare.code = eel_fail(EEL_ENOMEM, "no memory to start");
        snprintf(spare.words, sizeof spare.words, "%s", eel_words());
        return &spare;
    }
    flow->signal_event = -1;
    if (!eel_flow_check(flow, eel_flow_options_parse(&flow->options, argc, argv, usage)))
        return flow;
    flow->argv = argv + flow->options.first;
    flow->operands = argc - flow->options.first;
    eel_fault_open(flow->options.self.name);
    if (eel_flow_check(flow, open_links(flow))) {
        while (flow->has_in && !flow->in.description && flow->code == EEL_OK)
            pump(flow, FOREVER_S);
        flow->teller.total = flow->in.pixels;
    }
    leave(flow);
    return flow;
}

int eel_flow_operands(const eel_flow *flow, char ***operands)
{
    *operands = flow->argv;
    return flow->operands;
}

const char *eel_flow_description(const eel_flow *flow)
{
    if (flow->description)
        return flow->description;
    return flow->in.description ? flow->in.description : "{}";
}

int eel_flow_describe(eel_flow *flow, const char *json)
{
    if (strlen(json) > EEL_DESCRIPTION_MAX)
        return eel_fail(EEL_ELIMIT, "description of %zu bytes, at most %u are allowed",
                        strlen(json), EEL_DESCRIPTION_MAX);
    if (flow->out.description)
        return eel_fail(EEL_EARGS, "description of the run after its first block");
    char *copy = strdup(json);
    if (!copy)
        return eel_fail(EEL_ENOMEM, "description: no memory");
    free(flow->description);
    flow->description = copy;
    return EEL_OK;
}

void eel_flow_total(eel_flow *flow, uint64_t pixels)
{
    flow->teller.total = pixels;
}

/* --- receiving -------------------------------------------------------------------------------- */

static void hand_on(eel_flow *flow, eel_block *block);

void eel_flow_keep_tombstones(eel_flow *flow)
{
    flow->keeps = 1;
}

uint64_t eel_flow_announced(const eel_flow *flow)
{
    return flow->in.total;
}

static eel_timing *timing_of(eel_flow *flow, const char *stage)
{
    for (int i = 0; i < flow->timing_count; i++) {
        if (!strcmp(flow->timing[i].stage, stage))
            return &flow->timing[i];
    }
    if (flow->timing_count == EEL_WORK_MAX)
        return NULL;
    eel_timing *timing = &flow->timing[flow->timing_count++];
    memcpy(timing->stage, stage, sizeof timing->stage);
    return timing;
}

static void note_work(eel_flow *flow, const eel_block *block)
{
    const struct eel_block_transport *transport = block->transport;

    for (int i = 0; i < transport->work_count; i++) {
        eel_timing *timing = timing_of(flow, transport->work[i].stage);
        if (timing) {
            timing->pixels += block->rows;
            timing->us += transport->work[i].us;
        }
    }
}

/* The next block that concerns the stage; tombstones go by themselves where it does not want them. */
static eel_block *next_block(eel_flow *flow)
{
    eel_block *block;

    while (flow->code == EEL_OK && (block = eel_intake_next(&flow->in))) {
        flow->teller.blocks++;
        flow->teller.pixels += block->rows;
        if (block->kind == EEL_BLOCK_DATA)
            note_work(flow, block);
        if (block->kind == EEL_BLOCK_DATA || flow->keeps)
            return block;
        hand_on(flow, block);
    }
    return NULL;
}

static int at_end(const eel_flow *flow)
{
    return flow->in.complete || (!is_map(flow) && eel_intake_all_seen(&flow->in));
}

static eel_block *receive(eel_flow *flow, double deadline_s)
{
    for (;;) {
        pump(flow, 0);
        if (!eel_flow_running(flow))
            return NULL;
        eel_block *block = flow->in.complete ? NULL : next_block(flow);
        if (block)
            return block;
        flow->finished = at_end(flow);
        double now_s = eel_clock_s();
        if (!eel_flow_running(flow) || now_s >= deadline_s)
            return NULL;
        pump(flow, deadline_s - now_s);
        flow->teller.starved_s += eel_clock_s() - now_s;
    }
}

eel_block *eel_recv_within(eel_flow *flow, int timeout_ms)
{
    eel_block *block = NULL;

    if (flow->code != EEL_OK)
        return NULL;
    enter(flow);
    flow->begun = 1;
    if (!flow->has_in && timeout_ms < 0)
        eel_flow_check(flow, eel_fail(EEL_EARGS, "--in: missing, and this stage receives blocks"));
    else
        block = receive(flow, eel_clock_s() + (timeout_ms < 0 ? FOREVER_S : 1e-3 * timeout_ms));
    if (block) {
        block->transport->since_s = eel_clock_s();
        eel_fault("after_recv");
        if (flow->options.hang_s)
            alarm((unsigned int)flow->options.hang_s);
    }
    leave(flow);
    return block;
}

eel_block *eel_recv(eel_flow *flow)
{
    return eel_recv_within(flow, -1);
}

/* --- sending ---------------------------------------------------------------------------------- */

/* Gives the block to downstream, waiting for room; without a downstream, that is the end of it. */
static void hand_on(eel_flow *flow, eel_block *block)
{
    struct eel_block_transport *transport = block->transport;
    uint64_t bytes = zmq_msg_size(&transport->body) + zmq_msg_size(&transport->side);

    if (!flow->has_out) {
        eel_intake_ack(&flow->in, block->number);
        eel_block_free(block);
        return;
    }
    announce(flow);
    double before_s = eel_clock_s();
    pump(flow, 0);
    while (flow->code == EEL_OK && !flow->enough && !flow->out.complete &&
           !eel_custody_room(&flow->out, bytes))
        pump(flow, FOREVER_S);
    flow->teller.blocked_s += eel_clock_s() - before_s;
    if (flow->code == EEL_OK && !flow->enough && !flow->out.complete) {
        int passed = flow->has_in && (!flow->keeps || transport->received);
        eel_flow_check(flow, eel_custody_keep(&flow->out, block, passed));
        eel_flow_check(flow, eel_custody_dispatch(&flow->out));
    }
    flow->sent += block->rows;
    eel_block_free(block);
}

static void sign(const eel_flow *flow, eel_block *block)
{
    struct eel_block_transport *transport = block->transport;
    uint64_t us = (uint64_t)(1e6 * (eel_clock_s() - transport->since_s));

    for (int i = 0; i < transport->work_count; i++) {
        if (!strcmp(transport->work[i].stage, flow->options.stage)) {
            transport->work[i].us += us;
            return;
        }
    }
    if (transport->work_count == EEL_WORK_MAX)
        return;
    eel_work *work = &transport->work[transport->work_count++];
    memcpy(work->stage, flow->options.stage, sizeof work->stage);
    work->us = us;
}

void eel_send(eel_flow *flow, eel_block *block)
{
    if (!block || flow->code != EEL_OK) {
        eel_block_free(block);
        return;
    }
    enter(flow);
    eel_fault("before_send");
    sign(flow, block);
    if (!flow->has_in) {
        flow->teller.blocks++;
        flow->teller.pixels += block->rows;
    }
    if (flow->has_in || flow->has_out) {
        hand_on(flow, block);
    } else {
        eel_flow_check(flow, eel_fail(EEL_EARGS, "--out: missing, and this stage sends blocks"));
        eel_block_free(block);
    }
    eel_fault("after_send");
    leave(flow);
}

void eel_done(eel_flow *flow, eel_block *block)
{
    if (!block || flow->code != EEL_OK || !flow->has_in) {
        eel_block_free(block);
        return;
    }
    enter(flow);
    eel_fault("before_done");
    if (block->transport->received)
        eel_intake_ack(&flow->in, block->number);
    eel_block_free(block);
    eel_fault("after_done");
    leave(flow);
}

void eel_end(eel_flow *flow, uint64_t total)
{
    if (!flow->has_out || flow->ended || flow->code != EEL_OK)
        return;
    announce(flow);
    flow->ended = 1;
    eel_custody_end(&flow->out, total);
}

int eel_flow_timing(const eel_flow *flow, int i, const char **stage, uint64_t *pixels,
                    double *seconds)
{
    if (i < 0 || i >= flow->timing_count)
        return 0;
    *stage = flow->timing[i].stage;
    *pixels = flow->timing[i].pixels;
    *seconds = 1e-6 * (double)flow->timing[i].us;
    return 1;
}

/* --- closing ---------------------------------------------------------------------------------- */

/* Nobody upstream would hear our acknowledgements any more. */
static int deserted(const eel_flow *flow, double since_s)
{
    return eel_link_joined(&flow->in.link) == 0 && eel_clock_s() - since_s > MEET_S;
}

static int out_is_done(const eel_flow *flow, double since_s)
{
    if (!flow->has_out || flow->enough)
        return 1;
    int met = flow->out.met || (!flow->out.link.binds && eel_clock_s() - since_s > MEET_S);
    return flow->out.complete && met;
}

/* A sink or fold that closes without failure says that all it has seen is durable; by now that is
 * everything, so what still comes has come before. */
static void acknowledge_rest(eel_flow *flow)
{
    eel_block *block;

    while ((block = eel_intake_next(&flow->in)))
        eel_block_free(block);
    eel_intake_ack_all(&flow->in);
}

/* Waits until nothing that concerns this stage is open any more. */
static void finish(eel_flow *flow)
{
    double since_s = eel_clock_s();

    flow->early = flow->has_in && !flow->finished;
    if (!is_map(flow) || flow->early)
        eel_end(flow, flow->sent);
    announce(flow);
    while (flow->code == EEL_OK) {
        if (flow->has_in && !flow->early && !is_map(flow))
            acknowledge_rest(flow);
        int in_done = !flow->has_in || flow->early || flow->in.complete || deserted(flow, since_s);
        if (in_done && out_is_done(flow, since_s))
            return;
        pump(flow, 0.1);
    }
}

static void tell_error(eel_flow *flow)
{
    eel_message error = {.type = EEL_ERROR, .code = flow->culprit_code,
                         .text = {flow->words, strlen(flow->words)}};
    double deadline_s = eel_clock_s() + WARN_S;

    while (((flow->has_in && !flow->in.link.met) || (flow->has_out && !flow->out.link.met)) &&
           eel_clock_s() < deadline_s)
        pump(flow, deadline_s - eel_clock_s());
    memcpy(error.stage, flow->culprit, sizeof error.stage);
    if (flow->has_in)
        eel_link_tell(&flow->in.link, &error, 1);
    if (flow->has_out)
        eel_link_tell(&flow->out.link, &error, 1);
}

/* One of several that was asked to go leaves without harm to the run. */
static int just_leaves(const eel_flow *flow)
{
    return flow->code == EEL_ECANCEL && eel_cancelled() && flow->has_in && flow->has_out &&
           !flow->in.link.binds && !flow->out.link.binds;
}

static void tell_neighbours(eel_flow *flow)
{
    eel_message enough = {.type = EEL_ERROR};

    if (just_leaves(flow)) {
        eel_intake_leave(&flow->in);
    } else if (flow->code != EEL_OK) {
        tell_error(flow);
    } else if (flow->has_in && !flow->finished) {
        memcpy(enough.stage, flow->options.self.name, sizeof enough.stage);
        eel_link_tell(&flow->in.link, &enough, 1);
    }
    if (flow->code == EEL_OK && flow->has_out && !flow->out.complete)
        eel_custody_complete(&flow->out);
}

static int linger_ms(const eel_link *link)
{
    return link->binds ? LINGER_BIND : link->connected ? LINGER_CONNECT : 0;
}

int eel_flow_close(eel_flow *flow)
{
    if (flow->code == EEL_OK)
        finish(flow);
    if (flow->context) {
        tell_neighbours(flow);
        eel_teller_say(&flow->teller, flow->code == EEL_OK ? "end" : "fail", flow->words);
        eel_teller_close(&flow->teller);
        eel_intake_release(&flow->in);
        eel_custody_release(&flow->out);
        eel_link_close(&flow->in.link, linger_ms(&flow->in.link));
        eel_link_close(&flow->out.link, linger_ms(&flow->out.link));
        zmq_ctx_term(flow->context);
    }
    int code = flow->code;
    if (code != EEL_OK && code != EEL_ECANCEL)
        eel_log("%s", flow->words);
    eel_message_release(&flow->letter.message);
    free(flow->description);
    if (flow != &spare)
        free(flow);
    return eel_exit(code);
}
