/* modular.h - arithmetic in the field of p^2 elements, and the fingerprint of a tree in
 * it.
 *
 * Evaluating two trees at the same pseudo-random arguments modulo a prime tells
 * polynomials, rational functions and huge integers apart without ever writing them out
 * (Schwartz-Zippel): different fingerprints prove a difference, equal ones err with
 * probability below 2^-100 over both primes.
 *
 * Both primes are 3 mod 4, so -1 has no root modulo p and the field of p^2 elements is
 * a + b i with i^2 = -1: complex numbers, modulo p. In it *every* integer has a square
 * root. Roots are fixed per prime factor of the radicand, so sqrt(2) sqrt(3) = sqrt(6).
 */
#ifndef OREO_GRADE_MODULAR_H
#define OREO_GRADE_MODULAR_H

#include "grade/answer.h"
#include "grade/tree.h"

enum { MODULAR_PRIMES = 2 };

struct residue {
  uint64_t re, im;
};

uint64_t modular_prime(size_t index);
struct residue residue_multiply(struct residue a, struct residue b, size_t prime);
/* {0, 0} for zero, which has none. */
struct residue residue_inverse(struct residue a, size_t prime);
/* A root of the integer n; roots of products are products of roots. */
struct residue residue_root(int64_t n, size_t prime);

enum fingerprint_status {
  FINGERPRINT_OK,
  FINGERPRINT_NOT, /* contains what this field has no meaning for (sin, |x|), or 1/0 */
};

/* Variables, pi and e are fixed pseudo-random residues: they stand for unknowns. */
enum fingerprint_status fingerprint(const struct node *node, size_t prime,
                                    struct residue *out, struct budget *budget);

#endif
