/*
 * dm_tags - the tag tree of a Gatan DigitalMicrograph file, versions 3 and 4.
 *
 * A file is a header and one tree of named tags: groups, numbers, and arrays (text is an array of
 * UTF-16 units). The tree is kept in memory, arrays are left in the file. Tag structure is big
 * endian, values are in the byte order that the header names.
 *
 *     eel_dm_tags tags;
 *     eel_dm_tags_read(&tags, fd, path);
 *     int image = eel_dm_child(&tags, eel_dm_find(&tags, 0, "ImageList"), 1);
 *     double kv = eel_dm_number(&tags, image, "ImageTags:Microscope Info:Voltage", NAN);
 *
 * Format as worked out by C. Boothroyd (DM3 and DM4 file formats, er-c.org/cbb/info/dmformat).
 */
#ifndef EEL_IO_DM_TAGS_H
#define EEL_IO_DM_TAGS_H

#include <stddef.h>
#include <stdint.h>

#define EEL_DM_TAGS_MAX  (1u << 20)
#define EEL_DM_NAMES_MAX (64u << 20) /* bytes of all names together */
#define EEL_DM_DEPTH_MAX 64
#define EEL_DM_FIELDS_MAX 4096       /* of one structure */

typedef enum {
    EEL_DM_GROUP,
    EEL_DM_NUMBER,
    EEL_DM_ARRAY, /* of one simple type */
    EEL_DM_OTHER, /* structures, arrays of structures: their place is known, not their meaning */
} eel_dm_kind;

typedef struct {
    uint32_t name;        /* into names */
    int32_t child, next;  /* first child, next sibling; -1 for none */
    eel_dm_kind kind;
    uint32_t value_bytes; /* of the number or of one element */
    int real;             /* the number or the elements are floating point */
    uint64_t offset;      /* of the values in the file */
    uint64_t count;       /* elements; for EEL_DM_OTHER bytes */
    double number;
} eel_dm_tag;

typedef struct {
    int fd, version;
    int swap;             /* the file's byte order is not ours */
    uint64_t file_bytes;
    eel_dm_tag *tags;     /* tags[0] is the root group */
    uint32_t tag_count, tag_room;
    char *names;
    uint32_t name_bytes, name_room;
} eel_dm_tags;

/* EEL_EFORMAT (where it is damaged or ends too soon), EEL_ELIMIT, EEL_EIO. Releases on failure. */
int eel_dm_tags_read(eel_dm_tags *tags, int fd, const char *path);
void eel_dm_tags_release(eel_dm_tags *tags);

/* All take -1 for `from` and then find nothing. A path is "Name:Name:Name"; of several tags with
 * one name the last counts. */
int eel_dm_find(const eel_dm_tags *tags, int from, const char *path);
int eel_dm_child(const eel_dm_tags *tags, int from, int index);
int eel_dm_children(const eel_dm_tags *tags, int from);
double eel_dm_number(const eel_dm_tags *tags, int from, const char *path, double otherwise);

/* Text as UTF-8 in one line; "" when there is none. */
void eel_dm_text(const eel_dm_tags *tags, int from, const char *path, char *out, size_t size);

#endif
