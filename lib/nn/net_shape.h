/*
 * net_shape - the shape of a network in a file.
 */
#ifndef EEL_NN_NET_SHAPE_H
#define EEL_NN_NET_SHAPE_H

#include "nn/h5.h"
#include "nn/net.h"

/* As the dataset "shape", in the order of eel_net_shape. Reading does not check it: layout_init
 * does. */
void net_shape_write(h5_file *file, const eel_net_shape *shape);
void net_shape_read(h5_file *file, eel_net_shape *shape);

/* EEL_EFORMAT with the first difference, or EEL_OK. */
int net_shape_compare(const char *path, const eel_net_shape *found, const eel_net_shape *expected);

#endif
