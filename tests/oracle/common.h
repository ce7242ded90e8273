/* SPDX-License-Identifier: MIT */
/* What the tests against the brute force share. */
#ifndef TEST_ORACLE_COMMON_H
#define TEST_ORACLE_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "brute.h"
#include "support.h"

/* How the targets of a table get their own players. */
enum { OWN_ALL = 0, OWN_NONE, OWN_MIXED, OWN_SAME, OWN_KINDS };
void set_own(ts_table *table, int kind, ts_rng *rng);

brute_game brute_of(const ts_table *table);

/* Fails the test with the library's message when status is an error. */
void expect_ok(metagame_status status, const metagame_error *err);

metagame_game *table_game(ts_table *table); /* attributor form, with own players */
metagame_options exact_options(uint32_t n_players);
metagame_options sampled_options(int32_t solver, uint64_t budget, uint64_t seed);
metagame_result *solve(const metagame_game *game, const metagame_options *options);
metagame_result *solve_table(ts_table *table, const metagame_options *options);
metagame_result_info info_of(const metagame_result *result);
/* NULL when the budget is refused; the reason is in *status. Every other error fails the test. */
metagame_result *solve_or_null(const metagame_game *game, const metagame_options *options, metagame_status *status);

/* |got - want| <= tolerance * scale_i for all entries of row i (both NaN is equal); names the first that is not. */
void expect_rows(const char *what, const double *got, const double *want, size_t rows, size_t columns, const double *scale,
                 double tolerance);
/* The same bytes in matrix, base, first order and standard errors. */
void expect_same_bits(const metagame_result *a, const metagame_result *b);
bool same_matrix(const metagame_result *a, const metagame_result *b);
/* base + row sum = first order, recomputed here. */
void expect_decomposition(const metagame_result *result, double tolerance);

/* Exact solver, pinned or not, Shapley or Banzhaf, against the brute force. */
void expect_exact(ts_table *table, double tolerance);

#endif
