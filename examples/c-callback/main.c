/* SPDX-License-Identifier: MIT */
/* A numeric model with a gradient: the meta-attributions of gradient x input, exactly, verified and printed.
 *
 * f(x) = x1 + x1 x2^2 at x = (3, 2), absent features 0. Gradient x input says phi_1 = x1 + I, phi_2 = 2 I with I = x1 x2^2 = 12.
 * The metagame says where they come from: phi_{1->1} = x1 = 3, phi_{2->1} = I = 12, phi_{1->2} = 2 I = 24, phi_{2->2} = 0. */
#include <math.h>
#include <stdio.h>

#include <metagame.h>

enum { N = 2, MODEL_OFFLINE = 7 };

/* What the callbacks see of the host. */
typedef struct model_state {
  int offline;
} model_state;

static int32_t METAGAME_CALL evaluate(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  const model_state *state = (const model_state *)user;
  if (state->offline) {
    metagame_error_set(err, "the model is offline");
    return MODEL_OFFLINE;
  }
  for (size_t r = 0; r < n_rows; r++) {
    const double *x = rows + r * N;
    values[r] = x[0] + x[0] * x[1] * x[1];
  }
  return 0;
}

static int32_t METAGAME_CALL gradient(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                      metagame_error *err) {
  const model_state *state = (const model_state *)user;
  (void)output; /* the model has one */
  if (state->offline) {
    metagame_error_set(err, "the model is offline");
    return MODEL_OFFLINE;
  }
  for (size_t r = 0; r < n_rows; r++) {
    const double *x = rows + r * N;
    gradients[r * N + 0] = 1.0 + x[1] * x[1];
    gradients[r * N + 1] = 2.0 * x[0] * x[1];
  }
  return 0;
}

int main(void) {
  static const double x[N] = {3.0, 2.0}, zero[N] = {0.0, 0.0}, expected[N][N] = {{3.0, 12.0}, {24.0, 0.0}};
  model_state state = {0};
  metagame_model *model = NULL;
  metagame_game *values = NULL, *game = NULL;
  metagame_result *result = NULL, *none = NULL;
  metagame_report *report = NULL;
  metagame_error err = {METAGAME_OK, 0, ""};
  int exit_code = 1;

  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  callbacks.n_features = N;
  callbacks.user = &state;
  callbacks.evaluate = evaluate;
  callbacks.gradient = gradient;
  if (metagame_model_create(&model, &callbacks, NULL, &err) != METAGAME_OK) goto failed;

  metagame_masking masking = METAGAME_MASKING_INIT;
  masking.x = x;
  masking.background = zero;
  if (metagame_game_from_model(&values, model, &masking, &err) != METAGAME_OK) goto failed;

  metagame_method method = METAGAME_METHOD_INIT;
  method.name = "gradient-x-input";
  if (metagame_game_attribute(&game, values, &method, &err) != METAGAME_OK) goto failed;

  metagame_options options = METAGAME_OPTIONS_INIT;
  options.solver = METAGAME_SOLVER_EXACT;
  if (metagame_solve(&result, game, &options, &err) != METAGAME_OK) goto failed;

  const double *matrix = metagame_result_matrix(result), *phi = metagame_result_first_order(result);
  int right = 1;
  for (int i = 0; i < N; i++) {
    printf("target %d: %g %g, attribution %g\n", i, matrix[i * N], matrix[i * N + 1], phi[i]);
    for (int j = 0; j < N; j++) right = right && fabs(matrix[i * N + j] - expected[i][j]) <= 1e-12;
  }

  /* A failed check is data: the program decides what it means. BATCH and REPEAT catch models that are not functions. */
  metagame_verify_options checks = METAGAME_VERIFY_OPTIONS_INIT;
  checks.checks = METAGAME_CHECK_DECOMPOSITION | METAGAME_CHECK_BATCH | METAGAME_CHECK_REPEAT | METAGAME_CHECK_EXACT;
  if (metagame_verify(&report, result, game, &checks, &err) != METAGAME_OK) goto failed;
  printf("failed checks: %lu\n", (unsigned long)metagame_report_failed(report));
  right = right && metagame_report_count(report) > 0 && metagame_report_failed(report) == 0;

  /* A failing callback ends the run; its code and its words come back in the error. */
  state.offline = 1;
  metagame_status status = metagame_solve(&none, game, &options, &err);
  printf("offline: %s, code %d\n", metagame_status_name(status), (int)err.user_code);
  right = right && status == METAGAME_E_CALLBACK && err.user_code == MODEL_OFFLINE && none == NULL;

  printf("%s\n", right ? "ok" : "WRONG");
  exit_code = right ? 0 : 1;
  goto done;

failed:
  fprintf(stderr, "%s: %s\n", metagame_status_name(err.status), err.message);
done:
  metagame_report_destroy(report);
  metagame_result_destroy(none);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  metagame_game_destroy(values);
  metagame_model_destroy(model);
  return exit_code;
}
