#include "eels/specimen.h"

#include "eels/scene.h"
#include "eels/shapes.h"

#include <stdio.h>
#include <string.h>

#define COMPOUND_SHARE 0.35
#define OXYGEN_SHARE   0.25 /* also has oxygen, */
#define CARBON_SHARE   0.08 /* and carbon */
#define SC_AR_LEFT_OUT 0.4  /* where elements are drawn at random: specimens seldom hold them */

static const double share_of_count[] = {0.22, 0.23, 0.21, 0.15, 0.11, 0.08};

/* What specimens are made of, more often than chance would have it: nitrides stand here because
 * N K and Sc L2,3 begin within an electronvolt of each other, and scandium is rare. */
static const char *const compounds[] = {
    "B N",        "B N",        "B N",        "Si N",       "Ti N",       "C N",        "Si N O",     "B C",
    "B O",        "Si O",       "Si O",       "Si C",       "Ca C O",     "Ca P O",     "Ca F",       "Ti O",
    "Fe O",       "Mn O",       "Ni O",       "Cu O",       "Co O",       "Cr O",       "V O",        "Ca Ti O",
    "Fe S",       "Fe P O",     "Fe Cr",      "Fe Ni",      "Ca S O",     "C O",        "C O N",      "Ni Co Mn O",
    "Sr Ti O",    "Ba Ti O",    "Pb Ti O",    "La Mn O",    "La Ni O",    "La Co O",    "La Fe O",    "Bi Fe O",
    "La Al O",    "Nd Ni O",    "Ce O",       "Zr O",       "Hf O",       "Zn O",       "La Sr Mn O", "Pr Ca Mn O",
    "Al O",       "Al O",       "Al O",       "Al N",       "Ga N",       "Sr Ru O",    "Mo S",       "W S",
    "Y Ba Cu O",  "Al Cu",      "Al Si O",    "K Cl",       "Gd Sc O",    "Mg Al O",    "In O",       "Sn O",
    "Nb O",
};

static void add_symbol(eel_specimen *of, const char *symbol)
{
    int e = eel_element_find(symbol), most = sizeof of->foreign / sizeof *of->foreign;

    if (e >= 0)
        of->elements |= 1u << e;
    else if (of->foreign_count < most)
        of->foreign[of->foreign_count++] = eel_foreign_find(symbol);
}

eel_specimen eel_specimen_draw(eel_rng *rng)
{
    eel_specimen s = {.elements = 0};
    char symbols[32];

    if (eel_rng_chance(rng, COMPOUND_SHARE)) {
        uint32_t pick = eel_rng_below(rng, sizeof compounds / sizeof *compounds);
        snprintf(symbols, sizeof symbols, "%s", compounds[pick]);
        for (char *rest = symbols, *symbol; (symbol = strsep(&rest, " "));)
            add_symbol(&s, symbol);
    } else {
        s.elements = eel_draw_elements(rng, share_of_count, 6);
        if (eel_rng_chance(rng, SC_AR_LEFT_OUT))
            s.elements &= ~(1u << eel_element_find("Sc") | 1u << eel_element_find("Ar"));
    }
    s.elements |= (uint32_t)eel_rng_chance(rng, OXYGEN_SHARE) << eel_element_find("O");
    s.elements |= (uint32_t)eel_rng_chance(rng, CARBON_SHARE) << eel_element_find("C");
    return s;
}
