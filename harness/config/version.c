#include "config/version.h"

/* Both are given by the build (cmake/version.cmake). */
#include "oreo_version.h"

const char *version_program(void) { return OREO_VERSION; }

const char *version_commit(void) { return OREO_COMMIT; }
