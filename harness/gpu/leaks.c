/* For builds under AddressSanitizer only. Drivers keep memory of their own when the last
 * device is closed, and are unmapped before the leak checker looks, so that it cannot say
 * whose it was. Here they are kept mapped, and what they keep is not counted against us.
 */
#define _GNU_SOURCE
#include "gpu/inside.h"

#if defined __SANITIZE_ADDRESS__
#define UNDER_ASAN 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif

#ifdef UNDER_ASAN

#include <dlfcn.h>
#include <link.h>

const char *__lsan_default_options(void);
const char *__lsan_default_suppressions(void);

const char *__lsan_default_options(void)
{
  return "print_suppressions=0"; /* standard error is the program's */
}

const char *__lsan_default_suppressions(void)
{
  return "leak:libvulkan\nleak:libVkLayer\nleak:libLLVM\nleak:libnvidia\n"
         "leak:libGLX_nvidia\n";
}

static int pin(struct dl_phdr_info *info, size_t size, void *unused)
{
  (void)size;
  (void)unused;
  if (*info->dlpi_name)
    (void)dlopen(info->dlpi_name, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  return 0;
}

void gpu_pin_drivers(void)
{
  dl_iterate_phdr(pin, NULL);
}

#else

void gpu_pin_drivers(void) {}

#endif
