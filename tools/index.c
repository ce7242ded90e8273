/* SPDX-License-Identifier: MIT */
#include "index.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "print.h"
#include "tool.h"
#include "utf8.h"

static const char names[] = "shapley|banzhaf|sii|k-sii|stii|fsii|bii|fbii|chii|moebius|co-moebius|sgv|bgv|context|bivariate-shapley|meta";
static const int32_t kinds[] = { 0, METAGAME_INDEX_BII, METAGAME_INDEX_SII, METAGAME_INDEX_KSII, METAGAME_INDEX_STII,
                                 METAGAME_INDEX_FSII, METAGAME_INDEX_BII, METAGAME_INDEX_FBII, METAGAME_INDEX_CHII,
                                 METAGAME_INDEX_MOEBIUS, METAGAME_INDEX_CO_MOEBIUS, METAGAME_INDEX_SGV, METAGAME_INDEX_BGV,
                                 METAGAME_INDEX_CONTEXT, METAGAME_INDEX_BIVARIATE_SHAPLEY, METAGAME_INDEX_META };
enum { SHAPLEY = 1, BANZHAF = 2, MOST_ORDER = 3, MOST_CELLS = 20 };

void index_add_options(option_table *table, index_options *index) {
  option_heading(table, "Interactions (docs/indices.md says which index answers which question)");
  option_choice(table, "index", names, &index->kind, "default shapley: the value of each player");
  option_whole(table, "order", "Q", 1, MOST_ORDER, &index->order, "players of a cell; default 2, for banzhaf 1");
  option_whole(table, "max-order", "L", 1, MOST_ORDER, &index->max_order,
               "highest order of k-sii, stii, fsii, fbii; default that of --order");
  option_whole(table, "context", "S", 0, 63, &index->context, "context: number of other players present");
  option_real(table, "probability", "P", 0, 1 + 1e-15, &index->probability, "of presence, for banzhaf, bii, bgv; default 0.5");
  option_choice(table, "inner", "shapley|banzhaf|occlusion", &index->inner, "meta: the inner value; default shapley");
}

int32_t index_wanted(const index_options *index) { return index->kind > SHAPLEY; }

static uint32_t order_of(const index_options *index) {
  if (index->order) return (uint32_t)index->order;
  return index->kind == BANZHAF ? 1 : 2;
}

uint32_t index_run_order(const index_options *index) {
  if (!index_wanted(index)) return 0;
  uint32_t order = order_of(index);
  if (index->max_order > order) order = (uint32_t)index->max_order;
  return order < 2 ? 2 : order;
}

int index_check(const index_options *index, const outputs *out, uint32_t n_players) {
  if (!index_wanted(index)) {
    if (index->order || index->max_order || index->inner || index->context != UINT64_MAX || index->probability > 0)
      return tool_fail(TOOL_USAGE, "--order, --max-order, --context, --probability and --inner need an --index other than shapley");
    return TOOL_OK;
  }
  if (out->svg || out->html || out->npy_stderr) return tool_fail(TOOL_USAGE, "--index is written by --json, --csv and --npy only");
  if (kinds[index->kind - 1] == METAGAME_INDEX_CONTEXT && index->context == UINT64_MAX)
    return tool_fail(TOOL_USAGE, "--index context needs --context");
  if (index->max_order && index->max_order < order_of(index))
    return tool_fail(TOOL_USAGE, "--max-order is %u, must be at least the order, %u", (unsigned)index->max_order, order_of(index));
  if (index_run_order(index) > n_players)
    return tool_fail(TOOL_USAGE, "--index of order %u needs as many players, the game has %u", index_run_order(index), n_players);
  if (index->context != UINT64_MAX && index->context > n_players - order_of(index))
    return tool_fail(TOOL_USAGE, "--context is %u, must be 0..%u: players beside those of a cell", (unsigned)index->context,
                     n_players - order_of(index));
  return TOOL_OK;
}

/* ---- cells ---- */

typedef struct cells {
  const double *values, *errors;
  const char *const *players, *const *targets;
  const int32_t *own;
  char name[32];
  uint32_t n, m, order;
  bool directed; /* cells of (i, j) and (j, i) differ */
  bool sampled;
} cells;

