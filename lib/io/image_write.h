/*
 * image_write - spectra into a file whose ending names its format, block by block.
 *
 *     .hspy         HyperSpy: axes, title and metadata kept, and what else the file says where eel_format has `keep`
 *     .msa, .emsa   EMSA/MAS: one spectrum, axis and metadata kept
 *     .npy          NumPy: values as stored, (navigation …, channels); axes are lost
 *
 * The file appears under its name when it is complete, or not at all.
 */
#ifndef EEL_IO_IMAGE_WRITE_H
#define EEL_IO_IMAGE_WRITE_H

#include "io/image.h"

typedef struct eel_image_writer eel_image_writer;

/* EEL_EARGS for an ending that is none of these, or an image for a format of single spectra. */
int eel_image_create(eel_image_writer **writer, const char *path, const eel_image_info *info);

/* As many spectra as `image` has; its other metadata come along where the format has a place for them. */
int eel_image_create_like(eel_image_writer **writer, const char *path, const eel_image *image);

/* Spectra of pixels first … first + rows - 1, (rows, channels) of info->type. */
int eel_image_write(eel_image_writer *writer, uint64_t first, uint32_t rows, const void *spectra);

/* What of the image the writer has no place for, to be added to a sentence: "; values only, …"; "" for nothing. */
void eel_image_left_out(const eel_image_writer *writer, char *words, size_t size);

/* `keep` 0 drops the file. Frees `writer` in any case; NULL is fine. */
int eel_image_finish(eel_image_writer *writer, int keep);

#endif
