/* SPDX-License-Identifier: MIT */
/* bench/recall without a model: the committed set, what the loader refuses, the scorer on matrices with known recall and against all
 * orders of the ranking, planted games, kept records, tables. argv[1]: the committed set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../bench/common.h"
#include "../../bench/recall/record.h"
#include "../../bench/recall/score.h"
#include "../../bench/recall/set.h"
#include "../../bench/recall/tally.h"
#include "support.h"

static const char *set_path;
static char why[BENCH_MESSAGE];

/* ---- the set ------------------------------------------------------------------------------------------------------------------ */

static void the_committed_set(void **state) {
  static const char *const kinds[] = { "negation", "idiom", "compound", "particle", "modifier", "quantifier", "coreference", "object",
                                       "predicate", "contrast", "phrase", "number", "halves" };
  recall_set set;
  size_t n_domains = 0, n_pairs = 0, n_far = 0;
  (void)state;
  if (recall_set_load(&set, set_path, why) != 0) fail_msg("%s", why);
  assert_true(set.n_prompts >= 40);
  for (size_t p = 0; p < set.n_prompts; ++p) {
    const recall_prompt *prompt = set.prompts + p;
    uint32_t of_words = 0;
    size_t before = 0;
    while (strcmp(set.prompts[before].domain, prompt->domain) != 0) ++before;
    n_domains += before == p;
    for (size_t q = 0; q < p; ++q) assert_string_not_equal(set.prompts[q].text, prompt->text);
    if (prompt->n_words < 8 || prompt->n_words > 20) fail_msg("%s: %u words", prompt->id, prompt->n_words);
    if (prompt->n_pairs < 2 || prompt->n_pairs > 4) fail_msg("%s: %u pairs", prompt->id, prompt->n_pairs);
    for (uint32_t k = 0; k < prompt->n_pairs; ++k) {
      const recall_pair *pair = prompt->pairs + k;
      size_t kind = 0, length, core;
      while (kind < sizeof kinds / sizeof *kinds && strcmp(kinds[kind], pair->kind) != 0) ++kind;
      if (kind == sizeof kinds / sizeof *kinds) fail_msg("%s: unknown kind %s", prompt->id, pair->kind);
      if (strlen(pair->reason) < 5) fail_msg("%s: no reason for %s, %s", prompt->id, pair->text[0], pair->text[1]);
      if (pair->word[0] == pair->word[1]) continue;
      ++of_words;
      n_far += pair->word[1] - pair->word[0] > 1;
      for (size_t side = 0; side < 2; ++side) {
        const char *word = recall_word(prompt->text, pair->word[side], &length, &core);
        assert_non_null(word);
        assert_int_equal(strlen(pair->text[side]), length);
        assert_memory_equal(word, pair->text[side], length);
      }
    }
    n_pairs += of_words;
    if (of_words < 2) fail_msg("%s: %u pairs of words", prompt->id, of_words);
    if (100 * of_words > 15 * (prompt->n_words * (prompt->n_words - 1) / 2)) fail_msg("%s: too many pairs", prompt->id);
  }
  assert_true(n_domains >= 10);
  assert_true(3 * n_far > n_pairs); /* neighbours are a control: it must not know most of the set */
  recall_set_free(&set);
}

