/* SPDX-License-Identifier: MIT */
/* What the error bars of the solvers are worth, on a zoo of games with known Shapley values
 * (zoo.h). One CSV line for each game, budget, solver and rule; then a summary: the cells that miss
 * a bound, medians, and how many have no interval. Exit 0: every bound holds; 1: one does not, or a
 * run failed; 2: bad arguments. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cell.h"
#include "summary.h"
#include "zoo.h"

static const char *const USAGE =
  "usage: %s [--games LIST] [--solvers LIST] [--budgets LIST] [--seeds N] "
  "[--rules on|off|both]\n"
  "          [--tolerance PERCENT] [--adaptive N] [--jobs N] [--out FILE.csv] | --list\n"
  "  --games      names of --list, without -N for all sizes, or kinds; default all\n"
  "  --solvers    auto,exact,regression,permutation,stratified,gaussian\n"
  "  --budgets    least, numbers, or multiples of n as in 40n; at most 2^n;\n"
  "               default least,10n,40n,100n\n"
  "  --seeds      default 30\n"
  "  --tolerance  of rules, in percent of the largest Shapley value; default 10\n"
  "  --adaptive   seeds of cells where a share is within two standard errors of its bound;\n"
  "               default 0: those of --seeds\n"
  "  --jobs       processes, default 1\n";

enum { MOST_JOBS = 64 };

typedef struct plan {
  char *games[BENCH_LIST], *budgets[BENCH_LIST];
  size_t n_games, n_methods, n_budgets;
  const bench_method *methods[BENCH_LIST];
  uint64_t seeds, adaptive, jobs, percent;
  int rules[2], n_rules;
  const char *out;
} plan;

/* What the processes share: groups (game, budget) are taken in turn, each with all of its cells. */
typedef struct board {
  size_t next; /* atomic */
  size_t n_groups, n_cells;
  struct group {
    size_t first, count;
    int done; /* atomic */
  } *groups;
  coverage_cell *cells;
} board;

static int usage(const char *program, const char *message, const char *value) {
  fprintf(stderr, "%s: %s%s%s\n", program, message, value ? ": " : "", value ? value : "");
  fprintf(stderr, USAGE, program);
  return 2;
}

static int parse_list(plan *out, const char *program, int option, char *value) {
  char *names[BENCH_LIST];
  if (option == 0) {
    out->n_games = bench_split(value, out->games, BENCH_LIST);
    return out->n_games
      ? 0
      : usage(program, "--games must be 1 to 64 names with commas between them", NULL);
  }
  if (option == 2) {
    out->n_budgets = bench_split(value, out->budgets, BENCH_LIST);
    return out->n_budgets
      ? 0
      : usage(program, "--budgets must be 1 to 64 items with commas between them", NULL);
  }
  out->n_methods = bench_split(value, names, BENCH_LIST);
  if (out->n_methods == 0)
    return usage(program, "--solvers must be 1 to 64 names with commas between them", NULL);
  for (size_t m = 0; m < out->n_methods; ++m) {
    out->methods[m] = bench_method_named(names[m]);
    if (!out->methods[m]) return usage(program, "unknown solver", names[m]);
  }
  return 0;
}

/* "least", "NUMBER" or "NUMBERn"; 0 is the least. Returns -1 where it is none of them. */
static int read_budget(const char *text, uint32_t n, uint64_t *out) {
  char digits[24];
  const size_t length = strlen(text);
  if (strcmp(text, "least") == 0) {
    *out = 0;
    return 0;
  }
  if (length == 0 || length >= sizeof digits) return -1;
  memcpy(digits, text, length + 1);
  const int times = digits[length - 1] == 'n';
  if (times) digits[length - 1] = '\0';
  if (bench_number(digits, 1, UINT64_C(1) << 30, out) != 0) return -1;
  if (times) *out *= n;
  return 0;
}

static int parse_number(plan *out, const char *program, const char *name, const char *value) {
  uint64_t *number = strcmp(name, "--seeds") == 0 ? &out->seeds
    : strcmp(name, "--adaptive") == 0             ? &out->adaptive
    : strcmp(name, "--jobs") == 0                 ? &out->jobs
                                                  : &out->percent;
  const int jobs = number == &out->jobs;
  const uint64_t low = number == &out->adaptive ? 0 : 1, high = jobs ? MOST_JOBS : 1000000;
  if (bench_number(value, low, high, number) == 0) return 0;
  return usage(program, jobs ? "--jobs must be in 1..64" : "a number must be in 1..1000000", value);
}

