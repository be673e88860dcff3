#include "flow/flow_state.h"
#include "flow/cancel.h"
#include "flow/transport.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEET_S         2.0  /* how long an end waits for a neighbour that may have left already */
#define WARN_S         0.5  /* how long a failure waits for a neighbour that is still to come */
#define LINGER_BIND    2000 /* ms for the last words; who is gone takes no time here … */
#define LINGER_CONNECT 500  /* … but here */

static eel_flow spare; /* when there is no memory for another */

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
    return flow->code == EEL_OK && !flow->finished && !flow->enough && !flow->options.check;
}

int eel_flow_checks(const eel_flow *flow)
{
    return flow->code == EEL_OK && flow->options.check;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* Where a tcp link has been bound, for whoever is to tell others. */
static int note_endpoint(const eel_link *link, char text[EEL_ENDPOINT_MAX])
{
    if (!link->binds || !eel_is_tcp(strchr(link->where, ':') + 1))
        return EEL_OK;
    return eel_link_endpoint(link, text, EEL_ENDPOINT_MAX);
}

static int open_links(eel_flow *flow)
{
    const eel_flow_options *o = &flow->options;
    int code;

    flow->signal_event = eel_cancel_watch();
    flow->context = zmq_ctx_new();
    if (!flow->context)
        return eel_fail(EEL_ENOMEM, "no ZeroMQ context: %s", zmq_strerror(errno));
    code = eel_teller_open(&flow->teller, flow->context, o->status, o->stage, o->self.name);
    if (code == EEL_OK)
        code = eel_security_open(&flow->options.security, flow->context);
    if (code == EEL_OK && o->in) {
        flow->has_in = 1;
        flow->in.window = o->window;
        code = eel_link_open(&flow->in.link, flow->context, &o->self, EEL_RECEIVER, "--in", o->in);
    }
    if (code == EEL_OK && o->out) {
        flow->has_out = 1;
        flow->out.window = o->window;
        code =
            eel_link_open(&flow->out.link, flow->context, &o->self, EEL_CUSTODIAN, "--out", o->out);
        if (code == EEL_OK && !eel_is_tcp(strchr(o->out, ':') + 1))
            flow->out.shared = eel_shared_open(o->self.instance, 2 * o->window);
    }
    if (code == EEL_OK && o->in)
        code = note_endpoint(&flow->in.link, flow->teller.in_at);
    if (code == EEL_OK && o->out)
        code = note_endpoint(&flow->out.link, flow->teller.out_at);
    return code;
}

/* Blocks of some megabytes come and go all the time: their memory stays with the process, instead of
 * being given back to the system and taken again page by page. One arena, since ZeroMQ's thread
 * allocates what this one frees. */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_ARENA_MAX, 1);
}

