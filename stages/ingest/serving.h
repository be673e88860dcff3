/*
 * serving - many scans, each into a flow of its own, as the launcher asks for with --serve.
 *
 * For each scan it prints "scan N", or "scan N again M SPOOL" when an earlier process spooled it and had begun to map
 * it into folder scan-M of --results, and gets on one line of standard input, separated by tabs, the options of the
 * flow that takes it, with the number of the folder that it goes into; an empty line when there is none. When the
 * whole pipeline is over, the scan that had a flow gets another line, "mapped" when its results are durable, and
 * empty when not: only then its spool is let go. SIGTERM ends that flow alone: what else comes of the scan is passed
 * over, and the next one waits for its flow.
 *
 * The line "stop", or the end of standard input, asks it to stop: the rest of the scan that is on is named cancelled,
 * that scan gets its last line as ever, others get none, and "left N" is printed where N scans had come that no flow
 * has taken. "passed N" at the end: so many scans cannot be mapped here, because nobody can, because nothing came of
 * them, or because they are spooled for another run, as was said.
 */
#ifndef EEL_STAGES_SERVING_H
#define EEL_STAGES_SERVING_H

#include "ingest/hearing.h"

/* First the scans that are left in the spool, then those that come, until there are no more. A failure is one of the
 * source or of the spool; those of a flow have been said by it, and cost its scan only. */
int eel_serve(eel_hearing *hearing);

#endif
