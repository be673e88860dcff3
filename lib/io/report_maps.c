#include "io/report.h"
#include "io/html.h"
#include "base/err.h"

#include <stdlib.h>

#define BAR_SHARE 0.4 /* of a map's width, at most */

static void write_scale_bar(const report_page *p)
{
    const eel_image_info *image = &p->result->about.image;
    const eel_nav_axis *x = &image->nav[image->nav_count - 1];
    double length;
    char words[64];

    if (image->nav_count < 2 || p->layers->size.tiles_across > 1 || p->layers->size.per_pixel <= 0 ||
        !eel_figure_scale_bar(x, BAR_SHARE * (double)p->result->columns, &length, words,
                              sizeof words))
        return;
    fprintf(p->out, "<span class=\"bar\" style=\"width:%.2f%%\"></span><small>",
            100 * length / (double)p->result->columns);
    eel_html_text(p->out, words);
    fprintf(p->out, "</small>");
}

#define TALLEST_REM 30.0 /* of a picture */

/* Takes the picture; `code` says how drawing it went. */
static int write_picture(const report_page *p, int code, eel_picture *picture, const char *words)
{
    if (code == EEL_OK) {
        int w = p->layers->size.w, h = p->layers->size.h > 1 ? p->layers->size.h : p->layers->size.w / 8 + 1;
        fprintf(p->out, "<div class=\"picture\" style=\"aspect-ratio:%d/%d;max-width:%.1frem\">", w, h,
                TALLEST_REM * w / h);
        code = eel_html_picture(p->out, picture, words);
        fprintf(p->out, "</div>\n");
    }
    eel_picture_free(picture);
    return code;
}

static int write_element_map(const report_page *p, uint32_t i)
{
    const eel_result_class *c = &p->result->class[p->result->found[i]];
    eel_picture *picture = NULL;
    char edge[32], words[64];

    eel_result_edge(p->result, p->result->found[i], edge, sizeof edge);
    snprintf(words, sizeof words, "Map of %s", edge);
    fprintf(p->out, "<figure><figcaption><b>%s</b> ", edge);
    report_percent(p->out, c->share);
    fprintf(p->out, " of pixels</figcaption>\n");
    int code = eel_layers_element(&picture, p->layers, i);
    code = write_picture(p, code, picture, words);
    write_scale_bar(p);
    fprintf(p->out, "</figure>\n");
    return code;
}

static int write_composite(const report_page *p)
{
    static const char *const dots[] = {"#f00", "#0c0", "#06f"};
    eel_picture *picture = NULL;
    uint32_t rgb[3];

    if (!eel_layers_choose(p->layers, rgb))
        return EEL_OK;
    fprintf(p->out, "<figure><figcaption><b>Together</b> ");
    for (int k = 0; k < 3; k++)
        fprintf(p->out, "<span class=\"key\"><i style=\"background:%s\"></i>%s</span>", dots[k],
                report_name(p, rgb[k]));
    fprintf(p->out, "</figcaption>\n");
    int code = eel_layers_composite(&picture, p->layers, rgb);
    code = write_picture(p, code, picture, "Composite of three elements in red, green and blue");
    write_scale_bar(p);
    fprintf(p->out, "</figure>\n");
    return code;
}

static int write_region_map(const report_page *p)
{
    eel_picture *picture = NULL;

    if (p->count < 2)
        return EEL_OK;
    fprintf(p->out, "<figure><figcaption><b>Regions</b> by what was found</figcaption>\n");
    int code = eel_layers_regions(&picture, p->layers, p->list, p->count);
    code = write_picture(p, code, picture, "Regions in which the same elements were found");
    write_scale_bar(p);
    fprintf(p->out, "</figure>\n");
    return code;
}

