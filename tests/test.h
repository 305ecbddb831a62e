/* test.h - what unit tests share: cmocka, the real data if it is there, a scratch folder.
 *
 * A test of real data asks test_data("gsm8k/test.jsonl"); when the file is absent it
 * returns NULL and the test calls skip(). TEST_SOURCE_DIR is the source tree.
 */
#ifndef OREO_TESTS_TEST_H
#define OREO_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/str.h"

/* Path of a file of the real data, in a static buffer, or NULL when it is not there. */
static inline const char *test_data(const char *name)
{
  static char path[4096];
  const char *root = getenv("OREO_TEST_DATA");
  if (!root)
    return NULL;
  snprintf(path, sizeof path, "%s/%s", root, name);
  return access(path, R_OK) == 0 ? path : NULL;
}

/* A fresh folder below the system's temporary one; the caller removes what it makes. */
static inline const char *test_folder(void)
{
  static char path[64];
  snprintf(path, sizeof path, "/tmp/oreo-test-XXXXXX");
  assert_non_null(mkdtemp(path));
  return path;
}

#define assert_str_equal(s, literal)                                                   \
  do {                                                                                 \
    struct str got_ = (s);                                                             \
    char text_[4096];                                                                  \
    assert_true(got_.len < sizeof text_);                                              \
    if (got_.len)                                                                      \
      memcpy(text_, got_.ptr, got_.len);                                               \
    text_[got_.len] = '\0';                                                            \
    assert_string_equal(text_, (literal));                                             \
  } while (0)

/* A call that must succeed; prints the error otherwise. */
#define assert_ok(call, err)                                                           \
  do {                                                                                 \
    if ((call) < 0)                                                                    \
      fail_msg("%s: %s", #call, (err).msg);                                            \
  } while (0)

#endif
