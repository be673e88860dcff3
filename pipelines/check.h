/*
 * check - what is wrong with the options of a pipeline, before it runs: each stage knows its own and says so with
 * --check (flow/flow.h), without data and without links.
 */
#ifndef EEL_PIPELINES_CHECK_H
#define EEL_PIPELINES_CHECK_H

#include "pipeline.h"

/* Asks one stage after the other, with the words that it would run with. Returns 0, or the exit status of the first
 * that refuses them, 1 or 2; why has been said on stderr. */
int eel_pipeline_check(const eel_pipeline *pipeline);

#endif
