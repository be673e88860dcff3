/*
 * view_page - the files of the page, built into the program (stages/view/): no network, no folder.
 */
#ifndef EEL_STAGES_VIEW_PAGE_H
#define EEL_STAGES_VIEW_PAGE_H

#include <stddef.h>

typedef struct {
    const char *path, *type; /* "/view.css", "text/css" */
    const char *text, *end;
} view_asset;

/* NULL: the page has no such file. "/" is the page itself. */
const view_asset *view_page_find(const char *path);

#endif
