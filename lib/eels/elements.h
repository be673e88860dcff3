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

#define EEL_ATOMIC_NUMBER_MAX 92 /* uranium; beyond it symbols are "" and numbers 0 */
const char *eel_element_symbol(int atomic_number);
int eel_atomic_number(const char *symbol);

/* The edge that a class of a network stands for. A network of one's own names further elements,
 * and its file says where their edges begin (proto/model.md, M15). */
typedef struct {
    char shell[8];     /* "K", "L2,3", "M4,5"; "" of a class that is no element: "other" */
    double onset_ev;   /* nominal; NAN likewise */
    int atomic_number; /* 0 likewise */
} eel_class_edge;

/* "K", "L2,3", and short enough: the words appear in pictures and pages. */
int eel_is_shell(const char *shell);

/* What the class `name` stands for. shell "": nothing is said of it, and it is one of the twenty or
 * no element. EEL_EFORMAT where shell or onset can be of no edge of that element. */
int eel_class_edge_of(eel_class_edge *edge, const char *name, const char *shell, double onset_ev);

/* What the network tells apart: the twenty; "other", an edge of something else; and where such
 * edges begin, in bins of EEL_OTHER_BIN_EV over the network's axis. */
#define EEL_OTHER_BINS     47
#define EEL_OTHER_START_EV 70.0
#define EEL_OTHER_BIN_EV   20.0
#define EEL_CLASS_OTHER    EEL_ELEMENTS
#define EEL_CLASS_BIN      (EEL_CLASS_OTHER + 1) /* the first bin */
#define EEL_CLASSES        (EEL_CLASS_BIN + EEL_OTHER_BINS)

/* Labels of an element in one spectrum. */
enum { EEL_ABSENT = 0, EEL_PRESENT = 1, EEL_UNLABELLED = 2 /* cannot be known: not scored */ };

#endif