/* The next tuple: increasing, or for directed indices any. False at the end. */
static bool next(const cells *c, uint32_t *tuple) {
  for (uint32_t k = c->order; k-- > 0;) {
    const uint32_t most = c->directed ? c->n - 1 : c->n - c->order + k;
    if (tuple[k] >= most) continue;
    ++tuple[k];
    for (uint32_t after = k + 1; after < c->order; ++after) tuple[after] = c->directed ? 0 : tuple[after - 1] + 1;
    return true;
  }
  return false;
}

static void start(const cells *c, uint32_t *tuple) {
  for (uint32_t k = 0; k < c->order; ++k) tuple[k] = c->directed ? 0 : k;
}

static size_t position(const cells *c, uint32_t target, const uint32_t *tuple) {
  size_t at = target;
  for (uint32_t k = 0; k < c->order; ++k) at = at * c->n + tuple[k];
  return at;
}

/* The largest first, among those that are still below `bound`. */
static void print_cells(const cells *c) {
  for (uint32_t i = 0; i < c->m; ++i) {
    double bound = (double)INFINITY;
    size_t bound_at = 0;
    printf("\n%s of order %u, target %s%s\n", c->name, c->order, c->targets[i],
           c->directed ? " (first: whose; then: by whom)" : "");
    for (int shown = 0; shown < MOST_CELLS; ++shown) {
      uint32_t tuple[MOST_ORDER] = { 0 }, best[MOST_ORDER] = { 0 };
      double largest = -1;
      size_t at = 0;
      start(c, tuple);
      do {
        const size_t here = position(c, i, tuple);
        const double size = fabs(c->values[here]);
        if (size > largest && (size < bound || (size == bound && here > bound_at))) {
          largest = size;
          at = here;
          memcpy(best, tuple, sizeof best);
        }
      } while (next(c, tuple));
      if (largest < 0 || (largest == 0 && shown > 0)) break;
      bound = largest;
      bound_at = at;
      printf("  %+12.6g", c->values[at]);
      if (c->sampled && !isnan(c->errors[at])) printf(" +- %-8.2g", c->errors[at]);
      for (uint32_t k = 0; k < c->order; ++k) {
        fputs("  ", stdout);
        print_short(c->players[best[k]]);
      }
      putchar('\n');
    }
  }
}

static void put_number(file_out *file, double value, const char *unknown) {
  char text[40];
  snprintf(text, sizeof text, "%.17g", value);
  file_out_text(file, isfinite(value) ? text : unknown);
}

/* In quotes; bytes that are no UTF-8 as U+FFFD. */
static void put_string(file_out *file, const char *text, bool csv) {
  file_out_text(file, "\"");
  while (*text) {
    char code[8];
    const size_t length = utf8_length(text);
    if (length == 0) file_out_text(file, "\xEF\xBF\xBD");
    else if (*text == '"') file_out_text(file, csv ? "\"\"" : "\\\"");
    else if (*text == '\\' && !csv) file_out_text(file, "\\\\");
    else if ((unsigned char)*text < 0x20 && !csv) {
      snprintf(code, sizeof code, "\\u%04x", (unsigned)*text);
      file_out_text(file, code);
    } else {
      file_out_write(file, text, length);
    }
    text += length ? length : 1;
  }
  file_out_text(file, "\"");
}

static void put_csv(file_out *file, const cells *c) {
  char head[64];
  file_out_text(file, "target");
  for (uint32_t k = 0; k < c->order; ++k) {
    snprintf(head, sizeof head, ",player%u", k + 1);
    file_out_text(file, head);
  }
  file_out_text(file, ",value,stderr\r\n");
  for (uint32_t i = 0; i < c->m; ++i) {
    uint32_t tuple[MOST_ORDER] = { 0 };
    start(c, tuple);
    do {
      put_string(file, c->targets[i], true);
      for (uint32_t k = 0; k < c->order; ++k) {
        file_out_text(file, ",");
        put_string(file, c->players[tuple[k]], true);
      }
      file_out_text(file, ",");
      put_number(file, c->values[position(c, i, tuple)], "");
      file_out_text(file, ",");
      if (c->sampled) put_number(file, c->errors[position(c, i, tuple)], "");
      file_out_text(file, "\r\n");
    } while (next(c, tuple));
  }
}

static void put_labels(file_out *file, const char *key, const char *const *labels, uint32_t count) {
  file_out_text(file, "  \"");
  file_out_text(file, key);
  file_out_text(file, "\": [");
  for (uint32_t k = 0; k < count; ++k) {
    file_out_text(file, k ? ", " : "");
    put_string(file, labels[k], false);
  }
  file_out_text(file, "],\n");
}

