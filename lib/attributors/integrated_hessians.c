/* SPDX-License-Identifier: MIT */
/* Integrated Hessians of groups of features (players), the sums of Gamma_kl over k in p and l in q:
 *   Gamma_kl = y_k y_l int int a c f_kl(b + a c y) da dc + [k = l] y_k int int f_k(b + a c y) da dc,      y = x - b
 * Janizek, Sturmfels, Lee, "Explaining explanations", JMLR 22, 2021, section 3. The product u = a c of two uniform numbers has the
 * density -ln u, so that both are single integrals:
 *   Gamma_pq = int_0^1 u (-ln u) y_p' H(b + u y) y_q du + [p = q] int_0^1 (-ln u) y_p' grad f(b + u y) du
 * with y_p the part of y in p. The rule is Gauss-Legendre in w = u^(1/4), where the weight is -16 w^3 ln w. H y_q is a difference of
 * gradients along y_q, central and extrapolated (Richardson): with t = h/2, h and h = 2^-10
 *   H y_q = (8 (g(h/2) - g(-h/2)) - (g(h) - g(-h)))/(6 h),     g(t) = grad f(b + u y + t y_q)
 * of error h^4/480 times the fifth derivative of g, and rounding of about 3 eps/h. Cost: steps (1 + 4 players) gradients a row of
 * the background. */
#include <math.h>
#include <string.h>

#include "attributors/builtin.h"
#include "base/abi.h"
#include "base/quadrature.h"
#include "metagame/comparisons.h"

enum { PROBES = 4 };

static const double step = 0x1p-10;

typedef struct hessians {
  mtg_alloc alloc;
  const mtg_masked *masked;
  uint32_t output, n_players;
  const double *baseline; /* NULL: the background rows */
  size_t n_background, n_nodes;
  double *nodes, *weights;
  double *rows, *gradients; /* a batch */
  double *column, *total;
} hessians;

static double multiplier(double z, double b) { return z - b; }
static const mtg_attributor_kind kind = { "integrated-hessians", 0, multiplier, MTG_RULE_PATH, NULL, NULL, NULL };

/* What flat row `index` stands for: probe 0 is the point of the node, 1 + 4 q + j the j-th probe along player q. */
typedef struct place {
  const double *b;
  size_t node, probe;
} place;

static place place_of(const hessians *h, uint64_t index) {
  const uint64_t probes = 1 + (uint64_t)PROBES * h->n_players, background = index / probes / h->n_nodes;
  const place at = { h->baseline ? h->baseline : h->masked->background + background * h->masked->n_features,
                     (size_t)(index / probes % h->n_nodes), (size_t)(index % probes) };
  return at;
}

static void make_row(const hessians *h, uint64_t index, double *row) {
  static const double shift[PROBES] = { 0.5, -0.5, 1, -1 };
  const mtg_masked *masked = h->masked;
  const place at = place_of(h, index);
  const double w = h->nodes[at.node], u = w * w * w * w;
  for (uint32_t k = 0; k < masked->n_features; ++k) row[k] = at.b[k] + u * (masked->x[k] - at.b[k]);
  if (at.probe == 0) return;
  const size_t q = (at.probe - 1) / PROBES;
  for (size_t i = masked->players.offsets[q]; i < masked->players.offsets[q + 1]; ++i) {
    const uint32_t k = masked->players.features[i];
    row[k] = at.b[k] + (u + step * shift[(at.probe - 1) % PROBES]) * (masked->x[k] - at.b[k]);
  }
}

static void take_gradient(hessians *h, uint64_t index, const double *gradient) {
  static const double factor[PROBES] = { 8, -8, -1, 1 };
  const mtg_groups *players = &h->masked->players;
  const place at = place_of(h, index);
  const double w = h->nodes[at.node], weight = h->weights[at.node] * 16 * w * w * w * -log(w);
  const size_t q = at.probe ? (at.probe - 1) / PROBES : 0, j = at.probe ? (at.probe - 1) % PROBES : 0;
  for (uint32_t p = 0; p < h->n_players; ++p) {
    double sum = 0;
    for (size_t i = players->offsets[p]; i < players->offsets[p + 1]; ++i) {
      const uint32_t k = players->features[i];
      sum += (h->masked->x[k] - at.b[k]) * gradient[k];
    }
    if (at.probe == 0) {
      h->total[(size_t)p * h->n_players + p] += weight * sum;
      continue;
    }
    h->column[p] = (j == 0 ? 0 : h->column[p]) + factor[j] * sum;
    if (j + 1 == PROBES) h->total[(size_t)p * h->n_players + q] += weight * (w * w * w * w) * (h->column[p] / (6 * step));
  }
}

