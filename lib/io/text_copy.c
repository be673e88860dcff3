#include "io/format.h"

#include <string.h>

/* RFC 3629, without the finer points of overlong three and four byte forms beyond those it names. */
int eel_utf8_sequence(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80)
        return 1;
    int n = s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
          : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
    if (n == 0 || (size_t)n > left)
        return 0;
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
        return 0;
    return n;
}

void eel_text_copy(char *out, size_t size, const char *text, size_t n)
{
    const unsigned char *in = (const unsigned char *)text;
    size_t at = 0;

    for (size_t i = 0; i < n && in[i];) {
        int length = eel_utf8_sequence(in + i, n - i), need = length ? length : 2;
        if (at + (size_t)need >= size)
            break;
        if (length == 1 && (in[i] < 0x20 || in[i] == 0x7f)) {
            if (at > 0)
                out[at++] = ' ';
        } else if (length == 1 && in[i] == ' ' && at == 0) {
            /* blanks at the start go */
        } else if (length) {
            memcpy(out + at, in + i, (size_t)length);
            at += (size_t)length;
        } else { /* one Latin-1 byte */
            out[at++] = (char)(0xc0 | in[i] >> 6);
            out[at++] = (char)(0x80 | (in[i] & 0x3f));
        }
        i += length ? (size_t)length : 1;
    }
    while (at > 0 && out[at - 1] == ' ')
        at--;
    if (size > 0)
        out[at] = 0;
}
