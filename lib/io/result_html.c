/*
 * result_html - report.html, the result for people in one file: maps, how elements go together, the
 * mean spectra of regions with their edges, every element in numbers, every pixel accounted for, and
 * how it was made. It needs no network and no script, reads on a phone and on paper.
 */
#include "io/html.h"
#include "io/layers.h"
#include "io/page.h"
#include "io/regions.h"
#include "base/err.h"
#include "base/replace.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REGION_WORDS 160
#define BAR_SHARE    0.4 /* of a map's width, at most */

static const char found_colour[] = "#3b7dd8", elsewhere_colour[] = "var(--soft)";

typedef struct {
    FILE *out;
    eel_result *result;
    eel_layers *layers;
    eel_regions *regions;                 /* NULL without the file */
    eel_region list[EEL_REGIONS_MAX];     /* the same regions, always */
    uint32_t count;
} page;

/* ---- words ---- */

static void percent(FILE *out, double share)
{
    char words[32];

    eel_figure_percent(share, words, sizeof words);
    eel_html_text(out, words);
}

/* "O + Ti", "none of them" */
static void region_name(const page *p, uint32_t set, char words[REGION_WORDS])
{
    size_t used = 0;

    words[0] = 0;
    for (uint32_t i = 0; i < p->result->found_count && i < 32; i++) {
        if (set >> i & 1)
            used += (size_t)snprintf(words + used, REGION_WORDS - used, "%s%s", used ? " + " : "",
                                     p->result->class[p->result->found[i]].name);
    }
    if (!used)
        snprintf(words, REGION_WORDS, "none of the found");
}

static const char *name_of(const page *p, uint32_t i)
{
    return p->result->class[p->result->found[i]].name;
}

static void write_header(const page *p)
{
    const eel_image_info *image = &p->result->about.image;
    const char *slash = strrchr(image->path, '/'), *file = slash ? slash + 1 : image->path;
    FILE *out = p->out;

    fprintf(out, "<header><h1>");
    eel_html_text(out, image->title[0] ? image->title : file);
    fprintf(out, "</h1>\n<p class=\"facts\">");
    for (int a = 0; a < image->nav_count; a++)
        fprintf(out, "%s%ju", a ? " × " : "", (uintmax_t)image->nav[a].size);
    fprintf(out, image->nav_count ? " pixels" : "Single spectrum");
    fprintf(out, "<span>%.0f – %.0f eV</span>", image->axis.start_ev,
            eel_axis_ev(&image->axis, image->axis.n - 1.0));
    if (image->beam_kev > 0)
        fprintf(out, "<span>%g kV</span>", image->beam_kev);
    if (p->result->shift.pixels)
        fprintf(out, "<span>energies moved by %+.1f eV (%+.1f to %+.1f)</span>", p->result->shift.mean_ev,
                p->result->shift.min_ev, p->result->shift.max_ev);
    fprintf(out, "<span>");
    eel_html_text(out, file);
    fprintf(out, "</span></p>\n<p class=\"found\">");
    for (uint32_t i = 0; i < p->result->found_count; i++) {
        fprintf(out, "<b>");
        eel_html_text(out, name_of(p, i));
        fprintf(out, " <small>");
        percent(out, p->result->class[p->result->found[i]].share);
        fprintf(out, "</small></b>");
    }
    if (p->result->found_count == 0)
        fprintf(out, "No element found.");
    fprintf(out, "</p></header>\n");
}

static void write_hint(const page *p)
{
    char words[EEL_HINT_MAX];

    if (!eel_result_hint(p->result, words, sizeof words))
        return;
    fprintf(p->out, "<p class=\"hint\"><b>Check the energy axis.</b> ");
    eel_html_text(p->out, words);
    fprintf(p->out, ".</p>\n");
}

/* ---- maps ---- */

static void write_scale_bar(const page *p)
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

/* Takes the picture; `code` says how drawing it went. */
static int write_picture(const page *p, int code, eel_picture *picture, const char *words)
{
    if (code == EEL_OK) {
        fprintf(p->out, "<div class=\"picture\" style=\"aspect-ratio:%d/%d\">", p->layers->size.w,
                p->layers->size.h > 1 ? p->layers->size.h : p->layers->size.w / 8 + 1);
        code = eel_html_picture(p->out, picture, words);
        fprintf(p->out, "</div>\n");
    }
    eel_picture_free(picture);
    return code;
}

