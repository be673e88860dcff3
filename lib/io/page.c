#include "io/page.h"
#include "io/html.h"
#include "io/figure.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* Light and dark as the reader's screen is; on paper always light. */
static const char style[] =
    ":root{--page:#fff;--ink:#1f2933;--soft:#66717e;--line:#dfe4e9;--faint:#f4f6f8;--blue:#3b7dd8;"
    "--edge:#c2520c;color-scheme:light}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--page:#14181d;--ink:#e4e9ee;"
    "--soft:#98a4b1;--line:#313a44;--faint:#1c2229;--edge:#f0914e;color-scheme:dark}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"
    "\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif;-webkit-text-size-adjust:100%;"
    "print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
    "main{max-width:1240px;margin:0 auto;padding:1.6rem clamp(1rem,4vw,2.5rem) 3rem}\n"
    "h1{font-size:clamp(1.4rem,4vw,2.1rem);line-height:1.2;margin:0;overflow-wrap:anywhere}\n"
    "h2{font-size:1.2rem;margin:0 0 .7rem;padding-top:.9rem;border-top:1px solid var(--line)}\n"
    "h3{font-size:1rem;margin:.6rem 0 -.6rem}\n"
    "section{margin-top:1.8rem}\n"
    "small,.note,.facts,figcaption,.legend{color:var(--soft)}\n"
    "small{font-size:.85em}\n"
    ".note{font-size:.88rem;max-width:46rem;margin:.6rem 0 0}\n"
    ".facts{margin:.3rem 0 .8rem;overflow-wrap:anywhere}\n"
    ".facts span::before{content:\"\\00a0· \"}\n"
    ".found{margin:0;display:flex;flex-wrap:wrap;gap:.4rem}\n"
    ".found b{background:var(--faint);border:1px solid var(--line);border-radius:.5rem;"
    "padding:.1rem .6rem;white-space:nowrap}\n"
    ".found small{font-weight:400}\n"
    ".hint{border-left:4px solid var(--edge);background:var(--faint);padding:.6rem .9rem;"
    "margin:1.2rem 0 0}\n"
    ".legend{display:flex;flex-wrap:wrap;align-items:center;gap:.2rem .6rem;font-size:.9rem;"
    "margin:0 0 .6rem}\n"
    ".ramp{width:8rem;height:.8rem;border-radius:2px}\n"
    ".key{white-space:nowrap;margin-left:.5rem;color:var(--ink)}\n"
    ".key i{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;margin-right:.35rem;"
    "vertical-align:-.08rem}\n"
    ".legend .key:first-child{margin-left:0}\n"
    ".maps,.edges{display:grid;gap:1.2rem;"
    "grid-template-columns:repeat(auto-fill,minmax(min(100%,15.5rem),1fr))}\n"
    ".wide,.edges{grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr))}\n"
    "figure{margin:0;break-inside:avoid}\n"
    "figcaption{font-size:.9rem;margin-bottom:.3rem}\n"
    "figcaption b{color:var(--ink);font-size:1.05rem;margin-right:.2rem}\n"
    ".picture{width:100%;line-height:0}\n"
    ".picture img{width:100%;height:100%;image-rendering:pixelated;border-radius:2px}\n"
    ".bar{display:inline-block;height:4px;background:var(--ink);vertical-align:middle;"
    "margin-right:.5rem}\n"
    ".plot{display:grid;grid-template-columns:1.4rem 1fr;padding:0 .6rem 0 0;break-inside:avoid}\n"
    ".up{writing-mode:vertical-rl;transform:rotate(180deg);text-align:center;font-size:.78rem;"
    "color:var(--soft);margin:3.4rem 0 0}\n"
    ".box{position:relative;margin:3.6rem 0 1.4rem 2.3rem;height:clamp(11rem,32vw,21rem);"
    "border:1px solid var(--soft)}\n"
    ".edges .box{height:11rem;margin-top:2.6rem}\n"
    ".flat .box{height:6rem;margin-top:1rem}\n"
    ".flat .up{margin:0}\n"
    ".across{grid-column:2;text-align:center;font-size:.85rem;color:var(--soft);"
    "margin-left:2.3rem}\n"
    ".box svg{position:absolute;inset:0;width:100%;height:100%;overflow:hidden}\n"
    ".box path{fill:none;vector-effect:non-scaling-stroke}\n"
    ".grid{stroke:var(--line)}\n"
    ".curve{stroke-width:1.8px;stroke-linejoin:round}\n"
    ".mark{stroke:var(--edge);stroke-width:1.2px}\n"
    ".level{stroke:var(--edge);stroke-dasharray:4 4}\n"
    ".box b,.box i{position:absolute;font-style:normal;line-height:1.1;white-space:nowrap}\n"
    ".box b{transform:translateX(-50%);color:var(--edge);font-size:.9rem;padding-bottom:.2rem}\n"
    ".x{top:calc(100% + .35rem);transform:translateX(-50%);font-size:.78rem}\n"
    ".y{right:calc(100% + .4rem);transform:translateY(-50%);font-size:.78rem}\n"
    ".scroll{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.22rem 1.1rem .22rem 0;text-align:right;border-bottom:1px solid var(--line);"
    "white-space:nowrap}\n"
    "th{color:var(--soft);font-weight:400}\n"
    "th:first-child,td:first-child,.words td{text-align:left}\n"
    ".words td{white-space:normal;overflow-wrap:anywhere}\n"
    ".words td:first-child{color:var(--soft);white-space:nowrap;vertical-align:top}\n"
    "tr.no td{color:var(--soft)}\n"
    ".share{display:inline-block;width:5rem;height:.55rem;background:var(--line);"
    "border-radius:2px;overflow:hidden;margin-left:.5rem}\n"
    ".share i{display:block;height:100%;background:var(--blue)}\n"
    "footer{margin-top:2rem;font-size:.85rem;color:var(--soft)}\n"
    "@media(max-width:36rem){.maps:not(.wide){grid-template-columns:1fr 1fr;gap:.9rem}}\n"
    "@media print{@page{margin:14mm}body{font-size:10pt}main{padding:0;max-width:none}"
    ".maps{grid-template-columns:repeat(3,1fr)}.wide,.edges{grid-template-columns:repeat(2,1fr)}"
    ".box{height:11rem}h2{break-after:avoid}.scroll{overflow:visible}}\n";

