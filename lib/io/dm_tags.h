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
    EEL_DM_STRUCTURES, /* one structure of simple types or an array of them */
    EEL_DM_OTHER, /* arrays of arrays, of strings: their place is known, not their meaning */
} eel_dm_kind;

/* Simple types, as the file numbers them. */
enum {
    EEL_DM_I16 = 2, EEL_DM_I32, EEL_DM_U16, EEL_DM_U32, EEL_DM_F32, EEL_DM_F64, EEL_DM_BOOL, EEL_DM_I8, EEL_DM_U8,
    EEL_DM_I64, EEL_DM_U64
};

typedef struct {
    uint32_t name;        /* into names */
    int32_t child, next;  /* first child, next sibling; -1 for none */
    eel_dm_kind kind;
    uint8_t type;         /* of the number or of the elements */
    uint8_t single;       /* EEL_DM_STRUCTURES: no array */
    uint16_t fields;      /* of a structure */
    uint32_t field_types; /* likewise: into names, a byte each */
    uint32_t value_bytes; /* of the number or of one element */
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

uint32_t eel_dm_type_bytes(uint64_t type); /* 0: no simple type */
int eel_dm_is_real(int type);
double eel_dm_real(const unsigned char *bytes, uint64_t type, int swap);
int64_t eel_dm_integer(const unsigned char *bytes, uint64_t type, int swap);

/* Text as UTF-8 in one line; "" when there is none. */
void eel_dm_text(const eel_dm_tags *tags, int from, const char *path, char *out, size_t size);

/* `units` of UTF-16 as they stand in the file, up to a zero, as UTF-8; out has room for 3 units + 1 bytes. */
void eel_dm_utf8(char *out, uint16_t *units, size_t n, int swap);

/* Writes all tags but those of other images than number `image` of the tags into the group original_metadata of an HDF5
 * group, named as HyperSpy names them (dm_keep.c); counts in `left` what is no metadata by its size or kind. */
void eel_dm_keep(int fd, const char *path, int image, int64_t group, uint32_t *left);

#endif
