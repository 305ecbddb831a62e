/* libmicrohttpd.h - libmicrohttpd as a table of functions, opened at run time; the only
 * file that includes its header, and mock.c is the only one that includes this.
 *
 * Opened at run time because it pulls in a TLS library that no other command needs: they
 * start without it. Missing or too old is ERR_ENV with what to install.
 */
#ifndef OREO_MOCK_LIBMICROHTTPD_H
#define OREO_MOCK_LIBMICROHTTPD_H

#include <sys/types.h>

#include <microhttpd.h>

#include "base/err.h"

/* result, name behind "MHD_", parameters */
#define LIBMICROHTTPD_MAP(XX)                                                          \
  XX(struct MHD_Daemon *, start_daemon,                                                \
     (unsigned, uint16_t, MHD_AcceptPolicyCallback, void *, MHD_AccessHandlerCallback, \
      void *, ...))                                                                    \
  XX(void, stop_daemon, (struct MHD_Daemon *))                                         \
  XX(enum MHD_Result, run_wait, (struct MHD_Daemon *, int32_t))                        \
  XX(const union MHD_DaemonInfo *, get_daemon_info,                                    \
     (struct MHD_Daemon *, enum MHD_DaemonInfoType, ...))                              \
  XX(const union MHD_ConnectionInfo *, get_connection_info,                            \
     (struct MHD_Connection *, enum MHD_ConnectionInfoType, ...))                      \
  XX(const char *, lookup_connection_value,                                            \
     (struct MHD_Connection *, enum MHD_ValueKind, const char *))                      \
  XX(void, suspend_connection, (struct MHD_Connection *))                              \
  XX(void, resume_connection, (struct MHD_Connection *))                               \
  XX(struct MHD_Response *, create_response_from_buffer,                               \
     (size_t, void *, enum MHD_ResponseMemoryMode))                                    \
  XX(struct MHD_Response *, create_response_from_callback,                             \
     (uint64_t, size_t, MHD_ContentReaderCallback, void *,                             \
      MHD_ContentReaderFreeCallback))                                                  \
  XX(enum MHD_Result, add_response_header,                                             \
     (struct MHD_Response *, const char *, const char *))                              \
  XX(enum MHD_Result, queue_response,                                                  \
     (struct MHD_Connection *, unsigned, struct MHD_Response *))                       \
  XX(void, destroy_response, (struct MHD_Response *))                                  \
  XX(enum MHD_Result, is_feature_supported, (enum MHD_FEATURE))

struct libmicrohttpd {
  void *library;
#define XX(result, name, parameters) result(*name) parameters;
  LIBMICROHTTPD_MAP(XX)
#undef XX
};

NODISCARD int libmicrohttpd_open(struct libmicrohttpd *mhd, struct err *err);
void libmicrohttpd_close(struct libmicrohttpd *mhd);

#endif
