/*
 * transport_version - which libraries the links stand on, as they are loaded now, and what they can do.
 */
#ifndef EEL_FLOW_TRANSPORT_VERSION_H
#define EEL_FLOW_TRANSPORT_VERSION_H

/* Name and version of library i = 0, 1, … until it returns 0. */
int eel_flow_version(int i, const char **name, char version[32]);

/* 1 when links over tcp can be encrypted. */
int eel_flow_has_curve(void);

#endif
