/*
 * err - how a function says that it failed.
 *
 * A function that can fail returns EEL_OK or a negative EEL_E… code and writes its results only on
 * success. The words for the user belong to the thread: one line that starts with the file or the
 * option at fault and says what was found and what was expected.
 *
 *     return eel_fail(EEL_EFORMAT, "%s: page %d has %u channels, expected %u", …);
 *
 * sets the words and yields the code. Callers pass the code on and leave the words alone.
 * The library never prints and never exits; `main` prints eel_words() and returns eel_exit(code).
 */
#ifndef EEL_BASE_ERR_H
#define EEL_BASE_ERR_H

enum {
    EEL_OK = 0,
    EEL_EARGS = -1,   /* misuse: an option or operand makes no sense */
    EEL_EIO = -2,     /* the operating system refused: open, read, write */
    EEL_EFORMAT = -3, /* a file or message is not what it claims to be */
    EEL_ELIMIT = -4,  /* larger than a named limit */
    EEL_ENOMEM = -5,
    EEL_ENET = -6,    /* a link failed or a peer was refused */
    EEL_ECANCEL = -7, /* the user or a neighbouring stage ended the run; someone else has the words */
};

#define EEL_WORDS_MAX 1024 /* bytes of one error line, its end included */

/* Sets the thread's words and returns `code`. Line ends and other control characters in the
 * text become spaces. */
int eel_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "PREFIX: " before the words that are there; returns `code`. */
int eel_fail_in(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The thread's last words; "" before the first failure. Valid until the next eel_fail. */
const char *eel_words(void);

/* Exit status for a code: 0 done, 1 failed, 2 misused. */
int eel_exit(int code);

#endif
