#include "flow/custody.h"
#include "flow/transport.h"
#include "base/err.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define STRIKES_MAX 3

struct eel_kept {
    eel_kept *next, *previous;
    uint64_t number, first;
    uint32_t rows;
    int is_data, passed;
    int suspect, strikes;
    eel_peer *peer; /* who has it; NULL while it waits */
    uint64_t bytes;
    eel_place place; /* of the payload in our memory; use 0: it is in `body` */
    zmq_msg_t header, body, side;
};

/* --- lists ------------------------------------------------------------------------------------ */

static void append(eel_kept_list *list, eel_kept *kept)
{
    kept->next = NULL;
    kept->previous = list->last;
    *(list->last ? &list->last->next : &list->first) = kept;
    list->last = kept;
    list->count++;
}

static void prepend(eel_kept_list *list, eel_kept *kept)
{
    kept->previous = NULL;
    kept->next = list->first;
    *(list->first ? &list->first->previous : &list->last) = kept;
    list->first = kept;
    list->count++;
}

static void take_out(eel_kept_list *list, eel_kept *kept)
{
    *(kept->previous ? &kept->previous->next : &list->first) = kept->next;
    *(kept->next ? &kept->next->previous : &list->last) = kept->previous;
    list->count--;
}

static eel_kept_list *list_of(eel_custody *custody, const eel_kept *kept)
{
    return kept->peer ? &custody->sent : kept->suspect ? &custody->suspects : &custody->waiting;
}

/* --- keeping and forgetting ------------------------------------------------------------------- */

static int pack_header(const eel_custody *custody, const eel_block *block, eel_place place,
                       zmq_msg_t *header)
{
    eel_message message = {.type = EEL_BLOCK, .block = *block, .place = place};
    msgpack_sbuffer packed;
    int code;

    memcpy(message.run, custody->link.self->run, EEL_RUN_BYTES);
    if (block->transport) {
        message.work_count = block->transport->work_count;
        memcpy(message.work, block->transport->work, sizeof message.work);
    }
    msgpack_sbuffer_init(&packed);
    code = eel_message_pack(&message, &packed);
    if (code == EEL_OK && zmq_msg_init_size(header, packed.size))
        code = eel_fail(EEL_ENOMEM, "block %" PRIu64 ": no memory for its header", block->number);
    if (code == EEL_OK)
        memcpy(zmq_msg_data(header), packed.data, packed.size);
    msgpack_sbuffer_destroy(&packed);
    return code;
}

static void kept_free(eel_custody *custody, eel_kept *kept)
{
    eel_shared_drop(custody->shared, kept->place);
    zmq_msg_close(&kept->header);
    zmq_msg_close(&kept->body);
    zmq_msg_close(&kept->side);
    free(kept);
}

uint32_t eel_custody_count(const eel_custody *custody)
{
    return (uint32_t)custody->ledger.count;
}

int eel_custody_room(const eel_custody *custody, uint64_t bytes)
{
    uint32_t count = eel_custody_count(custody);
    uint32_t always = 2 * (uint32_t)custody->link.peer_count;

    if (count < EEL_WINDOW_MIN || count < always)
        return 1;
    return count < EEL_WINDOW_BLOCKS && custody->bytes + bytes <= custody->window;
}

/* Where it is, if that is our memory; else there, if it has room; else as a message. */
static void take_payload(eel_custody *custody, struct eel_block_transport *transport, eel_kept *kept)
{
    size_t bytes = zmq_msg_size(&transport->body);

    if (transport->place.use) {
        kept->place = transport->place;
        transport->place = (eel_place){0};
    } else if (custody->shared && eel_shared_reserve(custody->shared, bytes, &kept->place)) {
        memcpy(eel_shared_at(custody->shared, kept->place), zmq_msg_data(&transport->body), bytes);
    } else {
        zmq_msg_move(&kept->body, &transport->body);
    }
}

