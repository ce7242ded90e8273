/* SPDX-License-Identifier: MIT */
/* Arrays of numbers in memory: NumPy's .npy (numpy.lib.format, versions 1.0 and 2.0), and JSON lists. */
#include <math.h>
#include <string.h>

#include "result/decimal.h"
#include "result/json.h"
#include "result/write.h"

enum { MAGIC = 8 }; /* "\x93NUMPY" and two bytes of version */

typedef struct array {
  char kind; /* f i u b; 0: JSON */
  int big_endian, fortran;
  size_t item, data; /* bytes of one number; where they begin */
  uint32_t n_dims;
  uint64_t shape[METAGAME_ARRAY_MAX_DIMS];
  size_t count;
} array;

/* ---- the header of .npy: a Python dict, of which NumPy writes three keys with plain values ---- */

typedef struct header {
  const char *text;
  size_t size, at;
} header;

static void blank(header *h) {
  while (h->at < h->size && strchr(" \t\r\n", h->text[h->at]) && h->text[h->at]) ++h->at;
}

static int take(header *h, const char *word) {
  const size_t length = strlen(word);
  blank(h);
  if (h->size - h->at < length || memcmp(h->text + h->at, word, length) != 0) return 0;
  h->at += length;
  return 1;
}

/* 'text' or "text", without escapes; 0 where there is none or it does not fit. */
static int quoted(header *h, char *out, size_t room) {
  size_t length = 0;
  blank(h);
  if (h->at >= h->size || (h->text[h->at] != '\'' && h->text[h->at] != '"')) return 0;
  const char mark = h->text[h->at++];
  while (h->at < h->size && h->text[h->at] != mark && length + 1 < room) out[length++] = h->text[h->at++];
  out[length] = '\0';
  return h->at < h->size && h->text[h->at++] == mark;
}

static metagame_status read_type(array *a, const char *descr, metagame_error *err) {
  static const char *const known[] = { "f8", "f4", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1" };
  const char order = descr[0];
  for (size_t k = 0; k < sizeof known / sizeof *known; ++k)
    if (strchr("<>|=", order) && order && strcmp(descr + 1, known[k]) == 0) {
      a->kind = known[k][0];
      a->item = (size_t)(known[k][1] - '0');
      a->big_endian = order == '>';
      return METAGAME_OK;
    }
  return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: descr is '%.20s', must be f8, f4, i1..i8, u1..u8 or b1 behind '<', '>', '|' or '='",
                  descr);
}

static metagame_status read_shape(array *a, header *h, metagame_error *err) {
  if (!take(h, "(")) return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: shape is no tuple");
  while (!take(h, ")")) {
    uint64_t length = 0;
    blank(h);
    const size_t first = h->at;
    for (; h->at < h->size && h->text[h->at] >= '0' && h->text[h->at] <= '9'; ++h->at) {
      if (length > UINT64_MAX / 16) return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: dimension %u of shape is too large", a->n_dims);
      length = 10 * length + (uint64_t)(h->text[h->at] - '0');
    }
    if (h->at == first) return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: shape has something that is no number at byte %zu", h->at);
    if (a->n_dims == METAGAME_ARRAY_MAX_DIMS)
      return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: shape has more than %d dimensions", METAGAME_ARRAY_MAX_DIMS);
    a->shape[a->n_dims++] = length;
    if (!take(h, ",")) {
      if (!take(h, ")")) return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: shape has no end");
      break;
    }
  }
  return METAGAME_OK;
}

static metagame_status read_header(array *a, header *h, metagame_error *err) {
  int seen[3] = { 0, 0, 0 };
  if (!take(h, "{")) return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: the header is no dict");
  while (!take(h, "}")) {
    char key[32], descr[24];
    if (!quoted(h, key, sizeof key) || !take(h, ":")) return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: a key of the header is expected");
    if (strcmp(key, "descr") == 0 && !seen[0]++) {
      if (!quoted(h, descr, sizeof descr)) return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: descr is no plain type");
      MTG_TRY(read_type(a, descr, err));
    } else if (strcmp(key, "fortran_order") == 0 && !seen[1]++) {
      a->fortran = take(h, "True");
      if (!a->fortran && !take(h, "False")) return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: fortran_order is neither True nor False");
    } else if (strcmp(key, "shape") == 0 && !seen[2]++) {
      MTG_TRY(read_shape(a, h, err));
    } else {
      return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: key '%s' in the header, must be descr, fortran_order and shape, once each", key);
    }
    if (!take(h, ",")) {
      if (!take(h, "}")) return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: the header has no end");
      break;
    }
  }
  if (!seen[0] || !seen[1] || !seen[2])
    return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: the header has no %s", !seen[0] ? "descr" : !seen[1] ? "fortran_order" : "shape");
  return METAGAME_OK;
}

