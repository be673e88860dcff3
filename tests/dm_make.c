#include "dm_make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    FILE *file;
    int version, big_endian;
} writer;

static void put_big(writer *w, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        fputc((int)(value >> (8 * i) & 255), w->file);
}

static void put_size(writer *w, uint64_t value)
{
    put_big(w, value, w->version == 4 ? 8 : 4);
}

/* In the byte order of the file. */
static void put_value(writer *w, const void *value, int bytes)
{
    const unsigned char *b = value;
    for (int i = 0; i < bytes; i++)
        fputc(b[w->big_endian ? bytes - 1 - i : i], w->file);
}

static void put_tag(writer *w, int id, const char *name)
{
    put_big(w, (uint64_t)id, 1);
    put_big(w, strlen(name), 2);
    fputs(name, w->file);
    if (w->version == 4)
        put_big(w, 0, 8); /* the tag's size, which readers do without */
}

static void put_group(writer *w, const char *name, uint64_t tags)
{
    put_tag(w, 20, name);
    put_big(w, 1, 1);
    put_big(w, 0, 1);
    put_size(w, tags);
}

static void put_infos(writer *w, int n, const uint64_t *infos)
{
    fputs("%%%%", w->file);
    put_size(w, (uint64_t)n);
    for (int i = 0; i < n; i++)
        put_size(w, infos[i]);
}

static void put_u32(writer *w, const char *name, uint32_t value)
{
    put_tag(w, 21, name);
    put_infos(w, 1, (uint64_t[]){5});
    put_value(w, &value, 4);
}

static void put_double(writer *w, const char *name, double value)
{
    put_tag(w, 21, name);
    put_infos(w, 1, (uint64_t[]){7});
    put_value(w, &value, 8);
}

static void put_text(writer *w, const char *name, const char *text)
{
    put_tag(w, 21, name);
    put_infos(w, 3, (uint64_t[]){20, 4, strlen(text)});
    for (const char *c = text; *c; c++) {
        uint16_t unit = (unsigned char)*c;
        put_value(w, &unit, 2);
    }
}

/* Type of the tag's array and bytes of a value for a DataType. */
static void array_type(int data_type, uint64_t *type, int *bytes)
{
    static const struct { int data_type; uint64_t type; int bytes; } known[] = {
        {1, 2, 2}, {2, 6, 4}, {6, 10, 1}, {7, 3, 4}, {9, 9, 1}, {10, 4, 2}, {11, 5, 4}, {12, 7, 8},
        {39, 11, 8}, {40, 12, 8},
    };
    *type = 10;
    *bytes = 1;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].data_type == data_type) {
            *type = known[i].type;
            *bytes = known[i].bytes;
        }
    }
}

static uint64_t put_data(writer *w, const dm_image *image)
{
    uint64_t type, values = 1;
    int bytes;

    array_type(image->data_type, &type, &bytes);
    for (int d = 0; d < image->dims; d++)
        values *= image->size[d];
    put_tag(w, 21, "Data");
    if (image->data_type == 23) { /* RGB: an array of structures of four bytes */
        put_infos(w, 13, (uint64_t[]){20, 15, 0, 4, 0, 10, 0, 10, 0, 10, 0, 10, values});
        bytes = 4;
    } else {
        put_infos(w, 3, (uint64_t[]){20, type, values});
    }
    uint64_t offset = (uint64_t)ftello(w->file);
    if (image->values) {
        for (uint64_t i = 0; i < image->value_bytes; i += (uint64_t)bytes)
            put_value(w, (const char *)image->values + i, bytes);
    } else {
        fseeko(w->file, (off_t)(values * (uint64_t)bytes), SEEK_CUR);
    }
    return offset;
}

static uint64_t put_image(writer *w, const dm_image *image)
{
    put_group(w, "", 3);
    put_text(w, "Name", image->name);
    put_group(w, "ImageData", 4);
    put_group(w, "Calibrations", 1);
    put_group(w, "Dimension", (uint64_t)image->dims);
    for (int d = 0; d < image->dims; d++) {
        put_group(w, "", 3);
        put_double(w, "Origin", image->origin[d]);
        put_double(w, "Scale", image->scale[d]);
        put_text(w, "Units", image->units[d] ? image->units[d] : "");
    }
    uint64_t offset = put_data(w, image);
    put_u32(w, "DataType", (uint32_t)image->data_type);
    put_group(w, "Dimensions", (uint64_t)image->dims);
    for (int d = 0; d < image->dims; d++)
        put_u32(w, "", (uint32_t)image->size[d]);
    put_group(w, "ImageTags", 2);
    put_group(w, "Meta Data", (uint64_t)((image->signal != NULL) + (image->format != NULL)));
    if (image->signal)
        put_text(w, "Signal", image->signal);
    if (image->format)
        put_text(w, "Format", image->format);
    put_group(w, "Microscope Info", image->voltage > 0);
    if (image->voltage > 0)
        put_double(w, "Voltage", image->voltage);
    return offset;
}

static void put_extras(writer *w)
{
    const int64_t when = 133000000000000001; /* no double has it */
    const int16_t numbers[] = {-3, 4, 300};
    const double place[] = {0.5, -2};

    put_group(w, "Extras", 8);
    put_tag(w, 21, "When/where");
    put_infos(w, 1, (uint64_t[]){11});
    put_value(w, &when, 8);
    put_tag(w, 21, "On");
    put_infos(w, 1, (uint64_t[]){8});
    put_value(w, "\1", 1);
    put_tag(w, 21, "Shorts");
    put_infos(w, 3, (uint64_t[]){20, 2, 3});
    for (int i = 0; i < 3; i++)
        put_value(w, &numbers[i], 2);
    put_tag(w, 21, "Place");
    put_infos(w, 7, (uint64_t[]){15, 0, 2, 0, 7, 0, 7});
    for (int i = 0; i < 2; i++)
        put_value(w, &place[i], 8);
    put_tag(w, 21, "Places");
    put_infos(w, 9, (uint64_t[]){20, 15, 0, 2, 0, 2, 0, 2, 1});
    for (int i = 0; i < 2; i++)
        put_value(w, &numbers[i], 2);
    put_text(w, "Empty", "");
    put_text(w, "\xb5 units", "two\nlines"); /* Latin-1 */
    put_tag(w, 21, "Film");
    put_infos(w, 3, (uint64_t[]){20, 10, 2 << 20});
    for (int i = 0; i < 2 << 20; i++)
        fputc(0, w->file);
}

uint64_t dm_make(const char *path, const dm_description *description)
{
    writer w = {fopen(path, "wb"), description->version, description->big_endian};
    uint64_t offset = 0, thumbnails = 0;

    put_big(&w, (uint64_t)w.version, 4);
    put_size(&w, 0);
    put_big(&w, !w.big_endian, 4);
    put_big(&w, 1, 1);
    put_big(&w, 0, 1);
    put_size(&w, 2 + (uint64_t)description->extras);
    put_group(&w, "ImageList", (uint64_t)description->images);
    for (int i = 0; i < description->images; i++) {
        offset = put_image(&w, &description->image[i]);
        thumbnails += (uint64_t)description->image[i].thumbnail;
    }
    put_group(&w, "Thumbnails", thumbnails);
    for (int i = 0; i < description->images; i++) {
        if (description->image[i].thumbnail) {
            put_group(&w, "", 1);
            put_u32(&w, "ImageIndex", (uint32_t)i);
        }
    }
    if (description->extras)
        put_extras(&w);
    fclose(w.file);
    return offset;
}
