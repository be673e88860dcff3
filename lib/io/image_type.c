/* Apart from image.c, so that a stage that only converts values does not load the libraries of all
 * formats. */
#include "io/image.h"

#include <string.h>

static const struct { size_t size; const char *name; } types[EEL_IMAGE_TYPES] = {
    [EEL_IMAGE_U8] = {1, "uint8"},    [EEL_IMAGE_I8] = {1, "int8"},
    [EEL_IMAGE_U16] = {2, "uint16"},  [EEL_IMAGE_I16] = {2, "int16"},
    [EEL_IMAGE_U32] = {4, "uint32"},  [EEL_IMAGE_I32] = {4, "int32"},
    [EEL_IMAGE_U64] = {8, "uint64"},  [EEL_IMAGE_I64] = {8, "int64"},
    [EEL_IMAGE_F32] = {4, "float32"}, [EEL_IMAGE_F64] = {8, "float64"},
};

size_t eel_image_type_size(eel_image_type type)
{
    return types[type].size;
}

const char *eel_image_type_name(eel_image_type type)
{
    return types[type].name;
}

#define TO_FLOAT(type)                                                                             \
    do {                                                                                           \
        const type *v = values;                                                                    \
        for (size_t i = 0; i < n; i++)                                                             \
            out[i] = (float)v[i];                                                                  \
    } while (0)

void eel_image_to_float(float *out, const void *values, eel_image_type type, size_t n)
{
    switch (type) {
    case EEL_IMAGE_U8: TO_FLOAT(uint8_t); break;
    case EEL_IMAGE_I8: TO_FLOAT(int8_t); break;
    case EEL_IMAGE_U16: TO_FLOAT(uint16_t); break;
    case EEL_IMAGE_I16: TO_FLOAT(int16_t); break;
    case EEL_IMAGE_U32: TO_FLOAT(uint32_t); break;
    case EEL_IMAGE_I32: TO_FLOAT(int32_t); break;
    case EEL_IMAGE_U64: TO_FLOAT(uint64_t); break;
    case EEL_IMAGE_I64: TO_FLOAT(int64_t); break;
    case EEL_IMAGE_F32: memcpy(out, values, n * sizeof *out); break;
    case EEL_IMAGE_F64: TO_FLOAT(double); break;
    case EEL_IMAGE_TYPES: break;
    }
}
