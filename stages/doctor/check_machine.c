/* What the machine has: processor, cores, memory, limits, clock, libraries. */
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <time.h>

#include "base/clock.h"
#include "base/cpu.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "doctor/checkup.h"
#include "flow/transport_version.h"
#include "io/file_versions.h"
#include "shared/recogniser.h"

#define MIB                1048576.0
#define RUN_MIB            200.0 /* the stages beside infer, with full links (16 MiB each) */
#define WORKER_MIB         60.0  /* one infer process with its blocks */
#define FILES_MIN          256   /* descriptors: the most that aggregate holds, with 64 workers */
#define MEASURED_S         0.3   /* of processor time */
#define BUILT_BEFORE       1730000000 /* a clock before this source was written is wrong */

/* The first line of a text file that starts with `key`, behind the key; "" when there is none. */
static void read_line(char *line, size_t size, const char *path, const char *key)
{
    char text[512];
    FILE *file = fopen(path, "r");

    line[0] = 0;
    while (file && !line[0] && fgets(text, sizeof text, file)) {
        if (strncmp(text, key, strlen(key)) == 0) {
            const char *value = text + strlen(key);
            snprintf(line, size, "%s", value + strspn(value, " \t:"));
            line[strcspn(line, "\n")] = 0;
        }
    }
    if (file)
        fclose(file);
}

static void check_processor(eel_checkup *checkup)
{
    char model[128], used[128], here[128];

    read_line(model, sizeof model, "/proc/cpuinfo", "model name");
    eel_cpu_used(used, sizeof used);
    eel_cpu_here(here, sizeof here);
    int wider = strstr(here, "AVX2") && !strstr(used, "AVX2");
    eel_find(checkup, wider ? EEL_FOUND_NOTE : EEL_FOUND_OK, "processor",
             wider ? "build with -DEEL_ARCH=native: the network is several times as fast with AVX2"
                   : NULL,
             "%s; this build uses %s", *model ? model : "of unknown name",
             *used ? used : "nothing beyond what every processor of its kind has");
}

/* Asks the network that ships about spectra, for a while, on one core. */
static double measure(eel_recogniser *recogniser, float *counts, float *p)
{
    uint64_t spectra = 0;
    double start = eel_clock_cpu_s(), took = 0;

    while (took < MEASURED_S) {
        eel_recognise(recogniser, counts, 0, EEL_NET_CHANNELS, EEL_RECOGNISER_BATCH, p);
        spectra += EEL_RECOGNISER_BATCH;
        took = eel_clock_cpu_s() - start;
    }
    return (double)spectra / took;
}

static void check_network(eel_checkup *checkup)
{
    size_t values = (size_t)EEL_RECOGNISER_BATCH * EEL_NET_CHANNELS;
    eel_recogniser *recogniser = NULL;

    int code = eel_recogniser_new(&recogniser, NULL, eel_numbers_here());
    if (code != EEL_OK) {
        eel_find(checkup, EEL_FOUND_BAD, "network", "install eelstream again, or take --model FILE",
                 "%s", eel_words());
        return;
    }
    const eel_model_info *info = eel_recogniser_info(recogniser);
    float *counts = eel_alloc(values, sizeof *counts);
    float *p = eel_alloc((size_t)EEL_RECOGNISER_BATCH * info->classes, sizeof *p);
    if (counts && p) {
        for (size_t i = 0; i < values; i++)
            counts[i] = (float)(1e4 * exp(-(double)(i % EEL_NET_CHANNELS) / 1500));
        double rate = measure(recogniser, counts, p);
        eel_find(checkup, EEL_FOUND_OK, "network", NULL,
                 "%s, %u classes: %.0f spectra a second on one core (%s, %.1f GFLOP/s)",
                 EEL_MODEL_SHIPPED, info->classes, rate, eel_numbers_name(eel_numbers_here()),
                 rate * (double)eel_recogniser_flop(recogniser) / 1e9);
    }
    eel_free(p);
    eel_free(counts);
    eel_recogniser_free(recogniser);
}

static int cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
}

/* A container may be given less time than it has cores. */
static double quota_cores(void)
{
    char line[64];
    double quota, period;

    read_line(line, sizeof line, "/sys/fs/cgroup/cpu.max", "");
    return sscanf(line, "%lf %lf", &quota, &period) == 2 && period > 0 ? quota / period : INFINITY;
}