static void refused_sets(void **state) {
#define HEAD "prompt\tp-1\td\tThe cat did not sit down.\n"
  static const struct {
    const char *text, *message;
  } cases[] = {
    { "", "no prompts" },
    { "# only words\n\n", "no prompts" },
    { "prompt\tp-1\td\n", "t.tsv:1: a prompt has 4 fields" },
    { "prompt\tp-1\t\tThe cat\n", "t.tsv:1: an empty field" },
    { "prompt\tP 1\td\tThe cat\n", "the id 'P 1'" },
    { "prompt\tp-1\td\tCat\n", "has 1 words" },
    { "pair\t0\tThe\t1\tcat\tk\tr\n", "a pair before the first prompt" },
    { "text\ta\n", "begins with 'prompt' or 'pair', not 'text'" },
    { "prompt\tp-1\td\tTh\xc3\xa9 cat\n", "printable ASCII" },
    { HEAD, "the last prompt, 'p-1', has no pair" },
    { HEAD "prompt\tp-2\td\tA dog\n", "t.tsv:2: the prompt above, 'p-1', has no pair" },
    { HEAD "pair\t3\tnot\t4\tsit\tk\tr\n" HEAD, "t.tsv:3: the id 'p-1' is taken" },
    { HEAD "pair\t3\tnot\t4\tsit\tk\n", "a pair has 7 fields" },
    { HEAD "pair\t3\tnot\t4\tstand\tk\tr\n", "t.tsv:2: word 4 is 'sit', not 'stand'" },
    { HEAD "pair\t2\tnot\t4\tsit\tk\tr\n", "word 2 is 'did', not 'not'" },
    { HEAD "pair\t4\tsit\t5\tdown\tk\tr\n", "word 5 is 'down.', not 'down'" },
    { HEAD "pair\t4\tsit\t6\tdown.\tk\tr\n", "index 6, but the prompt has 6 words" },
    { HEAD "pair\t4\tsit\t64\tdown.\tk\tr\n", "index '64' must be 0..63" },
    { HEAD "pair\t-1\tThe\t1\tcat\tk\tr\n", "index '-1'" },
    { HEAD "pair\t4\tsit\t3\tnot\tk\tr\n", "indices 4 and 3: the earlier word comes first" },
    { HEAD "pair\t3\tnot\t4\tsit\tk\tr\npair\t3\tnot\t4\tsit\tj\ts\n", "t.tsv:3: the pair 3, 4 is there already" },
    { HEAD "pair\t3\tnot\t3\tnot\tk\tr\n", "they are equal for 'halves' alone" },
    { HEAD "pair\t3\tnot\t4\tsit\thalves\tr\n", "they are equal for 'halves' alone" },
    { HEAD "pair\t5\tdo\t5\twn.\thalves\tr\n", "'do' and 'wn.' are not the halves of 'down'" },
    { HEAD "pair\t5\tdo\t5\tw\thalves\tr\n", "are not the halves of 'down'" },
  };
  recall_set set;
  (void)state;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
    assert_int_equal(recall_set_parse(&set, cases[k].text, strlen(cases[k].text), "t.tsv", why), -1);
    if (!strstr(why, cases[k].message)) fail_msg("case %zu: '%s' does not say '%s'", k, why, cases[k].message);
  }
  assert_int_equal(recall_set_parse(&set, "prompt\0", 7, "t.tsv", why), -1);
  assert_int_equal(recall_set_load(&set, "/nowhere/t.tsv", why), -1);
  static const char good[] = HEAD "# a note\n\npair\t3\tnot\t4\tsit\tk\tr\npair\t5\tdo\t5\twn\thalves\tr"; /* no line end */
  if (recall_set_parse(&set, good, sizeof good - 1, "t.tsv", why) != 0) fail_msg("%s", why);
  assert_int_equal(set.n_prompts, 1);
  assert_int_equal(set.prompts[0].n_words, 6);
  assert_int_equal(set.prompts[0].n_pairs, 2);
  recall_set_free(&set);
#undef HEAD
}

