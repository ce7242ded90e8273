/* SPDX-License-Identifier: MIT */
/* Every name gives the attribution that it promises, for each kind of absence: written out once more here, from one unshared sequence of
 * the graph at a time, on a tiny random model (argument: its file) whose attributions all differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metagame_ggml.h"
#include "metagame_llama.h"
#include "plain.h"

enum { N = 5, MOST = 128, MOST_STEPS = 3, MOST_ROW = N * (1 + MOST_STEPS), UNKNOWN = 0, N_MASKS = 4 };

static const uint64_t masks[N_MASKS] = { 31, 29, 6, 0 };
static const char *model_path;
static metagame_ggml *graph;
static metagame_ggml_info info = METAGAME_GGML_INFO_INIT;
static plain *oracle;

/* What the model reads when all are there, and what is explained. */
typedef struct prompt {
  metagame_llama *handle;
  int32_t tokens[MOST];
  int owners[MOST]; /* -1: nobody */
  size_t n;
  uint32_t n_steps;
  metagame_ggml_term terms[MOST_STEPS];
  size_t n_terms;
} prompt;

/* One coalition of it. */
typedef struct reading {
  int32_t tokens[MOST];
  int owners[MOST];
  unsigned char hidden[MOST];
  size_t n;
} reading;

static void run(const metagame_ggml_batch *batch) {
  metagame_error err;
  if (metagame_ggml_run(graph, batch, &err) != METAGAME_OK) fail_msg("%s", err.message);
}

static int32_t most_likely(const int32_t *tokens, size_t n) {
  const float *logits = plain_logits(oracle, tokens, n, 1);
  int32_t best = 0;
  assert_non_null(logits);
  for (int32_t k = 1; k < plain_n_vocab(oracle); ++k)
    if (logits[k] > logits[best]) best = k;
  return best;
}

static void open_prompt(prompt *p, bool generate) {
  metagame_llama_options options = METAGAME_LLAMA_OPTIONS_INIT;
  metagame_error err;
  memset(p, 0, sizeof *p);
  options.model_path = model_path;
  options.text = "the food was not bad";
  options.instruction = "review {} is";
  options.answer = "my";
  options.n_threads = 1;
  if (generate) {
    options.generate = MOST_STEPS;
  } else {
    options.target = " good";
    options.contrast = " bad";
  }
  if (metagame_llama_create(&p->handle, &options, &err) != METAGAME_OK) fail_msg("%s", err.message);
  assert_int_equal(metagame_llama_n_players(p->handle), N);
  uint64_t all = 31;
  assert_int_equal(metagame_llama_tokens(p->handle, &all, p->tokens, MOST, &p->n, NULL), METAGAME_OK);
  for (size_t k = 0; k < MOST; ++k) p->owners[k] = -1;
  for (int j = 0; j < N; ++j) {
    uint64_t others = all ^ (UINT64_C(1) << j);
    int32_t without[MOST];
    size_t n;
    assert_int_equal(metagame_llama_tokens(p->handle, &others, without, MOST, &n, NULL), METAGAME_OK);
    assert_int_equal(n, p->n);
    for (size_t k = 0; k < n; ++k)
      if (without[k] != p->tokens[k]) p->owners[k] = j;
  }
  for (size_t k = 0; k < 4; ++k) assert_int_equal(p->owners[k], -1); /* there is a shared part */
  p->n_steps = metagame_llama_n_steps(p->handle);
  assert_int_equal(p->n_steps, generate ? MOST_STEPS : 1);
  if (generate) {
    for (uint32_t s = 0; s < p->n_steps; ++s) {
      size_t n = p->n - (p->n_steps - 1) + s;
      p->terms[s] = (metagame_ggml_term){ s, p->n_steps - 1 - s, most_likely(p->tokens, n), 0, 1.0 };
      if (n < p->n) assert_int_equal(p->tokens[n], p->terms[s].token);
    }
    p->n_terms = p->n_steps;
  } else {
    p->terms[0] = (metagame_ggml_term){ 0, 0, plain_token(oracle, " good"), 0, 1.0 };
    p->terms[1] = (metagame_ggml_term){ 0, 0, plain_token(oracle, " bad"), 0, -1.0 };
    p->n_terms = 2;
  }
}