eel_flow *eel_flow_open(int argc, char **argv, const eel_usage *usage)
{
    eel_flow *flow = calloc(1, sizeof *flow);

    keep_memory();
    if (!flow) {
        spare.code = eel_fail(EEL_ENOMEM, "no memory to start");
        snprintf(spare.words, sizeof spare.words, "%s", eel_words());
        return &spare;
    }
    flow->signal_event = -1;
    int code = eel_flow_options_parse(&flow->options, argc, argv, usage);
    if (!eel_flow_check(flow, code) && code != EEL_OK)
        return flow;
    flow->argv = argv + flow->options.first;
    flow->operands = argc - flow->options.first;
    if (flow->options.check)
        return flow;
    eel_fault_open(flow->options.self.name);
    if (eel_flow_check(flow, open_links(flow))) {
        while (flow->has_in && !flow->in.description && flow->code == EEL_OK)
            eel_flow_turn(flow, EEL_FOREVER_S);
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

const eel_security *eel_flow_security(const eel_flow *flow)
{
    return &flow->options.security;
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

void eel_flow_in_place(eel_flow *flow)
{
    flow->in_place = 1;
}

/* Has the block's payload? One that came too late for it is upstream's business, as if it had not come. */
static int has_payload(eel_flow *flow, eel_block *block)
{
    int late = 0;
    int whole = eel_flow_check(flow, eel_block_fetch(block, &late)) && !late;

    if (late)
        eel_intake_drop(&flow->in, block->number);
    if (!whole)
        eel_block_free(block);
    return whole;
}

/* The next block that concerns the stage; tombstones it does not want go by themselves. */
static eel_block *next_block(eel_flow *flow)
{
    eel_block *block;

    while (flow->code == EEL_OK && (block = eel_intake_next(&flow->in))) {
        if (flow->in_place)
            eel_block_look(block);
        else if (!has_payload(flow, block))
            continue;
        block->transport->shared = flow->out.shared;
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
    return flow->in.complete || (!eel_flow_is_map(flow) && eel_intake_all_seen(&flow->in));
}

static eel_block *receive(eel_flow *flow, double deadline_s)
{
    for (;;) {
        eel_flow_turn(flow, 0);
        if (!eel_flow_running(flow))
            return NULL;
        eel_block *block = flow->in.complete ? NULL : next_block(flow);
        if (block)
            return block;
        flow->finished = at_end(flow);
        double now_s = eel_clock_s();
        if (!eel_flow_running(flow) || now_s >= deadline_s)
            return NULL;
        eel_flow_turn(flow, deadline_s - now_s);
        flow->teller.starved_s += eel_clock_s() - now_s;
    }
}

eel_block *eel_recv_within(eel_flow *flow, int timeout_ms)
{
    eel_block *block = NULL;

    if (flow->code != EEL_OK || flow->options.check)
        return NULL;
    enter(flow);
    flow->begun = 1;
    if (!flow->has_in && timeout_ms < 0)
        eel_flow_check(flow, eel_fail(EEL_EARGS, "--in: missing, and this stage receives blocks"));
    else
        block = receive(flow, eel_clock_s() + (timeout_ms < 0 ? EEL_FOREVER_S : 1e-3 * timeout_ms));
    if (block) {
        block->transport->since_s = eel_clock_s();
        eel_fault("after_recv");
        eel_fault_block(block->number);
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

    if (!has_payload(flow, block))
        return;
    uint64_t bytes = eel_block_bytes(block);
    if (!flow->has_out) {
        eel_intake_ack(&flow->in, block->number);
        eel_block_free(block);
        return;
    }
    eel_flow_announce(flow);
    double before_s = eel_clock_s();
    eel_flow_turn(flow, 0);
    while (flow->code == EEL_OK && !flow->enough && !flow->out.complete &&
           !eel_custody_room(&flow->out, bytes))
        eel_flow_turn(flow, EEL_FOREVER_S);
    flow->teller.blocked_s += eel_clock_s() - before_s;
    if (flow->code == EEL_OK && !flow->enough && !flow->out.complete) {
        int passed = flow->has_in && (!flow->keeps || transport->received);
        eel_flow_check(flow, eel_custody_keep(&flow->out, block, passed));
        eel_flow_check(flow, eel_custody_dispatch(&flow->out));
    }
    flow->sent += block->rows;
    eel_block_free(block);
}

eel_block *eel_flow_block(eel_flow *flow, uint64_t number, uint64_t first, uint32_t rows,
                          uint32_t channels, eel_dtype dtype)
{
    eel_block *block = eel_block_new(number, first, rows, 0, dtype);
    int code = block ? EEL_OK : EEL_ENOMEM;

    if (code == EEL_OK) {
        block->transport->shared = flow->out.shared;
        code = eel_block_reshape(block, channels, dtype);
    }
    if (eel_flow_check(flow, code))
        return block;
    eel_block_free(block);
    return NULL;
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
    if (total < flow->sent) {
        eel_flow_check(flow, eel_fail(EEL_EARGS, "end after %ju pixels, but %ju were sent",
                                      (uintmax_t)total, (uintmax_t)flow->sent));
        return;
    }
    eel_flow_announce(flow);
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
    if (!eel_flow_is_map(flow) || flow->early)
        eel_end(flow, flow->sent);
    eel_flow_announce(flow);
    while (flow->code == EEL_OK) {
        if (flow->has_in && !flow->early && !eel_flow_is_map(flow))
            acknowledge_rest(flow);
        int in_done = !flow->has_in || flow->early || flow->in.complete || deserted(flow, since_s);
        if (in_done && out_is_done(flow, since_s))
            return;
        eel_flow_turn(flow, 0.1);
    }
}

static void tell_error(eel_flow *flow)
{
    eel_message error = {
        .type = EEL_ERROR, .code = flow->culprit_code, .text = {flow->words, strlen(flow->words)}};
    double deadline_s = eel_clock_s() + WARN_S;

    while (((flow->has_in && !flow->in.link.met) || (flow->has_out && !flow->out.link.met)) &&
           eel_clock_s() < deadline_s)
        eel_flow_turn(flow, deadline_s - eel_clock_s());
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

/* A fold says at the end that it has enough, too: a worker whose connection upstream broke in the
 * last moment hears of the end from no one else. */
static void tell_neighbours(eel_flow *flow)
{
    eel_message enough = {.type = EEL_ERROR};

    if (just_leaves(flow)) {
        eel_intake_leave(&flow->in);
    } else if (flow->code != EEL_OK) {
        tell_error(flow);
    } else if (flow->early || (flow->in.link.binds && !eel_flow_is_map(flow))) {
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
    int status = just_leaves(flow) ? 128 + eel_cancelled() : eel_exit(flow->code);
    if (flow->context) {
        tell_neighbours(flow);
        eel_teller_say(&flow->teller, flow->code == EEL_OK ? "end" : "fail", flow->words);
        eel_teller_close(&flow->teller);
        eel_intake_release(&flow->in);
        eel_custody_release(&flow->out);
        eel_link_close(&flow->in.link, linger_ms(&flow->in.link));
        eel_link_close(&flow->out.link, linger_ms(&flow->out.link));
        eel_security_close(&flow->options.security);
        zmq_ctx_term(flow->context);
    }
    int code = flow->code;
    if (code != EEL_OK && code != EEL_ECANCEL)
        eel_log("%s", flow->words);
    eel_message_release(&flow->letter.message);
    free(flow->description);
    if (flow != &spare)
        free(flow);
    return status;
}
