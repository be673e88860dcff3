#include "curve/keys.h"
#include "base/err.h"
#include "base/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

static const char for_others[] = "#   ZeroMQ CURVE public certificate, written by eelstream.\n"
                                 "#   Who binds a link lets in whose certificate it has.\n\n"
                                 "metadata\ncurve\n    public-key = \"%s\"\n";
static const char for_owner[] = "#   ZeroMQ CURVE **secret** certificate, written by eelstream.\n"
                                "#   It stays where it is, for its owner alone.\n\n"
                                "metadata\ncurve\n    public-key = \"%s\"\n"
                                "    secret-key = \"%s\"\n";

int eel_keys_new(eel_keys *keys)
{
    if (zmq_curve_keypair(keys->public_key, keys->secret_key))
        return eel_fail(EEL_ENET, "no key pair: %s", zmq_strerror(errno));
    return EEL_OK;
}

/* --- writing ---------------------------------------------------------------------------------- */

static int write_file(const char *path, mode_t mode, const char *text)
{
    eel_replace file;
    int code = eel_replace_begin(&file, path);

    if (code != EEL_OK)
        return code;
    int fd = open(file.temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        code = eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return eel_replace_end(&file, code);
}

int eel_keys_write_public(const eel_keys *keys, const char *path)
{
    char text[512];

    snprintf(text, sizeof text, for_others, keys->public_key);
    return write_file(path, 0644, text);
}

int eel_keys_write(const eel_keys *keys, const char *path)
{
    char secret[EEL_PATH_MAX], text[512];

    if (snprintf(secret, sizeof secret, "%s" EEL_SECRET_SUFFIX, path) >= (int)sizeof secret)
        return eel_fail(EEL_ELIMIT, "%.64s…: longer than %d letters", path, EEL_PATH_MAX);
    snprintf(text, sizeof text, for_owner, keys->public_key, keys->secret_key);
    int code = write_file(secret, 0600, text);
    explicit_bzero(text, sizeof text);
    return code == EEL_OK ? eel_keys_write_public(keys, path) : code;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The whole file as text; `secret`: nobody but its owner may be able to read it. */
static int read_file(char text[EEL_CERT_BYTES_MAX + 1], const char *path, int secret)
{
    struct stat info;
    FILE *file = fopen(path, "r");
    int code = EEL_OK;

    if (!file || fstat(fileno(file), &info))
        code = eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(info.st_mode))
        code = eel_fail(EEL_EFORMAT, "%s: is no file, expected a certificate", path);
    else if (secret && info.st_mode & 077)
        code = eel_fail(EEL_EIO, "%s: has mode %04o, so that others may read it; expected 0600",
                        path, info.st_mode & 07777);
    size_t length = code == EEL_OK ? fread(text, 1, EEL_CERT_BYTES_MAX + 1, file) : 0;
    if (length > EEL_CERT_BYTES_MAX) {
        code = eel_fail(EEL_ELIMIT, "%s: longer than %d bytes, expected a certificate", path,
                        EEL_CERT_BYTES_MAX);
        length = 0;
    }
    text[length] = 0;
    if (file)
        fclose(file);
    return code;
}

/* Copies the value of a line `name = value`, which may stand in quotes. */
static int find_key(char key[EEL_KEY_SIZE], const char *text, const char *name, const char *path)
{
    uint8_t binary[EEL_KEY_BYTES];
    char line[160], quote, value[EEL_KEY_SIZE] = "";

    for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
        snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        char *word = line + strspn(line, " \t");
        size_t length = strlen(name);
        if (strncmp(word, name, length))
            continue;
        word += length + strspn(word + length, " \t");
        if (*word++ != '=')
            continue;
        word += strspn(word, " \t");
        quote = *word == '"' || *word == '\'' ? *word++ : 0;
        size_t letters = strcspn(word, quote ? (char[]){quote, 0} : " \t\r");
        if (letters != EEL_KEY_SIZE - 1)
            return eel_fail(EEL_EFORMAT, "%s: %s has %zu letters, expected %d", path, name, letters,
                            EEL_KEY_SIZE - 1);
        memcpy(value, word, letters);
        if (!zmq_z85_decode(binary, value))
            return eel_fail(EEL_EFORMAT, "%s: %s is not in Z85", path, name);
        memcpy(key, value, sizeof value);
        return EEL_OK;
    }
    return eel_fail(EEL_EFORMAT, "%s: has no %s, expected a certificate as of 'eelstream keygen'",
                    path, name);
}

int eel_keys_read(eel_keys *keys, const char *path)
{
    char text[EEL_CERT_BYTES_MAX + 1];
    int code = read_file(text, path, 1);

    if (code == EEL_OK)
        code = find_key(keys->public_key, text, "public-key", path);
    if (code == EEL_OK)
        code = find_key(keys->secret_key, text, "secret-key", path);
    explicit_bzero(text, sizeof text);
    return code;
}

int eel_keys_read_public(char key[EEL_KEY_SIZE], const char *path)
{
    char text[EEL_CERT_BYTES_MAX + 1];
    int code = read_file(text, path, 0);

    if (code == EEL_OK)
        code = find_key(key, text, "public-key", path);
    explicit_bzero(text, sizeof text);
    return code;
}
