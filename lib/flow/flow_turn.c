#include "flow/flow_state.h"
#include "flow/cancel.h"
#include "base/clock.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define TEND_S      0.001
#define LETTERS_MAX 256 /* read from one link before the other gets its turn */

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
    return flow->code == EEL_OK && !flow->options.check;
}

static void take_error(eel_flow *flow, const eel_message *message, int from_downstream)
{
    char text[EEL_WORDS_MAX];

    snprintf(text, sizeof text, "%.*s", (int)message->text.bytes, message->text.at);
    if (message->refused)
        eel_flow_check(flow,
                       eel_fail(EEL_ENET, "%s refuses this process: %s", message->stage, text));
    else if (message->code == EEL_OK)
        flow->enough |= from_downstream;
    else
        remember(flow, EEL_ECANCEL, message->code, message->stage, text);
}

int eel_flow_is_map(const eel_flow *flow)
{
    return flow->has_in && flow->has_out && !flow->keeps;
}

void eel_flow_announce(eel_flow *flow)
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
        else if (message->type == EEL_ACK && flow->letter.peer && flow->letter.peer->known)
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
    if (flow->in.ended)
        flow->teller.total = flow->in.total;
    if (!flow->has_out)
        return;
    if (eel_flow_is_map(flow) && flow->begun && (flow->description || flow->in.description))
        eel_flow_announce(flow); /* before its first block, so that the sink can tell it that it has enough */
    if (eel_flow_is_map(flow) && flow->begun && flow->in.ended && !flow->ended) {
        flow->ended = 1;
        eel_custody_end(out, flow->in.total);
    }
    int own_end = flow->ended && (!eel_flow_is_map(flow) || flow->early);
    int durable = own_end ? eel_custody_count(out) == 0
                          : eel_flow_is_map(flow) && flow->begun && flow->in.complete;
    if (durable && !out->complete)
        eel_custody_complete(out);
    eel_flow_check(flow, eel_custody_dispatch(out));
}

static int poll_all(eel_flow *flow, double wait_s, double now_s)
{
    void *gate = flow->options.security.gate.socket;
    zmq_pollitem_t items[6];
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
    if (gate)
        items[count++] = (zmq_pollitem_t){.socket = gate, .events = ZMQ_POLLIN};
    if (flow->teller.socket)
        wait_s = fmin(wait_s, flow->teller.next_s - now_s);
    long wait_ms = (long)ceil(1e3 * fmin(fmax(wait_s, 0), 10));
    return zmq_poll(items, count, wait_ms);
}

/* Who came and who went. Asking costs as much as a short message, so a stage that is busy asks only
 * now and then. */
static void tend_links(eel_flow *flow, double now_s)
{
    flow->tend_s = now_s + TEND_S;
    eel_gate_serve(&flow->options.security.gate);
    if (flow->has_in)
        eel_flow_check(flow, eel_link_tend(&flow->in.link, now_s));
    if (flow->has_out)
        eel_flow_check(flow, eel_link_tend(&flow->out.link, now_s));
}

void eel_flow_turn(eel_flow *flow, double wait_s)
{
    double now_s = eel_clock_s();

    settle(flow);
    if (wait_s > 0 && poll_all(flow, wait_s, now_s) < 0 && errno != EINTR)
        eel_flow_check(flow, eel_fail(EEL_ENET, "waiting for messages: %s", zmq_strerror(errno)));
    if (eel_cancelled() && flow->code == EEL_OK)
        eel_flow_check(flow, eel_fail(EEL_ECANCEL, "ended by a signal"));
    now_s = eel_clock_s();
    if (wait_s > 0 || now_s >= flow->tend_s)
        tend_links(flow, now_s);
    if (flow->has_in)
        read_link(flow, &flow->in.link);
    if (flow->has_out) {
        read_link(flow, &flow->out.link);
        flow->teller.credits = eel_custody_credits(&flow->out);
    }
    settle(flow);
    eel_teller_tick(&flow->teller, now_s);
}
