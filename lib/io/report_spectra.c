#include "io/report.h"
#include "io/html.h"
#include "base/err.h"

#include <math.h>
#include <stdlib.h>

#define ELSEWHERE_COLOUR "var(--soft)"
#define REGION_WORDS     160

/* "O + Ti", "none of them" */
static void region_name(const report_page *p, uint32_t set, char words[REGION_WORDS])
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

static int list_marks(const report_page *p, double low_ev, double high_ev, eel_html_mark *marks)
{
    int n = 0;

    for (uint32_t i = 0; i < p->result->found_count; i++) {
        double at = p->result->class[p->result->found[i]].edge.onset_ev;
        if (at > low_ev && at < high_ev)
            marks[n++] = (eel_html_mark){report_name(p, i), at};
    }
    return n;
}

typedef struct {
    const double *counts;
    uint64_t pixels; /* whose mean it is */
    const char *colour;
} spectrum;

#define SMOOTH_MAX 25 /* channels */
#define NOISY      2  /* times the noise of the smoothest: so much is shown, and white lines are not cut off */

/* What the height of a plot follows: a mean of few pixels is noisier than that of many, and would
 * press the others flat; so it counts averaged over as many channels as leave it NOISY times as noisy as
 * the mean of most pixels. ratio, out (n). */
static void smooth(const double *ratio, int n, uint64_t pixels, uint64_t most, double *out)
{
    uint64_t wanted = pixels ? most / (pixels * NOISY * NOISY) : 1;
    int width = wanted > SMOOTH_MAX ? SMOOTH_MAX : wanted ? (int)wanted : 1;

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
static int plot_spectra(const report_page *p, const spectrum *spectra, int count, const eel_axis *axis,
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
        double *over = ratio + (size_t)s * axis->n, exponent;
        n = eel_figure_ratio(spectra[s].counts, axis, low_ev, high_ev, fit_end_ev, ev, over, &exponent);
        for (int i = 0; i < n && isnan(exponent); i++)
            over[i] = NAN; /* counts are no ratios */
        most = spectra[s].pixels > most ? spectra[s].pixels : most;
    }
    for (int s = 0; s < count; s++)
        smooth(ratio + (size_t)s * axis->n, n, spectra[s].pixels, most, smoothed + (size_t)s * axis->n);
    plot->across.low = low_ev;
    plot->across.high = high_ev;
    plot->up = eel_plot_range_of_spectrum(smoothed, (int)all, "counts ÷ background");
    eel_html_plot_begin(p->out, plot);
    for (int s = 0; s < count; s++)
        eel_html_plot_curve(p->out, plot, ev, ratio + (size_t)s * axis->n, n, spectra[s].colour);
    eel_html_plot_end(p->out, plot, marks, mark_count);
    free(ev);
    return EEL_OK;
}

static void write_region_keys(const report_page *p)
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

int report_spectra(const report_page *p)
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
        code = mean ? plot_spectra(p, &(spectrum){mean, 1, REPORT_FOUND_COLOUR}, 1, &axis, low_ev, high_ev,
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

static int write_edge(const report_page *p, uint32_t i)
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
                                  p->regions->element[i].outside_read, ELSEWHERE_COLOUR};
    spectra[n++] = (spectrum){p->regions->element[i].inside, p->regions->element[i].inside_read, REPORT_FOUND_COLOUR};
    fprintf(p->out, "<figure><figcaption><b>%s</b> <span class=\"key\"><i style=\"background:%s\"></i>"
                    "where it is</span>", edge, REPORT_FOUND_COLOUR);
    if (n > 1)
        fprintf(p->out, "<span class=\"key\"><i style=\"background:%s\"></i>where it is not</span>",
                ELSEWHERE_COLOUR);
    fprintf(p->out, "</figcaption>\n");
    int code = plot_spectra(p, spectra, n, &p->regions->axis, low_ev, high_ev, onset - 8, &plot,
                            marks, list_marks(p, low_ev, high_ev, marks));
    fprintf(p->out, "</figure>\n");
    return code;
}

int report_edges(const report_page *p)
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
