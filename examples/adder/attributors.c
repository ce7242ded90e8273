/* SPDX-License-Identifier: MIT */
/* The adder's games: a set function, a numeric model, and two attributors of the host's. */
#include "attributors.h"

#include <string.h>

enum { T = ADDER_TOKENS, D = ADDER_WIDTH, F = ADDER_FEATURES };

/* Embeddings with the tokens outside of the coalition unknown. Three players fit into one word of a mask. */
static void embed_coalition(const adder_question *question, uint64_t mask, double x[ADDER_FEATURES]) {
  int tokens[ADDER_TOKENS];
  for (int i = 0; i < T; i++) tokens[i] = mask >> i & 1 ? question->tokens[i] : ADDER_UNKNOWN;
  adder_embed(&question->parameters, tokens, x);
}

/* ---- value games --------------------------------------------------------------------------------------------------------------- */

static int32_t METAGAME_CALL token_values(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const adder_question *question = (const adder_question *)user;
  double x[ADDER_FEATURES];
  (void)err;
  for (size_t r = 0; r < n_masks; r++) {
    embed_coalition(question, masks[r], x);
    rows[r] = adder_forward(&question->parameters, x, NULL);
  }
  return 0;
}

metagame_status adder_token_game(metagame_game **out, adder_question *question, metagame_error *err) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  function.n_players = T;
  function.flags = METAGAME_THREADSAFE;
  function.masking_id = "unknown-token";
  function.user = question;
  function.evaluate = token_values;
  return metagame_game_from_function(out, &function, NULL, err);
}

static int32_t METAGAME_CALL model_values(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  const adder_question *question = (const adder_question *)user;
  (void)err;
  for (size_t r = 0; r < n_rows; r++) values[r] = adder_forward(&question->parameters, rows + r * F, NULL);
  return 0;
}

static int32_t METAGAME_CALL model_gradient(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                            metagame_error *err) {
  const adder_question *question = (const adder_question *)user;
  adder_trace trace;
  (void)output, (void)err;
  for (size_t r = 0; r < n_rows; r++) {
    adder_forward(&question->parameters, rows + r * F, &trace);
    adder_backward(&question->parameters, &trace, ADDER_GRADIENT, gradients + r * F, 0.0, NULL, NULL);
  }
  return 0;
}

metagame_status adder_model_game(metagame_game **out, adder_question *question, metagame_error *err) {
  static const size_t offsets[] = {0, D, 2 * D, 3 * D};
  double x[ADDER_FEATURES], unknown[ADDER_FEATURES];
  uint32_t features[ADDER_FEATURES];
  metagame_groups tokens = {T, offsets, features};
  metagame_model *model = NULL;
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  metagame_masking masking = METAGAME_MASKING_INIT;
  for (uint32_t k = 0; k < F; k++) features[k] = k;
  embed_coalition(question, 7, x);
  embed_coalition(question, 0, unknown);

  callbacks.n_features = F;
  callbacks.flags = METAGAME_THREADSAFE;
  callbacks.user = question;
  callbacks.evaluate = model_values;
  callbacks.gradient = model_gradient;
  metagame_status status = metagame_model_create(&model, &callbacks, NULL, err);
  if (status != METAGAME_OK) return status;
  masking.x = x; /* copied, as are the background and the groups */
  masking.background = unknown;
  masking.players = &tokens;
  masking.masking_id = "unknown-token";
  status = metagame_game_from_model(out, model, &masking, err);
  metagame_model_destroy(model); /* the game holds it */
  return status;
}

/* ---- attribution games --------------------------------------------------------------------------------------------------------- */

static int32_t METAGAME_CALL attention(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const adder_question *question = (const adder_question *)user;
  double x[ADDER_FEATURES];
  adder_trace trace;
  (void)err;
  for (size_t r = 0; r < n_masks; r++) {
    embed_coalition(question, masks[r], x);
    adder_forward(&question->parameters, x, &trace);
    for (int i = 0; i < T; i++) {
      double received = 0.0;
      for (int q = 0; q < T; q++) received += trace.attention[q][i];
      rows[r * T + (size_t)i] = received / T;
    }
  }
  return 0;
}

/* What METAGAME_CHECK_COMPLETENESS looks at. */
static int32_t METAGAME_CALL attention_sum(void *user, const uint64_t *mask, double *expected, double *residual, metagame_error *err) {
  double row[ADDER_TOKENS], sum = 0.0;
  int32_t code = attention(user, mask, 1, row, err);
  for (int i = 0; i < T; i++) sum += row[i];
  *expected = 1.0;
  *residual = sum - 1.0;
  return code;
}

static adder_leak relevance_at(const adder_question *question, uint64_t mask, double *f, double *row) {
  double x[ADDER_FEATURES], modified[ADDER_FEATURES];
  adder_trace trace;
  adder_leak leak;
  embed_coalition(question, mask, x);
  *f = adder_forward(&question->parameters, x, &trace);
  adder_backward(&question->parameters, &trace, ADDER_RELEVANCE, modified, 0.0, NULL, &leak);
  for (int i = 0; i < T; i++) {
    row[i] = 0.0;
    for (int k = i * D; k < (i + 1) * D; k++) row[i] += x[k] * modified[k];
  }
  return leak;
}

static int32_t METAGAME_CALL relevance(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  double f;
  (void)err;
  for (size_t r = 0; r < n_masks; r++) relevance_at((const adder_question *)user, masks[r], &f, rows + r * T);
  return 0;
}

static int32_t METAGAME_CALL relevance_sum(void *user, const uint64_t *mask, double *expected, double *residual, metagame_error *err) {
  double f, row[ADDER_TOKENS];
  const adder_leak leak = relevance_at((const adder_question *)user, *mask, &f, row);
  (void)err;
  *expected = f - leak.biases - leak.softmax;
  *residual = row[0] + row[1] + row[2] - *expected;
  return 0;
}

/* What both attributors share: three players that are also the targets. */
static metagame_attributor common(adder_question *question) {
  static const int32_t own_player[ADDER_TOKENS] = {0, 1, 2};
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  attributor.masking_id = "unknown-token";
  attributor.n_players = T;
  attributor.n_targets = T;
  attributor.own_player = own_player;
  attributor.flags = METAGAME_THREADSAFE;
  attributor.user = question;
  return attributor;
}

metagame_status adder_attention_game(metagame_game **out, adder_question *question, metagame_error *err) {
  metagame_attributor attributor = common(question);
  attributor.name = "attention";
  attributor.attribute = attention;
  attributor.completeness = attention_sum;
  return metagame_game_from_attributor(out, &attributor, NULL, err);
}

metagame_status adder_relevance_game(metagame_game **out, adder_question *question, metagame_error *err) {
  metagame_attributor attributor = common(question);
  attributor.name = "relevance";
  attributor.attribute = relevance;
  attributor.completeness = relevance_sum;
  return metagame_game_from_attributor(out, &attributor, NULL, err);
}
