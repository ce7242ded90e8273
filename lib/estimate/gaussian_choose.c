/* SPDX-License-Identifier: MIT */
/* Which pairs to ask next (docs/mathematics.md, section 11): parameters are learnt again in each of up to BATCHES rounds, and among the
 * pairs not yet asked the next one is that which lowers the sum of the posterior variances of the Shapley values most
 * (sequential.c). What is chosen depends on values but not on batches, tickets or threads. */
#include "estimate/gaussian_choose.h"

#include <math.h>

#include "base/mask_set.h"
#include "base/random.h"
#include "estimate/gaussian_work.h"
#include "estimate/sequential.h"
#include "plan/sizes.h"

enum { ALL_CANDIDATES = 11, N_CANDIDATES = 1024, LEAST_BATCH = 8, BATCHES = 8, TAUGHT_ROWS = 160 };

uint64_t mtg_gaussian_most_candidates(uint32_t n) { return n <= ALL_CANDIDATES ? UINT64_C(1) << n : N_CANDIDATES; }

/* Of a pair, the coalition with player 0. */
void mtg_gaussian_turn(uint64_t *mask, uint64_t *room, uint32_t n) {
  if (mtg_mask_has(mask, 0)) return;
  mtg_mask_complement(room, mask, n);
  mtg_mask_copy(mask, room, mtg_mask_words(n));
}

/* Pairs that were not asked: all of them with few players, else drawn as the plan draws sizes, q_t ~ 1/sqrt(t (n-t)). */
static metagame_status list_candidates(const mtg_gaussian *s, mtg_mask_set *set, uint64_t *first, metagame_error *err) {
  const mtg_problem *problem = s->kernel->problem;
  const uint32_t n = problem->n;
  const size_t words = problem->words;
  mtg_random random = mtg_random_at(problem->seed, MTG_STREAM_DESIGN, s->n_rounds);
  uint64_t *mask = mtg_new(&problem->alloc, 2 * words, sizeof *mask), number;
  double *upto = mtg_new(&problem->alloc, n, sizeof *upto);
  uint32_t *members = mtg_new(&problem->alloc, n, sizeof *members);
  int added, failed = !mask || !upto || !members;
  for (uint64_t row = s->first->n_header; row < mtg_gaussian_known_rows(s) && !failed; row += 2) {
    mtg_gaussian_row(s, row, mask);
    mtg_gaussian_turn(mask, mask + words, n);
    failed = mtg_mask_set_add(set, mask, &number, &added) != 0;
  }
  *first = set->count;
  for (uint32_t t = 1; t < n && !failed; ++t) upto[t] = upto[t - 1] + 1 / sqrt((double)t * (n - t));
  for (uint32_t player = 0; player < n && !failed; ++player) members[player] = player;
  const uint64_t tries = n <= ALL_CANDIDATES ? (UINT64_C(1) << (n - 1)) - 1 : 2 * N_CANDIDATES;
  for (uint64_t at = 0; at < tries && !failed && set->count < *first + (n <= ALL_CANDIDATES ? tries : N_CANDIDATES); ++at) {
    if (n <= ALL_CANDIDATES) {
      mask[0] = 2 * at + 1;
    } else {
      const double place = mtg_random_unit(&random) * upto[n - 1];
      uint32_t t = 1;
      while (t + 1 < n && upto[t] <= place) ++t;
      mtg_draw_members(members, n, t, &random);
      mtg_mask_clear(mask, words);
      for (uint32_t member = 0; member < t; ++member) mtg_mask_add(mask, members[member]);
      mtg_gaussian_turn(mask, mask + words, n);
    }
    failed = mtg_mask_set_add(set, mask, &number, &added) != 0;
  }
  mtg_free(&problem->alloc, mask);
  mtg_free(&problem->alloc, upto);
  mtg_free(&problem->alloc, members);
  return failed ? mtg_fail_memory(err, &problem->alloc, "the design") : METAGAME_OK;
}

typedef struct chooser {
  size_t count; /* processes */
  mtg_process processes[MTG_GAUSSIAN_APART];
  mtg_sequential designs[MTG_GAUSSIAN_APART];
  double weights[MTG_GAUSSIAN_APART]; /* one over the largest gain at first: targets have units of their own */
} chooser;

static void close_chooser(chooser *c) {
  for (size_t at = 0; at < c->count; ++at) {
    mtg_sequential_close(&c->designs[at]);
    mtg_process_close(&c->processes[at]);
  }
}

