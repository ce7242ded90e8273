/* SPDX-License-Identifier: MIT */
/* Ask and tell: the host's own threads evaluate the coalitions and hand them in out of order; the bytes of the result stay.
 *
 * f(x) = (x_1 + ... + x_n)^3, gradient x input, absent features 0: v_i(S) = 3 x_i s_S^2 with s_S the sum over S. So with
 * s = s_N: phi_{i->i} = 3 x_i^3, phi_{j->i} = 3 x_i x_j (s + x_i). Pinned, these games have no terms of three players, for
 * which antithetic orders are exact: a sampled result that must agree with the closed form. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <metagame.h>

enum { N = 10, THREADS = 4 };

static double feature(int i) { return 0.1 * (i + 1); }

static int32_t METAGAME_CALL attribute(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  (void)user, (void)err;
  for (size_t r = 0; r < n_masks; r++) { /* ten players: one word for each mask */
    double sum = 0.0;
    for (int i = 0; i < N; i++) sum += (masks[r] >> i & 1) ? feature(i) : 0.0;
    for (int i = 0; i < N; i++) rows[r * N + i] = (masks[r] >> i & 1) ? 3.0 * feature(i) * sum * sum : 0.0;
  }
  return 0;
}

typedef struct farm {
  metagame_session *session;
  pthread_mutex_t lock;
  pthread_cond_t told;
  int failed; /* guarded by lock */
} farm;

/* Each worker takes up to two tickets and tells the later one first. One that holds no ticket may sleep until somebody tells. */
static void *work(void *argument) {
  farm *host = (farm *)argument;
  metagame_status status = METAGAME_OK;
  metagame_error err = {METAGAME_OK, 0, ""};
  while (status == METAGAME_OK) {
    metagame_request requests[2] = {METAGAME_REQUEST_INIT, METAGAME_REQUEST_INIT};
    int held = 0;
    pthread_mutex_lock(&host->lock);
    while (!host->failed && (status = metagame_session_ask(host->session, &requests[0], &err)) == METAGAME_WAIT)
      pthread_cond_wait(&host->told, &host->lock);
    if (!host->failed && status == METAGAME_OK) {
      held = 1;
      if (metagame_session_ask(host->session, &requests[1], NULL) == METAGAME_OK) held = 2;
    }
    pthread_mutex_unlock(&host->lock);
    if (held == 0) break;

    while (held > 0 && status == METAGAME_OK) {
      const metagame_request *request = &requests[--held];
      int32_t code = attribute(NULL, request->masks, request->n_masks, request->rows, NULL);
      if (code == 0) status = metagame_session_tell(host->session, request->ticket, request->rows, request->n_masks, &err);
      else status = metagame_session_decline(host->session, request->ticket, code, &err); /* code 0 would mean: ask again */
    }
    pthread_mutex_lock(&host->lock);
    if (status < 0) host->failed = 1;
    pthread_cond_broadcast(&host->told);
    pthread_mutex_unlock(&host->lock);
  }
  if (status < 0) fprintf(stderr, "worker: %s: %s\n", metagame_status_name(status), err.message);
  return NULL;
}

int main(void) {
  metagame_game *game = NULL;
  metagame_result *alone = NULL, *farmed = NULL;
  farm host = {NULL, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
  pthread_t threads[THREADS];
  int32_t own_player[N];
  int started = 0, exit_code = 1;
  metagame_error err = {METAGAME_OK, 0, ""};

  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  for (int i = 0; i < N; i++) own_player[i] = i;
  attributor.name = "gradient-x-input of a cubed sum";
  attributor.masking_id = "zero";
  attributor.n_players = attributor.n_targets = N;
  attributor.own_player = own_player;
  attributor.attribute = attribute; /* for metagame_solve below; ask and tell does without */
  if (metagame_game_from_attributor(&game, &attributor, NULL, &err) != METAGAME_OK) goto failed;

  metagame_options options = METAGAME_OPTIONS_INIT;
  options.solver = METAGAME_SOLVER_PERMUTATION;
  options.seed = 2026;
  options.max_evaluations = 800;
  if (metagame_solve(&alone, game, &options, &err) != METAGAME_OK) goto failed;

  options.batch = 7; /* another batch size, more threads, another order: same bytes */
  if (metagame_session_create(&host.session, game, &options, &err) != METAGAME_OK) goto failed;
  while (started < THREADS && pthread_create(&threads[started], NULL, work, &host) == 0) started++;
  for (int t = 0; t < started; t++) pthread_join(threads[t], NULL);
  if (metagame_session_finish(&farmed, host.session, &err) != METAGAME_OK) goto failed;

  const double *a = metagame_result_matrix(alone), *b = metagame_result_matrix(farmed);
  double sum = 0.0, error = 0.0;
  for (int i = 0; i < N; i++) sum += feature(i);
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) {
      double xi = feature(i), exact = i == j ? 3.0 * xi * xi * xi : 3.0 * xi * feature(j) * (sum + xi);
      error = fmax(error, fabs(b[i * N + j] - exact));
    }
  }
  int same = memcmp(a, b, N * N * sizeof *a) == 0;
  printf("phi_{10->1}: %.6f\nphi_{1->10}: %.6f\n", b[N - 1], b[(N - 1) * N]);
  printf("same bytes: %s\nclosed form: %s\n", same ? "yes" : "NO", error <= 1e-11 ? "yes" : "NO");
  exit_code = same && error <= 1e-11 ? 0 : 1;
  goto done;

failed:
  fprintf(stderr, "%s: %s\n", metagame_status_name(err.status), err.message);
done:
  metagame_result_destroy(farmed);
  metagame_result_destroy(alone);
  metagame_session_destroy(host.session);
  metagame_game_destroy(game);
  return exit_code;
}
