/*
 * nearest - what a word that is not known was meant to be.
 */
#ifndef EEL_BASE_NEAREST_H
#define EEL_BASE_NEAREST_H

/* The word of the list that is nearest to `word` in single-letter changes; NULL when none is
 * near enough to be meant. */
const char *eel_nearest_word(const char *word, const char *const *list, int count);

#endif