static int write_element_map(const page *p, uint32_t i)
{
    const eel_result_class *c = &p->result->class[p->result->found[i]];
    eel_picture *picture = NULL;
    char edge[32], words[64];

    eel_result_edge(p->result, p->result->found[i], edge, sizeof edge);
    snprintf(words, sizeof words, "Map of %s", edge);
    fprintf(p->out, "<figure><figcaption><b>%s</b> ", edge);
    percent(p->out, c->share);
    fprintf(p->out, " of pixels</figcaption>\n");
    int code = eel_layers_element(&picture, p->layers, i);
    code = write_picture(p, code, picture, words);
    write_scale_bar(p);
    fprintf(p->out, "</figure>\n");
    return code;
}

static int write_composite(const page *p)
{
    static const char *const dots[] = {"#f00", "#0c0", "#06f"};
    eel_picture *picture = NULL;
    uint32_t rgb[3];

    if (!eel_layers_choose(p->layers, rgb))
        return EEL_OK;
    fprintf(p->out, "<figure><figcaption><b>Together</b> ");
    for (int k = 0; k < 3; k++)
        fprintf(p->out, "<span class=\"key\"><i style=\"background:%s\"></i>%s</span>", dots[k],
                name_of(p, rgb[k]));
    fprintf(p->out, "</figcaption>\n");
    int code = eel_layers_composite(&picture, p->layers, rgb);
    code = write_picture(p, code, picture, "Composite of three elements in red, green and blue");
    write_scale_bar(p);
    fprintf(p->out, "</figure>\n");
    return code;
}

static int write_region_map(const page *p)
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
static int write_shift_map(const page *p)
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

static void write_colours(const page *p)
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

static int write_maps(const page *p)
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

/* Along a line scan: the probabilities as curves. */
static int write_profile(const page *p)
{
    int n = eel_figure_line(p->result), code = EEL_OK;
    double *x = calloc(2 * (size_t)n + 1, sizeof *x), *y = x + n;
    char label[64];

    if (!x)
        return eel_fail(EEL_ENOMEM, "no memory for a profile of %d points", n);
    eel_figure_distance_label(p->result, label, sizeof label);
    for (int i = 0; i < n; i++)
        x[i] = eel_figure_distance(p->result, i);
    fprintf(p->out, "<section><h2>Along the line</h2>\n");
    for (uint32_t i = 0; code == EEL_OK && i < p->result->found_count; i++) {
        eel_html_plot plot = {.across = {.low = x[0], .high = x[n - 1], .label = label},
                              .up = {.low = 0, .high = 1.05}, .title = name_of(p, i), .flat = 1};
        code = eel_result_plane(p->result, p->result->found[i], 0);
        for (int k = 0; k < n; k++)
            y[k] = p->result->plane[k];
        if (i + 1 < p->result->found_count)
            plot.across.label = "";
        fprintf(p->out, "<h3>%s</h3>\n", name_of(p, i));
        eel_html_plot_begin(p->out, &plot);
        eel_html_plot_level(p->out, &plot, p->result->class[p->result->found[i]].threshold);
        eel_html_plot_curve(p->out, &plot, x, y, n, found_colour);
        eel_html_plot_end(p->out, &plot, NULL, 0);
    }
    fprintf(p->out, "<p class=\"note\">Probability; dashed: from here on an element counts as "
                    "present.</p></section>\n");
    free(x);
    return code;
}

/* ---- spectra ---- */

/* One spectrum between two energies over its power law, fitted up to fit_end_ev. Returns how many
 * points; ev and ratio have room for all channels. */
static int take_ratio(const double *counts, const eel_axis *axis, double low_ev, double high_ev,
                      double fit_end_ev, double *ev, double *ratio)
{
    double log_a, r;
    int n = 0;

    for (uint32_t i = 0; i < axis->n; i++) {
        double e = eel_axis_ev(axis, i);
        if (e < low_ev || e > high_ev)
            continue;
        ev[n] = e;
        ratio[n++] = counts[i];
    }
    if (!eel_figure_power_law(ev, ratio, n, fit_end_ev, &log_a, &r) &&
        !eel_figure_power_law(ev, ratio, n, INFINITY, &log_a, &r))
        return 0;
    for (int i = 0; i < n; i++)
        ratio[i] /= exp(log_a - r * log(ev[i]));
    return n;
}

static int list_marks(const page *p, double low_ev, double high_ev, eel_html_mark *marks)
{
    int n = 0;

    for (uint32_t i = 0; i < p->result->found_count; i++) {
        double at = p->result->class[p->result->found[i]].edge.onset_ev;
        if (at > low_ev && at < high_ev)
            marks[n++] = (eel_html_mark){name_of(p, i), at};
    }
    return n;
}

typedef struct {
    const double *counts;
    uint64_t pixels; /* whose mean it is */
    const char *colour;
} spectrum;

#define SMOOTH_MAX 25 /* channels */

/* What the height of a plot follows: a mean of few pixels is noisier than that of many, and would
 * press the others flat; so it counts as smooth as they are, averaged over as many channels as make
 * up for its pixels. ratio, out (n). */
