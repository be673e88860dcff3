#include "pipeline.h"
#include "base/err.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLANKS " \t\r"

static int no_memory(void)
{
    return eel_fail(EEL_ENOMEM, "no memory for the pipeline");
}

static int is_stage_name(const char *word)
{
    size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return length > 0 && length <= EEL_PIPELINE_NAME_MAX && !word[length];
}

/* "x4": how often a stage runs. */
static int is_workers(const char *word)
{
    return word[0] == 'x' && isdigit((unsigned char)word[1]);
}

static int add_word(eel_pipeline_stage *stage, const char *word)
{
    if (stage->word_count == EEL_PIPELINE_WORDS_MAX)
        return eel_fail(EEL_ELIMIT, "%s: more than %d words of options", stage->name,
                        EEL_PIPELINE_WORDS_MAX);
    char *copy = strdup(word);
    if (!copy)
        return no_memory();
    stage->words[stage->word_count++] = copy;
    return EEL_OK;
}

static int parse_workers(const char *word, int *workers)
{
    char *end;
    errno = 0;
    long value = strtol(word + 1, &end, 10);

    if (*end || errno || value < 1 || value > EEL_PIPELINE_WORKERS_MAX)
        return eel_fail(EEL_EARGS, "'%s' is not a count of workers, expected x1 to x%d", word,
                        EEL_PIPELINE_WORKERS_MAX);
    *workers = (int)value;
    return EEL_OK;
}

/* Every $ must be one that bind can fill; remembers the highest operand. */
static int check_places(eel_pipeline *pipeline, const char *word)
{
    for (const char *c = strchr(word, '$'); c; c = strchr(c + 1, '$')) {
        if (c[1] >= '1' && c[1] <= '9') {
            if (c[1] - '0' > pipeline->operands)
                pipeline->operands = c[1] - '0';
        } else if (strncmp(c, "$models", 7)) {
            return eel_fail(EEL_EARGS, "'%s' in '%s' is unknown, expected $1 to $9 or $models", c,
                            word);
        }
    }
    return EEL_OK;
}

static int parse_stage(eel_pipeline *pipeline, char *line, int number)
{
    char *rest, *word = strtok_r(line, BLANKS, &rest);

    if (!word || *word == '#')
        return EEL_OK;
    if (pipeline->count == EEL_PIPELINE_STAGES_MAX)
        return eel_fail(EEL_ELIMIT, "more than %d stages", EEL_PIPELINE_STAGES_MAX);
    if (!is_stage_name(word))
        return eel_fail(EEL_EARGS, "'%s' is not the name of a stage", word);
    eel_pipeline_stage *stage = &pipeline->stages[pipeline->count];
    *stage = (eel_pipeline_stage){.name = strdup(word), .line = number, .workers = 1};
    if (!stage->name)
        return no_memory();
    pipeline->count++;

    int code = EEL_OK;
    word = strtok_r(NULL, BLANKS, &rest);
    if (word && is_workers(word)) {
        stage->elastic = 1;
        code = parse_workers(word, &stage->workers);
        word = strtok_r(NULL, BLANKS, &rest);
    }
    for (; code == EEL_OK && word && *word != '#'; word = strtok_r(NULL, BLANKS, &rest)) {
        code = check_places(pipeline, word);
        if (code == EEL_OK)
            code = add_word(stage, word);
    }
    return code;
}

static int check_order(const eel_pipeline *pipeline)
{
    if (pipeline->count < 2)
        return eel_fail(EEL_EARGS, "%s: names %d stage%s, expected a source and a sink at least",
                        pipeline->path, pipeline->count, pipeline->count == 1 ? "" : "s");
    for (int i = 0; i < pipeline->count; i++) {
        const eel_pipeline_stage *stage = &pipeline->stages[i];
        if (!stage->elastic)
            continue;
        if (i == 0 || i == pipeline->count - 1)
            return eel_fail(EEL_EARGS, "%s:%d: %s x%d stands %s, where a stage runs once",
                            pipeline->path, stage->line, stage->name, stage->workers,
                            i == 0 ? "first" : "last");
        if (stage[1].elastic)
            return eel_fail(EEL_EARGS,
                            "%s:%d: %s x%d follows %s x%d: two stages with workers need one that "
                            "runs once between them",
                            pipeline->path, stage[1].line, stage[1].name, stage[1].workers,
                            stage->name, stage->workers);
    }
    return EEL_OK;
}