static metagame_status count_of(array *a, size_t most, metagame_error *err) {
  int is_empty = 0;
  for (uint32_t d = 0; d < a->n_dims; ++d) is_empty |= a->shape[d] == 0;
  a->count = is_empty ? 0 : 1;
  for (uint32_t d = 0; d < a->n_dims && !is_empty; ++d) {
    if (a->shape[d] > most / a->count)
      return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: the shape asks for more numbers than the %zu that the bytes hold", most);
    a->count *= (size_t)a->shape[d];
  }
  return METAGAME_OK;
}

static metagame_status open_npy(array *a, const char *bytes, size_t size, metagame_error *err) {
  const unsigned char *at = (const unsigned char *)bytes;
  header h = { NULL, 0, 0 };
  size_t length = 0;
  const int version = size > 6 ? at[6] : 0;
  const size_t width = version == 1 ? 2 : 4;
  if (size < MAGIC + width) return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: %zu bytes, the header is cut", size);
  if (version < 1 || version > 3) return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: version %d, known are 1 to 3", version);
  for (size_t b = width; b-- > 0;) length = length << 8 | at[MAGIC + b];
  if (length > size - MAGIC - width) return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: the header says %zu bytes, the file is cut", length);
  h.text = bytes + MAGIC + width;
  h.size = length;
  MTG_TRY(read_header(a, &h, err));
  a->data = MAGIC + width + length;
  MTG_TRY(count_of(a, (size - a->data) / a->item, err));
  if (a->count * a->item != size - a->data)
    return mtg_fail(err, METAGAME_E_ARGUMENT, ".npy: %zu bytes of numbers, the shape asks for %zu", size - a->data, a->count * a->item);
  return METAGAME_OK;
}

static double number_at(const array *a, const char *bytes, size_t index) {
  const unsigned char *at = (const unsigned char *)bytes + a->data + index * a->item;
  uint64_t bits = 0;
  for (size_t b = 0; b < a->item; ++b) bits = bits << 8 | at[a->big_endian ? b : a->item - 1 - b];
  if (a->kind == 'f' && a->item == 8) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
  }
  if (a->kind == 'f') {
    const uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return (double)value;
  }
  if (a->kind == 'b') return bits ? 1 : 0;
  const uint64_t sign = UINT64_C(1) << (8 * a->item - 1);
  if (a->kind == 'u' || !(bits & sign)) return (double)bits;
  return -(double)((sign - 1 - (bits & (sign - 1))) + 1);
}

static void values_npy(const array *a, const char *bytes, double *out) {
  uint64_t index[METAGAME_ARRAY_MAX_DIMS] = { 0 };
  for (size_t to = 0; to < a->count; ++to) {
    size_t from = to;
    if (a->fortran) {
      from = 0;
      for (uint32_t d = a->n_dims; d-- > 0;) from = from * (size_t)a->shape[d] + (size_t)index[d];
      for (uint32_t d = a->n_dims; d-- > 0 && ++index[d] == a->shape[d];) index[d] = 0;
    }
    out[to] = number_at(a, bytes, from);
  }
}

/* ---- JSON ---- */

/* One list at depth `depth`; `known`: dimensions whose length is known already. out NULL: shape only. */
static metagame_status walk(array *a, mtg_json *json, uint32_t depth, uint32_t *known, double *out, size_t *at) {
  if (mtg_json_peek(json) != '[') {
    double value;
    if (depth != a->n_dims || (depth != *known && *known != UINT32_MAX)) return mtg_json_fail(json, "a list is expected: all lists must be equally deep");
    *known = depth;
    MTG_TRY(mtg_json_number(json, &value));
    if (out) out[*at] = value;
    ++*at;
    return METAGAME_OK;
  }
  size_t length = 0;
  if (depth == METAGAME_ARRAY_MAX_DIMS || depth == *known)
    return mtg_json_fail(json, depth == *known ? "a number is expected: all lists must be equally deep" : "lists nested deeper than 8");
  MTG_TRY(mtg_json_count(json, &length));
  if (depth == a->n_dims) {
    a->shape[a->n_dims++] = length;
  } else if (a->shape[depth] != length) {
    return mtg_json_fail(json, "a list of %zu, others of that depth have %llu", length, (unsigned long long)a->shape[depth]);
  }
  int first = 1;
  MTG_TRY(mtg_json_open(json, '['));
  while (mtg_json_next(json, &first)) MTG_TRY(walk(a, json, depth + 1, known, out, at));
  return METAGAME_OK;
}

static metagame_status walk_json(array *a, const char *bytes, size_t size, double *out, metagame_error *err) {
  mtg_json json;
  uint32_t known = UINT32_MAX;
  MTG_TRY(mtg_json_check(&json, bytes, size, err));
  a->n_dims = 0;
  a->count = 0;
  return walk(a, &json, 0, &known, out, &a->count);
}

static metagame_status open_array(array *a, const char *bytes, size_t size, metagame_error *err) {
  memset(a, 0, sizeof *a);
  if (size >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0) return open_npy(a, bytes, size, err);
  return walk_json(a, bytes, size, NULL, err);
}