int eel_custody_keep(eel_custody *custody, eel_block *block, int passed)
{
    struct eel_block_transport *transport = block->transport;

    if (eel_ledger_get(&custody->ledger, block->number))
        return passed ? EEL_OK
                      : eel_fail(EEL_EARGS, "block %" PRIu64 " was sent before", block->number);
    eel_kept *kept = calloc(1, sizeof *kept);
    if (!kept)
        return eel_fail(EEL_ENOMEM, "block %" PRIu64 ": no memory to keep it", block->number);
    zmq_msg_init(&kept->header);
    kept->bytes = eel_block_bytes(block);
    zmq_msg_init(&kept->body);
    zmq_msg_init(&kept->side);
    take_payload(custody, transport, kept);
    int code = pack_header(custody, block, kept->place, &kept->header);
    if (code == EEL_OK)
        code = eel_ledger_put(&custody->ledger, block->number, kept);
    if (code != EEL_OK) {
        kept_free(custody, kept);
        return code;
    }
    kept->number = block->number;
    kept->first = block->first;
    kept->rows = block->rows;
    kept->is_data = block->kind == EEL_BLOCK_DATA;
    kept->passed = passed;
    zmq_msg_move(&kept->side, &transport->side);
    custody->bytes += kept->bytes;
    append(&custody->waiting, kept);
    return EEL_OK;
}

/* Out of the hands of the peer that has it, if one has. */
static void release_peer(eel_kept *kept)
{
    if (!kept->peer)
        return;
    kept->peer->bytes -= kept->bytes;
    kept->peer->blocks--;
    if (kept->suspect)
        kept->peer->solo = 0;
    kept->peer = NULL;
}

int eel_custody_forget(eel_custody *custody, uint64_t number, int *passed)
{
    eel_kept *kept = eel_ledger_get(&custody->ledger, number);

    if (!kept)
        return 0;
    *passed = kept->passed;
    take_out(list_of(custody, kept), kept);
    release_peer(kept);
    eel_ledger_remove(&custody->ledger, number);
    custody->bytes -= kept->bytes;
    kept_free(custody, kept);
    return 1;
}

static void forget_all(eel_custody *custody)
{
    eel_kept_list *lists[] = {&custody->waiting, &custody->suspects, &custody->sent};
    int passed;

    for (int i = 0; i < 3; i++) {
        while (lists[i]->first)
            eel_custody_forget(custody, lists[i]->first->number, &passed);
    }
}

void eel_custody_release(eel_custody *custody)
{
    forget_all(custody);
    eel_ledger_release(&custody->ledger);
    eel_shared_close(custody->shared);
    custody->shared = NULL;
}

/* --- blocks that come back -------------------------------------------------------------------- */

/* A block that killed three receivers stays away from the fourth (W36). */
static int make_poison(eel_custody *custody, eel_kept *kept)
{
    eel_block tombstone = {.kind = EEL_BLOCK_TOMBSTONE,
                           .number = kept->number,
                           .first = kept->first,
                           .rows = kept->rows,
                           .why = EEL_POISON};
    zmq_msg_t header;
    int code = pack_header(custody, &tombstone, (eel_place){0}, &header);

    if (code != EEL_OK)
        return code;
    zmq_msg_move(&kept->header, &header);
    zmq_msg_close(&header);
    zmq_msg_close(&kept->body);
    zmq_msg_close(&kept->side);
    zmq_msg_init(&kept->body);
    zmq_msg_init(&kept->side);
    eel_shared_drop(custody->shared, kept->place);
    kept->place = (eel_place){0};
    custody->bytes -= kept->bytes;
    kept->bytes = 0;
    kept->is_data = kept->suspect = 0;
    custody->poisoned++;
    eel_log("block %" PRIu64 " (pixels %" PRIu64 " to %" PRIu64 ") is poison: %d receivers failed "
            "with it alone",
            kept->number, kept->first, kept->first + kept->rows - 1, STRIKES_MAX);
    return EEL_OK;
}

/* Takes a sent block back. `died`: its peer did, so that it may be the block's fault. */
static int take_back(eel_custody *custody, eel_kept *kept, int died, int strike)
{
    int code = EEL_OK;

    take_out(&custody->sent, kept);
    release_peer(kept);
    kept->strikes += strike;
    kept->suspect |= died && kept->is_data;
    custody->resent++;
    if (kept->strikes >= STRIKES_MAX && kept->is_data)
        code = make_poison(custody, kept);
    prepend(list_of(custody, kept), kept);
    return code;
}

static int holds(const eel_message *message, uint64_t number)
{
    for (size_t i = 0; i < message->number_count; i++) {
        if (message->numbers[i] == number)
            return 1;
    }
    return 0;
}

