#include "view/view_page.h"

#include <string.h>

/* The assembler reads the file; VIEW_FOLDER is where they are. */
#define EMBED(name, file)                                                                          \
    __asm__(".section .rodata\n"                                                                   \
            #name ":\n.incbin \"" VIEW_FOLDER "/" file "\"\n" #name "_end:\n.byte 0\n.previous\n"); \
    extern const char name[], name##_end[]

EMBED(view_page_html, "page.html");
EMBED(view_page_css, "view.css");
EMBED(view_page_js, "view.js");
EMBED(view_page_maps, "maps.js");
EMBED(view_page_plots, "plots.js");
EMBED(view_page_panel, "panel.js");

#define SCRIPT "text/javascript; charset=utf-8"

static const view_asset assets[] = {
    {"/", "text/html; charset=utf-8", view_page_html, view_page_html_end},
    {"/view.css", "text/css; charset=utf-8", view_page_css, view_page_css_end},
    {"/view.js", SCRIPT, view_page_js, view_page_js_end},
    {"/maps.js", SCRIPT, view_page_maps, view_page_maps_end},
    {"/plots.js", SCRIPT, view_page_plots, view_page_plots_end},
    {"/panel.js", SCRIPT, view_page_panel, view_page_panel_end},
};

const view_asset *view_page_find(const char *path)
{
    for (size_t i = 0; i < sizeof assets / sizeof *assets; i++) {
        if (!strcmp(assets[i].path, path))
            return &assets[i];
    }
    return NULL;
}
