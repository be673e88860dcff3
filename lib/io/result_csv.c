/*
 * result_csv - the maps as a table for pandas, R and Excel: one row per pixel.
 *
 *     y,x,y_nm,x_nm,state,B,C,N,…,other
 *     0,0,0,0,value,,0.0213,0.998,…
 *
 * First the pixel's place: its number along every navigation axis, then its coordinates along those
 * whose unit is known. Then its state (base/pixel.h), the probability of each class and what else the
 * store has per pixel (other_eV); a field is empty where there is no value. Plain ASCII, commas, decimal points: what every program
 * takes without asking.
 */
#include "io/result.h"
#include "base/digits.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/replace.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PIECE_ROWS 4096 /* pixels at once */
#define NAME_MAX_BYTES 72

/* Letters, digits and underscores of an axis's name or unit: "µm" is "um", "Å" is "angstrom". */
static void plain(char *out, size_t size, const char *words)
{
    size_t n = 0;

    for (const unsigned char *s = (const unsigned char *)words; *s && n + 1 < size; s++) {
        int letter = (*s | 32) >= 'a' && (*s | 32) <= 'z';
        if (letter || (*s >= '0' && *s <= '9') || *s == '_')
            out[n++] = (char)*s;
        else if (*s == ' ')
            out[n++] = '_';
        else if ((s[0] == 0xc2 && s[1] == 0xb5) || (s[0] == 0xce && s[1] == 0xbc))
            out[n++] = 'u', s++; /* micro sign, Greek mu */
        else if (strncmp((const char *)s, "\u00c5", 2) == 0 || strncmp((const char *)s, "\u212b", 3) == 0) {
            snprintf(out + n, size - n, "angstrom");
            n += strlen(out + n);
            s += s[0] == 0xc3 ? 1 : 2; /* the letter, the sign */
        }
    }
    out[n] = 0;
}

/* Columns are told apart by their names: an axis without one, or with another's, gets its number. */
static void axis_name(const eel_image_info *image, int a, char name[NAME_MAX_BYTES])
{
    char other[NAME_MAX_BYTES];
    int taken = 0;

    plain(name, NAME_MAX_BYTES / 2, image->nav[a].name);
    for (int b = 0; b < a; b++) {
        plain(other, NAME_MAX_BYTES / 2, image->nav[b].name);
        taken |= strcmp(name, other) == 0;
    }
    if (!name[0] || taken)
        snprintf(name, NAME_MAX_BYTES, "axis_%d", a);
}

static int has_coordinate(const eel_nav_axis *axis)
{
    char units[NAME_MAX_BYTES];

    plain(units, sizeof units, axis->units);
    return units[0] != 0;
}

static void write_header(FILE *out, const eel_result *result)
{
    const eel_image_info *image = &result->about.image;
    char name[NAME_MAX_BYTES], units[NAME_MAX_BYTES];

    for (int a = 0; a < image->nav_count; a++) {
        axis_name(image, a, name);
        fprintf(out, "%s,", name);
    }
    for (int a = 0; a < image->nav_count; a++) {
        if (!has_coordinate(&image->nav[a]))
            continue;
        axis_name(image, a, name);
        plain(units, sizeof units, image->nav[a].units);
        fprintf(out, "%s_%s,", name, units);
    }
    fprintf(out, "state");
    for (uint32_t c = 0; c < eel_store_info_of(result->store)->classes; c++) {
        plain(name, sizeof name, c < result->classes ? result->class[c].name : result->about.class_name[c]);
        fprintf(out, ",%s", name);
    }
    fprintf(out, "\n");
}

#define LINE_BYTES (EEL_NAV_MAX * 2 * (EEL_DIGITS_BYTES + 1) + 32 + EEL_STORE_CLASSES_MAX * (EEL_DIGITS_BYTES + 1))

/* One line. Not locale dependent: no program of this project sets one. */
static void write_row(FILE *out, const eel_result *result, uint64_t pixel, uint8_t state,
                      const float *values)
{
    const eel_image_info *image = &result->about.image;
    uint64_t at[EEL_NAV_MAX];
    char line[LINE_BYTES], *end = line;

    for (int a = image->nav_count - 1; a >= 0; a--) {
        at[a] = pixel % image->nav[a].size;
        pixel /= image->nav[a].size;
    }
    for (int a = 0; a < image->nav_count; a++) {
        end = eel_digits_whole(end, at[a]);
        *end++ = ',';
    }
    for (int a = 0; a < image->nav_count; a++) {
        const eel_nav_axis *axis = &image->nav[a];
        if (!has_coordinate(axis))
            continue;
        end = eel_digits(end, axis->offset + axis->scale * (double)at[a], 9);
        *end++ = ',';
    }
    end = stpcpy(end, eel_pixel_state_name((eel_pixel_state)state));
    for (uint32_t c = 0; c < eel_store_info_of(result->store)->classes; c++) {
        *end++ = ',';
        const char *word = result->word ? result->word(c, values[c]) : NULL;
        if (word)
            end = stpcpy(end, word);
        else if (!isnan(values[c]))
            end = eel_digits(end, values[c], 6);
    }
    *end++ = '\n';
    fwrite(line, 1, (size_t)(end - line), out);
}

static int write_rows(FILE *out, const eel_result *result)
{
    uint64_t pixels = eel_store_info_of(result->store)->pixels;
    uint32_t columns = eel_store_info_of(result->store)->classes;
    float *values = eel_alloc((size_t)PIECE_ROWS * columns, sizeof *values);
    uint8_t states[PIECE_ROWS];
    int code = values ? EEL_OK : EEL_ENOMEM;

    for (uint64_t first = 0; code == EEL_OK && first < pixels; first += PIECE_ROWS) {
        uint32_t rows = pixels - first < PIECE_ROWS ? (uint32_t)(pixels - first) : PIECE_ROWS;
        code = eel_store_states(result->store, first, rows, states);
        if (code == EEL_OK)
            code = eel_store_values(result->store, first, rows, values);
        for (uint32_t i = 0; code == EEL_OK && i < rows; i++)
            write_row(out, result, first + i, states[i], values + (size_t)i * columns);
    }
    eel_free(values);
    return code;
}

int eel_result_write_csv(eel_result *result, const char *path)
{
    eel_replace file;
    int code = eel_replace_begin(&file, path);

    if (code == EEL_OK) {
        FILE *out = fopen(file.temporary, "w");
        if (out) {
            write_header(out, result);
            code = write_rows(out, result);
        }
        int bad = !out || ferror(out);
        if (out && fclose(out) != 0)
            bad = 1;
        if (bad)
            code = eel_fail(EEL_EIO, "%s: %s", path, strerror(errno));
    }
    return eel_replace_end(&file, code);
}
