#include "flow/intake.h"
#include "flow/transport.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

typedef struct {    /* a block that is to be acknowledged */
    eel_peer *peer; /* who sent it */
    int everyone;   /* several have sent it, or who did is gone: tell all */
} eel_held;

/* --- joining ---------------------------------------------------------------------------------- */

/* Who connects by ipc greets before it knows whether the custodian has memory that it can map. */
static int is_to_map(const eel_link *link)
{
    return !link->binds && !eel_is_tcp(strchr(link->where, ':') + 1);
}

static void set_window(const eel_intake *intake, eel_message *message)
{
    uint32_t shares = intake->shares > 0 ? (uint32_t)intake->shares : 1;

    message->window_bytes = intake->window / shares;
    message->window_blocks = (EEL_WINDOW_MIN + shares - 1) / shares;
}

/* The numbers that this peer has sent and need not send again (W15). */
static int set_numbers(const eel_intake *intake, const eel_peer *peer, eel_message *message)
{
    message->numbers = malloc((intake->held.count + 1) * sizeof *message->numbers);
    if (!message->numbers)
        return eel_fail(EEL_ENOMEM, "no memory to list %zu blocks", intake->held.count);
    for (size_t i = 0; i < intake->held.room && message->number_count < EEL_NUMBERS_MAX; i++) {
        const eel_held *held = intake->held.slots[i].entry;
        if (held && (held->peer == peer || held->everyone))
            message->numbers[message->number_count++] = intake->held.slots[i].number;
    }
    return EEL_OK;
}

static int greet(eel_intake *intake, eel_peer *peer)
{
    eel_link *link = &intake->link;
    eel_message greeting = {.type = link->binds ? EEL_WELCOME : EEL_HELLO, .role = EEL_RECEIVER};
    int code = set_numbers(intake, peer, &greeting);

    if (code == EEL_OK) {
        set_window(intake, &greeting);
        if (is_to_map(link)) { /* the rest of the window follows (W52) */
            greeting.window_bytes = 0;
            greeting.window_blocks = 1;
        }
        memcpy(greeting.name, link->self->name, EEL_NAME_MAX);
        eel_link_send(link, peer, &greeting);
    }
    free(greeting.numbers);
    return code;
}

/* The window of one custodian, and whether it need not send payloads. */
static void tell_window(eel_intake *intake, eel_peer *peer)
{
    eel_message keepalive = {.type = EEL_KEEPALIVE, .maps = peer->mapping != NULL};

    set_window(intake, &keepalive);
    eel_link_send(&intake->link, peer, &keepalive);
}

/* Divides the window among the custodians that are here now (W26). */
static void share_window(eel_intake *intake)
{
    int joined = eel_link_joined(&intake->link);

    if (joined == intake->shares)
        return;
    intake->shares = joined;
    for (int i = 0; i < intake->link.peer_count; i++) {
        if (intake->link.peers[i]->joined)
            tell_window(intake, intake->link.peers[i]);
    }
}

/* Maps the custodian's memory, if it offers some that is of this machine, and says so. */
static void map_memory(eel_intake *intake, eel_peer *peer, const eel_message *greeting)
{
    eel_mapping_close(peer->mapping);
    peer->mapping = eel_mapping_open(greeting->memory, greeting->instance);
    if (peer->mapping || is_to_map(&intake->link))
        tell_window(intake, peer);
}

static int same_run(eel_intake *intake, const eel_text *description)
{
    if (intake->description)
        return strlen(intake->description) == description->bytes &&
               !memcmp(intake->description, description->at, description->bytes);
    intake->description = strndup(description->at, description->bytes);
    return 1;
}

static int take_greeting(eel_intake *intake, eel_letter *letter)
{
    eel_link *link = &intake->link;
    eel_peer *peer = eel_link_greeted(link, letter);

    if (!peer)
        return EEL_OK;
    if (memchr(letter->message.description.at, 0, letter->message.description.bytes) ||
        !same_run(intake, &letter->message.description)) {
        eel_link_refuse(link, letter, "it describes the run otherwise than the first to come");
        peer->gone = link->binds;
        return EEL_OK;
    }
    if (!intake->description)
        return eel_fail(EEL_ENOMEM, "no memory for the description of the run");
    intake->pixels = letter->message.pixels;
    peer->joined = peer->known = 1;
    peer->gone = 0;
    peer->ack_count = 0; /* what it was not told, it sends again */
    int code = EEL_OK;
    if (link->binds) {
        share_window(intake);
        code = greet(intake, peer);
    }
    map_memory(intake, peer, &letter->message);
    return code;
}

/* --- blocks ----------------------------------------------------------------------------------- */

static void refuse_block(eel_intake *intake, const eel_letter *letter)
{
    eel_message nack = {.type = EEL_NACK,
                        .block = {.number = letter->message.block.number},
                        .text = {eel_words(), strlen(eel_words())}};

    eel_link_send(&intake->link, letter->peer, &nack);
}

/* Takes the block, also when it fails. */
static int hold(eel_intake *intake, eel_block *block, eel_peer *peer)
{
    eel_held *held = malloc(sizeof *held);
    int code = held ? EEL_OK : eel_fail(EEL_ENOMEM, "no memory to hold a block");

    if (code == EEL_OK)
        code = eel_ranges_add(&intake->seen, block->first, block->first + block->rows);
    if (code == EEL_OK)
        code = eel_ledger_put(&intake->held, block->number, held);
    if (code != EEL_OK) {
        eel_block_free(block);
        free(held);
        return code;
    }
    *held = (eel_held){.peer = peer};
    *(intake->last ? &intake->last->transport->next : &intake->first) = block;
    intake->last = block;
    return EEL_OK;
}

