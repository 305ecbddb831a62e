/* certificate.h - a self-signed certificate for 127.0.0.1, made afresh for each test, so
 * that no private key lies in the tree.
 */
#ifndef OREO_TESTS_NET_CERTIFICATE_H
#define OREO_TESTS_NET_CERTIFICATE_H

enum { CERTIFICATE_PEM_SIZE = 4096 };

struct certificate {
  char key[CERTIFICATE_PEM_SIZE], pem[CERTIFICATE_PEM_SIZE];
};

/* -1 when OpenSSL refuses. */
int certificate_create(struct certificate *certificate);

#endif