int eel_pipeline_parse(eel_pipeline *pipeline, const char *path, const char *text, size_t length)
{
    *pipeline = (eel_pipeline){.path = path};
    if (memchr(text, 0, length))
        return eel_fail(EEL_EFORMAT, "%s: holds a zero byte, expected text", path);
    char *copy = strndup(text, length);
    if (!copy)
        return no_memory();

    int code = EEL_OK, number = 0;
    char *rest = copy;
    for (char *line; code == EEL_OK && (line = strsep(&rest, "\n"));) {
        number++;
        code = parse_stage(pipeline, line, number);
    }
    free(copy);
    if (code != EEL_OK)
        return eel_fail_in(code, "%s:%d", path, number);
    return check_order(pipeline);
}

int eel_pipeline_read(eel_pipeline *pipeline, const char *path)
{
    *pipeline = (eel_pipeline){.path = path};
    FILE *file = fopen(path, "r");
    if (!file)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));

    char *text = malloc(EEL_PIPELINE_BYTES_MAX + 1);
    size_t length = text ? fread(text, 1, EEL_PIPELINE_BYTES_MAX + 1, file) : 0;
    int code = EEL_OK;
    if (!text)
        code = no_memory();
    else if (ferror(file))
        code = eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    else if (length > EEL_PIPELINE_BYTES_MAX)
        code = eel_fail(EEL_ELIMIT, "%s: longer than %u bytes, expected a pipeline", path,
                        EEL_PIPELINE_BYTES_MAX);
    else
        code = eel_pipeline_parse(pipeline, path, text, length);
    free(text);
    fclose(file);
    return code;
}

/* One word with its places filled: a new string, or NULL without memory. */
static char *fill(const char *word, char **operands, const char *models)
{
    char *filled = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&filled, &size);

    if (!out)
        return NULL;
    while (*word) {
        if (*word != '$') {
            fputc(*word++, out);
        } else if (isdigit((unsigned char)word[1])) {
            fputs(operands[word[1] - '1'], out);
            word += 2;
        } else {
            fputs(models, out);
            word += strlen("$models");
        }
    }
    return fclose(out) == 0 ? filled : NULL;
}

int eel_pipeline_bind(eel_pipeline *pipeline, char **operands, int count, const char *models)
{
    if (count < pipeline->operands)
        return eel_fail(EEL_EARGS, "%s: uses $%d, but %d operand%s given", pipeline->path,
                        pipeline->operands, count, count == 1 ? " was" : "s were");
    for (int i = 0; i < pipeline->count; i++) {
        eel_pipeline_stage *stage = &pipeline->stages[i];
        for (int w = 0; w < stage->word_count; w++) {
            if (!strchr(stage->words[w], '$'))
                continue;
            char *filled = fill(stage->words[w], operands, models);
            if (!filled)
                return no_memory();
            free(stage->words[w]);
            stage->words[w] = filled;
        }
    }
    return EEL_OK;
}

int eel_pipeline_set(eel_pipeline *pipeline, const char *setting)
{
    const char *dot = strchr(setting, '.');
    int found = 0;

    if (!dot || dot == setting || !dot[1] || dot[1] == '=')
        return eel_fail(EEL_EARGS, "%s: expected STAGE.OPTION=VALUE, as in infer.batch=64",
                        setting);
    char *word = NULL;
    if (asprintf(&word, "--%s", dot + 1) < 0)
        return no_memory();
    int code = EEL_OK;
    for (int i = 0; i < pipeline->count && code == EEL_OK; i++) {
        const char *name = pipeline->stages[i].name;
        if (strlen(name) == (size_t)(dot - setting) && !strncmp(name, setting, strlen(name))) {
            code = add_word(&pipeline->stages[i], word);
            found = 1;
        }
    }
    free(word);
    if (!found)
        return eel_fail(EEL_EARGS, "%s: %s has no stage '%.*s'", setting, pipeline->path,
                        (int)(dot - setting), setting);
    return code;
}

int eel_pipeline_workers(eel_pipeline *pipeline, int workers)
{
    if (workers < 1 || workers > EEL_PIPELINE_WORKERS_MAX)
        return eel_fail(EEL_EARGS, "--workers: %d, expected 1 to %d", workers,
                        EEL_PIPELINE_WORKERS_MAX);
    for (int i = 0; i < pipeline->count; i++) {
        if (pipeline->stages[i].elastic)
            pipeline->stages[i].workers = workers;
    }
    return EEL_OK;
}

void eel_pipeline_no_workers(eel_pipeline *pipeline)
{
    for (int i = 0; i < pipeline->count; i++) {
        if (pipeline->stages[i].elastic)
            pipeline->stages[i].workers = 0;
    }
}

void eel_pipeline_release(eel_pipeline *pipeline)
{
    for (int i = 0; i < pipeline->count; i++) {
        for (int w = 0; w < pipeline->stages[i].word_count; w++)
            free(pipeline->stages[i].words[w]);
        free(pipeline->stages[i].name);
    }
    *pipeline = (eel_pipeline){0};
}
