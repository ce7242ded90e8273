/* SPDX-License-Identifier: MIT */
/* An attribution method of somebody else's: three targets explained by two players, as a direct attributor.
 *
 * Players are two words x = (3, 2), absent ones are 0. Targets 0 and 1 are the words themselves (gradient x input of x1 + x1 x2^2);
 * target 2 is an image patch, no player, with phi_3 = 1 + x1 + 2 x2 + x1 x2: its row says how much each word moves it.
 * Pinned rows: (3, 12) and (24, 0). Row of the patch: base 1, and (x1 + I/2, 2 x2 + I/2) with I = x1 x2 = 6, so (6, 7). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <metagame.h>

enum { PLAYERS = 2, TARGETS = 3, BAD_MASK = 42 };

/* The method's own state. Whoever creates it hands it to the library together with its destroy function. */
typedef struct method_state {
  double x[PLAYERS];
  int *destroyed; /* counts, for this example */
} method_state;

static int32_t METAGAME_CALL attribute(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const method_state *state = (const method_state *)user;
  for (size_t r = 0; r < n_masks; r++) {
    if (masks[r] >> PLAYERS) {
      metagame_error_set(err, "a coalition names a player that does not exist");
      return BAD_MASK;
    }
    double x1 = (masks[r] & 1) ? state->x[0] : 0.0;
    double x2 = (masks[r] & 2) ? state->x[1] : 0.0;
    rows[r * TARGETS + 0] = x1 + x1 * x2 * x2;
    rows[r * TARGETS + 1] = 2.0 * x1 * x2 * x2;
    rows[r * TARGETS + 2] = 1.0 + x1 + 2.0 * x2 + x1 * x2;
  }
  return 0;
}

static void METAGAME_CALL destroy(void *user) {
  method_state *state = (method_state *)user;
  ++*state->destroyed;
  free(state);
}

/* The plug-in's entry point: on success and on failure the library owns the state, so nothing is released here. */
static metagame_status word_method_create(metagame_game **out, const int32_t *own_player, int *destroyed, metagame_error *err) {
  method_state *state = (method_state *)malloc(sizeof *state);
  if (!state) {
    *out = NULL;
    metagame_error_set(err, "no memory for the method's state");
    if (err) err->status = METAGAME_E_NOMEM;
    return METAGAME_E_NOMEM;
  }
  state->x[0] = 3.0;
  state->x[1] = 2.0;
  state->destroyed = destroyed;

  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  attributor.name = "words-and-patch";
  attributor.masking_id = "zero";
  attributor.n_players = PLAYERS;
  attributor.n_targets = TARGETS;
  attributor.own_player = own_player; /* copied */
  attributor.flags = METAGAME_THREADSAFE;
  attributor.user = state;
  attributor.attribute = attribute;
  attributor.destroy = destroy;
  return metagame_game_from_attributor(out, &attributor, NULL, err);
}

int main(void) {
  static const int32_t own_player[TARGETS] = {0, 1, METAGAME_NO_PLAYER}, wrong_player[TARGETS] = {0, 5, METAGAME_NO_PLAYER};
  static const double expected[TARGETS][PLAYERS] = {{3.0, 12.0}, {24.0, 0.0}, {6.0, 7.0}}, expected_base[TARGETS] = {0.0, 0.0, 1.0};
  metagame_game *game = NULL, *none = NULL;
  metagame_result *result = NULL;
  metagame_error err = {METAGAME_OK, 0, ""};
  int destroyed = 0, exit_code = 1, right = 1;

  metagame_status status = word_method_create(&none, wrong_player, &destroyed, &err);
  printf("own player 5: %s, state destroyed %d time\n", metagame_status_name(status), destroyed);
  right = right && status == METAGAME_E_OWN_PLAYER && !none && destroyed == 1;

  destroyed = 0;
  if (word_method_create(&game, own_player, &destroyed, &err) != METAGAME_OK) goto failed;
  if (metagame_solve(&result, game, NULL, &err) != METAGAME_OK) goto failed; /* default options: exact for so few players */

  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  if (metagame_result_get_info(result, &info, &err) != METAGAME_OK) goto failed;
  const double *matrix = metagame_result_matrix(result), *base = metagame_result_base(result);
  right = right && info.n_players == PLAYERS && info.n_targets == TARGETS && info.solver == METAGAME_SOLVER_EXACT;
  printf("%s, %u players, %u targets\n", info.attributor, (unsigned)info.n_players, (unsigned)info.n_targets);
  for (int i = 0; i < TARGETS; i++) {
    printf("target %d: base %g, %g %g\n", i, base[i], matrix[i * PLAYERS], matrix[i * PLAYERS + 1]);
    right = right && fabs(base[i] - expected_base[i]) <= 1e-12;
    for (int j = 0; j < PLAYERS; j++) right = right && fabs(matrix[i * PLAYERS + j] - expected[i][j]) <= 1e-12;
  }

  metagame_result_destroy(result);
  metagame_game_destroy(game);
  result = NULL, game = NULL;
  right = right && destroyed == 1;
  printf("%s\n", right ? "ok" : "WRONG");
  exit_code = right ? 0 : 1;
  goto done;

failed:
  fprintf(stderr, "%s: %s\n", metagame_status_name(err.status), err.message);
done:
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  metagame_game_destroy(none);
  return exit_code;
}
