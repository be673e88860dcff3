#include "io/html.h"
#include "base/err.h"
#include "base/mem.h"
#include "io/format.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POINTS_SHOWN 800 /* of a curve */
#define WIDTH  1000      /* of the drawing, in its own units; it is stretched */
#define HEIGHT 400
#define TIERS  3         /* of names above a plot */
#define NAME_SHARE 0.09  /* of the width that a name needs on a phone */

void eel_html_text(FILE *out, const char *text)
{
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        int n = eel_utf8_sequence(s, strnlen((const char *)s, 4));
        if (n == 0 || (n == 1 && (*s < 32 || *s == 127)))
            fputs(n == 0 ? "?" : " ", out);
        else if (strchr("&<>\"'", *s))
            fprintf(out, "&#%d;", *s);
        else
            fwrite(s, 1, (size_t)n, out);
        s += n ? n : 1;
    }
}

/* RFC 4648, section 4. */
static void write_base64(FILE *out, const unsigned char *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t three = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0);
        putc(digits[three >> 18], out);
        putc(digits[three >> 12 & 63], out);
        putc(left > 1 ? digits[three >> 6 & 63] : '=', out);
        putc(left > 2 ? digits[three & 63] : '=', out);
    }
}

int eel_html_picture(FILE *out, eel_picture *picture, const char *words)
{
    unsigned char *png;
    size_t size;
    int code = eel_picture_png(picture, &png, &size);

    if (code != EEL_OK)
        return code;
    fprintf(out, "<img alt=\"");
    eel_html_text(out, words);
    fprintf(out, "\" src=\"data:image/png;base64,");
    write_base64(out, png, size);
    fprintf(out, "\">");
    free(png);
    return EEL_OK;
}

/* ---- plots ---- */

static double share_across(const eel_html_plot *plot, double x)
{
    return (x - plot->across.low) / (plot->across.high - plot->across.low);
}

static double share_down(const eel_html_plot *plot, double y)
{
    return 1 - (y - plot->up.low) / (plot->up.high - plot->up.low);
}

void eel_html_plot_begin(FILE *out, const eel_html_plot *plot)
{
    double ticks[EEL_PLOT_TICKS_MAX];
    int n = eel_plot_ticks(&plot->across, 6, ticks);

    fprintf(out, "<div class=\"plot%s\"><div class=\"up\">%s</div><div class=\"box\">\n<svg viewBox="
                 "\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"",
            plot->flat ? " flat" : "", plot->up.label ? plot->up.label : "", WIDTH, HEIGHT);
    eel_html_text(out, plot->title);
    fprintf(out, "\">\n<path class=\"grid\" d=\"");
    for (int i = 0; i < n; i++)
        fprintf(out, "M%.1f 0V%d", WIDTH * share_across(plot, ticks[i]), HEIGHT);
    n = eel_plot_ticks(&plot->up, plot->flat ? 3 : 5, ticks);
    for (int i = 0; i < n; i++)
        fprintf(out, "M0 %.1fH%d", HEIGHT * share_down(plot, ticks[i]), WIDTH);
    fprintf(out, "\"/>\n");
}

void eel_html_plot_curve(FILE *out, const eel_html_plot *plot, const double *x, const double *y,
                         int n, const char *colour)
{
    int together = n > POINTS_SHOWN ? (n + POINTS_SHOWN - 1) / POINTS_SHOWN : 1, drawing = 0;

    fprintf(out, "<path class=\"curve\" style=\"stroke:%s\" d=\"", colour);
    for (int i = 0; i + together <= n; i += together) {
        double mean_x = 0, mean_y = 0;
        for (int k = 0; k < together; k++) {
            mean_x += x[i + k] / together;
            mean_y += y[i + k] / together;
        }
        double down = share_down(plot, mean_y);
        if (isnan(mean_x) || isnan(down)) {
            drawing = 0;
            continue;
        }
        fprintf(out, "%c%.1f %.1f", drawing ? 'L' : 'M', WIDTH * share_across(plot, mean_x),
                HEIGHT * fmin(fmax(down, -1), 2));
        drawing = 1;
    }
    fprintf(out, "\"/>\n");
}

void eel_html_plot_level(FILE *out, const eel_html_plot *plot, double y)
{
    fprintf(out, "<path class=\"level\" d=\"M0 %.1fH%d\"/>\n", HEIGHT * share_down(plot, y), WIDTH);
}

/* Names that would touch go one tier up. */
static void write_names(FILE *out, const eel_html_plot *plot, const eel_html_mark *marks, int count)
{
    double last[TIERS] = {-1, -1, -1};

    for (int i = 0; i < count; i++) {
        double at = share_across(plot, marks[i].at);
        int tier = 0;
        while (tier + 1 < TIERS && at - last[tier] < NAME_SHARE)
            tier++;
        last[tier] = at;
        fprintf(out, "<b style=\"left:%.2f%%;bottom:calc(100%% + %.2fem)\">", 100 * at,
                1.15 * tier);
        eel_html_text(out, marks[i].name);
        fprintf(out, "</b>");
    }
}

void eel_html_plot_end(FILE *out, const eel_html_plot *plot, const eel_html_mark *marks, int count)
{
    double ticks[EEL_PLOT_TICKS_MAX];
    char words[EEL_PLOT_NUMBER_BYTES];

    for (int i = 0; i < count; i++)
        fprintf(out, "<path class=\"mark\" d=\"M%.1f 0V%d\"/>", WIDTH * share_across(plot, marks[i].at),
                HEIGHT);
    fprintf(out, "</svg>\n");
    write_names(out, plot, marks, count);
    int n = eel_plot_ticks(&plot->across, 6, ticks);
    for (int i = 0; i < n; i++) {
        eel_plot_number(words, ticks, n, i);
        fprintf(out, "<i class=\"x\" style=\"left:%.2f%%\">%s</i>", 100 * share_across(plot, ticks[i]), words);
    }
    n = eel_plot_ticks(&plot->up, plot->flat ? 3 : 5, ticks);
    for (int i = 0; i < n; i++)
        fprintf(out, "<i class=\"y\" style=\"top:%.2f%%\">%.6g</i>",
                100 * share_down(plot, ticks[i]), ticks[i] == 0 ? 0.0 : ticks[i]);
    fprintf(out, "\n</div><div class=\"across\">%s</div></div>\n",
            plot->across.label ? plot->across.label : "");
}
