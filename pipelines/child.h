/*
 * child - what a process that was just forked does before and when it becomes a stage.
 *
 *     pid_t launcher = getpid(), pid = fork();
 *     if (pid == 0) {
 *         eel_child_follow(launcher, SIGKILL);
 *         … its standard streams and signals …
 *         eel_child_become(program, argv);
 *     }
 */
#ifndef EEL_PIPELINES_CHILD_H
#define EEL_PIPELINES_CHILD_H

#include <sys/types.h>

/* It gets `number` when the launcher dies, and ends now if that has happened. */
void eel_child_follow(pid_t launcher, int number);

/* Says why it could not, and ends with 1. */
void eel_child_become(const char *program, char **argv) __attribute__((noreturn));

#endif
