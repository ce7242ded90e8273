/* SPDX-License-Identifier: MIT */
/* metagame compare: how two results agree. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "files.h"
#include "metagame/metrics.h"
#include "options.h"
#include "print.h"
#include "result_file.h"
#include "tool.h"

typedef struct compare_command {
  double tolerance;
  uint64_t k;
  const char *json;
  bool quiet;
} compare_command;

/* What metagame_comparison does not say. */
typedef struct differences {
  size_t count, different, noticeable, judged;
  double largest, scale; /* of |a - b|; of |a| and |b| */
  size_t at;
} differences;

static void usage(const option_table *table) {
  fputs("usage: metagame compare [OPTION ...] A.json B.json\n"
        "How two results of the same players and targets agree: ranks, sizes, and the entries that differ.\n"
        "Exit code 0: no entry differs by more than the tolerance; 1: some do.\n", stdout);
  options_print(table);
}

static int check_shape(const result_file *a, const result_file *b) {
  if (a->info.n_players != b->info.n_players || a->info.n_targets != b->info.n_targets)
    return tool_fail(TOOL_INPUT, "the results have %u and %u players, %u and %u targets: nothing to compare", a->info.n_players,
                     b->info.n_players, a->info.n_targets, b->info.n_targets);
  for (uint32_t k = 0; k < a->info.n_players; ++k)
    if (strcmp(a->players[k], b->players[k]) != 0)
      return tool_fail(TOOL_INPUT, "player %u is '%.60s' in the one and '%.60s' in the other", k, a->players[k], b->players[k]);
  for (uint32_t k = 0; k < a->info.n_targets; ++k)
    if (strcmp(a->targets[k], b->targets[k]) != 0)
      return tool_fail(TOOL_INPUT, "target %u is '%.60s' in the one and '%.60s' in the other", k, a->targets[k], b->targets[k]);
  return TOOL_OK;
}

/* NaN where it has no standard error; 0 where it is exact. */
static double error_of(const result_file *file, size_t k) {
  const double *error = metagame_result_stderr(file->result);
  return error ? error[k] : 0.0;
}

static differences find_differences(const result_file *a, const result_file *b, double tolerance) {
  differences d = { .count = 0 };
  const double *x = metagame_result_matrix(a->result), *y = metagame_result_matrix(b->result);
  const size_t count = (size_t)a->info.n_targets * a->info.n_players;
  for (size_t k = 0; k < count; ++k) d.scale = fmax(d.scale, fmax(fabs(x[k]), fabs(y[k])));
  for (size_t k = 0; k < count; ++k) {
    const double distance = fabs(x[k] - y[k]), error = hypot(error_of(a, k), error_of(b, k));
    ++d.count;
    if (!(distance <= tolerance * d.scale)) ++d.different; /* also where one of them is not known */
    if (distance > d.largest) {
      d.largest = distance;
      d.at = k;
    }
    if (error > 0) {
      ++d.judged;
      d.noticeable += distance > 2 * error;
    }
  }
  return d;
}

static void print_all(const result_file *a, const metagame_comparison *c, const differences *d, double tolerance) {
  printf("Spearman %+.4f, Kendall %+.4f, Pearson %+.4f over %llu entries; %.0f %% of the %llu largest are the same\n", c->spearman,
         c->kendall, c->pearson, (unsigned long long)c->count, 100 * c->precision, (unsigned long long)c->k);
  printf("mean |a - b| %.4g, root mean square %.4g; the largest entry is %.4g\n", c->mean_absolute, c->root_mean_square, d->scale);
  if (d->largest > 0) {
    printf("largest difference %.4g: ", d->largest);
    print_short(a->players[d->at % a->info.n_players]);
    fputs(" -> ", stdout);
    print_short(a->targets[d->at / a->info.n_players]);
    putchar('\n');
  }
  if (d->judged)
    printf("%zu of %zu sampled entries differ by more than 2 standard errors of their difference\n", d->noticeable, d->judged);
  if (d->different) printf("%zu of %zu entries differ by more than %g of the largest\n", d->different, d->count, tolerance);
  else printf("no entry differs by more than %g of the largest\n", tolerance);
}