static void check_cores(eel_checkup *checkup)
{
    double load = 0, quota = quota_cores();
    int count = cores();

    if (getloadavg(&load, 1) != 1)
        load = 0;
    if (quota < count)
        eel_find(checkup, EEL_FOUND_NOTE, "cores", "set --workers to the number of cores it may use",
                 "%d, of which this container may use %.1f", count, quota);
    else if (load > count)
        eel_find(checkup, EEL_FOUND_NOTE, "cores", "everything will be slower while others work",
                 "%d, and %.1f processes want one", count, load);
    else
        eel_find(checkup, EEL_FOUND_OK, "cores", NULL, "%d, load %.1f", count, load);
}

static void check_memory(eel_checkup *checkup)
{
    char line[64];
    double wanted = RUN_MIB + WORKER_MIB * cores(), free_mib, limit;

    read_line(line, sizeof line, "/proc/meminfo", "MemAvailable");
    free_mib = strtod(line, NULL) / 1024;
    read_line(line, sizeof line, "/sys/fs/cgroup/memory.max", "");
    if (sscanf(line, "%lf", &limit) == 1 && limit / MIB < free_mib)
        free_mib = limit / MIB;
    eel_find(checkup, free_mib < wanted ? EEL_FOUND_NOTE : EEL_FOUND_OK, "memory",
             free_mib < wanted ? "set --workers to fewer than there are cores" : NULL,
             "%.0f MiB free; a run with %d workers takes up to %.0f MiB", free_mib, cores(), wanted);
}

static void check_limits(eel_checkup *checkup)
{
    struct rlimit files, processes;

    if (getrlimit(RLIMIT_NOFILE, &files) || getrlimit(RLIMIT_NPROC, &processes))
        return;
    rlim_t threads = (rlim_t)(8 * cores() + 64);
    int few = files.rlim_cur < FILES_MIN, crowded = processes.rlim_cur < threads;
    eel_find(checkup, few || crowded ? EEL_FOUND_BAD : EEL_FOUND_OK, "limits",
             few ? "raise it: ulimit -n 1024" : crowded ? "raise it: ulimit -u 4096" : NULL,
             "%jd open files, %jd processes and threads of one user (ulimit -n, -u; -1: any number)",
             (intmax_t)files.rlim_cur, (intmax_t)processes.rlim_cur);
}

/* Rates and deadlines use a clock that never runs back; only dates in reports need the other. */
static void check_clock(eel_checkup *checkup)
{
    struct timex state = {0};
    time_t now = time(NULL);
    char date[32];

    int synchronised = adjtimex(&state) >= 0 && !(state.status & STA_UNSYNC);
    strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S UTC", gmtime(&now));
    if (now < BUILT_BEFORE)
        eel_find(checkup, EEL_FOUND_NOTE, "clock", "set it: reports carry the date", "%s", date);
    else
        eel_find(checkup, EEL_FOUND_OK, "clock", NULL, "%s%s", date,
                 synchronised ? ", synchronised" : ", not known to be synchronised");
}

static void check_libraries(eel_checkup *checkup)
{
    char words[256] = "", version[32];
    const char *name;

    for (int from_io = 0; from_io < 2; from_io++) {
        for (int i = 0; from_io ? eel_io_version(i, &name, version)
                                : eel_flow_version(i, &name, version); i++) {
            size_t length = strlen(words);
            snprintf(words + length, sizeof words - length, "%s%s %s", length ? ", " : "", name,
                     version);
        }
    }
    eel_find(checkup, EEL_FOUND_OK, "libraries", NULL, "%s", words);
    int curve = eel_flow_has_curve();
    eel_find(checkup, curve ? EEL_FOUND_OK : EEL_FOUND_NOTE, "encryption",
             curve ? NULL : "take a libzmq that is built with libsodium to join machines safely",
             "libzmq has %sCURVE", curve ? "" : "no ");
}

void eel_check_machine(eel_checkup *checkup)
{
    check_processor(checkup);
    check_network(checkup);
    check_cores(checkup);
    check_memory(checkup);
    check_limits(checkup);
    check_clock(checkup);
    check_libraries(checkup);
}
