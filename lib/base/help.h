/*
 * help - the three forms in which a table of options is shown: --help for a reader at the
 * terminal, --man for the manual page that the build makes of it, --complete for the shell that
 * completes a word. All print on stdout. The last two are for programs and not listed in --help.
 *
 * A manual page is man(7): eel_manual_open, then sections of paragraphs or items. The words are
 * escaped here, callers pass plain text.
 */
#ifndef EEL_BASE_HELP_H
#define EEL_BASE_HELP_H

#include "base/args.h"

void eel_help_print(const eel_usage *usage);
void eel_help_manual(const eel_usage *usage);

/* One line per option: --name TAB -letter TAB name of the value TAB help; empty where there is none. */
void eel_help_complete(const eel_usage *usage);

/* `name` as typed ("eelstream map"), `operands` may be NULL. */
void eel_manual_open(const char *name, const char *summary, const char *operands);
void eel_manual_section(const char *title);
void eel_manual_item(const char *term, const char *text);
void eel_manual_lines(const char *text); /* line breaks are kept */
void eel_manual_see(const char *name);   /* refers to another page, "eelstream-map" */

#endif
