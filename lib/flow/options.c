#include "flow/options.h"
#include "base/err.h"
#include "base/log.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static const char *in, *out, *run, *name, *status, *keys, *allow, *server;
static int insecure_tcp, check;
static uint64_t credit = 16u << 20; /* what is made within a commit; more only costs new pages */
static int hang_s;
static const eel_option of_every_stage[] = {
    {"in", 0, EEL_OPT_TEXT, &in, "WHERE", "upstream: bind:ENDPOINT or connect:ENDPOINT"},
    {"out", 0, EEL_OPT_TEXT, &out, "WHERE", "downstream, likewise"},
    {"run", 0, EEL_OPT_TEXT, &run, "HEX", "id of the run, 32 hex digits; others are refused"},
    {"name", 0, EEL_OPT_TEXT, &name, "NAME", "name of this process, such as infer.2"},
    {"status", 0, EEL_OPT_TEXT, &status, "ENDPOINT", "where to tell how far the work is"},
    {"credit", 0, EEL_OPT_SIZE, &credit, "BYTES", "blocks on their way, for each link"},
    {"keys", 0, EEL_OPT_TEXT, &keys, "FILE", "for tcp: secret certificate of this process"},
    {"allow", 0, EEL_OPT_TEXT, &allow, "DIR", "for tcp that is bound: certificates of who may come"},
    {"server", 0, EEL_OPT_TEXT, &server, "FILE", "for tcp: certificate of the end that binds"},
    {"insecure-tcp", 0, EEL_OPT_FLAG, &insecure_tcp, NULL, "tcp without encryption, for anybody"},
    {"hang", 0, EEL_OPT_INT, &hang_s, "S", "end the process if a block takes longer; 0: never"},
    {"check", 0, EEL_OPT_FLAG, &check, NULL, "look at the options only, as far as they can be told wrong without data"},
    {0},
};

static int parse_run(unsigned char id[EEL_RUN_BYTES])
{
    if (!run)
        return EEL_OK; /* all zero: stages started by hand belong together */
    if (strlen(run) != 2 * EEL_RUN_BYTES || strspn(run, "0123456789abcdefABCDEF") != strlen(run))
        return eel_fail(EEL_EARGS, "--run: '%s' is not 32 hex digits", run);
    for (int i = 0; i < EEL_RUN_BYTES; i++) {
        unsigned int byte = 0;
        sscanf(run + 2 * i, "%2x", &byte);
        id[i] = (unsigned char)byte;
    }
    return EEL_OK;
}

static int parse_name(const char *stage, char copy[EEL_NAME_MAX])
{
    const char *given = name ? name : stage;

    for (const char *c = given; *c; c++) {
        if (!isgraph((unsigned char)*c))
            return eel_fail(EEL_EARGS, "--name: '%s' holds more than printable letters", given);
    }
    if (!*given || strlen(given) >= EEL_NAME_MAX)
        return eel_fail(EEL_EARGS, "--name: '%s' has %zu letters, expected 1 to %d", given,
                        strlen(given), EEL_NAME_MAX - 1);
    strcpy(copy, given);
    if (name)
        eel_log_name(name);
    return EEL_OK;
}

static int new_instance(unsigned char instance[EEL_RUN_BYTES])
{
    if (getrandom(instance, EEL_RUN_BYTES, 0) != EEL_RUN_BYTES)
        return eel_fail(EEL_EIO, "the system gives no random numbers");
    instance[0] |= 1; /* ZeroMQ keeps routing ids that start with zero for itself */
    return EEL_OK;
}

static int read_keys(eel_flow_options *options)
{
    eel_security *security = &options->security;
    int code = EEL_OK;

    security->insecure = insecure_tcp;
    if (insecure_tcp && (keys || allow || server))
        return eel_fail(EEL_EARGS, "--insecure-tcp: does not go with --keys, --allow or --server");
    if (status && eel_is_tcp(status) && !insecure_tcp)
        return eel_fail(EEL_EARGS, "--status: '%s' needs --insecure-tcp", status);
    if (keys)
        code = eel_keys_read(&security->own, keys);
    if (code == EEL_OK && server)
        code = eel_keys_read_public(security->server, server);
    security->allowed = allow;
    options->self.security = security;
    return code;
}

int eel_flow_options_parse(eel_flow_options *options, int argc, char **argv, const eel_usage *usage)
{
    eel_usage both = *usage;
    const char *space = strrchr(usage->name, ' ');
    int code;

    assert(!usage->more_options);
    both.more_options = of_every_stage;
    snprintf(options->stage, sizeof options->stage, "%s", space ? space + 1 : usage->name);
    snprintf(options->self.name, sizeof options->self.name, "%s", options->stage);
    if ((code = eel_args(&both, argc, argv, &options->first)) != EEL_OK ||
        (code = parse_name(options->stage, options->self.name)) != EEL_OK ||
        (code = parse_run(options->self.run)) != EEL_OK ||
        (code = new_instance(options->self.instance)) != EEL_OK ||
        (code = read_keys(options)) != EEL_OK)
        return code;
    if (hang_s < 0)
        return eel_fail(EEL_EARGS, "--hang: %d, expected 0 or more seconds", hang_s);
    options->in = in;
    options->out = out;
    options->status = status;
    options->window = credit;
    options->hang_s = hang_s;
    options->check = check;
    return EEL_OK;
}
