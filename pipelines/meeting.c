#include "meeting.h"
#include "base/err.h"
#include "base/replace.h"
#include "base/shipped.h"
#include "curve/keys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODELS "$models"

typedef char path_text[PATH_MAX + 32];

static const char *in_folder(path_text text, const char *folder, const char *name)
{
    snprintf(text, sizeof(path_text), "%s/%s", folder, name);
    return text;
}

static int check_private(const char *path)
{
    struct stat info;

    if (stat(path, &info))
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return eel_fail(EEL_EIO, "%s: is no folder, expected one for a run", path);
    if (info.st_uid != geteuid() || info.st_mode & 077)
        return eel_fail(EEL_EIO, "%s: has owner %u and mode %04o, expected %u and 0700: who can "
                        "read it can join the run", path, info.st_uid, info.st_mode & 07777,
                        geteuid());
    return EEL_OK;
}

/* --- the head --------------------------------------------------------------------------------- */

static int take_lock(eel_meeting *meeting)
{
    path_text path;

    meeting->lock = open(in_folder(path, meeting->path, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (meeting->lock < 0)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    if (!flock(meeting->lock, LOCK_EX | LOCK_NB))
        return EEL_OK;
    int code = eel_fail(EEL_EIO, "%s: %s", meeting->path,
                        errno == EWOULDBLOCK ? "another run meets here" : strerror(errno));
    close(meeting->lock);
    return code;
}

static int make_keys(const eel_meeting *meeting)
{
    path_text path;
    eel_keys server, worker;

    in_folder(path, meeting->path, "allowed");
    if (mkdir(path, 0700) && errno != EEXIST)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    int code = eel_keys_new(&server);
    if (code == EEL_OK)
        code = eel_keys_new(&worker);
    if (code == EEL_OK)
        code = eel_keys_write(&server, in_folder(path, meeting->path, "server"));
    if (code == EEL_OK)
        code = eel_keys_write(&worker, in_folder(path, meeting->path, "worker"));
    if (code == EEL_OK)
        code = eel_keys_write_public(&worker, in_folder(path, meeting->path, "allowed/worker"));
    explicit_bzero(&server, sizeof server);
    explicit_bzero(&worker, sizeof worker);
    return code;
}

static int is_address(const char *host)
{
    unsigned char address[16];

    return host && (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1);
}

static int set_host(eel_meeting *meeting, const char *host)
{
    char own[256] = "";

    if (!host) {
        gethostname(own, sizeof own - 1);
        host = own;
    }
    if (!*host || strlen(host) >= sizeof meeting->host || strpbrk(host, " /[]"))
        return eel_fail(EEL_EARGS, "--listen: '%s' is no name of a machine, at most %d letters", host,
                        EEL_MEETING_HOST_MAX - 1);
    strcpy(meeting->host, host);
    return EEL_OK;
}

/* Adds "--OPTION=FOLDER/FILE" to a stage. */
static int give(eel_pipeline *pipeline, int stage, const char *option, const char *folder,
                const char *file)
{
    char setting[PATH_MAX + 128];

    snprintf(setting, sizeof setting, "%s.%s%s%s%s%s", pipeline->stages[stage].name, option,
             folder ? "=" : "", folder ? folder : "", folder ? "/" : "", folder ? file : "");
    return eel_pipeline_set(pipeline, setting);
}

/* The neighbours bind with the run's key and ask the list; the workers that run here connect. */
static int give_keys(const eel_meeting *m, eel_pipeline *pipeline)
{
    int code = EEL_OK;

    for (int i = m->elastic - 1; i <= m->elastic + 1 && code == EEL_OK; i++) {
        int binds = i != m->elastic;
        if (m->call.insecure) {
            code = give(pipeline, i, "insecure-tcp", NULL, NULL);
            continue;
        }
        code = give(pipeline, i, "keys", m->path,
                    binds ? "server" EEL_SECRET_SUFFIX : "worker" EEL_SECRET_SUFFIX);
        if (code == EEL_OK)
            code = give(pipeline, i, binds ? "allow" : "server", m->path, binds ? "allowed" : "server");
    }
    return code;
}

/* Which stage it is about, and its options as they are for everybody. */
static int prepare_call(eel_meeting *meeting, const eel_pipeline *pipeline)
{
    eel_meeting_run *call = &meeting->call;
    int count = 0;

    for (int i = 0; i < pipeline->count; i++) {
        count += pipeline->stages[i].elastic;
        if (pipeline->stages[i].elastic)
            meeting->elastic = i;
    }
    if (count != 1)
        return eel_fail(EEL_EARGS, "%s: has %d stages with workers, expected one that others join",
                        pipeline->path, count);
    const eel_pipeline_stage *stage = &pipeline->stages[meeting->elastic];
    snprintf(call->stage, sizeof call->stage, "%s", stage->name);
    for (int i = 0; i < stage->word_count; i++) {
        if (!(call->words[i] = strdup(stage->words[i])))
            return eel_fail(EEL_ENOMEM, "no memory for the options of %s", stage->name);
        call->word_count++;
    }
    return EEL_OK;
}

static int open_folder(eel_meeting *meeting, const char *path)
{
    path_text run;

    if (mkdir(path, 0700) && errno != EEXIST)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    if (!realpath(path, meeting->path)) {
        meeting->path[0] = 0; /* holds how far it came */
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    }
    int code = check_private(meeting->path);
    if (code == EEL_OK)
        code = take_lock(meeting);
    if (code != EEL_OK)
        meeting->path[0] = 0; /* it is somebody else's */
    else
        unlink(in_folder(run, meeting->path, "run.json")); /* who has not read it waits for ours */
    return code;
}

int eel_meeting_open(eel_meeting *meeting, eel_pipeline *pipeline, const char *path,
                     const char *host, int insecure, int hang_s)
{
    *meeting = (eel_meeting){.call = {.insecure = insecure, .hang_s = hang_s}};
    int code = set_host(meeting, host);
    if (code == EEL_OK)
        code = prepare_call(meeting, pipeline);
    if (code == EEL_OK)
        code = open_folder(meeting, path);
    if (code == EEL_OK && !insecure)
        code = make_keys(meeting);
    if (code == EEL_OK)
        code = give_keys(meeting, pipeline);
    if (code == EEL_OK)
        pipeline->meeting = meeting;
    return code;
}

int eel_meeting_prepare(const char *path)
{
    eel_meeting *meeting = calloc(1, sizeof *meeting);
    int code = meeting ? open_folder(meeting, path) : eel_fail(EEL_ENOMEM, "no memory");

    if (code == EEL_OK)
        close(meeting->lock);
    free(meeting);
    return code;
}

int eel_meeting_words(const eel_meeting *m, char *words, size_t size, int left, int is_output)
{
    if (!m || (left != m->elastic && left + 1 != m->elastic))
        return 0;
    if ((left == m->elastic) == is_output) /* the workers' end */
        snprintf(words, size, "connect:%s", is_output ? m->call.out : m->call.in);
    else if (is_address(m->host))
        snprintf(words, size, strchr(m->host, ':') ? "bind:tcp://[%s]:*" : "bind:tcp://%s:*", m->host);
    else
        snprintf(words, size, "bind:tcp://*:*");
    return 1;
}

/* From where a stage has bound, how others reach it: this host and the port. */
static void set_endpoint(const eel_meeting *m, char endpoint[EEL_MEETING_ENDPOINT_MAX],
                         const char *bound)
{
    const char *port = strrchr(bound, ':');

    if (port)
        snprintf(endpoint, EEL_MEETING_ENDPOINT_MAX,
                 strchr(m->host, ':') ? "tcp://[%s]%.6s" : "tcp://%s%.6s", m->host, port);
}

int eel_meeting_bound(eel_meeting *m, int position, const char *in_at, const char *out_at)
{
    if (m->call.state != EEL_MEETING_NOBODY)
        return 0;
    if (position + 1 == m->elastic)
        set_endpoint(m, m->call.in, out_at);
    if (position == m->elastic + 1)
        set_endpoint(m, m->call.out, in_at);
    if (!m->call.in[0] || !m->call.out[0])
        return 0;
    m->call.state = EEL_MEETING_RUNS;
    return 1;
}

/* Options as workers elsewhere can use them: the networks that ship lie elsewhere there. */
static json_t *portable_words(const eel_meeting_run *run, const char *models)
{
    json_t *words = json_array();

    for (int i = 0; i < run->word_count; i++) {
        const char *word = run->words[i], *place = strstr(word, models);
        json_array_append_new(words, place ? json_sprintf("%.*s" MODELS "%s", (int)(place - word),
                                                          word, place + strlen(models))
                                           : json_string(word));
    }
    return words;
}

static int write_json(const char *path, json_t *root)
{
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    int code = text ? eel_replace_text(path, text)
                    : eel_fail(EEL_EARGS, "%s: an option of the run is no text in UTF-8", path);

    free(text);
    json_decref(root);
    return code;
}

int eel_meeting_announce(eel_meeting *meeting, const char *id)
{
    const eel_meeting_run *call = &meeting->call;
    char models[PATH_MAX];
    path_text path;
    int code = eel_shipped(models, "models");

    if (code != EEL_OK)
        return code;
    json_t *words = portable_words(call, models);
    if (json_array_size(words) != (size_t)call->word_count) {
        json_decref(words);
        words = NULL; /* json_pack will not have it, either */
    }
    return write_json(in_folder(path, meeting->path, "run.json"),
                      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:b, s:i}", "state", "runs",
                                "version", EEL_VERSION, "run", id, "stage", call->stage, "in",
                                call->in, "out", call->out, "options", words, "insecure",
                                call->insecure, "hang_s", call->hang_s));
}