/* Players of pairs: words are themselves; pieces of words, without the punctuation at the end; halves where they are apart. */
static void players_of_pairs(void **state) {
  static const char text[] = "prompt\tp-1\td\tUnhappy  cats did not sit down.\n"
                             "pair\t0\tUnhappy\t5\tdown.\tk\tr\npair\t0\tUn\t0\thappy\thalves\tr\npair\t5\tdo\t5\twn\thalves\tr\n";
  static const char *const words[] = { "Unhappy", "cats", "did", "not", "sit", "down." };
  static const char *const pieces[] = { "Un", "ha", "ppy", "cats", "did", "not", "sit", "down", "." };
  static const char *const wrong[] = { "Unhappy", "cats", "did", "sit", "not", "down." };
  recall_sides sides;
  recall_set set;
  (void)state;
  if (recall_set_parse(&set, text, sizeof text - 1, "t.tsv", why) != 0) fail_msg("%s", why);
  const recall_prompt *prompt = set.prompts;
  assert_int_equal(recall_sides_find(&sides, prompt, prompt->pairs, words, 6, why), 0);
  assert_true(sides.n[0] == 1 && sides.n[1] == 1 && sides.player[0][0] == 0 && sides.player[1][0] == 5);
  assert_int_equal(recall_sides_find(&sides, prompt, prompt->pairs + 1, words, 6, why), 1);
  assert_int_equal(recall_sides_find(&sides, prompt, prompt->pairs, pieces, 9, why), 0);
  assert_true(sides.n[0] == 3 && sides.player[0][2] == 2);
  assert_true(sides.n[1] == 1 && sides.player[1][0] == 7); /* "." is no part of the meaning */
  assert_int_equal(recall_sides_find(&sides, prompt, prompt->pairs + 1, pieces, 9, why), 0);
  assert_true(sides.n[0] == 1 && sides.player[0][0] == 0 && sides.n[1] == 2 && sides.player[1][0] == 1);
  assert_int_equal(recall_sides_find(&sides, prompt, prompt->pairs + 2, pieces, 9, why), 1);
  assert_int_equal(recall_sides_find(&sides, prompt, prompt->pairs, wrong, 6, why), -1);
  assert_int_equal(recall_sides_find(&sides, prompt, prompt->pairs, words, 5, why), -1);
  recall_set_free(&set);
}

/* ---- the scorer --------------------------------------------------------------------------------------------------------------- */

static recall_sides pair_of(uint32_t a, uint32_t b) {
  recall_sides sides = { { 1, 1 }, { { a }, { b } } };
  return sides;
}

static void found_is(const double *scores, uint32_t n, recall_sides sides, int scoring, double percent, double wanted) {
  const double found = recall_found(scores, n, &sides, scoring, percent);
  if (!(fabs(found - wanted) <= 1e-12))
    fail_msg("pair %u, %u, scoring %d at %g %%: %.17g, wanted %.17g", sides.player[0][0], sides.player[1][0], scoring, percent, found,
             wanted);
}

static void distinct_scores(void **state) {
  /* the largest cells: (0,1), (1,2), (3,0); the sign does not count */
  static const double matrix[] = { 99, -12, 1, 2, 3, 99, 11, 4, 5, 6, 99, 7, -10, 8, 9, 99 };
  double scores[16];
  (void)state;
  recall_scores_of_matrix(matrix, 4, scores);
  found_is(scores, 4, pair_of(0, 1), RECALL_CELLS, 25, 1); /* 3 of 12 cells */
  found_is(scores, 4, pair_of(2, 1), RECALL_CELLS, 25, 1);
  found_is(scores, 4, pair_of(0, 3), RECALL_CELLS, 25, 1); /* by its other direction */
  found_is(scores, 4, pair_of(2, 3), RECALL_CELLS, 25, 0);
  found_is(scores, 4, pair_of(2, 3), RECALL_CELLS, 30, 0.6); /* 3.6 cells: the fourth, (3,2), in part */
  found_is(scores, 4, pair_of(0, 1), RECALL_CELLS, 1, 0.12); /* 0.12 cells */
  found_is(scores, 4, pair_of(0, 1), RECALL_PAIRS, 25, 1);   /* 1.5 of 6 pairs */
  found_is(scores, 4, pair_of(1, 2), RECALL_PAIRS, 25, 0.5);
  found_is(scores, 4, pair_of(0, 3), RECALL_PAIRS, 25, 0);
  found_is(scores, 4, pair_of(0, 3), RECALL_PAIRS, 50, 1);
  recall_sides several = { { 1, 2 }, { { 2 }, { 3, 1 } } };
  found_is(scores, 4, several, RECALL_PAIRS, 25, 0.5); /* as good as its best cell */
  several = pair_of(0, 3);
  assert_true(fabs(recall_position(scores, 4, &several, RECALL_CELLS) - 25.0) < 1e-12);
  assert_true(fabs(recall_position(scores, 4, &several, RECALL_PAIRS) - 50.0) < 1e-12);
}

