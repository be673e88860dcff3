/*
 * spool_claim - whose scan is it: a process claims each that it spools or goes on with, so that no other takes it.
 *
 *     eel_spool_folder *folder = NULL;
 *     int code = eel_spool_claim(&folder, "DIR", 7);
 *     …
 *     eel_spool_unclaim(folder, 7);
 *
 * A claim is the lock of byte N of the file DIR/.claims, which stays there. Thousands of scans that wait take one open
 * file so, and claims end with their process, however it ends. Safe to call from several threads.
 */
#ifndef EEL_LIVE_SPOOL_CLAIM_H
#define EEL_LIVE_SPOOL_CLAIM_H

#include <stdint.h>

typedef struct eel_spool_folder eel_spool_folder;

/* EEL_ECANCEL when somebody has it, this process included; EEL_EIO, EEL_ENOMEM. */
int eel_spool_claim(eel_spool_folder **folder, const char *path, uint64_t number);
void eel_spool_unclaim(eel_spool_folder *folder, uint64_t number); /* NULL is fine */

#endif
