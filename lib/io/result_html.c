/*
 * result_html - report.html, the result for people in one file: maps, how elements go together, the
 * mean spectra of regions with their edges, every element in numbers, every pixel accounted for, and
 * how it was made. It needs no network and no script, reads on a phone and on paper.
 */
#include "io/html.h"
#include "io/page.h"
#include "io/report.h"
#include "base/err.h"
#include "base/replace.h"

#include <errno.h>
#include <string.h>

void report_percent(FILE *out, double share)
{
    char words[32];

    eel_figure_percent(share, words, sizeof words);
    eel_html_text(out, words);
}

const char *report_name(const report_page *p, uint32_t i)
{
    return p->result->class[p->result->found[i]].name;
}

/* What of a file it is, where that was asked for. */
static void write_part(FILE *out, const char *words, const char *part)
{
    if (*part)
        fprintf(out, "%s", words);
    eel_html_text(out, part);
}

static void write_header(const report_page *p)
{
    const eel_image_info *image = &p->result->about.image;
    const char *file = eel_image_file(image);
    FILE *out = p->out;

    fprintf(out, "<header><h1>");
    eel_html_text(out, image->title[0] ? image->title : file);
    fprintf(out, "</h1>\n<p class=\"facts\">");
    for (int a = image->nav_count - 1; a >= 0; a--) /* width × height */
        fprintf(out, "%ju%s", (uintmax_t)image->nav[a].size, a ? " × " : "");
    fprintf(out, image->nav_count ? " pixels" : "Single spectrum");
    write_part(out, ", ", image->select);
    write_part(out, ", binned ", image->bin);
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
        eel_html_text(out, report_name(p, i));
        fprintf(out, " <small>");
        report_percent(out, p->result->class[p->result->found[i]].share);
        fprintf(out, "</small></b>");
    }
    if (p->result->found_count == 0)
        fprintf(out, "No element found.");
    fprintf(out, "</p></header>\n");
}

static void write_hint(const report_page *p)
{
    char words[EEL_HINT_MAX];

    if (!eel_result_hint(p->result, words, sizeof words))
        return;
    fprintf(p->out, "<p class=\"hint\"><b>Check the energy axis.</b> ");
    eel_html_text(p->out, words);
    fprintf(p->out, ".</p>\n");
}

static int write_page(report_page *p)
{
    eel_page_begin(p->out, p->result);
    write_header(p);
    write_hint(p);
    int code = report_maps(p);
    if (code == EEL_OK && eel_figure_line(p->result) && p->result->found_count > 0)
        code = report_profile(p);
    if (code == EEL_OK)
        code = report_spectra(p);
    if (code == EEL_OK)
        code = report_edges(p);
    if (code != EEL_OK)
        return code;
    eel_page_elements(p->out, p->result);
    eel_page_pixels(p->out, p->result);
    eel_page_making(p->out, p->result);
    eel_page_end(p->out, p->result);
    return EEL_OK;
}

static int prepare(report_page *p)
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
    report_page p = {.result = result};
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