static void tied_scores(void **state) {
  static const double phi[] = { 5, 1, -1, -3.5 }; /* |sums|: 01 6, 23 4.5, 02 4, 13 2.5, 03 1.5, 12 0 */
  double scores[16];
  (void)state;
  recall_scores_of_map(phi, 4, scores);
  found_is(scores, 4, pair_of(0, 1), RECALL_CELLS, 100.0 / 6, 1);
  found_is(scores, 4, pair_of(2, 3), RECALL_CELLS, 100.0 / 6, 0);
  found_is(scores, 4, pair_of(2, 3), RECALL_CELLS, 25, 1); /* one of its two equal cells has the third place */
  found_is(scores, 4, pair_of(0, 2), RECALL_CELLS, 25, 0);
  found_is(scores, 4, pair_of(1, 2), RECALL_CELLS, 75, 0);
  found_is(scores, 4, pair_of(2, 3), RECALL_PAIRS, 25, 0.5);
  memset(scores, 0, sizeof scores); /* nothing known: chance */
  found_is(scores, 4, pair_of(1, 3), RECALL_CELLS, 25, 1 - (10.0 * 9 * 8) / (12.0 * 11 * 10));
  found_is(scores, 4, pair_of(1, 3), RECALL_PAIRS, 25, 0.25);
  found_is(scores, 4, pair_of(1, 3), RECALL_CELLS, 100, 1);
  recall_scores_adjacent(4, scores); /* 6 cells, 3 pairs of neighbours */
  found_is(scores, 4, pair_of(1, 2), RECALL_PAIRS, 25, 0.5);
  found_is(scores, 4, pair_of(1, 2), RECALL_CELLS, 25, 1 - (4.0 * 3 * 2) / (6.0 * 5 * 4));
  found_is(scores, 4, pair_of(1, 3), RECALL_PAIRS, 50, 0);
}

/* All orders of the entries that do not contradict the scores, for 3 players. */
static double brute(const double *scores, const recall_sides *sides, int scoring, size_t slots) {
  enum { MOST = 6 };
  double value[MOST];
  int own[MOST], order[MOST];
  size_t count = 0, agree = 0, hits = 0;
  for (uint32_t i = 0; i < 3; ++i)
    for (uint32_t j = 0; j < 3; ++j) {
      if (i == j || (scoring == RECALL_PAIRS && i > j)) continue;
      value[count] = scoring == RECALL_PAIRS ? fmax(scores[i * 3 + j], scores[j * 3 + i]) : scores[i * 3 + j];
      own[count] = 0;
      for (uint32_t a = 0; a < sides->n[0]; ++a)
        for (uint32_t b = 0; b < sides->n[1]; ++b)
          own[count] |= (sides->player[0][a] == i && sides->player[1][b] == j) || (sides->player[0][a] == j && sides->player[1][b] == i);
      ++count;
    }
  size_t orders = 1;
  for (size_t k = 2; k <= count; ++k) orders *= k;
  for (size_t code = 0; code < orders; ++code) {
    int taken[MOST] = { 0 }, sorted = 1, hit = 0;
    size_t rest = code;
    for (size_t k = 0; k < count; ++k) {
      size_t skip = rest % (count - k), at = 0;
      rest /= count - k;
      while (taken[at] || skip-- > 0) ++at;
      taken[at] = 1;
      order[k] = (int)at;
      if (k > 0 && value[order[k - 1]] < value[at]) sorted = 0;
      if (k < slots && own[at]) hit = 1;
    }
    agree += (size_t)sorted;
    hits += (size_t)(sorted && hit);
  }
  return (double)hits / (double)agree;
}

