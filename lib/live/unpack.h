/*
 * unpack - the packings of detector images: lz4, and bitshuffle with lz4.
 *
 * LZ4 and BSLZ4 are the chunk forms of the HDF5 filters 32004 and 32008: the size of everything
 * (u64), that of a block (u32), then for each block the size it is packed to (u32) and its bytes,
 * numbers big-endian. A block of LZ4 that is as long as what it holds is not packed. In BSLZ4 the last
 * block holds what is left in whole eights of values; up to seven values follow as they are.
 * Sources: github.com/HDFGroup/hdf5_plugins, LZ4_HDF5_format.md; github.com/kiyo-masui/bitshuffle,
 * bshuf_h5filter.c; LZ4_BLOCK is one bare block, lz4_Block_format.md of github.com/lz4/lz4.
 *
 * Debian has no bitshuffle library to link with, hence the few lines here that undo it.
 */
#ifndef EEL_LIVE_UNPACK_H
#define EEL_LIVE_UNPACK_H

#include <stddef.h>

typedef enum { EEL_PACKED_NOT, EEL_PACKED_LZ4_BLOCK, EEL_PACKED_LZ4, EEL_PACKED_BSLZ4 } eel_packing;

/* Of the unpacked bytes those from `from` to before `to` are wanted; blocks without any are skipped. */
typedef struct {
    size_t from, to;
} eel_unpack_range;

/* Values of `value_bytes` each into `out`, which has room for exactly what must come: `out_bytes`.
 * `scratch` has as much. EEL_EFORMAT. */
int eel_unpack(void *out, void *scratch, size_t out_bytes, eel_unpack_range wanted,
               size_t value_bytes, eel_packing packing, const void *packed, size_t packed_bytes);

#endif