/* Takes back what the peer had, but for what `greeting` (or NULL) says that it holds. From the
 * newest to the oldest, each to the front: the order stays. */
static int take_back_all(eel_custody *custody, eel_peer *peer, const eel_message *greeting,
                         int died)
{
    int code = EEL_OK, alone = peer->solo;

    for (eel_kept *kept = custody->sent.last, *before; kept && code == EEL_OK; kept = before) {
        before = kept->previous;
        if (kept->peer == peer && !(greeting && holds(greeting, kept->number)))
            code = take_back(custody, kept, died, died && alone && kept->suspect);
    }
    return code;
}

static int sweep(eel_custody *custody)
{
    eel_link *link = &custody->link;
    int code = EEL_OK;

    for (int i = link->peer_count - 1; i >= 0 && code == EEL_OK; i--) {
        eel_peer *peer = link->peers[i];
        if (!peer->gone && !peer->left)
            continue;
        code = take_back_all(custody, peer, NULL, link->binds && !peer->left);
        if (code == EEL_OK && link->binds)
            eel_link_forget(link, i);
        else
            peer->joined = peer->gone = peer->left = 0;
    }
    return code;
}

/* --- joining, ending -------------------------------------------------------------------------- */

static void greet(eel_custody *custody, eel_peer *peer)
{
    eel_link *link = &custody->link;
    eel_message greeting = {.type = link->binds ? EEL_WELCOME : EEL_HELLO,
                            .role = EEL_CUSTODIAN,
                            .pixels = custody->pixels};

    greeting.description = (eel_text){custody->description, strlen(custody->description)};
    if (custody->shared)
        greeting.memory = eel_shared_path(custody->shared);
    memcpy(greeting.name, link->self->name, EEL_NAME_MAX);
    eel_link_send(link, peer, &greeting);
}

static void tell_end(eel_custody *custody, eel_peer *peer)
{
    eel_message end = {.type = EEL_BLOCK,
                       .block = {.kind = EEL_BLOCK_END, .first = custody->total}};
    eel_message quit = {.type = EEL_QUIT};

    if (custody->ended)
        eel_link_send(&custody->link, peer, &end);
    if (custody->complete)
        eel_link_send(&custody->link, peer, &quit);
}

static void join(eel_custody *custody, eel_peer *peer)
{
    if (custody->link.binds)
        greet(custody, peer);
    peer->joined = peer->known = 1;
    peer->greeted = 0;
    custody->met = 1;
    tell_end(custody, peer);
}

void eel_custody_announce(eel_custody *custody, const char *description, uint64_t pixels)
{
    eel_link *link = &custody->link;

    custody->description = description;
    custody->pixels = pixels;
    for (int i = 0; i < link->peer_count; i++) {
        if (link->peers[i]->greeted)
            join(custody, link->peers[i]);
    }
}

void eel_custody_end(eel_custody *custody, uint64_t total)
{
    custody->ended = 1;
    custody->total = total;
    for (int i = 0; i < custody->link.peer_count; i++) {
        if (custody->link.peers[i]->joined)
            tell_end(custody, custody->link.peers[i]);
    }
}

void eel_custody_complete(eel_custody *custody)
{
    eel_message quit = {.type = EEL_QUIT};

    forget_all(custody);
    custody->complete = 1;
    eel_link_tell(&custody->link, &quit, 0);
}

static int take_greeting(eel_custody *custody, eel_letter *letter)
{
    const eel_message *message = &letter->message;
    eel_peer *peer = eel_link_greeted(&custody->link, letter);

    if (!peer)
        return EEL_OK;
    peer->window_bytes = message->window_bytes;
    peer->window_blocks = message->window_blocks;
    peer->left = peer->gone = peer->maps = 0;
    int code = take_back_all(custody, peer, message, 0);
    if (custody->description)
        join(custody, peer);
    else
        peer->greeted = 1;
    return code;
}

int eel_custody_take(eel_custody *custody, eel_letter *letter)
{
    const eel_message *message = &letter->message;
    eel_peer *peer = letter->peer;

    if (message->type == (custody->link.binds ? EEL_HELLO : EEL_WELCOME))
        return take_greeting(custody, letter);
    if (!peer || !peer->known)
        return EEL_OK;
    if (message->type == EEL_KEEPALIVE) {
        peer->window_bytes = message->window_bytes;
        peer->window_blocks = message->window_blocks;
        peer->maps |= message->maps;
    }
    if (message->type == EEL_QUIT)
        peer->left = 1;
    if (message->type == EEL_NACK) {
        eel_kept *kept = eel_ledger_get(&custody->ledger, message->block.number);
        if (kept && kept->peer == peer)
            return take_back(custody, kept, 1, 1);
    }
    return EEL_OK;
}