static metagame_status run(hessians *h, metagame_error *err) {
  const uint64_t total = (uint64_t)h->n_background * h->n_nodes * (1 + (uint64_t)PROBES * h->n_players);
  const uint64_t batch = h->masked->model->callbacks.max_batch;
  const size_t n = h->masked->n_features, chunk = (size_t)(total < batch ? total : batch);
  h->nodes = mtg_new(&h->alloc, h->n_nodes, sizeof(double));
  h->weights = mtg_new(&h->alloc, h->n_nodes, sizeof(double));
  h->rows = mtg_new(&h->alloc, chunk, n * sizeof(double));
  h->gradients = mtg_new(&h->alloc, chunk, n * sizeof(double));
  h->column = mtg_new(&h->alloc, h->n_players, sizeof(double));
  h->total = mtg_new(&h->alloc, h->n_players, h->n_players * sizeof(double));
  if (!h->nodes || !h->weights || !h->rows || !h->gradients || !h->column || !h->total)
    return mtg_fail_memory(err, &h->alloc, "integrated Hessians");
  mtg_gauss_legendre(h->n_nodes, h->nodes, h->weights);
  for (uint64_t first = 0; first < total;) {
    const size_t count = total - first < chunk ? (size_t)(total - first) : chunk;
    for (size_t r = 0; r < count; ++r) make_row(h, first + r, h->rows + r * n);
    MTG_TRY(mtg_model_gradient(h->masked->model, h->rows, count, h->output, h->gradients, err));
    for (size_t r = 0; r < count; ++r) take_gradient(h, first + r, h->gradients + r * n);
    first += count;
  }
  const size_t n_entries = (size_t)h->n_players * h->n_players;
  for (size_t at = 0; at < n_entries; ++at) {
    h->total[at] /= (double)h->n_background;
    if (!isfinite(h->total[at]))
      return mtg_fail(err, METAGAME_E_NONFINITE, "integrated Hessians: entry %zu of row %zu is %g", at % h->n_players,
                      at / h->n_players, h->total[at]);
  }
  return METAGAME_OK;
}

metagame_status metagame_integrated_hessians(double *out, const metagame_game *base, const metagame_method *method,
                                             metagame_error *err) {
  metagame_method known = METAGAME_METHOD_INIT;
  hessians h;
  if (!out || !base) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : "base");
  if (method) MTG_TRY(mtg_struct_read(&known, sizeof known, method, sizeof known, "method", err));
  if (known.name && strcmp(known.name, kind.name) != 0)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "method.name is \"%.60s\", must be NULL or \"%s\"", known.name, kind.name);
  MTG_TRY(mtg_method_check(&kind, base, &known, err));
  if (known.targets) return mtg_fail(err, METAGAME_E_UNSUPPORTED, "method.targets is set; %s are of the players", kind.name);
  memset(&h, 0, sizeof h);
  h.alloc = base->alloc;
  h.masked = base->masked;
  h.output = known.output;
  h.n_players = h.masked->players.count;
  h.baseline = known.baseline;
  h.n_background = known.baseline ? 1 : h.masked->n_background;
  h.n_nodes = known.steps ? known.steps : MTG_DEFAULT_STEPS;
  const metagame_status status = run(&h, err);
  if (status == METAGAME_OK) memcpy(out, h.total, (size_t)h.n_players * h.n_players * sizeof *out);
  double *const blocks[] = { h.nodes, h.weights, h.rows, h.gradients, h.column, h.total };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(&h.alloc, blocks[b]);
  return status;
}
