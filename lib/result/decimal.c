/* SPDX-License-Identifier: MIT */
/* D x 10^E to the nearest double by integers of any size:
 *
 *   E >= 0:  N = D 5^E,            x = N 2^E
 *   E <  0:  N = D, M = 5^-E,      x = N/M 2^E
 *
 * 66 bits q of N/M come by long division, bit by bit, and the remainder says whether anything follows; then q is rounded to the 53
 * bits of a double, or to those that a subnormal one has. Correct for any number of digits: beyond MOST_DIGITS they only say that
 * something follows, and no double or midpoint of two has as many. Cost: O(66 w), w the 32-bit words of N and M: 4 for numbers near 1. */
#include "result/decimal.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { MOST_DIGITS = 780, MOST_WORDS = 96 }; /* 10^780 and 5^1110 have 2592 and 2578 bits: 82 words */
#define MOST_EXPONENT (INT64_C(1) << 60)

typedef struct big {
  uint32_t n; /* words in use, the last one not 0 */
  uint32_t words[MOST_WORDS];
} big;

static void multiply_add(big *a, uint32_t factor, uint32_t term) {
  uint64_t carry = term;
  for (uint32_t w = 0; w < a->n; ++w) {
    carry += (uint64_t)a->words[w] * factor;
    a->words[w] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry) a->words[a->n++] = (uint32_t)carry;
}

static void multiply_fives(big *a, uint32_t exponent) {
  for (; exponent >= 13; exponent -= 13) multiply_add(a, 1220703125u, 0); /* 5^13 */
  uint32_t rest = 1;
  for (; exponent > 0; --exponent) rest *= 5;
  multiply_add(a, rest, 0);
}

static int32_t bits_of(const big *a) {
  int32_t bits = 32 * (int32_t)(a->n - 1);
  for (uint32_t top = a->words[a->n - 1]; top; top >>= 1) ++bits;
  return bits;
}

static void shift_left(big *a, uint32_t by) {
  const uint32_t words = by / 32, bits = by % 32;
  if (a->n == 0) return;
  for (uint32_t w = a->n; w-- > 0;) a->words[w + words] = a->words[w];
  memset(a->words, 0, words * sizeof *a->words);
  a->n += words;
  if (bits == 0) return;
  uint32_t carry = 0;
  for (uint32_t w = words; w < a->n; ++w) {
    const uint32_t word = a->words[w];
    a->words[w] = word << bits | carry;
    carry = word >> (32 - bits);
  }
  if (carry) a->words[a->n++] = carry;
}

static int is_less(const big *a, const big *b) {
  if (a->n != b->n) return a->n < b->n;
  for (uint32_t w = a->n; w-- > 0;)
    if (a->words[w] != b->words[w]) return a->words[w] < b->words[w];
  return 0;
}

/* a -= b, where a >= b. */
static void subtract(big *a, const big *b) {
  int64_t borrow = 0;
  for (uint32_t w = 0; w < a->n; ++w) {
    borrow += (int64_t)a->words[w] - (w < b->n ? b->words[w] : 0);
    a->words[w] = (uint32_t)borrow;
    borrow >>= 32; /* 0 or -1 */
  }
  while (a->n > 0 && a->words[a->n - 1] == 0) --a->n;
}

/* q 2^exponent (and more, where `follows`), q with its 64th bit set, to a double. */
static double round_to_double(uint64_t q, int32_t exponent, int follows) {
  int32_t drop = 11; /* of 64 bits 53 stay */
  if (exponent + 63 < -1022) drop += -1022 - (exponent + 63);
  if (drop > 64) return 0;
  uint64_t kept = drop == 64 ? 0 : q >> drop;
  const uint64_t half = UINT64_C(1) << (drop - 1), below = q & (half - 1);
  if ((q & half) && (below || follows || (kept & 1))) ++kept;
  return ldexp((double)kept, exponent + drop); /* exact, or infinity: kept has at most 53 bits and a place among the doubles */
}

static double quotient(big *n, big *m, int32_t exponent) {
  const int32_t shift = bits_of(n) - bits_of(m);
  if (shift < 0)
    shift_left(n, (uint32_t)-shift);
  else
    shift_left(m, (uint32_t)shift);
  exponent += shift; /* N/M = n/m 2^shift, n/m in (1/2, 2) */
  uint64_t q = 0;
  int32_t taken = 0;
  while (q >> 63 == 0) { /* 64 or 65 steps */
    q <<= 1;
    if (!is_less(n, m)) {
      subtract(n, m);
      q |= 1;
    }
    shift_left(n, 1);
    ++taken;
  }
  return round_to_double(q, exponent - (taken - 1), n->n > 0);
}

typedef struct number {
  big digits;
  int32_t n_digits; /* in `digits`, from the first that is not 0 */
  int64_t exponent; /* of ten */
} number;

static void add_digit(number *d, uint32_t digit, int is_fraction) {
  if (d->n_digits == 0 && digit == 0) {
    d->exponent -= is_fraction;
    return;
  }
  if (d->n_digits >= MOST_DIGITS) {
    if (digit != 0) d->digits.words[0] |= 1; /* all that is asked of it: not a tie */
    d->exponent += !is_fraction;
    return;
  }
  multiply_add(&d->digits, 10, digit);
  ++d->n_digits;
  d->exponent -= is_fraction;
}

static double value_of(number *d) {
  const int64_t magnitude = d->n_digits + d->exponent; /* x < 10^magnitude */
  big m;
  if (d->digits.n == 0 || magnitude < -330) return 0;
  if (magnitude > 310) return INFINITY;
  m.n = 1;
  m.words[0] = 1;
  if (d->exponent >= 0)
    multiply_fives(&d->digits, (uint32_t)d->exponent);
  else
    multiply_fives(&m, (uint32_t)-d->exponent);
  return quotient(&d->digits, &m, (int32_t)d->exponent);
}

static int is_digit(char c) { return c >= '0' && c <= '9'; }

size_t mtg_decimal_read(const char *text, size_t size, double *out) {
  number d;
  size_t at = 0, any = 0;
  d.digits.n = 0;
  d.n_digits = 0;
  d.exponent = 0;
  const int negative = at < size && text[at] == '-';
  if (at < size && (text[at] == '-' || text[at] == '+')) ++at;
  for (; at < size && is_digit(text[at]); ++at, ++any) add_digit(&d, (uint32_t)(text[at] - '0'), 0);
  if (at < size && text[at] == '.' && (any > 0 || (at + 1 < size && is_digit(text[at + 1])))) {
    ++at;
    for (; at < size && is_digit(text[at]); ++at, ++any) add_digit(&d, (uint32_t)(text[at] - '0'), 1);
  }
  if (any == 0) return 0;
  if (at < size && (text[at] == 'e' || text[at] == 'E')) {
    size_t next = at + 1;
    const int minus = next < size && text[next] == '-';
    if (next < size && (text[next] == '-' || text[next] == '+')) ++next;
    if (next < size && is_digit(text[next])) {
      int64_t exponent = 0;
      for (; next < size && is_digit(text[next]); ++next)
        if (exponent < MOST_EXPONENT / 16) exponent = 10 * exponent + (text[next] - '0');
      d.exponent += minus ? -exponent : exponent;
      at = next;
    }
  }
  const double value = value_of(&d);
  *out = negative ? -value : value;
  return at;
}
