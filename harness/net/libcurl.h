/* libcurl.h - libcurl as a table of functions, opened at run time; the only file that
 * includes its header. Options and constants come from there.
 *
 * The library stays mapped once opened (its TLS library does not like to be unloaded);
 * opening again is cheap. Missing or too old is ERR_ENV with what to install.
 */
#ifndef OREO_NET_LIBCURL_H
#define OREO_NET_LIBCURL_H

#include <curl/curl.h>

#include "base/err.h"

/* result, name behind "curl_", parameters */
#define LIBCURL_MAP(XX)                                                      \
  XX(CURLcode, global_init, (long))                                          \
  XX(void, global_cleanup, (void))                                           \
  XX(CURL *, easy_init, (void))                                              \
  XX(CURLcode, easy_setopt, (CURL *, CURLoption, ...))                       \
  XX(CURLcode, easy_perform, (CURL *))                                       \
  XX(CURLcode, easy_getinfo, (CURL *, CURLINFO, ...))                        \
  XX(void, easy_cleanup, (CURL *))                                           \
  XX(const char *, easy_strerror, (CURLcode))                                \
  XX(struct curl_slist *, slist_append, (struct curl_slist *, const char *)) \
  XX(void, slist_free_all, (struct curl_slist *))                            \
  XX(CURLM *, multi_init, (void))                                            \
  XX(CURLMcode, multi_setopt, (CURLM *, CURLMoption, ...))                   \
  XX(CURLMcode, multi_add_handle, (CURLM *, CURL *))                         \
  XX(CURLMcode, multi_remove_handle, (CURLM *, CURL *))                      \
  XX(CURLMcode, multi_socket_action, (CURLM *, curl_socket_t, int, int *))   \
  XX(CURLMsg *, multi_info_read, (CURLM *, int *))                           \
  XX(CURLMcode, multi_cleanup, (CURLM *))                                    \
  XX(const char *, multi_strerror, (CURLMcode))                              \
  XX(CURLU *, url, (void))                                                   \
  XX(void, url_cleanup, (CURLU *))                                           \
  XX(CURLUcode, url_set, (CURLU *, CURLUPart, const char *, unsigned int))   \
  XX(CURLUcode, url_get, (const CURLU *, CURLUPart, char **, unsigned int))  \
  XX(void, free, (void *))

struct libcurl {
  void *library;
#define XX(result, name, parameters) result(*name) parameters;
  LIBCURL_MAP(XX)
#undef XX
};

NODISCARD int libcurl_open(struct libcurl *curl, struct err *err);
void libcurl_close(struct libcurl *curl);

#endif