void eel_meeting_close(eel_meeting *meeting, int status)
{
    static const char *const gone[] = {"server", "server" EEL_SECRET_SUFFIX, "worker",
                                       "worker" EEL_SECRET_SUFFIX, "allowed/worker"};
    path_text path;

    eel_meeting_run_release(&meeting->call);
    if (!meeting->path[0])
        return;
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        unlink(in_folder(path, meeting->path, gone[i]));
    in_folder(path, meeting->path, "run.json");
    if (status >= 128 || write_json(path, json_pack("{s:s, s:i}", "state", "ended", "status", status)))
        unlink(path);
    close(meeting->lock);
    meeting->path[0] = 0;
}

/* --- a worker --------------------------------------------------------------------------------- */

static int copy_text(char *to, size_t room, const char *key, const char *from, const char *path)
{
    if (snprintf(to, room, "%s", from) < (int)room)
        return EEL_OK;
    return eel_fail(EEL_ELIMIT, "%s: %s has %zu letters, at most %zu", path, key, strlen(from),
                    room - 1);
}

static int read_options(eel_meeting_run *run, const json_t *words, const char *path)
{
    size_t i;
    json_t *word;

    if (!json_is_array(words) || json_array_size(words) > EEL_PIPELINE_WORDS_MAX)
        return eel_fail(EEL_EFORMAT, "%s: options is no list of at most %d words", path,
                        EEL_PIPELINE_WORDS_MAX);
    json_array_foreach(words, i, word) {
        if (!json_is_string(word) || !(run->words[i] = strdup(json_string_value(word))))
            return eel_fail(EEL_EFORMAT, "%s: an option is no text", path);
        run->word_count++;
    }
    return EEL_OK;
}