static void put(file_out *file, const char *name, double value, bool last) {
  char text[96];
  if (isfinite(value)) snprintf(text, sizeof text, "  \"%s\": %.17g%s\n", name, value, last ? "" : ",");
  else snprintf(text, sizeof text, "  \"%s\": null%s\n", name, last ? "" : ",");
  file_out_text(file, text);
}

static int write_json(const char *path, const metagame_comparison *c, const differences *d) {
  file_out file;
  const int code = file_out_begin(&file, path);
  if (code != TOOL_OK) return code;
  file_out_text(&file, "{\n  \"format\": \"metagame-comparison\",\n  \"version\": 1,\n");
  put(&file, "entries", (double)c->count, false);
  put(&file, "spearman", c->spearman, false);
  put(&file, "kendall", c->kendall, false);
  put(&file, "pearson", c->pearson, false);
  put(&file, "k", (double)c->k, false);
  put(&file, "precision", c->precision, false);
  put(&file, "mean_absolute", c->mean_absolute, false);
  put(&file, "root_mean_square", c->root_mean_square, false);
  put(&file, "largest_difference", d->largest, false);
  put(&file, "largest_entry", d->scale, false);
  put(&file, "different", (double)d->different, false);
  put(&file, "beyond_two_standard_errors", d->judged ? (double)d->noticeable : (double)NAN, true);
  file_out_text(&file, "}\n");
  return file_out_end(&file, true);
}

/* What stands behind each of the two. */
static void print_sentences(const result_file *const *files, const char *const *paths) {
  for (int k = 0; k < 2; ++k) {
    print_text(paths[k]);
    fputs(":\n", stdout);
    print_sentence(files[k]->result);
  }
}

static int work(const compare_command *c, const char *const *paths, const result_file *a,
                const result_file *b) {
  metagame_comparison comparison = METAGAME_COMPARISON_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  int code = check_shape(a, b);
  if (code != TOOL_OK) return code;
  const metagame_status status = metagame_result_compare(a->result, b->result, (size_t)c->k, &comparison, &err);
  if (status == METAGAME_E_ARGUMENT && c->k && strncmp(err.message, "k ", 2) == 0)
    return tool_fail(TOOL_USAGE, "--%s", err.message);
  if (status < 0) return tool_fail(status == METAGAME_E_NOMEM ? TOOL_RESOURCES : TOOL_INPUT, "%s", err.message);
  const differences d = find_differences(a, b, c->tolerance);
  const result_file *const files[2] = { a, b };
  const bool is_printed = !c->quiet && !(c->json && strcmp(c->json, "-") == 0);
  if (is_printed) print_all(a, &comparison, &d, c->tolerance);
  if (is_printed) print_sentences(files, paths);
  if (c->json) code = write_json(c->json, &comparison, &d);
  return code != TOOL_OK ? code : d.different ? TOOL_DIFFERENT : TOOL_OK;
}

int command_compare(int argc, char **argv) {
  option_table table = { .count = 0 };
  compare_command c = { .tolerance = 0 };
  const char *paths[2] = { NULL, NULL };
  size_t n_operands = 0;
  bool help = false;
  result_file a, b;
  option_heading(&table, "Options");
  option_real(&table, "tolerance", "T", 0, 1e300, &c.tolerance,
              "entries that differ by at most T times the largest entry are the same; default 0");
  option_whole(&table, "k", "K", 1, UINT32_MAX, &c.k, "of how many largest entries agreement is told; default 10");
  option_text(&table, "json", "FILE", &c.json, "the numbers; '-' is standard output");
  option_flag(&table, "quiet", &c.quiet, "print nothing but errors");
  int code = options_parse(&table, argc, argv, paths, 2, &n_operands, &help);
  if (code != TOOL_OK) return code;
  if (help) {
    usage(&table);
    return TOOL_OK;
  }
  if (n_operands < 2) return tool_fail(TOOL_USAGE, "two files of results are needed; %s --help has the usage", tool_command());
  if (c.json && (code = file_check(c.json)) != TOOL_OK) return code;
  code = result_file_read(&a, paths[0]);
  if (code == TOOL_OK) {
    code = result_file_read(&b, paths[1]);
    if (code == TOOL_OK) code = work(&c, paths, &a, &b);
    result_file_free(&b);
  }
  result_file_free(&a);
  return code;
}
