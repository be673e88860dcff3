#include "base/sha256.h"
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
    0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
    0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
    0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
    0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
    0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
};

static uint32_t turn(uint32_t x, int by)
{
    return (x >> by) | (x << (32 - by));
}

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* FIPS 180-4, section 6.2.2. Its a to h are v[-t & 7] to v[(7 - t) & 7] in round t: names move on by one, values stay. */
static void digest_block(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[64], v[8];

    for (int t = 0; t < 16; t++)
        w[t] = big_endian(block + 4 * t);
    for (int t = 16; t < 64; t++) {
        uint32_t s0 = turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ w[t - 15] >> 3;
        uint32_t s1 = turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
    memcpy(v, state, sizeof v);
#pragma GCC unroll 64
    for (unsigned t = 0; t < 64; t++) {
        uint32_t a = v[-t & 7], b = v[(1 - t) & 7], c = v[(2 - t) & 7], *h = &v[(7 - t) & 7];
        uint32_t e = v[(4 - t) & 7], f = v[(5 - t) & 7], g = v[(6 - t) & 7];
        uint32_t choice = (e & f) ^ (~e & g), majority = (a & b) ^ (a & c) ^ (b & c);
        uint32_t s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
        uint32_t s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
        uint32_t t1 = *h + s1 + choice + constants[t] + w[t];
        v[(3 - t) & 7] += t1;
        *h = t1 + s0 + majority;
    }
    for (int i = 0; i < 8; i++)
        state[i] += v[i];
}

void eel_sha256_start(eel_sha256 *sha)
{
    /* Likewise, of the square roots of the first 8 primes. */
    static const uint32_t first[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };

    memcpy(sha->state, first, sizeof first);
    sha->bytes = 0;
}

void eel_sha256_add(eel_sha256 *sha, const void *data, size_t bytes)
{
    const uint8_t *from = data;

    while (bytes > 0) {
        size_t used = sha->bytes % 64, part = bytes < 64 - used ? bytes : 64 - used;
        memcpy(sha->block + used, from, part);
        sha->bytes += part;
        from += part;
        bytes -= part;
        if (used + part == 64)
            digest_block(sha->state, sha->block);
    }
}

void eel_sha256_end(eel_sha256 *sha, char text[EEL_SHA256_TEXT])
{
    uint64_t bits = sha->bytes * 8;
    uint8_t length[8];
    static const uint8_t padding[64] = {0x80};

    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    eel_sha256_add(sha, padding, 1 + (119 - sha->bytes % 64) % 64);
    eel_sha256_add(sha, length, sizeof length);
    for (int i = 0; i < 8; i++)
        snprintf(text + 8 * i, 9, "%08x", sha->state[i]);
}

int eel_sha256_file(char text[EEL_SHA256_TEXT], const char *path)
{
    unsigned char buffer[1 << 14];
    FILE *file = fopen(path, "rb");
    eel_sha256 sha;
    size_t bytes;
    int code = EEL_OK;

    if (!file)
        return eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    eel_sha256_start(&sha);
    while ((bytes = fread(buffer, 1, sizeof buffer, file)) > 0)
        eel_sha256_add(&sha, buffer, bytes);
    if (ferror(file))
        code = eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    else
        eel_sha256_end(&sha, text);
    fclose(file);
    return code;
}
