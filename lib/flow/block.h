/*
 * block - a run of neighbouring pixels that travels through the stages as one piece.
 *
 * Every block says what it is: its number on the run's grid of blocks, its first pixel, how many,
 * and the energy axis of its rows. So stages keep no history and order does not matter.
 *
 *   data       values (rows, channels) of type `dtype`, and side data that belongs to the block:
 *              the labels of synthesised spectra (rows, classes), the sum of inferred spectra.
 *   tombstone  these pixels will never have a value; `why` names the reason.
 *   end        nothing follows; `first` is the total of pixels that were sent or named absent.
 *
 * A stage changes a block in place or with eel_block_reshape; the payload may be the memory of a
 * received message, aligned for its type.
 */
#ifndef EEL_FLOW_BLOCK_H
#define EEL_FLOW_BLOCK_H

#include <stddef.h>
#include <stdint.h>
#include "base/pixel.h"

#define EEL_BLOCK_BYTES_MAX    (256u << 20) /* payload of one block, side data included */
#define EEL_BLOCK_ROWS_MAX     (1u << 20)
#define EEL_BLOCK_CHANNELS_MAX (1u << 20)

typedef enum {
    EEL_U8, EEL_I8, EEL_U16, EEL_I16, EEL_U32, EEL_I32, EEL_U64, EEL_I64, EEL_F32, EEL_F64,
    EEL_DTYPES
} eel_dtype;

size_t eel_dtype_size(eel_dtype dtype);           /* bytes of one value */
const char *eel_dtype_name(eel_dtype dtype);      /* "u16", "f32": as on the wire */
int eel_dtype_parse(const char *name, size_t length, eel_dtype *dtype);

typedef enum { EEL_BLOCK_DATA, EEL_BLOCK_TOMBSTONE, EEL_BLOCK_END } eel_block_kind;

typedef struct eel_block {
    eel_block_kind kind;
    uint64_t number; /* on the run's block grid */
    uint64_t first;  /* first pixel; for `end` the total */
    uint32_t rows;   /* pixels */
    uint32_t channels;
    eel_dtype dtype;
    double start_ev, step_ev; /* energy of the first channel's centre, dispersion */
    eel_pixel_state why;      /* of a tombstone */
    void *data;               /* (rows, channels), owned by the block */
    void *side;               /* owned, or NULL */
    size_t side_bytes;
    struct eel_block_transport *transport; /* private to lib/flow: timings, message, origin */
} eel_block;

/* A data block with uninitialised memory for rows x channels values. NULL: no memory, or over a
 * limit above, with eel_words() set. */
eel_block *eel_block_new(uint64_t number, uint64_t first, uint32_t rows, uint32_t channels,
                         eel_dtype dtype);
eel_block *eel_block_tombstone(uint64_t number, uint64_t first, uint32_t rows, eel_pixel_state why);

/* Replaces the payload by uninitialised memory of another shape; pixels and timings stay. */
int eel_block_reshape(eel_block *block, uint32_t channels, eel_dtype dtype);

/* Copies `bytes` of side data into the block. */
int eel_block_side(eel_block *block, const void *side, size_t bytes);

void eel_block_free(eel_block *block); /* NULL is fine */

#endif
