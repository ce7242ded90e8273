/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void coverage_head(FILE *out) {
  fputs("game,kind,n,targets,budget,solver,rule,runs,coverage,coverage_se,worst_target,none,width,width_middle,mse,against_regression,"
        "resolved,wrong,wrong_se,wrong_runs,resolved_none,evaluations,seconds,verdict,note\n", out);
}

static void number(FILE *out, double value) {
  if (isnan(value)) fputc(',', out);
  else fprintf(out, "%.4g,", value);
}

void coverage_line(FILE *out, const coverage_cell *cell, const zoo_game *game) {
  fprintf(out, "%s,%s,%u,%u,%" PRIu64 ",%s,%s,%" PRIu64 ",", game->name, game->kind, game->n, game->m, cell->budget,
          cell->method->name, cell->rule ? "on" : "off", cell->runs);
  const double figures[] = { cell->coverage, cell->coverage_error, cell->worst, cell->none, cell->width, cell->width_middle, cell->mse,
                             cell->against, cell->resolved, cell->wrong, cell->wrong_error, cell->wrong_runs,
                             cell->resolved_none, cell->evaluations, cell->seconds };
  for (size_t f = 0; f < sizeof figures / sizeof *figures; ++f) number(out, figures[f]);
  fprintf(out, "%s,", coverage_verdict(cell, game));
  for (const char *c = cell->note; *c; ++c) fputc(*c == ',' ? ';' : *c, out);
  fputc('\n', out);
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *numbers, size_t count) {
  if (count == 0) return NAN;
  qsort(numbers, count, sizeof *numbers, ascending);
  return (numbers[(count - 1) / 2] + numbers[count / 2]) / 2;
}

/* Without rules: cells, those without intervals, medians of coverage and width. */
static size_t print_solver(FILE *out, const bench_method *method, const coverage_cell *cells, size_t count) {
  double *widths = bench_new(count, sizeof *widths), *middles = bench_new(count, sizeof *middles);
  double *covers = bench_new(count, sizeof *covers), *against = bench_new(count, sizeof *against), none = 0, seconds = 0;
  size_t n_cells = 0, n_widths = 0, n_covers = 0, n_against = 0, n_none = 0, missed = 0;
  for (size_t c = 0; c < count; ++c) {
    const coverage_cell *cell = &cells[c];
    if (cell->method != method || cell->rule || cell->state != CELL_DONE) continue;
    ++n_cells;
    n_none += cell->none > 0.5;
    none += cell->none;
    seconds += cell->seconds;
    if (!isnan(cell->coverage)) covers[n_covers++] = cell->coverage;
    if (!isnan(cell->against)) against[n_against++] = cell->against;
    if (isnan(cell->width)) continue;
    widths[n_widths] = cell->width;
    middles[n_widths++] = cell->width_middle;
  }
  if (n_cells) {
    const double width = median(widths, n_widths), share = (double)n_none / (double)n_cells;
    fprintf(out, "%-12s %6zu %9.3f %8.3f %8.3f %9.3f %10.3f %10.3f %10.3f\n", method->name, n_cells, median(covers, n_covers),
            width, median(middles, n_widths), share, none / (double)n_cells, median(against, n_against),
            seconds / (double)n_cells);
    missed += width > coverage_limits.width;
    missed += share > coverage_limits.no_ground;
    if (width > coverage_limits.width) fprintf(out, "  above %.3g: median width\n", coverage_limits.width);
    if (share > coverage_limits.no_ground) fprintf(out, "  above %.3g: cells without intervals\n", coverage_limits.no_ground);
  }
  free(widths);
  free(middles);
  free(covers);
  free(against);
  return missed;
}

static void print_failure(FILE *out, const coverage_cell *cell, const zoo_game *game, const char *verdict) {
  fprintf(out, "  %-24s %-22s budget %-7" PRIu64 " %-11s rule %-3s", verdict, game->name, cell->budget, cell->method->name,
          cell->rule ? "on" : "off");
  if (strcmp(verdict, "coverage") == 0)
    fprintf(out, " %.3f +- %.3f, bound %.2f, width %.3g, none %.2f", cell->coverage, cell->coverage_error, coverage_bound(cell),
            cell->width, cell->none);
  else if (strcmp(verdict, "false-resolved") == 0)
    fprintf(out, " %.3f +- %.3f of entries, bound %.2f, RESOLVED %.2f of runs", cell->wrong, cell->wrong_error,
            coverage_limits.false_resolved, cell->resolved);
  else if (strcmp(verdict, "worse-than-regression") == 0)
    fprintf(out, " %.3f times, bound %.2f", cell->against, coverage_limits.against_regression);
  else if (strcmp(verdict, "resolved-without-interval") == 0) fprintf(out, " %.3f of entries", cell->resolved_none);
  else fprintf(out, " %s", cell->note);
  fputc('\n', out);
}

size_t coverage_summary(FILE *out, const coverage_cell *cells, size_t count, const zoo *games) {
  static const char *const kinds[] = { "failed", "coverage", "false-resolved", "resolved-without-interval", "worse-than-regression" };
  size_t missed = 0;
  fprintf(out, "\nwithout rules, by solver: cells, median coverage, median width beside the oracle's (pooled, entry by entry),\n"
               "share of cells and of entries without interval, median squared error over regression's, CPU s a run\n");
  fprintf(out, "%-12s %6s %9s %8s %8s %9s %10s %10s %10s\n", "solver", "cells", "coverage", "width", "middle", "no cells",
          "no entries", "against", "seconds");
  for (size_t m = 0; bench_method_at(m); ++m) missed += print_solver(out, bench_method_at(m), cells, count);
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; ++k) {
    size_t found = 0, asked = 0;
    for (size_t c = 0; c < count; ++c) {
      asked += cells[c].state != CELL_SKIPPED;
      found += strcmp(coverage_verdict(&cells[c], &games->games[cells[c].game]), kinds[k]) == 0;
    }
    fprintf(out, "%s: %zu of %zu cells\n", kinds[k], found, asked);
    for (size_t c = 0; c < count; ++c) {
      const zoo_game *game = &games->games[cells[c].game];
      if (strcmp(coverage_verdict(&cells[c], game), kinds[k]) == 0) print_failure(out, &cells[c], game, kinds[k]);
    }
    missed += found;
  }
  return missed;
}
