/* version.h - what this program is: its version and the commit it was built from. */
#ifndef OREO_CONFIG_VERSION_H
#define OREO_CONFIG_VERSION_H

const char *version_program(void); /* "0.1.0" */
const char *version_commit(void);  /* "3f2a1bc", with "+" for a changed tree; "unknown" */

#endif
