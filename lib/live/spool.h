/*
 * spool - the spectra of one scan in a file, from their arrival until their results are durable.
 *
 * The file is DIR/scan-NNNN.spool: one line of JSON that describes the scan, then a record per
 * block of spectra: first pixel (u64), rows (u32), the mark (u32), the values. Pixels that are absent for another
 * reason than that the source left them out are a record without values, the reason in its mark. It is written with
 * every block, so that it survives this process, and is removed when the scan is mapped. A record
 * that was cut short is not there. Little-endian, values as the source sent them. Beside it is DIR/.claims
 * (spool_claim.h). One thread may write while another reads.
 */
#ifndef EEL_LIVE_SPOOL_H
#define EEL_LIVE_SPOOL_H

#include "base/pixel.h"
#include "base/replace.h"

#include <stddef.h>
#include <stdint.h>

#define EEL_SPOOL_HEADER_MAX (1u << 20) /* bytes of the line */
#define EEL_SPOOL_SCANS_MAX  100000     /* left over in one folder */

typedef struct eel_spool eel_spool;

/* A new file; `header` is one line of JSON. The folder is made. EEL_ECANCEL when that number is taken, EEL_EIO,
 * EEL_ELIMIT. */
int eel_spool_create(eel_spool **spool, const char *folder, uint64_t number, const char *header,
                     size_t row_bytes);

/* One that a process left that is not there any more; *header is malloc'ed. EEL_ECANCEL when
 * another process is at work with it, or has removed it, EEL_EIO, EEL_EFORMAT. */
int eel_spool_open(eel_spool **spool, const char *path, char **header);
/* One that holds nothing goes, and *empty is 1. EEL_ECANCEL when somebody is at work with it, EEL_EIO. */
int eel_spool_remove_empty(const char *path, int *empty);
void eel_spool_rows(eel_spool *spool, size_t row_bytes); /* after the header was read */
void eel_spool_written(eel_spool *spool); /* nothing is added: while it waits it is no open file; NULL is fine */
void eel_spool_close(eel_spool *spool);  /* keeps the file; NULL is fine */
void eel_spool_remove(eel_spool *spool); /* closes and deletes it; NULL is fine */

/* Adds a block; *place is where its values begin. */
int eel_spool_append(eel_spool *spool, uint64_t first, uint32_t rows, const void *data,
                     uint64_t *place);

/* Notes pixels that will not come, neighbours with one reason in one record. Else they are a gap of the source. */
int eel_spool_absence(eel_spool *spool, uint64_t first, uint64_t rows, eel_pixel_state why);
int eel_spool_read(eel_spool *spool, uint64_t place, void *data, size_t bytes);

/* The place of the block that was added after the one of so many bytes at `place`. */
uint64_t eel_spool_after(uint64_t place, size_t bytes);

/* Record after record: 0 after the last. At most rows_max rows of values can be in one; `why` is EEL_VALUE then, or
 * the reason for which there are none. */
int eel_spool_next(eel_spool *spool, uint64_t *first, uint32_t *rows, uint64_t *place,
                   uint32_t rows_max, eel_pixel_state *why);

uint64_t eel_spool_bytes(const eel_spool *spool);

/* Calls for the path of each spool in the folder, in the order of their numbers, until one fails. */
int eel_spool_each(const char *folder, int (*act)(const char *path, void *with), void *with);

#endif