static int take_block(eel_intake *intake, eel_letter *letter)
{
    const eel_block *head = &letter->message.block;
    eel_held *held = eel_ledger_get(&intake->held, head->number);
    eel_block *block = NULL;

    if (head->kind == EEL_BLOCK_END) {
        intake->ended = 1;
        intake->total = head->first;
        return EEL_OK;
    }
    if (held) {
        held->everyone |= held->peer != letter->peer;
        return EEL_OK;
    }
    int code = eel_block_received(&letter->message, &letter->body, &letter->side,
                                  letter->peer->mapping, &block);
    if (code == EEL_EFORMAT) {
        refuse_block(intake, letter);
        return EEL_OK;
    }
    return code == EEL_OK ? hold(intake, block, letter->peer) : code;
}

int eel_intake_take(eel_intake *intake, eel_letter *letter)
{
    const eel_message *message = &letter->message;

    if (message->type == (intake->link.binds ? EEL_HELLO : EEL_WELCOME))
        return take_greeting(intake, letter);
    if (message->type == EEL_QUIT)
        intake->complete = 1;
    if (message->type != EEL_BLOCK || !letter->peer || !letter->peer->known)
        return EEL_OK;
    return take_block(intake, letter);
}

eel_block *eel_intake_next(eel_intake *intake)
{
    eel_block *block = intake->first;

    if (!block)
        return NULL;
    intake->first = block->transport->next;
    if (!intake->first)
        intake->last = NULL;
    block->transport->next = NULL;
    return block;
}

int eel_intake_all_seen(const eel_intake *intake)
{
    return intake->ended && !intake->first && intake->seen.covered >= intake->total;
}

/* --- acknowledgements ------------------------------------------------------------------------- */

/* A custodian that hears us: it has joined, or our HELLO is on its way to it, which named what was held then; an
 * acknowledgement behind that HELLO takes it back. Kept to ourselves, nobody would ever make up for it. */
static int hears(const eel_link *link, const eel_peer *peer)
{
    return peer->joined || (!link->binds && peer->known && link->connected && !link->hello_due);
}

static void send_acks(eel_intake *intake, eel_peer *peer)
{
    eel_message ack = {.type = EEL_ACK, .numbers = peer->acks, .number_count = peer->ack_count};

    if (peer->ack_count && hears(&intake->link, peer) && !peer->gone)
        eel_link_send(&intake->link, peer, &ack);
    peer->ack_count = 0;
}

static void gather(eel_intake *intake, eel_peer *peer, uint64_t number)
{
    if (!hears(&intake->link, peer))
        return;
    peer->acks[peer->ack_count++] = number;
    if (peer->ack_count == EEL_ACKS_MAX)
        send_acks(intake, peer);
}

void eel_intake_ack(eel_intake *intake, uint64_t number)
{
    eel_held *held = eel_ledger_get(&intake->held, number);

    if (held && !held->everyone) {
        gather(intake, held->peer, number);
    } else {
        for (int i = 0; i < intake->link.peer_count; i++)
            gather(intake, intake->link.peers[i], number);
    }
    eel_intake_drop(intake, number);
}

void eel_intake_drop(eel_intake *intake, uint64_t number)
{
    free(eel_ledger_get(&intake->held, number));
    eel_ledger_remove(&intake->held, number);
}

void eel_intake_ack_all(eel_intake *intake)
{
    size_t i = 0;

    while (i < intake->held.room) { /* removing moves another entry into the slot */
        if (intake->held.slots[i].entry)
            eel_intake_ack(intake, intake->held.slots[i].number);
        else
            i++;
    }
}

/* --- upkeep ----------------------------------------------------------------------------------- */

static void forget_peer(eel_intake *intake, int index)
{
    for (size_t i = 0; i < intake->held.room; i++) {
        eel_held *held = intake->held.slots[i].entry;
        if (held && held->peer == intake->link.peers[index]) {
            held->peer = NULL;
            held->everyone = 1;
        }
    }
    eel_link_forget(&intake->link, index);
}

int eel_intake_flush(eel_intake *intake)
{
    eel_link *link = &intake->link;

    for (int i = 0; i < link->peer_count; i++)
        send_acks(intake, link->peers[i]);
    for (int i = link->peer_count - 1; i >= 0; i--) {
        if (link->peers[i]->gone)
            forget_peer(intake, i);
    }
    if (link->binds)
        share_window(intake);
    if (!link->hello_due)
        return EEL_OK;
    link->hello_due = 0;
    return greet(intake, link->peers[0]);
}

void eel_intake_leave(eel_intake *intake)
{
    eel_message quit = {.type = EEL_QUIT};

    eel_link_tell(&intake->link, &quit, 0);
}

void eel_intake_release(eel_intake *intake)
{
    eel_block *block;

    while ((block = eel_intake_next(intake)))
        eel_block_free(block);
    for (size_t i = 0; i < intake->held.room; i++)
        free(intake->held.slots[i].entry);
    eel_ledger_release(&intake->held);
    eel_ranges_release(&intake->seen);
    free(intake->description);
    intake->description = NULL;
}
