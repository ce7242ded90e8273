/* SPDX-License-Identifier: MIT */
/* Malformed cases must be refused with a message that names the field; good ones must arrive unchanged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "case.h"

#define HEAD "{\"schema\":1,\"model\":{\"kind\":\"polynomial\",\"terms\":[{\"coef\":2.5e-150,\"powers\":[1,2]}]},"
#define POINT "\"x\":[3,2],\"baseline\":[0,-1.5],"
#define METHOD "\"method\":{\"name\":\"gradient\"},"
#define GROUPS "\"players\":[[1],[0]],\"targets\":[[0],[0,1]],"

static void refused(const char *text, const char *field) {
  char why[CASE_MESSAGE] = "";
  golden_case c;
  assert_int_equal(golden_case_parse(&c, text, why), -1);
  golden_case_clear(&c);
  if (strstr(why, field) == NULL) fail_msg("the message '%s' does not name %s", why, field);
}

static void bad_cases_are_refused(void **state) {
  (void)state;
  refused("", "JSON");
  refused("{\"schema\":1", "JSON");
  refused("[1, 2]", "schema");
  refused("{}", "schema");
  refused(HEAD POINT METHOD GROUPS "\"own_player\":[1,null]} trailing", "JSON");
  refused("{\"schema\":2}", "schema");
  refused("{\"schema\":1,\"model\":{\"kind\":\"tree\"}}", "model.kind");
  refused(HEAD POINT METHOD "\"players\":[[1],[]],\"targets\":[[0]]}", "players[1]");
  refused(HEAD POINT METHOD "\"players\":[[1],[-1]],\"targets\":[[0]]}", "players[1]");
  refused(HEAD POINT METHOD "\"players\":[[1],[0]]}", "targets");
  refused(HEAD POINT METHOD GROUPS "\"own_player\":[2,null]}", "own_player[0]");
  refused(HEAD POINT METHOD GROUPS "\"own_player\":[1]}", "own_player");
  refused(HEAD POINT "\"method\":{\"name\":\"lime\"}," GROUPS "\"own_player\":[1,null]}", "method.name");
  refused(HEAD POINT "\"method\":{\"name\":\"table\"}," GROUPS "\"own_player\":[1,null]}", "method.name");
  refused(HEAD "\"baseline\":[0,0]," METHOD GROUPS "\"own_player\":[1,null]}", "x:");
  refused(HEAD "\"x\":[1,2,3],\"baseline\":[0,0]," METHOD GROUPS "\"own_player\":[1,null]}", "powers");
  refused(HEAD "\"x\":[1,2],\"baseline\":[0]," METHOD GROUPS "\"own_player\":[1,null]}", "baseline");
  refused(HEAD "\"x\":[1,\"2\"],\"baseline\":[0,0]," METHOD GROUPS "\"own_player\":[1,null]}", "x[1]");
  refused(HEAD "\"x\":[1,1e400],\"baseline\":[0,0]," METHOD GROUPS "\"own_player\":[1,null]}", "x[1]");
  refused("{\"schema\":1,\"model\":{\"kind\":\"table\",\"values\":[1,2,3]},\"method\":{\"name\":\"shapley\"},"
          "\"players\":[[0]],\"targets\":[[0]]}",
          "model.values");
  refused("{\"schema\":1,\"model\":{\"kind\":\"attribution_table\",\"values\":[[1],[2,3]]},\"method\":{\"name\":\"table\"},"
          "\"players\":[[0]],\"targets\":[[0]]}",
          "model.values[1]");
  refused("{\"schema\":1,\"model\":{\"kind\":\"mlp\",\"layers\":[{\"W\":[[1,2]],\"b\":[1],\"activation\":\"relu\"}]}," POINT METHOD GROUPS
          "\"own_player\":[1,null]}",
          "activation");
  refused("{\"schema\":1,\"model\":{\"kind\":\"mlp\",\"layers\":[{\"W\":[[1,2],[1]],\"b\":[1,1],\"activation\":\"tanh\"}]}," POINT METHOD
              GROUPS "\"own_player\":[1,null]}",
          "W[1]");
}

static void a_good_case_is_read(void **state) {
  (void)state;
  char why[CASE_MESSAGE] = "";
  golden_case c;
  assert_int_equal(golden_case_parse(&c, HEAD POINT METHOD GROUPS "\"own_player\":[1,null]}", why), 0);
  assert_int_equal(c.kind, CASE_POLYNOMIAL);
  assert_int_equal(c.n_features, 2);
  assert_true(c.poly->coef[0] == 2.5e-150 && c.baseline[1] == -1.5);
  assert_int_equal(c.poly->powers[1], 2);
  assert_string_equal(c.method, "gradient");
  assert_int_equal(c.targets.view.n_groups, 2);
  assert_int_equal(c.targets.offsets[2], 3);
  assert_true(c.own[0] == 1 && c.own[1] == METAGAME_NO_PLAYER);
  golden_case_clear(&c);
  /* Without own_player the rule decides. */
  assert_int_equal(golden_case_parse(&c, HEAD POINT METHOD "\"players\":[[1,0]],\"targets\":[[0],[0,1]]}", why), 0);
  assert_true(c.own[0] == METAGAME_NO_PLAYER && c.own[1] == 0);
  golden_case_clear(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bad_cases_are_refused),
    cmocka_unit_test(a_good_case_is_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
