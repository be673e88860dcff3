#include "voices.h"
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void eel_voices_open(eel_voices *voices, const char *bar)
{
    *voices = (eel_voices){.bar = bar, .pipe = {-1, -1}};
    if (bar) {
        eel_progress_start(&voices->progress, bar, "spectra");
        eel_progress_show(&voices->progress, 0, 0, NULL);
    }
}

int eel_voices_listen(eel_voices *voices)
{
    if (!voices->bar)
        return EEL_OK;
    if (pipe2(voices->pipe, O_CLOEXEC))
        return eel_fail(EEL_EIO, "pipe: %s", strerror(errno));
    fcntl(voices->pipe[0], F_SETFL, O_NONBLOCK);
    return EEL_OK;
}

void eel_voices_draw(eel_voices *voices, uint64_t done, uint64_t total)
{
    if (total && done > total)
        done = total;
    eel_progress_show(&voices->progress, done, total, total && done == total ? "writing" : NULL);
}

void eel_voices_hush(eel_voices *voices)
{
    if (voices->bar)
        eel_progress_end(&voices->progress);
}

static void print(eel_voices *voices, const char *line)
{
    eel_progress_end(&voices->progress);
    if (write(STDERR_FILENO, line, strlen(line)) < 0)
        return; /* nobody reads: nothing more to say */
}

static void let_go(eel_voices *voices)
{
    if (voices->held[0])
        print(voices, voices->held);
    voices->held[0] = 0;
}

static void hand_on(eel_voices *voices, int may_wait)
{
    const char *colon = strstr(voices->line, ": "), *words = colon ? colon : voices->line;

    voices->line[voices->line_bytes] = 0;
    voices->line_bytes = 0;
    if (!strcmp(words, voices->last_words))
        return;
    strcpy(voices->last_words, words);
    voices->heard = 1;
    if (may_wait && voices->holds && strncmp(words, ": caution: ", 11)) {
        let_go(voices);
        strcpy(voices->held, voices->line);
        return;
    }
    print(voices, voices->line);
}

void eel_voices_read(eel_voices *voices, int fd)
{
    char text[4096];

    for (ssize_t length; fd >= 0 && (length = read(fd, text, sizeof text)) > 0;) {
        for (ssize_t i = 0; i < length; i++) {
            voices->line[voices->line_bytes++] = text[i];
            if (text[i] == '\n' || voices->line_bytes == sizeof voices->line - 1)
                hand_on(voices, fd == voices->pipe[0]);
        }
    }
}

/* "infer.1: none.h5: No such file\n" as words. */
static void give_held(eel_voices *voices, char *words, size_t size)
{
    const char *colon = strstr(voices->held, ": "), *from = colon ? colon + 2 : voices->held;

    if (voices->held[0])
        snprintf(words, size, "%.*s", (int)strcspn(from, "\n"), from);
    voices->held[0] = 0;
}

int eel_voices_close(eel_voices *voices, char *words, size_t size)
{
    if (voices->bar) {
        eel_voices_read(voices, voices->pipe[0]);
        if (voices->line_bytes)
            hand_on(voices, 1);
        if (words)
            give_held(voices, words, size);
        let_go(voices);
        eel_progress_end(&voices->progress);
    }
    for (int i = 0; i < 2; i++) {
        if (voices->pipe[i] >= 0)
            close(voices->pipe[i]);
        voices->pipe[i] = -1;
    }
    return voices->heard;
}