static void read_coalition(const prompt *p, uint64_t mask, int32_t absent, reading *r) {
  static const int32_t instead[] = { 0, UNKNOWN, METAGAME_GGML_ZERO, 0, METAGAME_GGML_MEAN, 0 };
  memset(r, 0, sizeof *r);
  for (size_t k = 0; k < p->n; ++k) {
    bool there = p->owners[k] < 0 || (mask >> p->owners[k] & 1);
    if (!there && absent == METAGAME_LLAMA_DELETE) continue;
    r->tokens[r->n] = there || absent == METAGAME_LLAMA_HIDE ? p->tokens[k] : instead[absent];
    r->owners[r->n] = p->owners[k];
    r->hidden[r->n++] = !there && absent == METAGAME_LLAMA_HIDE;
  }
}

static void add(const prompt *p, double *row, uint32_t step, int owner, double value) {
  if (owner < 0) return;
  row[owner] += value / p->n_steps;
  row[N * (1 + step) + (uint32_t)owner] += value;
}

/* Gradients of every step at embeddings: n_steps x n x width. */
static float *gradients_at(const prompt *p, const reading *r, const float *embeddings, int32_t backward) {
  float *out = malloc(p->n_steps * r->n * info.width * sizeof *out);
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  batch.n_sequences = 1;
  batch.stride = r->n;
  batch.embeddings = embeddings;
  batch.hidden = r->hidden;
  batch.terms = p->terms;
  batch.n_terms = p->n_terms;
  batch.n_functionals = p->n_steps;
  batch.backward = backward;
  batch.gradients = out;
  run(&batch);
  return out;
}

static float *embed(const reading *r) {
  float *out = malloc(r->n * info.width * sizeof *out);
  assert_int_equal(metagame_ggml_embed(graph, r->tokens, r->n, out, NULL), METAGAME_OK);
  return out;
}

static void by_gradient(const prompt *p, const reading *r, const metagame_llama_method *method, double *row) {
  float *embeddings = embed(r);
  bool norm = strcmp(method->name, "gradient-norm") == 0;
  int32_t backward = strcmp(method->name, "attnlrp") == 0 ? METAGAME_GGML_ATTNLRP
                     : strcmp(method->name, "cp-lrp") == 0 ? METAGAME_GGML_CP_LRP
                                                           : METAGAME_GGML_GRADIENT;
  float *gradients = gradients_at(p, r, embeddings, backward);
  for (uint32_t s = 0; s < p->n_steps; ++s)
    for (size_t t = 0; t < r->n; ++t) {
      double sum = 0.0;
      for (size_t c = t * info.width; c < (t + 1) * info.width; ++c) {
        double g = (double)gradients[s * r->n * info.width + c];
        sum += g * (norm ? g : (double)embeddings[c]);
      }
      add(p, row, s, r->owners[t], norm ? sqrt(sum) : sum);
    }
  free(embeddings);
  free(gradients);
}