/* --- handing over ----------------------------------------------------------------------------- */

static int has_credit(const eel_peer *peer, uint64_t bytes)
{
    if (!peer->joined || peer->gone || peer->left || peer->solo)
        return 0;
    return peer->blocks < peer->window_blocks ||
           (peer->blocks < EEL_WINDOW_BLOCKS && peer->bytes + bytes <= peer->window_bytes);
}

/* Fewer blocks there; among equals, fewer ever. */
static int before(const eel_peer *a, const eel_peer *b)
{
    return !b || a->blocks < b->blocks || (a->blocks == b->blocks && a->served < b->served);
}

static eel_peer *least_loaded(const eel_custody *custody)
{
    const eel_link *link = &custody->link;
    eel_peer *best = NULL;

    for (int i = 0; i < link->peer_count; i++) {
        eel_peer *peer = link->peers[i];
        if (peer->joined && !peer->gone && !peer->left && !peer->solo && before(peer, best))
            best = peer;
    }
    return best;
}

/* A payload that lies in our memory, for a peer that cannot reach it. */
static int copy_out(const eel_custody *custody, const eel_kept *kept, zmq_msg_t *body)
{
    size_t bytes = kept->bytes - zmq_msg_size(&kept->side);

    if (zmq_msg_init_size(body, bytes))
        return 0;
    memcpy(zmq_msg_data(body), eel_shared_at(custody->shared, kept->place), bytes);
    return 1;
}

static int hand_over(eel_custody *custody, eel_kept *kept, eel_peer *peer)
{
    zmq_msg_t *body = kept->is_data ? &kept->body : NULL, copy;
    int copies = kept->place.use && !peer->maps;

    if (copies && !copy_out(custody, kept, body = &copy))
        return 0;
    int ok = eel_link_send_copy(&custody->link, peer, &kept->header, body, &kept->side);
    if (copies)
        zmq_msg_close(&copy);
    if (!ok)
        return 0;
    take_out(list_of(custody, kept), kept);
    kept->peer = peer;
    peer->solo = kept->suspect;
    peer->bytes += kept->bytes;
    peer->blocks++;
    peer->served++;
    append(&custody->sent, kept);
    return 1;
}

static void dispatch_suspects(eel_custody *custody)
{
    const eel_link *link = &custody->link;

    for (int i = 0; i < link->peer_count && custody->suspects.first; i++) {
        eel_peer *peer = link->peers[i];
        if (peer->blocks == 0 && has_credit(peer, 0))
            hand_over(custody, custody->suspects.first, peer);
    }
}

int eel_custody_dispatch(eel_custody *custody)
{
    int code = sweep(custody);

    if (custody->link.hello_due && custody->description) {
        custody->link.hello_due = 0;
        greet(custody, custody->link.peers[0]);
    }
    if (code != EEL_OK || custody->complete)
        return code;
    dispatch_suspects(custody);
    /* One peer is kept free for suspects as long as some wait (W35). */
    eel_peer *reserved = custody->suspects.first ? least_loaded(custody) : NULL;
    while (custody->waiting.first) {
        eel_kept *kept = custody->waiting.first;
        eel_peer *peer = NULL;
        for (int i = 0; i < custody->link.peer_count; i++) {
            eel_peer *other = custody->link.peers[i];
            if (other != reserved && has_credit(other, kept->bytes) && before(other, peer))
                peer = other;
        }
        if (!peer || (!hand_over(custody, kept, peer) && !peer->gone))
            break; /* who is gone has no credit; else it may go at the next turn */
    }
    return EEL_OK;
}

uint64_t eel_custody_credits(const eel_custody *custody)
{
    uint64_t credits = 0;

    for (int i = 0; i < custody->link.peer_count; i++) {
        const eel_peer *peer = custody->link.peers[i];
        if (peer->joined && peer->window_bytes > peer->bytes)
            credits += peer->window_bytes - peer->bytes;
    }
    return credits;
}
