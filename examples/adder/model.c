/* SPDX-License-Identifier: MIT */
/* Forward and backward pass of the adder; the equations are in model.h. A backward pass costs about two forward passes. */
#include "model.h"

#include <math.h>
#include <string.h>

enum { T = ADDER_TOKENS, D = ADDER_WIDTH, H = ADDER_HIDDEN };
static const double SCALE = 0.35355339059327376220; /* 1 / sqrt(8) */
static const double EPSILON = 0.1;

void adder_embed(const adder_parameters *parameters, const int tokens[ADDER_TOKENS], double x[ADDER_FEATURES]) {
  for (int i = 0; i < T; i++)
    for (int d = 0; d < D; d++) x[i * D + d] = parameters->token[tokens[i]][d] + parameters->position[i][d];
}

static double dot(const double *a, const double *b, int n) {
  double sum = 0.0;
  for (int k = 0; k < n; k++) sum += a[k] * b[k];
  return sum;
}

/* to = matrix from, with matrix[rows][columns]. */
static void apply(const double *matrix, int rows, int columns, const double *from, double *to) {
  for (int r = 0; r < rows; r++) to[r] = dot(matrix + r * columns, from, columns);
}

/* from += transposed matrix times d_to. */
static void apply_back(const double *matrix, int rows, int columns, const double *d_to, double *d_from) {
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++) d_from[c] += matrix[r * columns + c] * d_to[r];
}

/* d_matrix += factor d_to from'. */
static void outer(double factor, const double *d_to, const double *from, int rows, int columns, double *d_matrix) {
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++) d_matrix[r * columns + c] += factor * d_to[r] * from[c];
}

static double normalise(const double *gain, const double *z, double *to) {
  double rms = sqrt(dot(z, z, D) / D + EPSILON);
  for (int d = 0; d < D; d++) to[d] = gain[d] * z[d] / rms;
  return rms;
}

/* dz += gradient of the norm; with its denominator frozen that is all of it but the last term. */
static void normalise_back(const double *gain, const double *z, double rms, const double *d_to, int frozen, double *dz) {
  double along = 0.0;
  for (int d = 0; d < D; d++) along += d_to[d] * gain[d] * z[d];
  for (int d = 0; d < D; d++) dz[d] += d_to[d] * gain[d] / rms;
  if (frozen) return;
  for (int d = 0; d < D; d++) dz[d] -= along * z[d] / (D * rms * rms * rms);
}

double adder_forward(const adder_parameters *p, const double x[ADDER_FEATURES], adder_trace *trace) {
  adder_trace own;
  adder_trace *t = trace ? trace : &own;
  memcpy(t->x, x, sizeof t->x);
  for (int i = 0; i < T; i++) {
    t->rms1[i] = normalise(p->norm1, t->x[i], t->n[i]);
    apply(p->query[0], D, D, t->n[i], t->q[i]);
    apply(p->key[0], D, D, t->n[i], t->k[i]);
    apply(p->value[0], D, D, t->n[i], t->v[i]);
  }
  t->f = 0.0;
  for (int i = 0; i < T; i++) {
    double most = -HUGE_VAL, total = 0.0, act[ADDER_HIDDEN], y[ADDER_WIDTH];
    for (int j = 0; j < T; j++) {
      t->score[i][j] = SCALE * dot(t->q[i], t->k[j], D);
      most = fmax(most, t->score[i][j]);
    }
    for (int j = 0; j < T; j++) total += t->attention[i][j] = exp(t->score[i][j] - most);
    for (int d = 0; d < D; d++) t->mixed[i][d] = 0.0;
    for (int j = 0; j < T; j++) {
      t->attention[i][j] /= total;
      for (int d = 0; d < D; d++) t->mixed[i][d] += t->attention[i][j] * t->v[j][d];
    }
    apply(p->output[0], D, D, t->mixed[i], t->h[i]);
    for (int d = 0; d < D; d++) t->h[i][d] += t->x[i][d];
    t->rms2[i] = normalise(p->norm2, t->h[i], t->m[i]);
    apply(p->up[0], H, D, t->m[i], t->u[i]);
    for (int e = 0; e < H; e++) {
      t->u[i][e] += p->up_bias[e];
      t->gate[i][e] = 1.0 / (1.0 + exp(-t->u[i][e]));
      act[e] = t->u[i][e] * t->gate[i][e];
    }
    apply(p->down[0], D, H, act, y);
    for (int d = 0; d < D; d++) y[d] += t->h[i][d] + p->down_bias[d];
    t->f += dot(p->head, y, D) / T;
  }
  return t->f;
}

