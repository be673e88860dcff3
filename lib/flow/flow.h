/*
 * flow - the sockets, options, ends and errors of one stage.
 *
 *     eel_flow  *flow = eel_flow_open(argc, argv, &usage);
 *     eel_block *block;
 *
 *     while ((block = eel_recv(flow))) {
 *         eel_flow_check(flow, work_on(block));
 *         eel_send(flow, block);
 *     }
 *     return eel_flow_close(flow);
 *
 * The flow remembers its first error: after a failed check eel_recv returns NULL and eel_send only
 * frees, so the loop ends by itself and eel_flow_close says the words, tells the neighbours and
 * returns the exit status.
 *
 * Five shapes: a source only sends and closes after eel_end; a map receives, changes and sends; a
 * worker is a map of which several run; a fold receives, acknowledges with eel_done what is
 * durable and may send something of its own; a sink only receives and acknowledges.
 *
 * Delivery (proto/wire.md): each block is kept by the stage that sent it until it is acknowledged.
 * ACK means: the result is durable at the sink. It cascades upstream and returns one credit per
 * link. eel_recv gives, eel_send and eel_done take, always, also when they fail.
 *
 * One thread. Keep-alives and acknowledgements are handled inside eel_recv and eel_send.
 */
#ifndef EEL_FLOW_FLOW_H
#define EEL_FLOW_FLOW_H

#include "base/args.h"
#include "curve/gate.h"
#include "flow/block.h"

typedef struct eel_flow eel_flow;

/* Parses the command line (the stage's own options and those of every stage: --in, --out, …),
 * opens the links and waits until upstream has introduced itself. Never NULL; a failure is
 * remembered. `--help` and misuse work without any link. */
eel_flow *eel_flow_open(int argc, char **argv, const eel_usage *usage);

/* With --check a stage looks at its options and does nothing else: no link is opened, there is nothing to receive, and
 * no check is passed, so that the loop and what follows it end by themselves. A stage that can tell more than how an
 * option is written does so, with eel_flow_check, where this is 1. */
int eel_flow_checks(const eel_flow *flow);

/* Operands after parsing: argc, argv of what is not an option. */
int eel_flow_operands(const eel_flow *flow, char ***operands);

/* What --keys, --allow, --server and --insecure-tcp say, for sockets beside the links. */
const eel_security *eel_flow_security(const eel_flow *flow);

/* What upstream says of the run: a JSON object as text, "{}" for a source. Valid until close. */
const char *eel_flow_description(const eel_flow *flow);

/* What this stage tells downstream of the run, before its first eel_send; by default the upstream
 * text goes on unchanged. Workers of one stage must all say the same. Copied; at most
 * EEL_DESCRIPTION_MAX bytes. */
#define EEL_DESCRIPTION_MAX (4u << 20)
int eel_flow_describe(eel_flow *flow, const char *json);

/* Sources: how many pixels there will be, for progress; 0 when unknown. */
void eel_flow_total(eel_flow *flow, uint64_t pixels);

/* Next data or tombstone block, waiting for one. NULL at the end of the stream, after an error
 * or a cancel. Tombstones pass through map and worker stages by themselves: these see data only;
 * a fold or sink (a stage that called eel_flow_keep_tombstones) gets them too. */
eel_block *eel_recv(eel_flow *flow);
void eel_flow_keep_tombstones(eel_flow *flow);

/* The same, but gives up after `timeout_ms`: NULL with eel_flow_running() still true. A source that
 * has nothing to send yet waits with it. */
eel_block *eel_recv_within(eel_flow *flow, int timeout_ms);
int eel_flow_running(const eel_flow *flow);

/* A map or worker that only reads a block's values, and only until it reshapes the block, may read them where
 * upstream has them, without a copy of its own. They may change meanwhile, if another worker has done the block: then
 * what was made of them goes nowhere. So whatever they are, the stage may neither crash nor fail. */
void eel_flow_in_place(eel_flow *flow);

/* A data block to fill and send, where downstream can reach it without a copy. NULL after a failure, which
 * is remembered. */
eel_block *eel_flow_block(eel_flow *flow, uint64_t number, uint64_t first, uint32_t rows,
                          uint32_t channels, eel_dtype dtype);

/* Hands a block downstream, waiting for a credit. A map without --out acknowledges it instead. */
void eel_send(eel_flow *flow, eel_block *block);

/* The block's result is durable here: acknowledge it upstream and free it. */
void eel_done(eel_flow *flow, eel_block *block);

/* Sources and folds: nothing follows; `total` pixels were sent or named absent. Map and worker
 * stages pass the end on by themselves. A source's eel_flow_close waits until all is acknowledged.
 * `total` may not be less than the pixels that this stage has sent. */
void eel_end(eel_flow *flow, uint64_t total);

/* Total of pixels announced by upstream's end; 0 before it came. */
uint64_t eel_flow_announced(const eel_flow *flow);

/* Remembers the first failure. Returns 1 while all is well, and never with --check. */
int eel_flow_check(eel_flow *flow, int code);

/* Seconds of work per stage, as carried by the blocks received so far: (name, pixels, seconds)
 * for i = 0, 1, … until it returns 0. */
int eel_flow_timing(const eel_flow *flow, int i, const char **stage, uint64_t *pixels,
                    double *seconds);

/* Ends the stage: waits for outstanding acknowledgements unless it failed, tells the neighbours,
 * prints the words of a failure. Returns the exit status: 128 + the signal that one of several workers
 * was asked to leave by. */
int eel_flow_close(eel_flow *flow);

#endif