/* Where the energies were moved, and not by the same everywhere. */
static int write_shift_map(const report_page *p)
{
    const eel_result_shift *shift = &p->result->shift;
    eel_picture *picture = NULL;

    if (!(shift->max_ev > shift->min_ev) || eel_figure_line(p->result))
        return EEL_OK;
    fprintf(p->out, "<figure><figcaption><b>Energy shift</b> %+.2f eV dark to %+.2f eV bright</figcaption>\n",
            shift->min_ev, shift->max_ev);
    int code = eel_picture_new(&picture, p->layers->size.w, p->layers->size.h);
    if (code == EEL_OK)
        code = eel_figure_map(picture, p->result, p->result->shift_column, shift->min_ev, shift->max_ev, 0, 0,
                              &p->layers->size);
    code = write_picture(p, code, picture, "Map of what was added to the energies");
    write_scale_bar(p);
    fprintf(p->out, "</figure>\n");
    return code;
}

static void write_colours(const report_page *p)
{
    fprintf(p->out, "<p class=\"legend\">probability 0 <span class=\"ramp\" style=\"background:"
                    "linear-gradient(90deg");
    for (int i = 0; i <= 10; i++)
        fprintf(p->out, ",#%06x", eel_colour_of(i / 10.0));
    fprintf(p->out, ")\"></span> 1");
    if (p->result->counts.pixels[EEL_VALUE] < eel_store_info_of(p->result->store)->pixels)
        fprintf(p->out, "<span class=\"key\"><i style=\"background:#%06x\"></i>no value</span>",
                EEL_ABSENT_COLOUR);
    fprintf(p->out, "</p>\n");
}

int report_maps(const report_page *p)
{
    int wide = p->layers->size.w > 3 * p->layers->size.h, code = EEL_OK;

    if (p->result->found_count == 0 || p->result->about.image.pixels == 1)
        return EEL_OK;
    fprintf(p->out, "<section><h2>Maps</h2>\n");
    write_colours(p);
    fprintf(p->out, "<div class=\"%s\">\n", wide ? "maps wide" : "maps");
    for (uint32_t i = 0; code == EEL_OK && i < p->result->found_count; i++)
        code = write_element_map(p, i);
    if (code == EEL_OK)
        code = write_composite(p);
    if (code == EEL_OK)
        code = write_region_map(p);
    if (code == EEL_OK)
        code = write_shift_map(p);
    fprintf(p->out, "</div></section>\n");
    return code;
}

int report_profile(const report_page *p)
{
    int n = eel_figure_line(p->result), code = EEL_OK;
    double *x = calloc(2 * (size_t)n + 1, sizeof *x), *y = x + n;
    eel_figure_axis axis = eel_figure_line_axis(p->result);

    if (!x)
        return eel_fail(EEL_ENOMEM, "no memory for a profile of %d points", n);
    for (int i = 0; i < n; i++)
        x[i] = axis.first + i * axis.step;
    fprintf(p->out, "<section><h2>Along the line</h2>\n");
    for (uint32_t i = 0; code == EEL_OK && i < p->result->found_count; i++) {
        eel_html_plot plot = {.across = {.low = x[0], .high = x[n - 1], .label = axis.label},
                              .up = {.low = 0, .high = 1.05}, .title = report_name(p, i), .flat = 1};
        code = eel_result_plane(p->result, p->result->found[i], 0);
        for (int k = 0; k < n; k++)
            y[k] = p->result->plane[k];
        if (i + 1 < p->result->found_count)
            plot.across.label = "";
        fprintf(p->out, "<h3>%s</h3>\n", report_name(p, i));
        eel_html_plot_begin(p->out, &plot);
        eel_html_plot_level(p->out, &plot, p->result->class[p->result->found[i]].threshold);
        eel_html_plot_curve(p->out, &plot, x, y, n, REPORT_FOUND_COLOUR);
        eel_html_plot_end(p->out, &plot, NULL, 0);
    }
    fprintf(p->out, "<p class=\"note\">Probability; dashed: from here on an element counts as "
                    "present.</p></section>\n");
    free(x);
    return code;
}