void eel_page_begin(FILE *out, const eel_result *result)
{
    fprintf(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>");
    eel_html_text(out, eel_image_file(&result->about.image));
    fprintf(out, " – element maps</title>\n<style>\n%s</style></head>\n<body><main>\n", style);
}

void eel_page_end(FILE *out, const eel_result *result)
{
    fprintf(out, "<footer>eelstream " EEL_VERSION " · ");
    eel_html_text(out, result->about.model);
    fprintf(out, "</footer>\n</main></body></html>\n");
}

/* ---- elements ---- */

static void number(FILE *out, double value, const char *format)
{
    fprintf(out, "<td>");
    if (isnan(value))
        fprintf(out, "–");
    else
        fprintf(out, format, value);
    fprintf(out, "</td>");
}

static void write_class(FILE *out, const eel_result *result, uint32_t index)
{
    const eel_result_class *c = &result->class[index];
    char words[32];

    eel_result_edge(result, index, words, sizeof words);
    fprintf(out, "<tr%s><td>%s%s%s</td>", c->found ? "" : " class=\"no\"", c->found ? "<b>" : "",
            !c->edge.atomic_number ? "other edges" : words, c->found ? "</b>" : "");
    number(out, c->edge.onset_ev, "%.0f");
    if (!c->observable) {
        fprintf(out, "<td colspan=\"5\">edge not recorded</td></tr>\n");
        return;
    }
    if (result->about.image.pixels > 1) {
        eel_figure_percent(c->share, words, sizeof words);
        fprintf(out, "<td>%s<span class=\"share\"><i style=\"width:%.1f%%\"></i></span></td>",
                c->valued ? words : "–", c->valued ? 100 * c->share : 0.0);
        fprintf(out, "<td>%ju</td>", (uintmax_t)c->patch);
    } else {
        fprintf(out, "<td><span class=\"share\"><i style=\"width:%.1f%%\"></i></span></td><td>–</td>",
                c->valued ? 100 * c->max : 0.0);
    }
    number(out, c->mean, "%.3f");
    number(out, c->max, "%.3f");
    number(out, c->threshold, "%.3f");
    fprintf(out, "</tr>\n");
}

/* Where edges of none of the elements begin, and whose they may be. */
static void write_other(FILE *out, const eel_result *result)
{
    char words[256];
    int named = 0, found = 0;

    for (uint32_t c = 0; c < result->classes; c++)
        found |= !result->class[c].edge.atomic_number && result->class[c].found;
    if (!found || !result->other_count)
        return;
    for (int i = 0; i < result->other_count; i++) {
        eel_candidates_words(&result->other[i].candidates, result->other[i].onset_ev, words, sizeof words);
        fprintf(out, "%s%s", i ? "; " : "<p class=\"note\">Other edges begin near ", words);
        named += result->other[i].candidates.count;
    }
    fprintf(out, ".%s</p>\n", named ? " In brackets: what is tabulated near there, the likeliest first." : "");
}

void eel_page_elements(FILE *out, const eel_result *result)
{
    fprintf(out, "<section><h2>Every element</h2>\n<div class=\"scroll\"><table>\n<tr><th>Edge</th>"
                 "<th>from eV</th><th>%s</th><th>largest patch</th><th>mean</th><th>highest</th>"
                 "<th>threshold</th></tr>\n",
            result->about.image.pixels > 1 ? "in pixels" : "");
    for (int found = 1; found >= 0; found--) {
        for (uint32_t i = 0; found && i < result->found_count; i++)
            write_class(out, result, result->found[i]);
        for (uint32_t c = 0; !found && c < result->classes; c++) {
            if (!result->class[c].found || !result->class[c].edge.atomic_number)
                write_class(out, result, c);
        }
    }
    fprintf(out, "</table></div>\n");
    write_other(out, result);
    fprintf(out, "<p class=\"note\">Mean and highest are probabilities that the edge is in "
                 "the spectrum of a pixel: no concentration and no thickness. From the threshold on "
                 "a pixel counts; the largest patch is the largest group of neighbouring ones. "
                 "<i>Edge not recorded</i> says nothing about the element.</p></section>\n");
}

/* ---- pixels ---- */

void eel_page_pixels(FILE *out, const eel_result *result)
{
    static const char *const what[EEL_PIXEL_STATES] = {
        "never arrived: the run was cut short", "with a probability for every observable element",
        "given up: a worker failed on them three times", "recorded faster than they could be kept",
        "a gap in the source", "no number in the spectrum", "cancelled",
    };
    uint64_t total = eel_store_info_of(result->store)->pixels;

    fprintf(out, "<section><h2>Every pixel</h2>\n<table>\n");
    for (int s = 0; s < EEL_PIXEL_STATES; s++) {
        uint64_t n = result->counts.pixels[s];
        int first = s == EEL_VALUE;
        if (n == 0 && !first)
            continue;
        fprintf(out, "<tr><td>%s</td><td>%ju</td><td style=\"text-align:left\">%s</td></tr>\n",
                eel_pixel_state_name((eel_pixel_state)s), (uintmax_t)n, what[s]);
    }
    fprintf(out, "<tr><td><b>all</b></td><td><b>%ju</b></td><td style=\"text-align:left\">%s</td></tr>"
                 "\n</table></section>\n", (uintmax_t)total,
            result->counts.pixels[EEL_VALUE] == total ? "none is missing" : "each has its reason");
}

/* ---- how it was made ---- */

static void begin_row(FILE *out, const char *name)
{
    fprintf(out, "<tr><td>%s</td><td>", name);
}

static void end_row(FILE *out)
{
    fprintf(out, "</td></tr>\n");
}

static void text_row(FILE *out, const char *name, const char *text)
{
    begin_row(out, name);
    eel_html_text(out, text);
    end_row(out);
}

static void number_row(FILE *out, const char *name, double value, const char *units)
{
    if (!isfinite(value))
        return;
    begin_row(out, name);
    fprintf(out, "%g %s", value, units);
    end_row(out);
}

static void write_image(FILE *out, const eel_image_info *image)
{
    text_row(out, "file", image->path);
    begin_row(out, "read as");
    fprintf(out, "%s, %s", image->format, eel_image_type_name(image->type));
    end_row(out);
    for (int a = 0; a < image->nav_count; a++) {
        const eel_nav_axis *axis = &image->nav[a];
        begin_row(out, "axis ");
        eel_html_text(out, axis->name);
        fprintf(out, ": %ju pixels", (uintmax_t)axis->size);
        if (axis->units[0]) {
            fprintf(out, " of %.6g ", axis->scale);
            eel_html_text(out, axis->units);
        }
        end_row(out);
    }
    if (image->select[0])
        text_row(out, "selected", image->select);
    if (image->bin[0])
        text_row(out, "binned", image->bin);
    begin_row(out, "energy loss");
    fprintf(out, "%.6g to %.6g eV, %u channels of %.6g eV", image->axis.start_ev,
            eel_axis_ev(&image->axis, image->axis.n - 1.0), image->axis.n, image->axis.step_ev);
    end_row(out);
    number_row(out, "beam energy", image->beam_kev, "keV");
    number_row(out, "convergence", image->convergence_mrad, "mrad");
    number_row(out, "collection", image->collection_mrad, "mrad");
    number_row(out, "exposure", image->exposure_s, "s");
}

static void write_correction(FILE *out, const eel_result *result)
{
    const eel_description *about = &result->about;

    begin_row(out, "corrected");
    if (about->offset_ev == 0 && isnan(about->dispersion_ev) && !about->window[0] && !about->aligned[0])
        fprintf(out, "nothing");
    if (about->aligned[0]) {
        fprintf(out, "moved by %+.1f eV in the mean, after ", result->shift.pixels ? result->shift.mean_ev : 0);
        eel_html_text(out, about->aligned);
        fprintf(out, " ");
    }
    if (about->offset_ev != 0)
        fprintf(out, "--offset %g ", about->offset_ev);
    if (!isnan(about->dispersion_ev))
        fprintf(out, "--dispersion %g ", about->dispersion_ev);
    if (about->window[0]) {
        fprintf(out, "--window ");
        eel_html_text(out, about->window);
    }
    end_row(out);
    begin_row(out, "seen by the network");
    fprintf(out, "%.6g to %.6g eV, %u channels of %.6g eV", about->axis.start_ev,
            eel_axis_ev(&about->axis, about->axis.n - 1.0), about->axis.n, about->axis.step_ev);
    end_row(out);
}

static void write_stages(FILE *out, const eel_result *result)
{
    json_t *end = json_loads(eel_store_end(result->store), 0, NULL), *stage;
    size_t i;

    json_array_foreach(json_object_get(end, "stages"), i, stage) {
        const char *name = json_string_value(json_object_get(stage, "stage"));
        double seconds = json_number_value(json_object_get(stage, "seconds"));
        double pixels = json_number_value(json_object_get(stage, "pixels"));
        if (!name || !(seconds > 0))
            continue;
        begin_row(out, i ? "" : "work");
        eel_html_text(out, name);
        fprintf(out, ": %.3g s, %.3g spectra/s", seconds, pixels / seconds);
        end_row(out);
    }
    json_decref(end);
}

void eel_page_making(FILE *out, const eel_result *result)
{
    fprintf(out, "<section><h2>How it was made</h2>\n<table class=\"words\">\n");
    write_image(out, &result->about.image);
    write_correction(out, result);
    text_row(out, "network", result->about.model);
    text_row(out, "its SHA-256", result->about.model_sha256);
    text_row(out, "program", "eelstream " EEL_VERSION);
    text_row(out, "run", eel_store_info_of(result->store)->run);
    write_stages(out, result);
    begin_row(out, "beside this");
    for (int f = 0, n = 0; f < EEL_RESULT_FORMATS; f++) {
        const eel_result_format *format = &eel_result_format_list[f];
        if (eel_result_has(result, format->name) && strcmp(format->name, "html") != 0)
            fprintf(out, "%s%s", n++ ? ", " : "", format->file);
    }
    fprintf(out, ", report.json");
    end_row(out);
    fprintf(out, "</table></section>\n");
}