static void smooth(const double *ratio, int n, uint64_t pixels, uint64_t most, double *out)
{
    int width = pixels * SMOOTH_MAX < most ? SMOOTH_MAX : pixels ? (int)(most / pixels) : 1;

    width = width > n / 4 + 1 ? n / 4 + 1 : width;
    for (int i = 0; i < n; i++) {
        int from = i - width / 2, to = from + width;
        double sum = 0;
        for (int k = from; k < to; k++)
            sum += k >= 0 && k < n ? ratio[k] : NAN;
        out[i] = sum / width;
    }
}

/* Several spectra in one plot, each over its own power law. */
static int plot_spectra(const page *p, const spectrum *spectra, int count, const eel_axis *axis,
                        double low_ev, double high_ev, double fit_end_ev, eel_html_plot *plot,
                        const eel_html_mark *marks, int mark_count)
{
    size_t all = (size_t)count * axis->n, room = axis->n + 2 * all;
    double *ev = calloc(room + 1, sizeof *ev), *ratio = ev + axis->n, *smoothed = ratio + all;
    uint64_t most = 0;
    int n = 0;

    if (!ev)
        return eel_fail(EEL_ENOMEM, "no memory for a plot of %u channels", axis->n);
    for (size_t i = 0; i < room; i++)
        ev[i] = NAN;
    for (int s = 0; s < count; s++) {
        int taken = take_ratio(spectra[s].counts, axis, low_ev, high_ev, fit_end_ev, ev,
                               ratio + (size_t)s * axis->n);
        n = taken > n ? taken : n;
        most = spectra[s].pixels > most ? spectra[s].pixels : most;
    }
    for (int s = 0; s < count; s++)
        smooth(ratio + (size_t)s * axis->n, n, spectra[s].pixels, most, smoothed + (size_t)s * axis->n);
    plot->across.low = low_ev;
    plot->across.high = high_ev;
    plot->up = eel_plot_range(smoothed, (int)all, "counts ÷ background");
    eel_html_plot_begin(p->out, plot);
    for (int s = 0; s < count; s++)
        eel_html_plot_curve(p->out, plot, ev, ratio + (size_t)s * axis->n, n, spectra[s].colour);
    eel_html_plot_end(p->out, plot, marks, mark_count);
    free(ev);
    return EEL_OK;
}

static void write_region_keys(const page *p)
{
    char words[REGION_WORDS];

    fprintf(p->out, "<p class=\"legend\">");
    for (uint32_t r = 0; r < p->count; r++) {
        region_name(p, p->list[r].set, words);
        fprintf(p->out, "<span class=\"key\"><i style=\"background:#%06x\"></i>%s <small>%ju "
                        "pixels</small></span>", eel_region_colours[r], words,
                (uintmax_t)p->list[r].pixels);
    }
    fprintf(p->out, "</p>\n");
}

/* The means of the regions, or of the whole image where there is no file to take them from. */
static int write_spectra(const page *p)
{
    const eel_store_info *info = eel_store_info_of(p->result->store);
    eel_html_plot plot = {.across = {.label = "energy loss (eV)"}, .title = "Mean spectra"};
    eel_html_mark marks[EEL_STORE_CLASSES_MAX];
    spectrum spectra[EEL_REGIONS_MAX];
    char colours[EEL_REGIONS_MAX][8];
    double low_ev, high_ev;
    int code;

    if (!eel_figure_window(p->result, &low_ev, &high_ev))
        return EEL_OK;
    int n = list_marks(p, low_ev, high_ev, marks);
    fprintf(p->out, "<section><h2>Mean spectra</h2>\n");
    if (p->regions && p->regions->count > 0) {
        write_region_keys(p);
        for (uint32_t r = 0; r < p->regions->count; r++) {
            snprintf(colours[r], sizeof colours[r], "#%06x", eel_region_colours[r]);
            spectra[p->regions->count - 1 - r] = (spectrum){ /* the largest is drawn last */
                p->regions->region[r].mean, p->regions->region[r].read, colours[r]};
        }
        code = plot_spectra(p, spectra, (int)p->regions->count, &p->regions->axis, low_ev, high_ev,
                            INFINITY, &plot, marks, n);
    } else {
        eel_axis axis = {info->sum_start_ev, info->sum_step_ev, info->sum_channels};
        double *mean = calloc(axis.n + 1u, sizeof *mean);
        for (uint32_t i = 0; mean && i < axis.n; i++)
            mean[i] = p->result->mean[i];
        code = mean ? plot_spectra(p, &(spectrum){mean, 1, found_colour}, 1, &axis, low_ev, high_ev,
                                   INFINITY, &plot, marks, n)
                    : eel_fail(EEL_ENOMEM, "no memory for the mean spectrum");
        free(mean);
    }
    fprintf(p->out, "<p class=\"note\">Each spectrum is divided by the power law that fits all of it, "
                    "so that steps show at any energy. The lines stand where the edges should "
                    "begin.");
    if (p->regions && p->regions->read < p->result->counts.pixels[EEL_VALUE])
        fprintf(p->out, " From %ju of %ju pixels, evenly taken.", (uintmax_t)p->regions->read,
                (uintmax_t)p->result->counts.pixels[EEL_VALUE]);
    else if (!p->regions)
        fprintf(p->out, " Of all pixels together: the file was not there any more to take the "
                        "spectra of regions from.");
    fprintf(p->out, "</p></section>\n");
    return code;
}

