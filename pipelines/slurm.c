#include "slurm.h"
#include "meeting.h"
#include "base/args.h"
#include "base/err.h"
#include "base/log.h"
#include "base/replace.h"
#include "base/shipped.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOB_MAX 64 /* letters of a job's number, as sbatch prints it */

static const char *output, *head_options = "", *worker_options = "";
static int workers = 4, write_only, json;

static const eel_option options[] = {
    {"output", 'o', EEL_OPT_TEXT, &output, "OUTDIR", "folder of the results, on shared storage"},
    {"workers", 'w', EEL_OPT_INT, &workers, "N", "jobs that infer, an array"},
    {"head", 0, EEL_OPT_TEXT, &head_options, "TEXT", "sbatch options of the head"},
    {"worker", 0, EEL_OPT_TEXT, &worker_options, "TEXT", "sbatch options of each worker"},
    {"write-only", 0, EEL_OPT_FLAG, &write_only, NULL, "write the scripts and submit nothing"},
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "print the numbers of the jobs as JSON"},
    {0},
};
static const eel_usage usage = {
    .name = "eelstream slurm",
    .summary = "Map a spectrum image on a cluster that Slurm runs.",
    .operands = "INPUT [-- OPTION…]",
    .operands_min = 1,
    .operands_max = 100,
    .options = options,
    .notes = "INPUT and OUTDIR lie where every node sees them. OPTIONs after -- are those of\n"
             "eelstream map, as in: -- --offset 8. Each worker uses the processors that it is\n"
             "given, as by --worker '--cpus-per-task=8'. Scripts and logs are in OUTDIR/slurm.",
};

typedef struct {
    char program[PATH_MAX + 16], input[PATH_MAX], output[PATH_MAX];
    char scripts[PATH_MAX + 16], meeting[PATH_MAX + 16];
} places;

/* --- the scripts ------------------------------------------------------------------------------ */

/* A word for sh, whatever is in it. */
static void put_word(FILE *script, const char *word)
{
    fputs(" '", script);
    for (; *word; word++)
        fputs(*word == '\'' ? "'\\''" : (char[]){*word, 0}, script);
    fputc('\'', script);
}

static void put_start(FILE *script, const char *name, const char *sbatch_options)
{
    fprintf(script, "#!/bin/sh\n#SBATCH --job-name=%s\n#SBATCH --requeue\n"
                    "#SBATCH --open-mode=append\n", name);
    if (*sbatch_options)
        fprintf(script, "#SBATCH %s\n", sbatch_options);
    fprintf(script, "exec");
}

static int write_script(const places *p, const char *name, char **map_options)
{
    char *text = NULL, path[PATH_MAX + 64];
    size_t size;
    FILE *script = open_memstream(&text, &size);

    if (!script)
        return eel_fail(EEL_ENOMEM, "no memory for a script");
    if (map_options) {
        put_start(script, "eelstream", head_options);
        put_word(script, p->program);
        fprintf(script, " map");
        put_word(script, p->input);
        fprintf(script, " -o");
        put_word(script, p->output);
        fprintf(script, " --workers 0 --run-dir");
        put_word(script, p->meeting);
        for (char **option = map_options; *option; option++)
            put_word(script, *option);
    } else {
        put_start(script, "eelstream-worker", worker_options);
        put_word(script, p->program);
        fprintf(script, " worker --workers \"${SLURM_CPUS_PER_TASK:-1}\" --run-dir");
        put_word(script, p->meeting);
    }
    fprintf(script, "\n");
    int failed = fclose(script);
    snprintf(path, sizeof path, "%s/%s.sh", p->scripts, name);
    int code = failed ? eel_fail(EEL_ENOMEM, "no memory for a script") : eel_replace_text(path, text);
    free(text);
    return code;
}

static int make_folder(const char *path)
{
    return mkdir(path, 0777) && errno != EEXIST
               ? eel_fail(EEL_EIO, "%s: cannot be made: %s", path, strerror(errno)) : EEL_OK;
}

static int find_places(places *p, const char *input)
{
    char own[EEL_SHIPPED_MAX];

    eel_own_folder(own);
    snprintf(p->program, sizeof p->program, "%s/eelstream", own);
    if (!realpath(input, p->input))
        return eel_fail(EEL_EIO, "%s: %s", input, strerror(errno));
    int code = make_folder(output);
    if (code != EEL_OK)
        return code;
    if (!realpath(output, p->output))
        return eel_fail(EEL_EIO, "%s: %s", output, strerror(errno));
    snprintf(p->scripts, sizeof p->scripts, "%s/slurm", p->output);
    snprintf(p->meeting, sizeof p->meeting, "%s/run", p->output);
    return make_folder(p->scripts);
}

/* --- submitting ------------------------------------------------------------------------------- */