void adder_backward(const adder_parameters *p, const adder_trace *t, adder_rule rule, double dx[ADDER_FEATURES], double factor,
                    adder_parameters *dp, adder_leak *leak) {
  const int relevance = rule == ADDER_RELEVANCE;
  const double half = relevance ? 0.5 : 1.0;
  double dq[ADDER_TOKENS][ADDER_WIDTH] = {{0.0}}, dk[ADDER_TOKENS][ADDER_WIDTH] = {{0.0}}, dv[ADDER_TOKENS][ADDER_WIDTH] = {{0.0}};
  adder_leak lost = {0.0, 0.0};
  memset(dx, 0, ADDER_FEATURES * sizeof *dx);

  for (int i = 0; i < T; i++) {
    double dy[ADDER_WIDTH], dh[ADDER_WIDTH], dm[ADDER_WIDTH] = {0.0}, d_act[ADDER_HIDDEN] = {0.0}, du[ADDER_HIDDEN];
    double d_mixed[ADDER_WIDTH] = {0.0}, d_attention[ADDER_TOKENS], along = 0.0;
    for (int d = 0; d < D; d++) dh[d] = dy[d] = p->head[d] / T;
    apply_back(p->down[0], D, H, dy, d_act);
    for (int e = 0; e < H; e++) {
      double gate = t->gate[i][e];
      du[e] = d_act[e] * (relevance ? gate : gate + t->u[i][e] * gate * (1.0 - gate));
    }
    apply_back(p->up[0], H, D, du, dm);
    lost.biases += dot(du, p->up_bias, H) + dot(dy, p->down_bias, D);
    normalise_back(p->norm2, t->h[i], t->rms2[i], dm, relevance, dh);
    for (int d = 0; d < D; d++) dx[i * D + d] += dh[d];
    apply_back(p->output[0], D, D, dh, d_mixed);
    for (int j = 0; j < T; j++) {
      d_attention[j] = half * dot(d_mixed, t->v[j], D);
      for (int d = 0; d < D; d++) dv[j][d] += half * t->attention[i][j] * d_mixed[d];
      along += t->attention[i][j] * d_attention[j];
    }
    lost.softmax += along;
    for (int j = 0; j < T; j++) {
      double d_score = t->attention[i][j] * (d_attention[j] - along);
      lost.softmax -= t->score[i][j] * d_score;
      for (int d = 0; d < D; d++) {
        dq[i][d] += half * SCALE * d_score * t->k[j][d];
        dk[j][d] += half * SCALE * d_score * t->q[i][d];
      }
    }
    if (dp) {
      double act[ADDER_HIDDEN], y[ADDER_WIDTH];
      for (int e = 0; e < H; e++) act[e] = t->u[i][e] * t->gate[i][e];
      apply(p->down[0], D, H, act, y);
      for (int d = 0; d < D; d++) {
        dp->head[d] += factor * (y[d] + t->h[i][d] + p->down_bias[d]) / T;
        dp->down_bias[d] += factor * dy[d];
        dp->norm2[d] += factor * dm[d] * t->h[i][d] / t->rms2[i];
      }
      for (int e = 0; e < H; e++) dp->up_bias[e] += factor * du[e];
      outer(factor, dy, act, D, H, dp->down[0]);
      outer(factor, du, t->m[i], H, D, dp->up[0]);
      outer(factor, dh, t->mixed[i], D, D, dp->output[0]);
    }
  }

  for (int i = 0; i < T; i++) {
    double dn[ADDER_WIDTH] = {0.0};
    apply_back(p->query[0], D, D, dq[i], dn);
    apply_back(p->key[0], D, D, dk[i], dn);
    apply_back(p->value[0], D, D, dv[i], dn);
    normalise_back(p->norm1, t->x[i], t->rms1[i], dn, relevance, dx + i * D);
    if (dp) {
      outer(factor, dq[i], t->n[i], D, D, dp->query[0]);
      outer(factor, dk[i], t->n[i], D, D, dp->key[0]);
      outer(factor, dv[i], t->n[i], D, D, dp->value[0]);
      for (int d = 0; d < D; d++) dp->norm1[d] += factor * dn[d] * t->x[i][d] / t->rms1[i];
    }
  }
  if (leak) *leak = lost;
}