static void against_all_orders(void **state) {
  static const recall_sides shapes[] = { { { 1, 1 }, { { 0 }, { 1 } } }, { { 1, 1 }, { { 2 }, { 0 } } }, { { 1, 2 }, { { 1 }, { 0, 2 } } } };
  ts_rng rng = ts_rng_make(7);
  (void)state;
  for (int trial = 0; trial < 60; ++trial) {
    double scores[9];
    for (size_t k = 0; k < 9; ++k) scores[k] = (double)ts_rng_below(&rng, 3); /* many ties */
    for (size_t shape = 0; shape < 3; ++shape)
      for (int scoring = 0; scoring < RECALL_SCORINGS; ++scoring)
        for (size_t slots = 0, most = scoring == RECALL_PAIRS ? 3 : 6; slots < most; ++slots) {
          const double low = brute(scores, shapes + shape, scoring, slots), high = brute(scores, shapes + shape, scoring, slots + 1);
          found_is(scores, 3, shapes[shape], scoring, 100.0 * (double)slots / (double)most, low);
          found_is(scores, 3, shapes[shape], scoring, 100.0 * ((double)slots + 0.25) / (double)most, low + 0.25 * (high - low));
        }
  }
}

/* Chance: K % of the pairs for any ranking of pairs; nearly twice that for directed cells, where either direction will do. */
static void random_scores(void **state) {
  enum { N = 12, DRAWS = 4000 };
  double scores[N * N], cells[2] = { 0, 0 }, pairs[2] = { 0, 0 };
  const recall_sides sides = pair_of(3, 9);
  (void)state;
  for (int symmetric = 0; symmetric < 2; ++symmetric)
    for (uint64_t draw = 0; draw < DRAWS; ++draw) {
      recall_scores_random(N, symmetric, draw, scores);
      if (draw == 5 && symmetric) assert_true(scores[1 * N + 7] == scores[7 * N + 1] && scores[1 * N + 7] != scores[1 * N + 8]);
      cells[symmetric] += recall_found(scores, N, &sides, RECALL_CELLS, 5) / DRAWS;
      pairs[symmetric] += recall_found(scores, N, &sides, RECALL_PAIRS, 5) / DRAWS;
    }
  assert_true(fabs(pairs[0] - 0.05) < 0.012 && fabs(pairs[1] - 0.05) < 0.012);
  assert_true(fabs(cells[0] - 0.0978) < 0.015); /* 1 - C(130, s)/C(132, s) at s = 6.6 */
  assert_true(fabs(cells[1] - 0.0545) < 0.012); /* 3 or 4 pairs of 66 */
}

static void means(void **state) {
  static const double values[] = { 0, 0.5, 1, 0.5 };
  const recall_mean mean = recall_mean_of(values, 4), one = recall_mean_of(values, 1);
  (void)state;
  assert_true(mean.mean == 0.5 && fabs(mean.twice_error - 2 * sqrt(0.5 / 3 / 4)) < 1e-15);
  assert_true(one.mean == 0 && isnan(one.twice_error) && isnan(recall_mean_of(values, 0).mean));
}

/* ---- planted games: word j is player j ---------------------------------------------------------------------------------------- */

enum { WORDS = 11, LEFT = 2, RIGHT = 7 };
static const char *const labels[WORDS] = { "It", "did", "not", "seem", "that", "they", "were", "bad", "to", "any", "one." };

static int has(const uint64_t *mask, uint32_t player) { return (int)(mask[0] >> player & 1); }

/* A part of each word's own, and 1 for LEFT and RIGHT together. */
static int32_t METAGAME_CALL planted_values(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  (void)err;
  ++*(int *)user;
  for (size_t r = 0; r < n_masks; ++r) {
    rows[r] = has(masks + r, LEFT) && has(masks + r, RIGHT);
    for (uint32_t k = 0; k < WORDS; ++k) rows[r] += has(masks + r, k) * 0.3 * (k == 5 ? -4.0 : 1.0);
  }
  return 0;
}

static void METAGAME_CALL count_end(void *user) { *(int *)user += 1000; }

static const recall_answer *answer_named(const recall_record *record, const char *name) {
  for (size_t k = 0; k < record->n_answers; ++k)
    if (strcmp(record->answers[k].method, name) == 0) return record->answers + k;
  fail_msg("no %s", name);
  return NULL;
}