/* The processes of the round go to the next one. */
static void keep_processes(mtg_gaussian *s, chooser *c) {
  for (size_t at = 0; at < s->n_kept; ++at) mtg_process_close(&s->kept[at]);
  memcpy(s->kept, c->processes, c->count * sizeof *s->kept);
  s->n_kept = c->count;
  for (size_t at = 0; at < c->count; ++at) mtg_sequential_close(&c->designs[at]);
  c->count = 0;
}

/* A process for each target, or one for all, given what was told. */
static metagame_status open_chooser(chooser *c, mtg_work *w, const uint64_t *candidates, size_t n_candidates, size_t wanted,
                                    metagame_error *err) {
  mtg_group *g = &w->group;
  const int apart = w->m <= MTG_GAUSSIAN_APART;
  g->own = METAGAME_NO_PLAYER;
  for (size_t j = 0; j < w->n; ++j) w->start[j] = 1;
  for (c->count = 0; c->count < (apart ? w->m : 1); ++c->count) {
    mtg_process *process = &c->processes[c->count];
    mtg_sequential *design = &c->designs[c->count];
    g->n_targets = apart ? 1 : w->m;
    for (uint32_t i = 0; i < g->n_targets; ++i) g->targets[i] = apart ? (uint32_t)c->count : i;
    mtg_group_gather(w, MTG_HOLD_NONE);
    const size_t rows = g->n_plan;
    const mtg_process_data data = { g->masks, g->values, rows, 0, g->n_rows - rows, g->n_targets };
    MTG_TRY(mtg_process_open(process, &w->problem->alloc, w->problem->n, MTG_PROCESS_ODD, METAGAME_NO_PLAYER, err));
    if (w->of->n_kept > c->count)
      mtg_process_resume(process, &w->of->kept[c->count]);
    else if (w->of->n_folds > 0)
      mtg_process_resume(process, &w->of->folds[w->of->best[c->count]]);
    const size_t taught = g->n_targets < MTG_GAUSSIAN_TAUGHT ? g->n_targets : MTG_GAUSSIAN_TAUGHT;
    metagame_status status = mtg_process_learn(process, &data, taught, TAUGHT_ROWS, w->start, err);
    if (status == METAGAME_OK) status = mtg_sequential_open(design, process, &data, candidates, n_candidates, wanted, err);
    if (status != METAGAME_OK) {
      mtg_process_close(process);
      return status;
    }
    double most = 0;
    for (size_t at = 0; at < n_candidates; ++at) most = fmax(most, mtg_sequential_gain(design, at));
    c->weights[c->count] = most > 0 ? 1 / most : 0;
  }
  return METAGAME_OK;
}

static size_t best_candidate(const chooser *c, size_t n_candidates) {
  size_t best = 0;
  double most = -1;
  for (size_t at = 0; at < n_candidates; ++at) {
    double gain = c->designs[0].variance[at] > 0 ? 0 : -2;
    for (size_t p = 0; p < c->count; ++p) gain += c->weights[p] * mtg_sequential_gain(&c->designs[p], at);
    if (gain > most) most = gain, best = at;
  }
  return best;
}

metagame_status mtg_gaussian_choose(mtg_gaussian *s, metagame_error *err) {
  const size_t words = s->kernel->problem->words;
  uint64_t wanted = s->most_chosen / BATCHES > LEAST_BATCH ? s->most_chosen / BATCHES : LEAST_BATCH, first = 0;
  if (wanted > s->most_chosen - s->n_chosen) wanted = s->most_chosen - s->n_chosen;
  mtg_mask_set set;
  chooser c;
  mtg_work w;
  c.count = 0;
  mtg_mask_set_open(&set, &s->kernel->problem->alloc, words);
  metagame_status status = mtg_work_open(&w, s, err);
  if (status == METAGAME_OK) status = list_candidates(s, &set, &first, err);
  const size_t n_candidates = (size_t)(set.count - first);
  if (status == METAGAME_OK && n_candidates < wanted) status = mtg_fail(err, METAGAME_E_INTERNAL, "%zu pairs to choose from", n_candidates);
  if (status == METAGAME_OK) status = open_chooser(&c, &w, set.masks + first * words, n_candidates, (size_t)wanted, err);
  if (status == METAGAME_OK) {
    for (uint64_t pick = 0; pick < wanted; ++pick) {
      const size_t best = best_candidate(&c, n_candidates);
      for (size_t p = 0; p < c.count; ++p) mtg_sequential_add(&c.designs[p], best);
      mtg_mask_copy(s->chosen + s->n_chosen++ * words, set.masks + (first + best) * words, words);
    }
    ++s->n_rounds;
    keep_processes(s, &c);
  }
  close_chooser(&c);
  mtg_work_close(&w);
  mtg_mask_set_close(&set);
  return status;
}

