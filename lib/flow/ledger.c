#include "flow/ledger.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64

static size_t home(const eel_ledger *ledger, uint64_t number)
{
    return (size_t)(number * 0x9e3779b97f4a7c15u >> 20) & (ledger->room - 1);
}

static size_t slot_of(const eel_ledger *ledger, uint64_t number)
{
    size_t i = home(ledger, number);

    while (ledger->slots[i].entry && ledger->slots[i].number != number)
        i = (i + 1) & (ledger->room - 1);
    return i;
}

static int grow(eel_ledger *ledger)
{
    eel_ledger larger = {.room = ledger->room ? 2 * ledger->room : ROOM_FIRST,
                         .count = ledger->count};

    larger.slots = calloc(larger.room, sizeof *larger.slots);
    if (!larger.slots)
        return eel_fail(EEL_ENOMEM, "ledger: no memory for %zu blocks", larger.room);
    for (size_t i = 0; i < ledger->room; i++) {
        if (ledger->slots[i].entry)
            larger.slots[slot_of(&larger, ledger->slots[i].number)] = ledger->slots[i];
    }
    free(ledger->slots);
    *ledger = larger;
    return EEL_OK;
}

int eel_ledger_put(eel_ledger *ledger, uint64_t number, void *entry)
{
    int code = 2 * (ledger->count + 1) > ledger->room ? grow(ledger) : EEL_OK;

    if (code != EEL_OK)
        return code;
    size_t i = slot_of(ledger, number);
    ledger->slots[i].number = number;
    ledger->slots[i].entry = entry;
    ledger->count++;
    return EEL_OK;
}

void *eel_ledger_get(const eel_ledger *ledger, uint64_t number)
{
    return ledger->room ? ledger->slots[slot_of(ledger, number)].entry : NULL;
}

void eel_ledger_remove(eel_ledger *ledger, uint64_t number)
{
    size_t mask = ledger->room - 1;

    if (!eel_ledger_get(ledger, number))
        return;
    size_t hole = slot_of(ledger, number);
    for (size_t i = (hole + 1) & mask; ledger->slots[i].entry; i = (i + 1) & mask) {
        /* Whoever would be looked for at or before the hole moves into it. */
        if (((i - home(ledger, ledger->slots[i].number)) & mask) >= ((i - hole) & mask)) {
            ledger->slots[hole] = ledger->slots[i];
            hole = i;
        }
    }
    ledger->slots[hole].entry = NULL;
    ledger->count--;
}

void eel_ledger_release(eel_ledger *ledger)
{
    free(ledger->slots);
    *ledger = (eel_ledger){0};
}

int eel_ranges_add(eel_ranges *ranges, uint64_t begin, uint64_t end)
{
    size_t low = 0, high = ranges->count;

    if (begin >= end)
        return EEL_OK;
    if (ranges->count == ranges->room) {
        size_t room = ranges->room ? 2 * ranges->room : ROOM_FIRST;
        void *more = realloc(ranges->all, room * sizeof *ranges->all);
        if (!more)
            return eel_fail(EEL_ENOMEM, "no memory for %zu ranges of pixels", room);
        ranges->all = more;
        ranges->room = room;
    }
    while (low < high) { /* the first range that ends at or after `begin` */
        size_t middle = low + (high - low) / 2;
        if (ranges->all[middle].end < begin)
            low = middle + 1;
        else
            high = middle;
    }
    for (high = low; high < ranges->count && ranges->all[high].begin <= end; high++) {
        ranges->covered -= ranges->all[high].end - ranges->all[high].begin;
        if (ranges->all[high].begin < begin)
            begin = ranges->all[high].begin;
        if (ranges->all[high].end > end)
            end = ranges->all[high].end;
    }
    memmove(ranges->all + low + 1, ranges->all + high,
            (ranges->count - high) * sizeof *ranges->all);
    ranges->count = ranges->count - (high - low) + 1;
    ranges->all[low].begin = begin;
    ranges->all[low].end = end;
    ranges->covered += end - begin;
    return EEL_OK;
}

void eel_ranges_release(eel_ranges *ranges)
{
    free(ranges->all);
    *ranges = (eel_ranges){0};
}
