/* Rings for tests, and blocks of pixels to put into them. */
#ifndef EEL_RING_TEST_H
#define EEL_RING_TEST_H

#include "test.h"
#include "live/ring.h"

#define CHANNELS 4
#define ROWS     8 /* of a block */
#define BYTES    (ROWS * CHANNELS * sizeof(float))
#define MANY     16384

static void put_scan(eel_ring *ring, const eel_overrun *overrun, uint64_t number)
{
    eel_live_scan *scan = calloc(1, sizeof *scan);

    assert_non_null(scan);
    scan->block_rows = ROWS;
    scan->number = number;
    if (overrun->kind == EEL_SPOOL)
        assert_ok(eel_spool_create(&scan->spool, overrun->folder, number, "{}", CHANNELS * sizeof(float)));
    assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_SCAN, .data = scan}));
}

static eel_ring *ring_of(const char *policy, size_t blocks, eel_overrun *overrun)
{
    eel_ring *ring;

    assert_ok(eel_overrun_parse(overrun, policy));
    assert_ok(eel_ring_new(&ring, overrun, blocks * BYTES));
    put_scan(ring, overrun, 1);
    return ring;
}

static void put_block(eel_ring *ring, uint64_t number)
{
    float *data = eel_ring_buffer(ring, BYTES);

    assert_non_null(data);
    for (int i = 0; i < ROWS * CHANNELS; i++)
        data[i] = (float)(number * 1000 + (uint64_t)i);
    assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_DATA, .first = number * ROWS,
                                              .rows = ROWS, .data = data, .bytes = BYTES}));
}

static void put_blocks(eel_ring *ring, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        put_block(ring, i);
    assert_ok(eel_ring_put(ring, &(eel_piece){.kind = EEL_RING_END, .rows = count * ROWS}));
}

#endif