/* The three nodes of Gauss and Legendre. */
static void by_path(const prompt *p, const reading *r, const metagame_llama_method *method, double *row) {
  const double nodes[3] = { 0.5 - sqrt(0.15), 0.5, 0.5 + sqrt(0.15) }, weights[3] = { 5.0 / 18, 8.0 / 18, 5.0 / 18 };
  reading from = *r;
  for (size_t t = 0; t < r->n; ++t)
    if (r->owners[t] >= 0)
      from.tokens[t] = method->start == METAGAME_LLAMA_UNKNOWN ? UNKNOWN
                       : method->start == METAGAME_LLAMA_MEAN  ? METAGAME_GGML_MEAN
                                                               : METAGAME_GGML_ZERO;
  float *start = embed(&from), *end = embed(r), *at = embed(r);
  for (int k = 0; k < 3; ++k) {
    for (size_t c = 0; c < r->n * info.width; ++c)
      at[c] = (float)((double)start[c] + nodes[k] * ((double)end[c] - (double)start[c]));
    float *gradients = gradients_at(p, r, at, METAGAME_GGML_GRADIENT);
    for (uint32_t s = 0; s < p->n_steps; ++s)
      for (size_t t = 0; t < r->n; ++t)
        for (size_t c = t * info.width; c < (t + 1) * info.width; ++c)
          add(p, row, s, r->owners[t], weights[k] * (double)gradients[s * r->n * info.width + c] * ((double)end[c] - (double)start[c]));
    free(gradients);
  }
  free(start);
  free(end);
  free(at);
}

/* What the position of each step pays: the map of a layer, the mean of all, or the whole product of (A + I) / 2. */
static void by_attention(const prompt *p, const reading *r, const metagame_llama_method *method, double *row) {
  size_t n = r->n, size = n * n;
  bool rollout = strcmp(method->name, "attention-rollout") == 0;
  float *maps = malloc(info.n_layers * size * sizeof *maps);
  double *paid = calloc(size, sizeof *paid), *next = calloc(size, sizeof *next);
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  batch.n_sequences = 1;
  batch.stride = n;
  batch.tokens = r->tokens;
  batch.hidden = r->hidden;
  batch.attention = maps;
  run(&batch);
  for (size_t i = 0; i < n && rollout; ++i) paid[i * n + i] = 1.0;
  for (uint32_t l = 0; l < info.n_layers; ++l) {
    const float *map = maps + l * size;
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j) {
        if (!rollout) {
          if (method->layer == 0 || method->layer == l + 1) paid[i * n + j] += (double)map[i * n + j] / (method->layer ? 1 : info.n_layers);
          continue;
        }
        double sum = paid[i * n + j];
        for (size_t k = 0; k < n; ++k) sum += (double)map[i * n + k] * paid[k * n + j];
        next[i * n + j] = sum / 2.0;
      }
    if (rollout) memcpy(paid, next, size * sizeof *paid);
  }
  for (uint32_t s = 0; s < p->n_steps; ++s)
    for (size_t t = 0; t < n; ++t) add(p, row, s, r->owners[t], paid[(n - p->n_steps + s) * n + t]);
  free(maps);
  free(paid);
  free(next);
}

/* ---- tests ---------------------------------------------------------------------------------------------------------------- */

static const struct {
  metagame_llama_method method;
  void (*wanted)(const prompt *p, const reading *r, const metagame_llama_method *method, double *row);
} all[] = {
#define METHOD(name, nodes, start, layer) { sizeof(metagame_llama_method), name, 0, nodes, 0, start, 0, layer, 0 }
  { METHOD("gradient-norm", 0, 0, 0), by_gradient },
  { METHOD("gradient-x-input", 0, 0, 0), by_gradient },
  { METHOD("attnlrp", 0, 0, 0), by_gradient },
  { METHOD("cp-lrp", 0, 0, 0), by_gradient },
  { METHOD("integrated-gradients", 3, 0, 0), by_path },
  { METHOD("integrated-gradients", 3, METAGAME_LLAMA_MEAN, 0), by_path },
  { METHOD("integrated-gradients", 3, METAGAME_LLAMA_UNKNOWN, 0), by_path },
  { METHOD("attention", 0, 0, 0), by_attention },
  { METHOD("attention", 0, 0, 1), by_attention },
  { METHOD("attention", 0, 0, 2), by_attention },
  { METHOD("attention-rollout", 0, 0, 0), by_attention },
};
enum { N_ALL = sizeof all / sizeof *all };