/* ---- every element at its edge ---- */

static int write_edge(const page *p, uint32_t i)
{
    const eel_result_class *c = &p->result->class[p->result->found[i]];
    double onset = c->edge.onset_ev, low_ev, high_ev;
    eel_html_plot plot = {.title = c->name};
    spectrum spectra[2];
    eel_html_mark marks[EEL_STORE_CLASSES_MAX];
    char edge[32];
    int n = 0;

    eel_figure_window(p->result, &low_ev, &high_ev);
    low_ev = fmax(low_ev, onset - 60);
    high_ev = fmin(high_ev, onset + 90);
    eel_result_edge(p->result, p->result->found[i], edge, sizeof edge);
    if (p->regions->element[i].outside_read > 0)
        spectra[n++] = (spectrum){p->regions->element[i].outside,
                                  p->regions->element[i].outside_read, elsewhere_colour};
    spectra[n++] = (spectrum){p->regions->element[i].inside, p->regions->element[i].inside_read, found_colour};
    fprintf(p->out, "<figure><figcaption><b>%s</b> <span class=\"key\"><i style=\"background:%s\"></i>"
                    "where it is</span>", edge, found_colour);
    if (n > 1)
        fprintf(p->out, "<span class=\"key\"><i style=\"background:%s\"></i>where it is not</span>",
                elsewhere_colour);
    fprintf(p->out, "</figcaption>\n");
    int code = plot_spectra(p, spectra, n, &p->regions->axis, low_ev, high_ev, onset - 8, &plot,
                            marks, list_marks(p, low_ev, high_ev, marks));
    fprintf(p->out, "</figure>\n");
    return code;
}

static int write_edges(const page *p)
{
    double low_ev, high_ev;
    int code = EEL_OK;

    if (!p->regions || !p->regions->found || !eel_figure_window(p->result, &low_ev, &high_ev))
        return EEL_OK;
    fprintf(p->out, "<section><h2>Each element at its edge</h2>\n<div class=\"edges\">\n");
    for (uint32_t i = 0; code == EEL_OK && i < p->regions->found; i++)
        code = write_edge(p, i);
    fprintf(p->out, "</div>\n<p class=\"note\">Mean counts over the power law before the edge: an "
                    "element that is there rises above 1 at its line, and more so where it was found "
                    "than where it was not.</p></section>\n");
    return code;
}

/* ---- the whole ---- */

static int write_page(page *p)
{
    eel_page_begin(p->out, p->result);
    write_header(p);
    write_hint(p);
    int code = write_maps(p);
    if (code == EEL_OK && eel_figure_line(p->result) && p->result->found_count > 0)
        code = write_profile(p);
    if (code == EEL_OK)
        code = write_spectra(p);
    if (code == EEL_OK)
        code = write_edges(p);
    if (code != EEL_OK)
        return code;
    eel_page_elements(p->out, p->result);
    eel_page_pixels(p->out, p->result);
    eel_page_making(p->out, p->result);
    eel_page_end(p->out, p->result);
    return EEL_OK;
}

static int prepare(page *p)
{
    int code = eel_layers_make(&p->layers, p->result);

    if (code == EEL_OK)
        code = eel_regions_make(&p->regions, p->result);
    if (code == EEL_OK)
        code = eel_regions_list(p->result, p->list, &p->count);
    return code;
}

int eel_result_write_html(eel_result *result, const char *path)
{
    page p = {.result = result};
    eel_replace file;
    int code = eel_replace_begin(&file, path);

    if (code == EEL_OK)
        code = prepare(&p);
    if (code == EEL_OK) {
        p.out = fopen(file.temporary, "w");
        if (p.out)
            code = write_page(&p);
        int bad = !p.out || ferror(p.out);
        if (p.out && fclose(p.out) != 0)
            bad = 1;
        if (bad && code == EEL_OK)
            code = eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    }
    eel_layers_free(p.layers);
    eel_regions_free(p.regions);
    return eel_replace_end(&file, code);
}