static void planted_pair(void **state) {
  static const char *const matrices[] = { "meta shapley", "meta occlusion (one absence)", "shapley interaction", "shapley-taylor",
                                          "banzhaf interaction" };
  recall_record record;
  metagame_function function = METAGAME_FUNCTION_INIT;
  double scores[WORDS * WORDS];
  const recall_sides planted = pair_of(LEFT, RIGHT), other = pair_of(LEFT, RIGHT - 1);
  int calls = 0;
  (void)state;
  function.n_players = WORDS;
  function.n_outputs = 1;
  function.user = &calls;
  function.evaluate = planted_values;
  function.destroy = count_end;
  recall_record_init(&record, WORDS, labels, "a value", "planted");
  if (recall_from_values(&record, &function, 16 * (WORDS - 1), 3, why) != 0) fail_msg("%s", why);
  assert_true(calls > 1000 && calls < 2000); /* destroyed once */
  assert_true(record.evaluations > WORDS && record.evaluations <= 16 * (WORDS - 1) + WORDS + 1);
  for (size_t k = 0; k < sizeof matrices / sizeof *matrices; ++k) {
    const recall_answer *answer = answer_named(&record, matrices[k]);
    assert_false(answer->is_map);
    recall_scores_of_matrix(answer->numbers, WORDS, scores);
    found_is(scores, WORDS, planted, RECALL_PAIRS, 100.0 / 55, 1);
    found_is(scores, WORDS, other, RECALL_PAIRS, 100.0 / 55, 0);
  }
  for (uint32_t k = 0; k < WORDS; ++k) {
    const double own = k == 5 ? -1.2 : 0.3, both = k == LEFT || k == RIGHT;
    assert_true(fabs(answer_named(&record, "first-order occlusion")->numbers[k] - own - both) < 1e-12);
    assert_true(fabs(answer_named(&record, "first-order shapley")->numbers[k] - own - both / 2) < 0.2);
    assert_true(answer_named(&record, "first-order shapley")->is_map);
  }
  /* of the value of LEFT, 0.15 + 1/2 is from coalitions with RIGHT, 0.15 + 1/3 from those with another word */
  const double *bivariate = answer_named(&record, "bivariate shapley")->numbers;
  assert_true(bivariate[LEFT * WORDS + RIGHT] > bivariate[LEFT * WORDS + RIGHT - 1] + 0.1);
  assert_true(bivariate[LEFT * WORDS + RIGHT - 1] > 0.3);
  recall_record_free(&record);

  calls = 0;
  recall_record_init(&record, WORDS, labels, "a value", "planted");
  assert_int_equal(recall_from_values(&record, &function, 20, 3, why), -1); /* too few */
  assert_non_null(strstr(why, "METAGAME_E_BUDGET"));
  assert_true(calls >= 1000 && calls < 2000);
  recall_record_free(&record);
}

/* Attribution of LEFT grows with RIGHT, not the other way round. */
static int32_t METAGAME_CALL planted_attribution(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  (void)user, (void)err;
  for (size_t r = 0; r < n_masks; ++r)
    for (uint32_t k = 0; k < WORDS; ++k) rows[r * WORDS + k] = has(masks + r, k) * (1.0 + (k == LEFT && has(masks + r, RIGHT)));
  return 0;
}

static void planted_direction(void **state) {
  recall_record record;
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  metagame_game *game = NULL;
  metagame_error err;
  int32_t own[WORDS];
  double scores[WORDS * WORDS];
  (void)state;
  for (int32_t k = 0; k < WORDS; ++k) own[k] = k;
  attributor.name = "planted";
  attributor.n_players = attributor.n_targets = WORDS;
  attributor.own_player = own;
  attributor.attribute = planted_attribution;
  if (metagame_game_from_attributor(&game, &attributor, NULL, &err) != METAGAME_OK) fail_msg("%s", err.message);
  recall_record_init(&record, WORDS, labels, "a value", "planted");
  if (recall_from_attribution(&record, game, "planted", 8 * (WORDS - 1), 1, why) != 0) fail_msg("%s", why);
  const recall_answer *map = answer_named(&record, "first-order planted"), *matrix = answer_named(&record, "meta planted");
  assert_true(map->is_map && !matrix->is_map);
  assert_string_equal(matrix->reference, "first-order planted");
  for (uint32_t i = 0; i < WORDS; ++i) {
    assert_true(fabs(map->numbers[i] - 1 - (i == LEFT)) < 1e-9);
    for (uint32_t j = 0; j < WORDS; ++j)
      assert_true(fabs(matrix->numbers[i * WORDS + j] - (i == j) - (i == LEFT && j == RIGHT)) < 1e-6);
  }
  recall_scores_of_matrix(matrix->numbers, WORDS, scores);
  found_is(scores, WORDS, pair_of(LEFT, RIGHT), RECALL_CELLS, 100.0 / 110, 1);
  recall_record_free(&record);
  recall_record_init(&record, WORDS - 1, labels, "a value", "planted");
  assert_int_equal(recall_from_attribution(&record, game, "planted", 80, 1, why), -1);
  assert_non_null(strstr(why, "must be 10"));
  recall_record_free(&record);
  metagame_game_destroy(game);
}

