/* SPDX-License-Identifier: MIT */
/* Tables of numbers: RFC 4180, commas, quotes allowed, LF or CR LF. The first line is a header when one of its fields is no number. */
#ifndef TOOL_CSV_H
#define TOOL_CSV_H

#include <stddef.h>
#include <stdint.h>

enum { CSV_COLUMNS = 65536 };

typedef struct csv {
  size_t rows, columns;
  double *values; /* rows x columns, finite */
  char **names;   /* NULL without a header */
} csv;

/* TOOL_OK, or another code after a message. At least one row. */
int csv_read(csv *out, const char *path);
void csv_free(csv *table);
/* Keeps the columns of these names, in this order; all must be there. A table without header is left alone. `path`: for messages. */
int csv_select(csv *table, const char *const *names, size_t count, const char *path);

#endif
