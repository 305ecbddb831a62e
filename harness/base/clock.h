/* clock.h - the time of day and the stopwatch, and the one place that reads either.
 *
 * Results never depend on them: dates stand in the manifest and in file names, durations
 * on the progress line. SOURCE_DATE_EPOCH (seconds), when set, is the time of day, so that
 * tests and reproducible builds of reports have a fixed one. Thread-safe.
 */
#ifndef OREO_BASE_CLOCK_H
#define OREO_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds of a clock that never goes back; only differences mean anything. */
int64_t clock_monotonic_ns(void);
/* Microseconds since 1970, UTC, or SOURCE_DATE_EPOCH. */
int64_t clock_wall_us(void);

enum { CLOCK_TEXT_SIZE = 32 };
/* "2026-11-23T20:31:05Z" */
void clock_format_iso(int64_t wall_us, char text[CLOCK_TEXT_SIZE]);
/* "2026-11-23T20-31-05.123456", as lm-eval names its result files */
void clock_format_file(int64_t wall_us, char text[CLOCK_TEXT_SIZE]);

#endif
