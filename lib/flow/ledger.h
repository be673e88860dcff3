/*
 * ledger - finds by a block's number what a stage remembers of it. A hash table with linear probing
 * (Knuth, TAOCP vol. 3, 6.4, algorithms L and R); it grows and never shrinks.
 *
 * ranges - which pixels have been seen, as sorted ranges that do not touch: a few of them, since
 * blocks come nearly in order.
 */
#ifndef EEL_FLOW_LEDGER_H
#define EEL_FLOW_LEDGER_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    struct {
        uint64_t number;
        void *entry; /* NULL: free */
    } *slots;
    size_t room, count; /* room is a power of two or 0 */
} eel_ledger;

int eel_ledger_put(eel_ledger *ledger, uint64_t number, void *entry); /* a number not there yet */
void *eel_ledger_get(const eel_ledger *ledger, uint64_t number);      /* NULL: not there */
void eel_ledger_remove(eel_ledger *ledger, uint64_t number);
void eel_ledger_release(eel_ledger *ledger); /* the entries are the caller's */

typedef struct {
    struct {
        uint64_t begin, end;
    } *all;
    size_t room, count;
    uint64_t covered; /* pixels in all ranges together */
} eel_ranges;

int eel_ranges_add(eel_ranges *ranges, uint64_t begin, uint64_t end); /* pixels begin … end - 1 */
void eel_ranges_release(eel_ranges *ranges);

#endif