/* Returns 0, or 2 after a message. */
static int parse(plan *out, int argc, char **argv, char *solvers, char *budgets) {
  static const char *const known[] = { "--games", "--solvers",  "--budgets", "--rules",    "--out",
                                       "--seeds", "--adaptive", "--jobs",    "--tolerance" };
  enum { N_KNOWN = sizeof known / sizeof *known };
  memset(out, 0, sizeof *out);
  out->seeds = 30;
  out->jobs = 1;
  out->percent = 10;
  out->n_rules = 2;
  out->rules[1] = 1;
  int bad = parse_list(out, argv[0], 1, solvers);
  if (!bad) bad = parse_list(out, argv[0], 2, budgets);
  for (int at = 1; at < argc && !bad; at += 2) {
    char *value = at + 1 < argc ? argv[at + 1] : NULL;
    int option = 0;
    while (option < N_KNOWN && strcmp(argv[at], known[option]) != 0) ++option;
    if (option == N_KNOWN) return usage(argv[0], "unknown argument", argv[at]);
    if (!value) return usage(argv[0], "a value is missing behind", argv[at]);
    if (option < 3) bad = parse_list(out, argv[0], option, value);
    if (option == 3) {
      out->n_rules = strcmp(value, "both") == 0 ? 2 : 1;
      out->rules[0] = strcmp(value, "on") == 0;
      if (out->n_rules == 1 && !out->rules[0] && strcmp(value, "off") != 0)
        return usage(argv[0], "--rules must be on, off or both", value);
    }
    if (option == 4) out->out = value;
    if (option > 4) bad = parse_number(out, argv[0], argv[at], value);
  }
  for (size_t b = 0; b < out->n_budgets && !bad; ++b) {
    uint64_t ignored;
    if (read_budget(out->budgets[b], 1, &ignored) != 0)
      bad = usage(argv[0], "not a budget", out->budgets[b]);
  }
  return bad;
}

/* Memory that children write and the parent reads. */
static void *shared(size_t count, size_t size) {
  void *memory = mmap(NULL, (count ? count : 1) * size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    fputs("no memory\n", stderr);
    exit(1);
  }
  return memory;
}

/* The budget of an item for a method; 0: not to be run. */
static uint64_t budget_at(const plan *what, zoo_game *game, const bench_method *method,
                          size_t item) {
  const uint64_t most = UINT64_C(1) << game->n;
  uint64_t budget = 0;
  read_budget(what->budgets[item], game->n, &budget);
  if (method->solver == METAGAME_SOLVER_EXACT)
    return game->n <= ZOO_MOST_TABLE ? most : 0; /* what exact needs */
  if (budget == 0) return coverage_least(game, method);
  return budget < most ? budget : most;
}

/* The same, and 0 where an item before it comes to the same budget. */
static uint64_t budget_of(const plan *what, zoo_game *game, const bench_method *method,
                          size_t item) {
  const uint64_t budget = budget_at(what, game, method, item);
  for (size_t before = 0; before < item; ++before)
    if (budget_at(what, game, method, before) == budget) return 0;
  return budget;
}

static board *make_board(const plan *what, const zoo *games) {
  const size_t cells_of_group = what->n_methods * (size_t)what->n_rules;
  board *out = shared(1, sizeof *out);
  out->groups = shared(games->count * what->n_budgets, sizeof *out->groups);
  out->cells = shared(games->count * what->n_budgets * cells_of_group, sizeof *out->cells);
  for (size_t g = 0; g < games->count; ++g)
    for (size_t b = 0; b < what->n_budgets; ++b) {
      struct group *group = &out->groups[out->n_groups++];
      group->first = out->n_cells;
      for (size_t m = 0; m < what->n_methods; ++m) {
        const uint64_t budget = budget_of(what, &games->games[g], what->methods[m], b);
        for (int r = 0; r < what->n_rules && budget; ++r) {
          if (what->rules[r] && what->methods[m]->solver == METAGAME_SOLVER_EXACT) continue;
          coverage_cell *cell = &out->cells[out->n_cells++];
          cell->game = (uint32_t)g;
          cell->method = what->methods[m];
          cell->budget = budget;
          cell->rule = what->rules[r];
        }
      }
      group->count = out->n_cells - group->first;
    }
  return out;
}

