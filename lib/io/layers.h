/*
 * layers - the maps of the found elements in the size of a screen, one over the other, to be drawn
 * alone or together.
 *
 *     eel_layers *layers;
 *     eel_layers_make(&layers, result);
 *     eel_layers_element(&picture, layers, i);            the map of the i-th found element
 *     eel_layers_composite(&picture, layers, rgb);        three of them as red, green and blue
 *     eel_layers_regions(&picture, layers, regions);      which elements go together where
 *     eel_layers_free(layers);
 */
#ifndef EEL_IO_LAYERS_H
#define EEL_IO_LAYERS_H

#include "io/figure.h"
#include "io/regions.h"

/* Colours of regions, the largest first: told apart by the colour-blind, on white and on black. */
extern const eel_colour eel_region_colours[EEL_REGIONS_MAX];

typedef struct {
    const eel_result *result;
    eel_figure_size size;   /* a line scan is one pixel high, to be stretched */
    uint32_t count;         /* result->found_count */
    float *map[EEL_STORE_CLASSES_MAX]; /* (size.h, size.w), NAN without a value, INFINITY between
                                          the pictures of a series */
    double spread[EEL_STORE_CLASSES_MAX]; /* standard deviation over the image */
} eel_layers;

/* EEL_ENOMEM, and what reading the store gives. */
int eel_layers_make(eel_layers **layers, eel_result *result);
void eel_layers_free(eel_layers *layers); /* NULL is fine */

/* The three found elements whose maps vary most, in the order of `found`; 0 when there are fewer. */
int eel_layers_choose(const eel_layers *layers, uint32_t rgb[3]);

int eel_layers_element(eel_picture **picture, const eel_layers *layers, uint32_t i);
int eel_layers_composite(eel_picture **picture, const eel_layers *layers, const uint32_t rgb[3]);
int eel_layers_regions(eel_picture **picture, const eel_layers *layers, const eel_region *regions,
                       uint32_t count);

#endif