static double distance(const double *a, const double *b, size_t n) {
  double most = 0.0;
  for (size_t k = 0; k < n; ++k) most = fmax(most, fabs(a[k] - b[k]));
  return most;
}

static void attribute(const prompt *p, const metagame_llama_method *method, double *rows) {
  metagame_attributor a = METAGAME_ATTRIBUTOR_INIT;
  metagame_error err;
  if (metagame_llama_attributor(&a, p->handle, method, &err) != METAGAME_OK) fail_msg("%s", err.message);
  assert_int_equal(a.n_targets, N * (method->flags ? 1 + p->n_steps : 1));
  if (a.attribute(a.user, masks, N_MASKS, rows, &err) != 0) fail_msg("%s", err.message);
  a.destroy(a.user);
}

/* worst: of paths, which are steep where they start, and of the others. */
static void check_names(const prompt *p, int32_t absent, double worst[2]) {
  static const double zeros[MOST_ROW];
  double first[N_ALL][MOST_ROW];
  size_t m = N * (1 + p->n_steps);
  for (size_t k = 0; k < N_ALL; ++k) {
    metagame_llama_method method = all[k].method;
    double with_steps[N_MASKS * MOST_ROW], mean[N_MASKS * N];
    method.absent = absent;
    attribute(p, &method, mean);
    method.flags = METAGAME_LLAMA_STEPS;
    attribute(p, &method, with_steps);
    for (size_t r = 0; r < N_MASKS; ++r) {
      reading coalition;
      double wanted[MOST_ROW] = { 0 };
      read_coalition(p, masks[r], absent, &coalition);
      all[k].wanted(p, &coalition, &method, wanted);
      if (r == 0) memcpy(first[k], wanted, sizeof wanted);
      double scale = fmax(distance(first[k], zeros, m), distance(wanted, zeros, m));
      double miss = fmax(distance(with_steps + r * m, wanted, m), distance(mean + r * N, wanted, N)) / scale;
      bool path = all[k].wanted == by_path;
      worst[!path] = fmax(worst[!path], miss);
      if (!(miss < (path ? 1e-3 : 1e-4)))
        fail_msg("%s (start %d, layer %u), absent %d, mask %#llx: missed by %.1e of the largest", method.name, method.start, method.layer,
                 absent, (unsigned long long)masks[r], miss);
    }
    for (size_t j = 0; j < k; ++j) /* one in the place of another would be seen */
      assert_true(distance(first[j], first[k], m) > 1e-2 * distance(first[k], zeros, m));
  }
}

static void names_mean_what_they_say(void **state) {
  bool generate = *state != NULL;
  double worst[2] = { 0.0, 0.0 };
  prompt p;
  open_prompt(&p, generate);
  for (int32_t absent = METAGAME_LLAMA_UNKNOWN; absent <= METAGAME_LLAMA_HIDE; ++absent) check_names(&p, absent, worst);
  printf("%s: within %.1e of the largest, integrated gradients %.1e\n", generate ? "generated answer" : "target", worst[1], worst[0]);
  metagame_llama_destroy(p.handle);
}

int main(int argc, char **argv) {
  static char generate;
  metagame_error err;
  if (argc != 2) {
    fprintf(stderr, "usage: test-names MODEL.gguf\n");
    return 1;
  }
  model_path = argv[1];
  metagame_llama_silence();
  metagame_ggml_options options = METAGAME_GGML_OPTIONS_INIT;
  options.model_path = model_path;
  options.n_threads = 1;
  if (metagame_ggml_create(&graph, &options, &err) < 0 || metagame_ggml_get_info(graph, &info, &err) < 0) {
    fprintf(stderr, "%s\n", err.message);
    return 1;
  }
  oracle = plain_open(model_path);
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_prestate(names_mean_what_they_say, NULL),
    cmocka_unit_test_prestate(names_mean_what_they_say, &generate),
  };
  int failed = oracle ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
  if (oracle) plain_close(oracle);
  metagame_ggml_destroy(graph);
  return failed;
}
