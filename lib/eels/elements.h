/*
 * elements - the twenty elements of Kong et al. 2022 (Table 1) and where their edges begin.
 *
 * Onset energies: Elam, Ravel & Sieber 2002 (doi 10.1016/S0969-806X(01)00227-4) as tabulated for
 * K and L3 levels, rounded to the values microscopists use (Ahn, EELS Atlas, 2004).
 */
#ifndef EEL_EELS_ELEMENTS_H
#define EEL_EELS_ELEMENTS_H

#define EEL_ELEMENTS 20

typedef struct {
    const char *symbol;  /* "O" */
    const char *edge;    /* "K" or "L2,3" */
    int atomic_number;
    double onset_ev;     /* nominal onset of the main edge */
    double jump_max;     /* upper end of the jump ratio range in the paper's Table 1 */
} eel_element;

extern const eel_element eel_elements[EEL_ELEMENTS]; /* in the order of the paper's Table 1 */

/* Index of a symbol, -1 when it is none of the twenty. */
int eel_element_find(const char *symbol);

/* What the network tells apart: the twenty; "other", an edge of something else; and where such
 * edges begin, in bins of EEL_OTHER_BIN_EV over the network's axis. */
#define EEL_OTHER_BINS     46
#define EEL_OTHER_START_EV 90.0
#define EEL_OTHER_BIN_EV   20.0
#define EEL_CLASS_OTHER    EEL_ELEMENTS
#define EEL_CLASS_BIN      (EEL_CLASS_OTHER + 1) /* the first bin */
#define EEL_CLASSES        (EEL_CLASS_BIN + EEL_OTHER_BINS)

/* Labels of an element in one spectrum. */
enum { EEL_ABSENT = 0, EEL_PRESENT = 1, EEL_UNLABELLED = 2 /* cannot be known: not scored */ };

#endif
