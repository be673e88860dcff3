/*
 * bridge - the maps of a run for clients of the Karabo bridge, protocol 2.2 (proto/karabo.md).
 *
 * A client asks for the next train and gets it when there is one that it has not had. Each train is
 * made once, and only when somebody waits for it:
 *
 *     eel_bridge_open(&bridge, "tcp://127.0.0.1:4545");
 *     … poll eel_bridge_fd(bridge) for reading, then:
 *     if (eel_bridge_wanted(bridge, train)) {
 *         eel_bridge_begin(bridge, "EELSTREAM/MAPS", train, time_s);
 *         eel_bridge_count(bridge, "pixels", 4096);
 *         float *map = eel_bridge_array(bridge, "probability.O", "float32", 4, 64, 64);
 *         … fill it …
 *         eel_bridge_answer(bridge);
 *     }
 *     eel_bridge_close(bridge);
 *
 * It never waits. One failure (no memory) leaves a train out, and clients wait for the next.
 */
#ifndef EEL_TAP_BRIDGE_H
#define EEL_TAP_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#define EEL_BRIDGE_CLIENTS_MAX 64
#define EEL_BRIDGE_ARRAYS_MAX  300 /* of a train */

typedef struct eel_bridge eel_bridge;

/* Binds tcp://127.0.0.1:PORT or ipc://PATH: what it tells is for this machine, since the protocol knows
 * no passwords. EEL_EARGS where it cannot; EEL_ENOMEM. */
int eel_bridge_open(eel_bridge **bridge, const char *endpoint);
int eel_bridge_fd(const eel_bridge *bridge);

/* Hears what clients ask, and says whether one of them waits that has not had this train. Trains are
 * numbered from 1 and grow. */
int eel_bridge_wanted(eel_bridge *bridge, uint64_t train);

/* Has a client that asked in the last `within_s` not had this train yet? */
int eel_bridge_owes(const eel_bridge *bridge, uint64_t train, double within_s);

/* A train: its properties, then its arrays. Keys and texts are copied. */
void eel_bridge_begin(eel_bridge *bridge, const char *source, uint64_t train, double time_s);
void eel_bridge_text(eel_bridge *bridge, const char *key, const char *text);
void eel_bridge_count(eel_bridge *bridge, const char *key, uint64_t count);
void eel_bridge_real(eel_bridge *bridge, const char *key, double value);

/* Room for (rows, columns) values, aligned, to be filled before the next call; rows 0: for one
 * dimension of `columns`. NULL after a failure. `dtype` as NumPy names it. */
void *eel_bridge_array(eel_bridge *bridge, const char *key, const char *dtype, size_t value_bytes,
                       size_t rows, size_t columns);

/* To all that wait and have not had it. */
void eel_bridge_answer(eel_bridge *bridge);
void eel_bridge_close(eel_bridge *bridge); /* NULL is fine */

#endif
