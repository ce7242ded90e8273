/* SPDX-License-Identifier: MIT */
/* Bytes as a file of a result, and as an array. What is accepted is written again in every format, and its JSON reads as the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "metagame/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct text {
  char *bytes;
  size_t size, room;
} text;

static int32_t METAGAME_CALL append(void *user, const char *bytes, size_t size) {
  text *t = user;
  if (t->size + size > t->room) {
    t->room = 2 * (t->size + size);
    t->bytes = realloc(t->bytes, t->room);
    if (!t->bytes) abort();
  }
  memcpy(t->bytes + t->size, bytes, size);
  t->size += size;
  return 0;
}

static text write(const metagame_result *result, int32_t format, int32_t view) {
  metagame_document document = METAGAME_DOCUMENT_INIT;
  text t = { NULL, 0, 0 };
  document.view = view;
  const metagame_status status = metagame_document_write(result, &document, format, append, &t, NULL);
  if (status != METAGAME_OK && status != METAGAME_E_UNSUPPORTED) abort();
  return t;
}

static void read_result(const char *bytes, size_t size) {
  metagame_result *result = NULL, *again = NULL;
  metagame_error err;
  if (metagame_result_read(&result, bytes, size, NULL, &err) != METAGAME_OK) {
    if (result || err.message[0] == '\0') abort();
    return;
  }
  text one = write(result, METAGAME_FORMAT_JSON, 0);
  if (metagame_result_read(&again, one.bytes, one.size, NULL, NULL) != METAGAME_OK) abort();
  text two = write(again, METAGAME_FORMAT_JSON, 0);
  if (one.size != two.size || memcmp(one.bytes, two.bytes, one.size) != 0) abort();
  free(two.bytes);
  free(one.bytes);
  for (int32_t format = METAGAME_FORMAT_CSV; format <= METAGAME_FORMAT_HTML; ++format)
    for (int32_t view = METAGAME_VIEW_MATRIX; view <= (format == METAGAME_FORMAT_SVG ? METAGAME_VIEW_PATCHES : METAGAME_VIEW_MATRIX); ++view) {
      text other = write(again, format, view);
      free(other.bytes);
    }
  metagame_result_destroy(again);
  metagame_result_destroy(result);
}

static void read_array(const char *bytes, size_t size) {
  uint32_t n_dims = 0;
  uint64_t shape[METAGAME_ARRAY_MAX_DIMS];
  size_t count = 0, used = 0;
  double number;
  if (metagame_array_shape(bytes, size, &n_dims, shape, &count, NULL) == METAGAME_OK) {
    if (count > size) abort();
    double *values = malloc((count + 1) * sizeof *values);
    if (!values || metagame_array_values(bytes, size, values, count, NULL) != METAGAME_OK) abort();
    free(values);
  }
  if (metagame_number_read(bytes, size, &number, &used, NULL) == METAGAME_OK && (used == 0 || used > size)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *copy = malloc(size + 1); /* exactly as long as it is: what reads beyond is seen */
  if (!copy) abort();
  if (size > 0) memcpy(copy, data, size);
  char *exact = realloc(copy, size > 0 ? size : 1);
  read_result(exact, size);
  read_array(exact, size);
  free(exact);
  return 0;
}
