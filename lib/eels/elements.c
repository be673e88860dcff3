#include "eels/elements.h"

#include <string.h>

const eel_element eel_elements[EEL_ELEMENTS] = {
    {"B", "K", 5, 188, 0.5},      {"C", "K", 6, 284, 1.5},      {"N", "K", 7, 401, 0.7},
    {"O", "K", 8, 532, 1.5},      {"F", "K", 9, 685, 1.0},      {"Ca", "L2,3", 20, 346, 1.3},
    {"Sc", "L2,3", 21, 402, 1.3}, {"Ti", "L2,3", 22, 456, 1.5}, {"V", "L2,3", 23, 513, 1.5},
    {"Cr", "L2,3", 24, 575, 1.5}, {"Mn", "L2,3", 25, 640, 0.5}, {"Fe", "L2,3", 26, 708, 1.5},
    {"Co", "L2,3", 27, 779, 0.7}, {"Ni", "L2,3", 28, 855, 1.5}, {"Cu", "L2,3", 29, 931, 1.0},
    {"Si", "L2,3", 14, 99, 1.3},  {"P", "L2,3", 15, 132, 1.3},  {"S", "L2,3", 16, 165, 1.5},
    {"Cl", "L2,3", 17, 200, 1.5}, {"Ar", "L2,3", 18, 245, 1.5},
};

int eel_element_find(const char *symbol)
{
    for (int i = 0; i < EEL_ELEMENTS; i++) {
        if (strcmp(eel_elements[i].symbol, symbol) == 0)
            return i;
    }
    return -1;
}
