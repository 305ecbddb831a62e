/* interrupt.h - Ctrl-C and SIGTERM: the run stops between two records.
 *
 * The first signal is noted, and the loop stops after the answer at hand, with everything
 * synced; the second has its default effect at once. SIGXFSZ is ignored, so that a file
 * size limit is a failed write like a full disk. A signal handler can only speak through
 * a variable of the process: it is the one that this program has.
 */
#ifndef OREO_RUN_INTERRUPT_H
#define OREO_RUN_INTERRUPT_H

#include <stdbool.h>

/* From here to interrupt_end signals are noted. */
void interrupt_begin(void);
void interrupt_end(void);
/* Has one come since interrupt_begin? */
bool interrupt_came(void);

#endif