/* Runs a command of Slurm; its first line goes to `line`, its words to our stderr. */
static int run(char **argv, char line[JOB_MAX])
{
    int fds[2], how = 0;

    if (pipe2(fds, O_CLOEXEC))
        return eel_fail(EEL_EIO, "pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(fds[1]);
    FILE *out = fdopen(fds[0], "r");
    if (!out || !fgets(line, JOB_MAX, out))
        line[0] = 0;
    line[strcspn(line, "\n;")] = 0; /* NUMBER;CLUSTER */
    while (out && fgetc(out) != EOF)
        ; /* who cannot say the rest fails, though the job is there */
    if (out)
        fclose(out);
    if (pid < 0 || waitpid(pid, &how, 0) < 0)
        return eel_fail(EEL_EIO, "%s: %s", argv[0], strerror(errno));
    if (WIFEXITED(how) && WEXITSTATUS(how) == 127)
        return eel_fail(EEL_EIO, "%s: is not installed; this machine does not submit to Slurm", argv[0]);
    return how ? eel_fail(EEL_EIO, "%s: refused the job, see above", argv[0]) : EEL_OK;
}

/* The folder of the scripts in a name that sbatch fills in: a % of its own is doubled there (man sbatch, "filename
 * pattern"). */
static void name_log(const places *p, const char *log, char *to, size_t size)
{
    size_t used = 0;

    for (const char *c = p->scripts; *c && used + 2 < size; c++) {
        to[used++] = *c;
        if (*c == '%')
            to[used++] = *c;
    }
    snprintf(to + used, size - used, "/%s", log);
}

static int submit(const places *p, const char *name, const char *log, const char *array,
                  char job[JOB_MAX])
{
    char script[PATH_MAX + 64], to[2 * PATH_MAX + 64];
    char *argv[8] = {"sbatch", "--parsable", "--output", to};
    int argc = 4;

    snprintf(script, sizeof script, "%s/%s.sh", p->scripts, name);
    name_log(p, log, to, sizeof to);
    if (array)
        argv[argc++] = (char *)array;
    argv[argc] = script;
    return run(argv, job);
}

static int submit_both(const places *p, char head[JOB_MAX], char crew[JOB_MAX])
{
    char array[32], nothing[JOB_MAX];
    int code = submit(p, "head", "head-%j.log", NULL, head);

    if (code != EEL_OK)
        return code;
    snprintf(array, sizeof array, "--array=1-%d", workers);
    code = submit(p, "worker", "worker-%A_%a.log", array, crew);
    if (code != EEL_OK) {
        char *cancel[] = {"scancel", head, NULL};
        char words[EEL_WORDS_MAX];
        snprintf(words, sizeof words, "%s", eel_words());
        run(cancel, nothing);
        return eel_fail(code, "%s", words);
    }
    return EEL_OK;
}

static int print(const places *p, const char *head, const char *crew)
{
    if (!json) {
        printf("%s/head.sh, worker.sh are written\n", p->scripts);
        if (!write_only)
            printf("job %s is the head, %s its %d workers; scancel %s %s ends them\n", head, crew,
                   workers, head, crew);
        return EEL_OK;
    }
    json_t *made = json_pack("{s:s, s:s*, s:s*}", "scripts", p->scripts, "head",
                             write_only ? NULL : head, "workers", write_only ? NULL : crew);
    if (!made)
        return eel_fail(EEL_EARGS, "%s: is no text in UTF-8", p->scripts);
    json_dumpf(made, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(made);
    return EEL_OK;
}

static int check_options(void)
{
    if (!output)
        return eel_fail(EEL_EARGS, "--output: missing; name a folder that every node sees");
    if (workers < 1 || workers > EEL_PIPELINE_WORKERS_MAX)
        return eel_fail(EEL_EARGS, "--workers: %d, expected 1 to %d", workers,
                        EEL_PIPELINE_WORKERS_MAX);
    if (strchr(head_options, '\n') || strchr(worker_options, '\n'))
        return eel_fail(EEL_EARGS, "--head, --worker: more than one line");
    return EEL_OK;
}

int eel_slurm_main(int argc, char **argv)
{
    char head[JOB_MAX] = "", crew[JOB_MAX] = "";
    places *p = calloc(1, sizeof *p);
    int first, code = p ? EEL_OK : eel_fail(EEL_ENOMEM, "no memory");

    if (code == EEL_OK)
        code = eel_args(&usage, argc, argv, &first);
    if (code == EEL_OK)
        code = check_options();
    if (code == EEL_OK)
        code = find_places(p, argv[first]);
    if (code == EEL_OK)
        code = eel_meeting_prepare(p->meeting);
    if (code == EEL_OK)
        code = write_script(p, "head", argv + first + 1);
    if (code == EEL_OK)
        code = write_script(p, "worker", NULL);
    if (code == EEL_OK && !write_only)
        code = submit_both(p, head, crew);
    if (code == EEL_OK)
        code = print(p, head, crew);
    free(p);
    return eel_log_exit(code);
}
