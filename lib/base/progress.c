#include "base/progress.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TERMINAL_EVERY_S 0.1
#define LOG_EVERY_S      10.0
#define BAR_WIDTH        24

void eel_progress_start(eel_progress *progress, const char *what, const char *unit)
{
    *progress = (eel_progress){.what = what, .unit = unit, .start_s = eel_clock_s()};
    progress->terminal = isatty(STDERR_FILENO);
    progress->drawn_s = progress->terminal ? 0 : progress->start_s;
}

static void time_text(char *text, size_t size, double seconds)
{
    int whole = seconds < 3600 ? (int)(seconds + 0.5) : 3600;

    if (whole < 60)
        snprintf(text, size, "%d s", whole);
    else if (whole < 3600)
        snprintf(text, size, "%d min %02d s", whole / 60, whole % 60);
    else
        snprintf(text, size, "%.1f h", seconds / 3600);
}

static void rate_text(char *text, size_t size, double rate)
{
    snprintf(text, size, rate < 10 ? "%.1f" : "%.0f", rate);
}

void eel_progress_show(eel_progress *progress, uint64_t done, uint64_t total, const char *note)
{
    double now = eel_clock_s();
    char bar[BAR_WIDTH + 1], left[40] = "", rate_words[40];

    if (!progress->begun) {
        progress->begun = 1;
        progress->start_done = done;
    }
    if (now - progress->drawn_s < (progress->terminal ? TERMINAL_EVERY_S : LOG_EVERY_S))
        return;
    progress->drawn_s = now;

    double elapsed = now - progress->start_s;
    double rate = elapsed > 0 ? (double)(done - progress->start_done) / elapsed : 0;
    double share = total ? (double)done / (double)total : 0;
    int filled = (int)(share * BAR_WIDTH);
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[BAR_WIDTH] = 0;
    if (total && rate > 0) {
        char text[32];
        time_text(text, sizeof text, (double)(total - done) / rate);
        snprintf(left, sizeof left, "  %s left", text);
    }
    rate_text(rate_words, sizeof rate_words, rate);
    fflush(stdout); /* as eel_log does */
    fprintf(stderr, progress->terminal ? "\r\033[K" : "");
    if (total)
        fprintf(stderr, "%s [%s] %3.0f %%  %s %s/s%s", progress->what, bar, 100 * share, rate_words,
                progress->unit, left);
    else if (!done)
        fprintf(stderr, "%s starts", progress->what);
    else
        fprintf(stderr, "%s %ju %s  %s/s", progress->what, (uintmax_t)done, progress->unit,
                rate_words);
    fprintf(stderr, "%s%s%s", note && *note ? "  " : "", note ? note : "",
            progress->terminal ? "" : "\n");
    fflush(stderr);
    progress->drawn = 1;
}

void eel_progress_end(eel_progress *progress)
{
    if (progress->terminal && progress->drawn)
        fprintf(stderr, "\r\033[K");
    progress->drawn = 0;
}
