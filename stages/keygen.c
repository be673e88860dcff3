/*
 * keygen - make a key pair, for machines that join a run over tcp.
 *
 * NAME is for others: it goes into the folder of keys that a run lets in. NAME_secret stays with
 * its owner. Both are certificates as CZMQ and pyzmq read them (curve/keys.h).
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/args.h"
#include "base/err.h"
#include "base/log.h"
#include "base/replace.h"
#include "curve/keys.h"

static int force, json;

static const eel_option options[] = {
    {"force", 'f', EEL_OPT_FLAG, &force, NULL, "replace the keys that are there"},
    {"json", 0, EEL_OPT_FLAG, &json, NULL, "print what was made as JSON"},
    {0},
};
static const eel_usage usage = {
    .name = "eelstream keygen",
    .summary = "Make a key pair, for machines that join a run over tcp.",
    .operands = "NAME",
    .operands_min = 1,
    .operands_max = 1,
    .options = options,
    .notes = "NAME is for others: a run lets in whose certificate lies in its folder `allowed`.\n"
             "NAME_secret is for `eelstream worker --keys`; only you can read it.",
};

static int print(const char *name, const char *secret, const eel_keys *keys)
{
    if (!json) {
        printf("%s\t%s\n%s\tfor you alone\n", name, keys->public_key, secret);
        return EEL_OK;
    }
    json_t *made = json_pack("{s:s, s:s, s:s}", "certificate", name, "secret", secret, "public_key",
                             keys->public_key);
    if (!made)
        return eel_fail(EEL_EARGS, "%s: is no text in UTF-8", name);
    json_dumpf(made, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(made);
    return EEL_OK;
}

int main(int argc, char **argv)
{
    char secret[EEL_PATH_MAX];
    eel_keys keys = {0};
    int first, code = eel_args(&usage, argc, argv, &first);

    if (code != EEL_OK)
        return eel_log_exit(code);
    const char *name = argv[first];
    if (snprintf(secret, sizeof secret, "%s" EEL_SECRET_SUFFIX, name) >= (int)sizeof secret)
        return eel_log_exit(eel_fail(EEL_EARGS, "%.64s…: is too long a name", name));
    if (!force && (!access(name, F_OK) || !access(secret, F_OK)))
        return eel_log_exit(eel_fail(EEL_EIO, "%s: is there; --force replaces it",
                                     access(name, F_OK) ? secret : name));
    code = eel_keys_new(&keys);
    if (code == EEL_OK)
        code = eel_keys_write(&keys, name);
    if (code == EEL_OK)
        code = print(name, secret, &keys);
    explicit_bzero(&keys, sizeof keys);
    return eel_log_exit(code);
}
