/*
 * fault - named points at which a test may kill the process, as a power cut would:
 *
 *     EEL_FAIL=after_recv:3         SIGKILL at the third passage
 *     EEL_FAIL_STAGE=infer.2        only in the process of that name
 */
#ifndef EEL_FLOW_FAULT_H
#define EEL_FLOW_FAULT_H

void eel_fault_open(const char *name); /* reads the environment */
void eel_fault(const char *point);     /* "after_recv", "before_send", "after_send", … */

#endif