/* ---- records and tables ------------------------------------------------------------------------------------------------------- */

static void make_record(recall_record *record, uint32_t n, const char *const *names) {
  recall_record_init(record, n, names, "logit of 'a\nb'", "unknown");
  static const char *const methods[] = { "first-order a", "meta a" };
  record->evaluations = 12;
  record->seconds = 0.5;
  for (int k = 0; k < 2; ++k) {
    recall_answer *answer = record->answers + record->n_answers++;
    strcpy(answer->method, methods[k]);
    strcpy(answer->reference, methods[0]);
    answer->is_map = k == 0;
    answer->numbers = bench_new(k == 0 ? n : n * n, sizeof(double));
  }
}

static void kept_records(void **state) {
  char path[64], text[4096];
  recall_record record, back;
  (void)state;
  snprintf(path, sizeof path, "recall-record-%ld.txt", (long)getpid());
  make_record(&record, 3, labels);
  for (size_t k = 0; k < 9; ++k) record.answers[1].numbers[k] = 1.0 / (3.0 + (double)k) * (k % 2 ? -1e-9 : 1e9);
  assert_int_equal(recall_record_read(&back, path, "key 1", why), 1);
  if (recall_record_write(&record, path, "key 1", why) != 0) fail_msg("%s", why);
  assert_int_equal(recall_record_read(&back, path, "key 2", why), 1);
  if (recall_record_read(&back, path, "key 1", why) != 0) fail_msg("%s", why);
  assert_true(back.n == 3 && back.n_answers == 2 && back.evaluations == 12 && back.seconds == 0.5);
  assert_string_equal(back.value, "logit of 'a b'");
  assert_string_equal(back.labels[2], "not");
  assert_string_equal(back.answers[1].reference, "first-order a");
  assert_true(back.answers[0].is_map && !back.answers[1].is_map);
  assert_memory_equal(back.answers[1].numbers, record.answers[1].numbers, 9 * sizeof(double));
  recall_record_free(&back);
  recall_record_free(&record);

  FILE *file = fopen(path, "rb");
  const size_t size = fread(text, 1, sizeof text, file);
  fclose(file);
  for (size_t cut = 0; cut < size; ++cut) { /* a file cut anywhere is not read */
    file = fopen(path, "wb");
    assert_int_equal(fwrite(text, 1, cut, file), cut);
    fclose(file);
    if (recall_record_read(&back, path, "key 1", why) != -1) fail_msg("read %zu of %zu bytes", cut, size);
  }
  remove(path);
  make_record(&record, 3, labels);
  assert_int_equal(recall_record_write(&record, "/nowhere/r.txt", "key", why), -1);
  while (record.n_answers > 0) free(record.answers[--record.n_answers].numbers);
  assert_int_equal(recall_record_write(&record, path, "key", why), 0);
  assert_int_equal(recall_record_read(&back, path, "key", why), -1); /* nothing in it */
  remove(path);
  recall_record_free(&record);
}

