#include "eels/elements.h"
#include "base/err.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ONSET_MAX_EV 20000.0

const eel_element eel_elements[EEL_ELEMENTS] = {
    {"B", "K", 5, 188, 0.5},      {"C", "K", 6, 284, 1.5},      {"N", "K", 7, 401, 0.7},
    {"O", "K", 8, 532, 1.5},      {"F", "K", 9, 685, 1.0},      {"Ca", "L2,3", 20, 346, 1.3},
    {"Sc", "L2,3", 21, 402, 1.3}, {"Ti", "L2,3", 22, 456, 1.5}, {"V", "L2,3", 23, 513, 1.5},
    {"Cr", "L2,3", 24, 575, 1.5}, {"Mn", "L2,3", 25, 640, 0.5}, {"Fe", "L2,3", 26, 708, 1.5},
    {"Co", "L2,3", 27, 779, 0.7}, {"Ni", "L2,3", 28, 855, 1.5}, {"Cu", "L2,3", 29, 931, 1.0},
    {"Si", "L2,3", 14, 99, 1.3},  {"P", "L2,3", 15, 132, 1.3},  {"S", "L2,3", 16, 165, 1.5},
    {"Cl", "L2,3", 17, 200, 1.5}, {"Ar", "L2,3", 18, 245, 1.5},
};

static const char *const symbols[] = {
    "",   "H",  "He", "Li", "Be", "B",  "C",  "N",  "O",  "F",  "Ne", "Na", "Mg", "Al", "Si", "P",
    "S",  "Cl", "Ar", "K",  "Ca", "Sc", "Ti", "V",  "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga",
    "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y",  "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag",
    "Cd", "In", "Sn", "Sb", "Te", "I",  "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu",
    "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W",  "Re", "Os", "Ir", "Pt", "Au",
    "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U",
};
#define SYMBOLS (EEL_ATOMIC_NUMBER_MAX + 1)
_Static_assert(sizeof symbols / sizeof *symbols == SYMBOLS, "hydrogen to uranium");

int eel_element_find(const char *symbol)
{
    for (int i = 0; i < EEL_ELEMENTS; i++) {
        if (strcmp(eel_elements[i].symbol, symbol) == 0)
            return i;
    }
    return -1;
}

const char *eel_element_symbol(int atomic_number)
{
    return atomic_number > 0 && atomic_number < SYMBOLS ? symbols[atomic_number] : "";
}

int eel_atomic_number(const char *symbol)
{
    for (int z = 1; z < SYMBOLS; z++) {
        if (strcmp(symbols[z], symbol) == 0)
            return z;
    }
    return 0;
}

int eel_is_shell(const char *shell)
{
    return *shell && strlen(shell) < sizeof((eel_class_edge *)0)->shell && strchr("KLMNO", *shell) &&
           strspn(shell + 1, "1234567,") == strlen(shell + 1);
}

int eel_class_edge_of(eel_class_edge *edge, const char *name, const char *shell, double onset_ev)
{
    int known = eel_element_find(name);

    *edge = (eel_class_edge){.onset_ev = NAN};
    if (!*shell && known < 0)
        return EEL_OK;
    if (!*shell) {
        shell = eel_elements[known].edge;
        onset_ev = eel_elements[known].onset_ev;
    }
    edge->atomic_number = eel_atomic_number(name);
    if (edge->atomic_number == 0)
        return eel_fail(EEL_EFORMAT, "class %.15s has an edge and is no element", name);
    if (!eel_is_shell(shell) || !(onset_ev > 0 && onset_ev <= ONSET_MAX_EV))
        return eel_fail(EEL_EFORMAT, "class %.15s is an edge %.15s from %g eV, expected one such as "
                        "M4,5 from 1 to %g eV", name, shell, onset_ev, ONSET_MAX_EV);
    snprintf(edge->shell, sizeof edge->shell, "%s", shell);
    edge->onset_ev = onset_ev;
    return EEL_OK;
}