static void put_json(file_out *file, const cells *c, const metagame_result_info *info) {
  char text[256];
  snprintf(text, sizeof text,
           "{\n  \"format\": \"metagame-index\",\n  \"version\": 1,\n  \"index\": \"%s\",\n  \"order\": %u,\n  \"directed\": %s,\n"
           "  \"evaluations\": %llu,\n",
           c->name, c->order, c->directed ? "true" : "false", (unsigned long long)info->evaluations);
  file_out_text(file, text);
  put_labels(file, "players", c->players, c->n);
  put_labels(file, "targets", c->targets, c->m);
  file_out_text(file, "  \"cells\": [");
  bool first = true;
  for (uint32_t i = 0; i < c->m; ++i) {
    uint32_t tuple[MOST_ORDER] = { 0 };
    start(c, tuple);
    do {
      snprintf(text, sizeof text, "%s\n    { \"target\": %u, \"players\": [%u", first ? "" : ",", i, tuple[0]);
      file_out_text(file, text);
      for (uint32_t k = 1; k < c->order; ++k) {
        snprintf(text, sizeof text, ", %u", tuple[k]);
        file_out_text(file, text);
      }
      file_out_text(file, "], \"value\": ");
      put_number(file, c->values[position(c, i, tuple)], "null");
      if (c->sampled) {
        file_out_text(file, ", \"stderr\": ");
        put_number(file, c->errors[position(c, i, tuple)], "null");
      }
      file_out_text(file, " }");
      first = false;
    } while (next(c, tuple));
  }
  file_out_text(file, "\n  ]\n}\n");
}

typedef enum { AS_JSON, AS_CSV, AS_NPY } as_format;

static int put_file(const char *path, const cells *c, const metagame_result_info *info, as_format format) {
  file_out file;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_status status = METAGAME_OK;
  if (!path) return TOOL_OK;
  int code = file_out_begin(&file, path);
  if (code != TOOL_OK) return code;
  if (format == AS_JSON) put_json(&file, c, info);
  if (format == AS_CSV) put_csv(&file, c);
  if (format == AS_NPY) {
    const uint64_t shape[1 + MOST_ORDER] = { c->m, c->n, c->n, c->n };
    status = metagame_array_write_npy(c->values, 1 + c->order, shape, file_out_write, &file, &err);
  }
  const bool keep = status >= 0 || file.failed;
  code = file_out_end(&file, keep);
  return keep ? code : tool_fail_status(status, &err, TOOL_OUTPUT);
}

static int put_files(const outputs *out, const cells *c, const metagame_result_info *info) {
  const int json = put_file(out->json, c, info, AS_JSON), csv = put_file(out->csv, c, info, AS_CSV);
  const int npy = put_file(out->npy, c, info, AS_NPY);
  return json ? json : csv ? csv : npy;
}

int index_write(const index_options *index, const metagame_result *result, const char *const *players, const char *const *targets,
                const outputs *out, bool verbose) {
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  metagame_index wanted = METAGAME_INDEX_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_status status = metagame_result_get_info(result, &info, &err);
  if (status < 0) return tool_fail_status(status, &err, TOOL_INPUT);
  wanted.kind = kinds[index->kind - 1];
  wanted.order = order_of(index);
  wanted.max_order = (uint32_t)index->max_order;
  wanted.context = index->context == UINT64_MAX ? 0 : (uint32_t)index->context;
  wanted.inner = index->inner ? index->inner - 1 : 0;
  wanted.probability = index->probability;
  cells c = { .players = players, .targets = targets, .n = info.n_players, .m = info.n_targets, .order = wanted.order };
  c.directed = wanted.kind == METAGAME_INDEX_BIVARIATE_SHAPLEY || wanted.kind == METAGAME_INDEX_META;
  option_choice_name(names, index->kind, c.name, sizeof c.name);
  size_t count = c.m;
  for (uint32_t k = 0; k < c.order; ++k) count *= c.n;
  double *values = malloc(2 * count * sizeof *values);
  if (!values) return tool_fail(TOOL_RESOURCES, "no memory for %zu cells", count);
  status = metagame_result_index(result, &wanted, values, values + count, &err);
  c.values = values;
  c.errors = values + count;
  c.sampled = metagame_result_stderr(result) != NULL;
  if (status >= 0 && verbose) print_cells(&c);
  const int code = status < 0 ? tool_fail_status(status, &err, TOOL_INPUT) : put_files(out, &c, &info);
  free(values);
  return code;
}
