#include "certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { A_DAY_S = 24 * 60 * 60 };

static int add_extension(X509 *x509, int nid, const char *value)
{
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
  int ok = extension && X509_add_ext(x509, extension, -1);
  X509_EXTENSION_free(extension);
  return ok ? 0 : -1;
}

static int sign(X509 *x509, EVP_PKEY *key)
{
  X509_NAME *name = X509_get_subject_name(x509);
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -A_DAY_S);
  X509_gmtime_adj(X509_getm_notAfter(x509), A_DAY_S);
  X509_set_pubkey(x509, key);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             (const unsigned char *)"oreo-bench test", -1, -1, 0);
  X509_set_issuer_name(x509, name);
  if (add_extension(x509, NID_basic_constraints, "critical,CA:TRUE") < 0 ||
      add_extension(x509, NID_subject_alt_name, "IP:127.0.0.1") < 0)
    return -1;
  return X509_sign(x509, key, EVP_sha256()) > 0 ? 0 : -1;
}

/* The text of a memory BIO, with a NUL. */
static int take_text(BIO *bio, char out[CERTIFICATE_PEM_SIZE])
{
  int n = BIO_read(bio, out, CERTIFICATE_PEM_SIZE - 1);
  out[n > 0 ? n : 0] = '\0';
  BIO_free(bio);
  return n > 0 ? 0 : -1;
}

int certificate_create(struct certificate *certificate)
{
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *x509 = X509_new();
  int rc = -1;
  if (key && x509 && sign(x509, key) == 0) {
    BIO *key_text = BIO_new(BIO_s_mem()), *pem = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL);
    PEM_write_bio_X509(pem, x509);
    rc = take_text(key_text, certificate->key) | take_text(pem, certificate->pem);
  }
  X509_free(x509);
  EVP_PKEY_free(key);
  return rc;
}