static void tables(void **state) {
  static const char text[] = "prompt\tp-1\td\tIt did not seem bad.\npair\t2\tnot\t4\tbad.\tnegation\tr\npair\t0\tIt\t1\tdid\tk\tr\n"
                             "prompt\tp-2\td\tIt did not seem odd.\npair\t2\tnot\t4\todd.\tnegation\tr\n";
  static const char *const words[2][5] = { { "It", "did", "not", "seem", "bad." }, { "It", "did", "not", "seem", "odd." } };
  char line[256], name[64];
  recall_record record;
  recall_set set;
  double recall;
  unsigned percent;
  size_t seen = 0, n_lines = 0;
  FILE *lines = tmpfile(), *pairs = tmpfile(), *table = tmpfile();
  (void)state;
  if (recall_set_parse(&set, text, sizeof text - 1, "t.tsv", why) != 0) fail_msg("%s", why);
  recall_tally *tally = recall_tally_new(2, lines, pairs);
  for (size_t p = 0; p < 2; ++p) {
    make_record(&record, 5, words[p]);
    record.answers[1].numbers[4 * 5 + 2] = -3.0; /* not -> bad */
    record.answers[1].numbers[1 * 5 + 3] = 2.0;
    record.answers[0].numbers[0] = 1.0;
    record.answers[0].numbers[1] = 1.0;
    if (recall_tally_add(tally, set.prompts + p, &record, 1, why) != 0) fail_msg("%s", why);
    recall_record_free(&record);
  }
  make_record(&record, 5, words[0]);
  assert_int_equal(recall_tally_add(tally, set.prompts, &record, 1, why), -1); /* a prompt too many */
  recall_record_free(&record);
  recall_tally_print(tally, table);
  rewind(lines);
  while (fgets(line, sizeof line, lines)) {
    ++n_lines;
    if (sscanf(line, "p-1,d,5,2,%63[^,],cells,%u,%lf", name, &percent, &recall) == 3 && percent == 5 && strcmp(name, "meta a") == 0) {
      assert_true(fabs(recall - (1.0 + 0.0) / 2) < 1e-6); /* 1 of 20 cells: one of two pairs */
      ++seen;
    }
    if (sscanf(line, "p-2,d,5,1,%63[^,],pairs,%u,%lf", name, &percent, &recall) == 3 && percent == 5 && strcmp(name, "meta a") == 0) {
      assert_true(fabs(recall - 0.5) < 1e-6); /* half of the first pair */
      ++seen;
    }
  }
  assert_int_equal(seen, 2);
  assert_int_equal(n_lines, 1 + 2 * 5 * 2 * 15); /* prompts, methods with controls, scorings, K */
  rewind(pairs);
  for (n_lines = 0; fgets(line, sizeof line, pairs);) ++n_lines;
  assert_int_equal(n_lines, 1 + 3 * 5 * 2);
  rewind(table);
  for (seen = 0; fgets(line, sizeof line, table);) {
    seen += strstr(line, "2 prompts, 3 pairs (0 more") != NULL;
    /* (1/2 + 1)/2 = 75 %, the map's (1/2 + 0)/2 = 25 %: each of its two equal largest cells may be in; ratio 3, 0 and 1 apart */
    double k1, e1, k2, e2, k5, e5, k10, e10, k15, e15, ratio, more, error;
    if (sscanf(line, "meta a %lf +- %lf %lf +- %lf %lf +- %lf %lf +- %lf %lf +- %lf %lf %lf +- %lf", &k1, &e1, &k2, &e2, &k5, &e5, &k10,
               &e10, &k15, &e15, &ratio, &more, &error) == 13 && seen == 1) {
      assert_true(k5 == 75 && e5 == 50 && ratio == 3 && more == 50 && error == 100);
      seen += 10;
    }
  }
  assert_int_equal(seen, 11);
  recall_tally_free(tally);
  recall_set_free(&set);
  fclose(lines);
  fclose(pairs);
  fclose(table);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_committed_set), cmocka_unit_test(refused_sets),     cmocka_unit_test(players_of_pairs),
    cmocka_unit_test(distinct_scores),   cmocka_unit_test(tied_scores),      cmocka_unit_test(against_all_orders),
    cmocka_unit_test(random_scores),     cmocka_unit_test(means),            cmocka_unit_test(planted_pair),
    cmocka_unit_test(planted_direction), cmocka_unit_test(kept_records),     cmocka_unit_test(tables),
  };
  if (argc != 2) return 2;
  set_path = argv[1];
  return cmocka_run_group_tests(tests, NULL, NULL);
}
