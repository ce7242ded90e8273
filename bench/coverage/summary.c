/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void coverage_head(FILE *out) {
  fputs("game,kind,n,targets,budget,solver,rule,runs,coverage,coverage_se,worst_target,none,width,"
        "width_middle,mse,against_regression,"
        "resolved,wrong,wrong_se,wrong_runs,resolved_none,evaluations,seconds,verdict,note\n",
        out);
}

static void number(FILE *out, double value) {
  if (isnan(value)) fputc(',', out);
  else fprintf(out, "%.4g,", value);
}

void coverage_line(FILE *out, const coverage_cell *cell, const zoo_game *game) {
  fprintf(out, "%s,%s,%u,%u,%" PRIu64 ",%s,%s,%" PRIu64 ",", game->name, game->kind, game->n,
          game->m, cell->budget, cell->method->name, cell->rule ? "on" : "off", cell->runs);
  const double figures[] = { cell->coverage,      cell->coverage_error, cell->worst,
                             cell->none,          cell->width,          cell->width_middle,
                             cell->mse,           cell->against,        cell->resolved,
                             cell->wrong,         cell->wrong_error,    cell->wrong_runs,
                             cell->resolved_none, cell->evaluations,    cell->seconds };
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

/* Figures of the cells without rules of one solver, or of all but exact. */
typedef struct totals {
  size_t n_cells, n_none, n_widths, n_covers, n_against;
  double *widths, *middles, *covers, *against, none, seconds;
} totals;

static void start_totals(totals *out, size_t room) {
  memset(out, 0, sizeof *out);
  out->widths = bench_new(room, sizeof *out->widths);
  out->middles = bench_new(room, sizeof *out->middles);
  out->covers = bench_new(room, sizeof *out->covers);
  out->against = bench_new(room, sizeof *out->against);
}

static void free_totals(totals *out) {
  free(out->widths);
  free(out->middles);
  free(out->covers);
  free(out->against);
}

static void add(totals *out, const coverage_cell *cell) {
  ++out->n_cells;
  out->n_none += cell->none > 0.5;
  out->none += cell->none;
  out->seconds += cell->seconds;
  if (!isnan(cell->coverage)) out->covers[out->n_covers++] = cell->coverage;
  if (!isnan(cell->against)) out->against[out->n_against++] = cell->against;
  if (isnan(cell->width)) return;
  out->widths[out->n_widths] = cell->width;
  out->middles[out->n_widths++] = cell->width_middle;
}

static void print_totals(FILE *out, const char *name, totals *all) {
  const double cells = (double)all->n_cells;
  fprintf(out, "%-12s %6zu %9.3f %8.3f %8.3f %9.3f %10.3f %10.3f %10.4f\n", name, all->n_cells,
          median(all->covers, all->n_covers), median(all->widths, all->n_widths),
          median(all->middles, all->n_widths), (double)all->n_none / cells, all->none / cells,
          median(all->against, all->n_against), all->seconds / cells);
}

/* Returns how many bounds all cells together miss. */
static size_t print_solvers(FILE *out, const coverage_cell *cells, size_t count) {
  size_t missed = 0;
  totals all;
  start_totals(&all, count);
  for (size_t m = 0; bench_method_at(m); ++m) {
    const bench_method *method = bench_method_at(m);
    totals own;
    start_totals(&own, count);
    for (size_t c = 0; c < count; ++c) {
      if (cells[c].method != method || cells[c].rule || cells[c].state != CELL_DONE) continue;
      add(&own, &cells[c]);
      if (method->solver != METAGAME_SOLVER_EXACT) add(&all, &cells[c]);
    }
    if (own.n_cells) print_totals(out, method->name, &own);
    free_totals(&own);
  }
  if (all.n_cells) {
    print_totals(out, "all", &all);
    const double width = median(all.widths, all.n_widths),
                 share = (double)all.n_none / (double)all.n_cells;
    if (width > coverage_limits.width)
      fprintf(out, "  median width of all cells: bound %.3g\n", coverage_limits.width);
    if (share > coverage_limits.no_ground)
      fprintf(out, "  cells without intervals: bound %.3g\n", coverage_limits.no_ground);
    missed += width > coverage_limits.width;
    missed += share > coverage_limits.no_ground;
  }
  free_totals(&all);
  return missed;
}

static void print_failure(FILE *out, const coverage_cell *cell, const zoo_game *game,
                          const char *verdict) {
  fprintf(out, "  %-24s %-22s budget %-7" PRIu64 " %-11s rule %-3s", verdict, game->name,
          cell->budget, cell->method->name, cell->rule ? "on" : "off");
  if (strcmp(verdict, "coverage") == 0)
    fprintf(out, " %.3f +- %.3f, bound %.2f, width %.3g, none %.2f", cell->coverage,
            cell->coverage_error, coverage_bound(cell), cell->width, cell->none);
  else if (strcmp(verdict, "false-resolved") == 0)
    fprintf(out, " %.3f +- %.3f of entries, bound %.2f, RESOLVED %.2f of runs", cell->wrong,
            cell->wrong_error, coverage_limits.false_resolved, cell->resolved);
  else if (strcmp(verdict, "worse-than-regression") == 0)
    fprintf(out, " %.3f times, bound %.2f", cell->against, coverage_limits.against_regression);
  else if (strcmp(verdict, "resolved-without-interval") == 0)
    fprintf(out, " %.3f of entries", cell->resolved_none);
  else fprintf(out, " %s", cell->note);
  fputc('\n', out);
}

size_t coverage_summary(FILE *out, const coverage_cell *cells, size_t count, const zoo *games) {
  static const char *const kinds[] = { "failed", "coverage", "false-resolved",
                                       "resolved-without-interval", "worse-than-regression" };
  fprintf(out,
          "\nwithout rules, by solver: cells, median coverage, median width beside the oracle's "
          "(pooled, entry by entry),\n"
          "share of cells and of entries without interval, median squared error over regression's, "
          "CPU s a run\n");
  fprintf(out, "%-12s %6s %9s %8s %8s %9s %10s %10s %10s\n", "solver", "cells", "coverage", "width",
          "middle", "no cells", "no entries", "against", "seconds");
  size_t missed = print_solvers(out, cells, count);
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; ++k) {
    size_t found = 0, asked = 0;
    for (size_t c = 0; c < count; ++c) {
      asked += cells[c].state != CELL_SKIPPED;
      found += strcmp(coverage_verdict(&cells[c], &games->games[cells[c].game]), kinds[k]) == 0;
    }
    fprintf(out, "%s: %zu of %zu cells\n", kinds[k], found, asked);
    for (size_t c = 0; c < count; ++c) {
      const zoo_game *game = &games->games[cells[c].game];
      if (strcmp(coverage_verdict(&cells[c], game), kinds[k]) == 0)
        print_failure(out, &cells[c], game, kinds[k]);
    }
    missed += found;
  }
  return missed;
}