static int read_run(eel_meeting_run *run, json_t *root, const char *path)
{
    const char *version, *id, *stage, *in, *out;
    json_error_t error;
    json_t *words;
    int code;

    if (json_unpack_ex(root, &error, 0, "{s:s, s:s, s:s, s:s, s:s, s:o, s:b, s:i}", "version",
                       &version, "run", &id, "stage", &stage, "in", &in, "out", &out, "options",
                       &words, "insecure", &run->insecure, "hang_s", &run->hang_s))
        return eel_fail(EEL_EFORMAT, "%s: %s", path, error.text);
    if (strcmp(version, EEL_VERSION))
        return eel_fail(EEL_EFORMAT, "%s: the run is of eelstream %s, this is %s", path, version,
                        EEL_VERSION);
    if ((code = copy_text(run->id, sizeof run->id, "run", id, path)) != EEL_OK ||
        (code = copy_text(run->stage, sizeof run->stage, "stage", stage, path)) != EEL_OK ||
        (code = copy_text(run->in, sizeof run->in, "in", in, path)) != EEL_OK ||
        (code = copy_text(run->out, sizeof run->out, "out", out, path)) != EEL_OK)
        return code;
    run->state = EEL_MEETING_RUNS;
    return read_options(run, words, path);
}

static int read_file(eel_meeting_run *run, FILE *file, const char *path)
{
    char *text = malloc(EEL_MEETING_BYTES_MAX + 1);
    size_t length = text ? fread(text, 1, EEL_MEETING_BYTES_MAX + 1, file) : 0;
    json_error_t error;

    if (!text)
        return eel_fail(EEL_ENOMEM, "%s: no memory to read it", path);
    if (length > EEL_MEETING_BYTES_MAX) {
        free(text);
        return eel_fail(EEL_ELIMIT, "%s: longer than %d bytes", path, EEL_MEETING_BYTES_MAX);
    }
    json_t *root = json_loadb(text, length, 0, &error);
    const char *state = json_string_value(json_object_get(root, "state"));
    int code = EEL_OK;
    free(text);
    if (!root) {
        code = eel_fail(EEL_EFORMAT, "%s:%d: %s", path, error.line, error.text);
    } else if (state && !strcmp(state, "ended")) {
        run->state = EEL_MEETING_ENDED;
        run->status = (int)json_integer_value(json_object_get(root, "status"));
    } else {
        code = read_run(run, root, path);
    }
    json_decref(root);
    return code;
}

int eel_meeting_look(const char *folder, eel_meeting_run *run)
{
    path_text path;

    *run = (eel_meeting_run){.state = EEL_MEETING_NOBODY};
    if (strlen(folder) >= PATH_MAX)
        return eel_fail(EEL_ELIMIT, "%.64s…: is too long a path", folder);
    if (access(folder, F_OK))
        return EEL_OK;
    int code = check_private(folder);
    if (code != EEL_OK)
        return code;
    FILE *file = fopen(in_folder(path, folder, "run.json"), "r");
    if (!file)
        return errno == ENOENT ? EEL_OK : eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    code = read_file(run, file, path);
    fclose(file);
    return code;
}

void eel_meeting_run_release(eel_meeting_run *run)
{
    for (int i = 0; i < run->word_count; i++)
        free(run->words[i]);
    *run = (eel_meeting_run){0};
}
