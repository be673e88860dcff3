/*
 * bench_link - what it costs to send spectra from process to process.
 *
 * A source, stages that pass every block on, and a sink that acknowledges at once, one process
 * each, over ipc. The source copies its spectra from memory larger than the caches, as a reader
 * would. `us/hop` is processor time of all processes, divided by spectra and hops; with --rate the
 * source sends at that pace, which shows the wake-ups that a saturated pipeline hides.
 */
#include "base/args.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "flow/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HOPS_MAX 16
#define POOL_MIB 128

static uint64_t spectra = 1 << 17;
static int channels = 2048, hops_only, rows_only, json;
static double rate; /* spectra per second, 0: as fast as it goes */
static char directory[64];
static double *span_s; /* [0] first block at the sink, [1] last; shared by all processes */

static eel_flow *flow_of(const char *name, int in, int out)
{
    static const eel_option none[] = {{0}};
    static eel_usage usage;
    static char in_text[96], out_text[96];
    static char *argv[6];
    int argc = 0;

    usage = (eel_usage){.name = name, .summary = "Bench.", .options = none};
    snprintf(in_text, sizeof in_text, "connect:ipc://%s/%d", directory, in);
    snprintf(out_text, sizeof out_text, "bind:ipc://%s/%d", directory, out);
    argv[argc++] = (char *)name;
    if (in >= 0) {
        argv[argc++] = "--in";
        argv[argc++] = in_text;
    }
    if (out >= 0) {
        argv[argc++] = "--out";
        argv[argc++] = out_text;
    }
    return eel_flow_open(argc, argv, &usage);
}

static void sleep_until(double when_s)
{
    double left_s = when_s - eel_clock_s();
    struct timespec pause = {(time_t)left_s, (long)(1e9 * (left_s - (double)(time_t)left_s))};

    if (left_s > 0)
        nanosleep(&pause, NULL);
}

static int run_source(uint32_t rows)
{
    eel_flow *flow = flow_of("bench source", -1, 0);
    size_t bytes = (size_t)rows * (size_t)channels * sizeof(float), pool_bytes = POOL_MIB << 20;
    char *pool = malloc(pool_bytes);
    double start_s = eel_clock_s();

    if (!pool || bytes > pool_bytes)
        return eel_log_exit(eel_fail(EEL_ENOMEM, "no memory for %d MiB of spectra", POOL_MIB));
    memset(pool, 1, pool_bytes);
    for (uint64_t n = 0; n * rows < spectra && eel_flow_running(flow); n++) {
        eel_block *block = eel_block_new(n, n * rows, rows, (uint32_t)channels, EEL_F32);
        if (!block)
            break;
        memcpy(block->data, pool + n % (pool_bytes / bytes) * bytes, bytes);
        if (rate > 0)
            sleep_until(start_s + (double)(n * rows) / rate);
        eel_send(flow, block);
    }
    free(pool);
    return eel_flow_close(flow);
}

static int run_map(int hop)
{
    eel_flow *flow = flow_of("bench map", hop - 1, hop);
    eel_block *block;

    while ((block = eel_recv(flow)))
        eel_send(flow, block);
    return eel_flow_close(flow);
}

static int run_sink(int hops)
{
    eel_flow *flow = flow_of("bench sink", hops - 1, -1);
    eel_block *block;

    while ((block = eel_recv(flow))) {
        span_s[1] = eel_clock_s();
        if (span_s[0] == 0)
            span_s[0] = span_s[1];
        eel_done(flow, block);
    }
    return eel_flow_close(flow);
}

static int run_stage(int stage, int hops, uint32_t rows)
{
    return stage == 0 ? run_source(rows) : stage == hops ? run_sink(hops) : run_map(stage);
}

static int measure(uint32_t rows, int hops)
{
    double cpu_s = 0;
    int failed = 0;

    span_s[0] = span_s[1] = 0;
    for (int stage = 0; stage <= hops; stage++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(run_stage(stage, hops, rows));
        if (pid < 0)
            return eel_fail(EEL_EIO, "cannot start a process");
    }
    for (int stage = 0; stage <= hops; stage++) {
        struct rusage used;
        int status = 0;
        wait4(-1, &status, 0, &used);
        failed |= status;
        cpu_s += (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    }
    if (failed || span_s[1] <= span_s[0])
        return eel_fail(EEL_EIO, "a stage failed, or fewer than two blocks were sent");
    double per_s = (double)(spectra - rows) / (span_s[1] - span_s[0]);
    double mb_per_s = 1e-6 * per_s * channels * sizeof(float);
    double us = 1e6 * cpu_s / (double)spectra / hops;
    if (json)
        printf("{\"rows\": %u, \"channels\": %d, \"hops\": %d, \"rate\": %g, "
               "\"spectra_per_s\": %.0f, \"mb_per_s\": %.0f, \"cpu_us_per_hop\": %.2f}\n",
               rows, channels, hops, rate, per_s, mb_per_s, us);
    else
        printf("%6u %5d %12.0f %8.0f %8.2f\n", rows, hops, per_s, mb_per_s, us);
    fflush(stdout);
    return EEL_OK;
}

static int measure_all(void)
{
    static const uint32_t all_rows[] = {1, 8, 32, 128, 512};
    static const int all_hops[] = {1, 4};
    int code = EEL_OK;

    if (!json)
        printf("%6s %5s %12s %8s %8s\n", "rows", "hops", "spectra/s", "MB/s", "us/hop");
    for (int h = 0; h < (hops_only ? 1 : 2) && code == EEL_OK; h++) {
        for (int r = 0; r < (rows_only ? 1 : 5) && code == EEL_OK; r++)
            code = measure(rows_only ? (uint32_t)rows_only : all_rows[r],
                           hops_only ? hops_only : all_hops[h]);
    }
    return code;
}

int main(int argc, char **argv)
{
    static const eel_option options[] = {
        {"spectra", 'n', EEL_OPT_SIZE, &spectra, "N", "how many to send"},
        {"channels", 'c', EEL_OPT_INT, &channels, "N", "values of each, 32-bit"},
        {"rows", 'r', EEL_OPT_INT, &rows_only, "N", "spectra in a block; 0: several sizes"},
        {"hops", 'h', EEL_OPT_INT, &hops_only, "N", "links from source to sink; 0: 1 and 4"},
        {"rate", 0, EEL_OPT_REAL, &rate, "PER_S", "spectra a second; 0: as many as go"},
        {"json", 'j', EEL_OPT_FLAG, &json, NULL, "one JSON object a line"},
        {0},
    };
    static const eel_usage usage = {
        .name = "bench_link", .summary = "Measure what sending spectra costs.", .options = options};
    char command[96];
    int first = 0;

    int code = eel_args(&usage, argc, argv, &first);
    if (code == EEL_OK && (hops_only < 0 || hops_only > HOPS_MAX || channels < 1 || rows_only < 0))
        code = eel_fail(EEL_EARGS, "--hops is 0 to %d, --channels 1 or more", HOPS_MAX);
    if (code != EEL_OK)
        return eel_log_exit(code);
    span_s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    strcpy(directory, "/tmp/bench-link-XXXXXX");
    if (span_s == MAP_FAILED || !mkdtemp(directory))
        return eel_log_exit(eel_fail(EEL_EIO, "/tmp: cannot make a directory"));
    code = measure_all();
    snprintf(command, sizeof command, "rm -rf %s", directory);
    if (system(command) != 0)
        eel_log("%s stays behind", directory);
    return eel_log_exit(code);
}
