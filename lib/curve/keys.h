/*
 * keys - CURVE key pairs and the files they are kept in.
 *
 * The files are certificates as CZMQ and pyzmq write and read them, text in ZPL (ZeroMQ RFC 4):
 *
 *     metadata
 *     curve
 *         public-key = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
 *         secret-key = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
 *
 * NAME holds the public key, for others; NAME_secret holds both, for its owner alone. Keys are in
 * Z85 (RFC 32): 40 printable letters for 32 bytes.
 */
#ifndef EEL_CURVE_KEYS_H
#define EEL_CURVE_KEYS_H

#define EEL_KEY_SIZE       41         /* letters of a key and its end */
#define EEL_KEY_BYTES      32         /* of a key in binary */
#define EEL_CERT_BYTES_MAX (16 << 10) /* of a certificate file */
#define EEL_SECRET_SUFFIX  "_secret"

typedef struct {
    char public_key[EEL_KEY_SIZE], secret_key[EEL_KEY_SIZE];
} eel_keys;

int eel_keys_new(eel_keys *keys);

/* Writes PATH and, with mode 0600, PATH_secret. */
int eel_keys_write(const eel_keys *keys, const char *path);
int eel_keys_write_public(const eel_keys *keys, const char *path); /* PATH alone */

/* Reads both keys of a file that its owner alone may read. */
int eel_keys_read(eel_keys *keys, const char *path);

/* Reads the public key of a file, be it secret or not. */
int eel_keys_read_public(char key[EEL_KEY_SIZE], const char *path);

#endif