/* ---- the public calls ---- */

metagame_status metagame_array_shape(const char *bytes, size_t size, uint32_t *n_dims, uint64_t *shape, size_t *count,
                                     metagame_error *err) {
  array a;
  if (!bytes || !n_dims || !shape || !count)
    return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !bytes ? "bytes" : !n_dims ? "n_dims" : !shape ? "shape" : "count");
  MTG_TRY(open_array(&a, bytes, size, err));
  *n_dims = a.n_dims;
  *count = a.count;
  memcpy(shape, a.shape, sizeof a.shape);
  return METAGAME_OK;
}

metagame_status metagame_array_values(const char *bytes, size_t size, double *out, size_t count, metagame_error *err) {
  array a;
  if (!bytes || !out) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !bytes ? "bytes" : "out");
  MTG_TRY(open_array(&a, bytes, size, err));
  if (a.count != count)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "count is %zu, the array has %zu numbers", count, a.count);
  if (a.kind == 0) return walk_json(&a, bytes, size, out, err);
  values_npy(&a, bytes, out);
  return METAGAME_OK;
}

void mtg_write_npy(mtg_text *text, const double *values, uint32_t n_dims, const uint64_t *shape) {
  char dict[320] = "{'descr': '<f8', 'fortran_order': False, 'shape': (";
  size_t length = strlen(dict), count = 1;
  for (uint32_t d = 0; d < n_dims; ++d) {
    char digits[24];
    size_t n = 0;
    for (uint64_t rest = shape[d]; n == 0 || rest > 0; rest /= 10) digits[n++] = (char)('0' + rest % 10);
    while (n > 0) dict[length++] = digits[--n];
    if (d + 1 < n_dims || n_dims == 1) dict[length++] = ',';
    if (d + 1 < n_dims) dict[length++] = ' ';
    count *= (size_t)shape[d];
  }
  memcpy(dict + length, "), }", 4);
  length += 4;
  while ((MAGIC + 2 + length + 1) % 64 != 0) dict[length++] = ' ';
  dict[length++] = '\n';
  const char lengths[2] = { (char)(length & 0xff), (char)(length >> 8) };
  mtg_text_put(text, "\x93NUMPY\x01\x00", MAGIC);
  mtg_text_put(text, lengths, 2);
  mtg_text_put(text, dict, length);
  for (size_t at = 0; at < count; ++at) {
    const double value = values ? values[at] : 0;
    uint64_t bits;
    char bytes[8];
    memcpy(&bits, &value, sizeof bits);
    for (size_t b = 0; b < 8; ++b) bytes[b] = (char)(bits >> (8 * b) & 0xff);
    mtg_text_put(text, bytes, 8);
  }
}

metagame_status metagame_array_write_npy(const double *values, uint32_t n_dims, const uint64_t *shape, metagame_write_fn write, void *user,
                                         metagame_error *err) {
  mtg_text text;
  uint64_t count = 1;
  if (!values || !shape || !write)
    return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !values ? "values" : !shape ? "shape" : "write");
  if (n_dims < 1 || n_dims > METAGAME_ARRAY_MAX_DIMS)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "n_dims is %u, must be 1..%d", n_dims, METAGAME_ARRAY_MAX_DIMS);
  for (uint32_t d = 0; d < n_dims; ++d) {
    if (shape[d] != 0 && count > SIZE_MAX / sizeof(double) / shape[d])
      return mtg_fail(err, METAGAME_E_ARGUMENT, "shape[%u] is %llu: the array would be larger than memory", d,
                      (unsigned long long)shape[d]);
    count *= shape[d];
  }
  mtg_text_open(&text, write, user);
  mtg_write_npy(&text, values, n_dims, shape);
  return mtg_text_close(&text, err);
}

static int is_word(const char *text, size_t size, const char *word) {
  for (size_t at = 0; word[at]; ++at)
    if (at >= size || (text[at] | 0x20) != word[at]) return 0;
  return 1;
}

metagame_status metagame_number_read(const char *text, size_t size, double *out, size_t *used, metagame_error *err) {
  if (used) *used = 0;
  if (!text || !out) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !text ? "text" : "out");
  size_t taken = mtg_decimal_read(text, size, out);
  if (taken == 0) {
    const size_t sign = size > 0 && (text[0] == '-' || text[0] == '+');
    const char *rest = text + sign;
    const size_t left = size - sign;
    const size_t word = is_word(rest, left, "infinity") ? 8 : is_word(rest, left, "inf") || is_word(rest, left, "nan") ? 3 : 0;
    if (word == 0) return mtg_fail(err, METAGAME_E_ARGUMENT, "no number at the start of \"%.*s\"", size < 40 ? (int)size : 40, text);
    const double value = (rest[0] | 0x20) == 'n' ? NAN : INFINITY;
    *out = sign && text[0] == '-' ? -value : value;
    taken = sign + word;
  }
  if (used) *used = taken;
  return METAGAME_OK;
}