/* Regression's error in the same group, by the same number of seeds. */
static void compare(coverage_cell *cells, size_t count) {
  for (size_t at = 0; at < count; ++at)
    for (size_t other = 0; other < count; ++other)
      if (cells[other].method->solver == METAGAME_SOLVER_REGRESSION &&
          cells[other].rule == cells[at].rule && cells[other].budget == cells[at].budget &&
          cells[other].state == CELL_DONE)
        cells[at].against = fmax(cells[at].error, cells[at].rounding) /
          fmax(cells[other].error, cells[other].rounding);
}

static void work(board *all, const plan *what, const zoo *games) {
  for (;;) {
    const size_t at = __atomic_fetch_add(&all->next, 1, __ATOMIC_SEQ_CST);
    if (at >= all->n_groups) return;
    coverage_cell *cells = all->cells + all->groups[at].first;
    for (size_t c = 0; c < all->groups[at].count; ++c) {
      zoo_game *game = &games->games[cells[c].game];
      size_t other = 0;
      while (other < c && !coverage_same(&cells[c], &cells[other])) ++other;
      if (other < c) continue;
      coverage_measure(&cells[c], game, what->seeds, what->adaptive, (double)what->percent / 100);
    }
    compare(cells, all->groups[at].count);
    __atomic_store_n(&all->groups[at].done, 1, __ATOMIC_SEQ_CST);
  }
}

/* Waits for group `at`; returns -1 where no process is left that could finish it. */
static int wait_for(board *all, size_t at, int *n_running) {
  while (!__atomic_load_n(&all->groups[at].done, __ATOMIC_SEQ_CST)) {
    int status;
    const pid_t ended = waitpid(-1, &status, WNOHANG);
    if (ended > 0) --*n_running;
    if (*n_running == 0 && !__atomic_load_n(&all->groups[at].done, __ATOMIC_SEQ_CST)) return -1;
    nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
  }
  return 0;
}

static int run(FILE *csv, board *all, const plan *what, const zoo *games) {
  int n_running = 0, failed = 0;
  fflush(NULL);
  for (uint64_t j = 0; j < what->jobs; ++j) {
    const pid_t child = fork();
    if (child == 0) {
      work(all, what, games);
      _exit(0);
    }
    n_running += child > 0;
  }
  if (n_running == 0) return 1;
  coverage_head(csv);
  for (size_t at = 0; at < all->n_groups && !failed; ++at) {
    failed = wait_for(all, at, &n_running) != 0;
    for (size_t c = 0; c < all->groups[at].count && !failed; ++c) {
      const coverage_cell *cell = &all->cells[all->groups[at].first + c];
      coverage_line(csv, cell, &games->games[cell->game]);
    }
    fflush(csv);
  }
  while (waitpid(-1, NULL, 0) > 0) continue;
  return failed;
}

int main(int argc, char **argv) {
  char solvers[] = "auto,exact,regression,permutation,stratified,gaussian",
       budgets[] = "least,10n,40n,100n";
  plan what;
  zoo games;
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    zoo_print();
    return 0;
  }
  const int bad = parse(&what, argc, argv, solvers, budgets);
  if (bad) return bad;
  const char *unknown = zoo_make(&games, what.games, what.n_games);
  if (unknown) {
    zoo_free(&games);
    return usage(argv[0], "no game goes by this name (see --list)", unknown);
  }
  FILE *csv = what.out ? fopen(what.out, "w") : stdout;
  board *all = make_board(&what, &games);
  int failed = !csv || run(csv, all, &what, &games);
  if (csv && (ferror(csv) || (what.out ? fclose(csv) : fflush(csv)) != 0)) failed = 1;
  if (failed) fprintf(stderr, "%s: the figures are not complete\n", argv[0]);
  else failed = coverage_summary(what.out ? stdout : stderr, all->cells, all->n_cells, &games) > 0;
  zoo_free(&games);
  return failed;
}
