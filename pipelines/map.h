/*
 * map - the main job, `eelstream map INPUT`: runs core-loss.flow and says what was found.
 *
 * OUTDIR then holds maps.hspy, .nxs, .tif and .csv, a PNG per found element, overview.png, report.html and report.json;
 * the summary comes from the report alone.
 */
#ifndef EEL_PIPELINES_MAP_H
#define EEL_PIPELINES_MAP_H

#include "pipeline.h"

/* argv[0] is "map". Returns the exit status. */
int eel_map_main(int argc, char **argv);

/* Has a pipeline from reader to aggregate go on with a store. Where that is of another run they refuse it, and say
 * that --force starts anew. */
int eel_map_resume(eel_pipeline *pipeline, const char *store);

/* Processors that this process may use: so many infer, unless the user says otherwise. */
int eel_cores(void);

#endif
