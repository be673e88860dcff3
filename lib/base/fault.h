/*
 * fault - named points at which a test may kill the process, as a power cut would:
 *
 *     EEL_FAIL=after_recv:3         SIGKILL at the third passage
 *     EEL_FAIL=block_17:1           as soon as block 17 is received, by whichever process gets it
 *     EEL_FAIL=after_recv:3:stop    SIGSTOP instead: the process hangs
 *     EEL_FAIL=after_recv:3:spin    an endless loop instead: it hangs, and ZeroMQ's own threads do not
 *     EEL_FAIL_ONCE=FILE            only one process, the first: it makes FILE before it fails
 *     EEL_FAIL_STAGE=infer.2        only in the process of that name; "infer": in each worker of it
 *
 * The points: after_recv and block_N, before_send, after_send, before_done, after_done in every
 * stage; before_sync, between_syncs, after_sync around the two halves of a commit of the store; before_report in the
 * writer, when all its other files are there.
 */
#ifndef EEL_BASE_FAULT_H
#define EEL_BASE_FAULT_H

#include <stdint.h>

void eel_fault_open(const char *name); /* reads the environment */
void eel_fault(const char *point);
void eel_fault_block(uint64_t number); /* the point block_N */

#endif
