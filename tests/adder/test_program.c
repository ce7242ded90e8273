/* SPDX-License-Identifier: MIT */
/* What the adder prints. Its numbers are the golden ones, its matrices add up to what they decompose, they are near what a faultless
 * adder has, and training makes a model that is better than its start.
 * Arguments: adder, adder-train, golden.csv, expected.txt. To write golden.csv anew: adder --csv > tests/adder/golden.csv. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 400, N = 3 };
static const double GOLDEN = 1e-8, RESIDUAL = 1e-9; /* relative to the largest number of the matrix or vector */
static const char *const ROLES[N] = { "a", "op", "b" };
static const char *const METAGAMES[] = { "meta-attention", "meta-Shapley", "meta-IG", "meta-relevance" };
static const char *const VECTORS[] = { "attention", "Shapley", "IG", "relevance" };
static char **arguments;

typedef struct line {
  char input[16], method[24], target[16], player[8];
  double value;
} line;

typedef struct listing {
  line lines[MOST];
  size_t count;
} listing;

static void field(char *to, size_t size, const char **from) {
  size_t length = strcspn(*from, ",\n");
  assert_true(length < size && (*from)[length] != '\0');
  memcpy(to, *from, length);
  to[length] = '\0';
  *from += length + 1;
}

static void read_listing(listing *to, FILE *file) {
  char text[256];
  assert_non_null(file);
  assert_non_null(fgets(text, sizeof text, file));
  assert_string_equal(text, "input,method,target,player,value\n");
  for (to->count = 0; fgets(text, sizeof text, file); to->count++) {
    char number[40];
    const char *at = text;
    assert_true(to->count < MOST);
    line *l = &to->lines[to->count];
    field(l->input, sizeof l->input, &at);
    field(l->method, sizeof l->method, &at);
    field(l->target, sizeof l->target, &at);
    field(l->player, sizeof l->player, &at);
    field(number, sizeof number, &at);
    l->value = strtod(number, NULL);
    assert_true(isfinite(l->value));
  }
}

static FILE *run(const char *program, const char *options) {
  char command[4096];
  assert_true(snprintf(command, sizeof command, "'%s' %s", program, options) < (int)sizeof command);
  return popen(command, "r");
}

/* The program's numbers; it exits with 0 only when all checks of the library passed. */
static const listing *printed(void) {
  static listing numbers;
  if (!numbers.count) {
    FILE *pipe = run(arguments[1], "--csv");
    read_listing(&numbers, pipe);
    assert_int_equal(pclose(pipe), 0);
  }
  return &numbers;
}

static int is_residual(const line *l) { return strcmp(l->target, "residual") == 0; }

/* Largest number of the vector or matrix that the line is in. */
static double scale_of(const listing *list, const line *of) {
  double scale = 0;
  for (size_t k = 0; k < list->count; k++) {
    const line *l = &list->lines[k];
    if (!is_residual(l) && !strcmp(l->input, of->input) && !strcmp(l->method, of->method)) scale = fmax(scale, fabs(l->value));
  }
  return scale;
}

static double get(const char *input, const char *method, const char *target, const char *player) {
  const listing *list = printed();
  for (size_t k = 0; k < list->count; k++) {
    const line *l = &list->lines[k];
    if (!strcmp(l->input, input) && !strcmp(l->method, method) && !strcmp(l->target, target) && !strcmp(l->player, player)) return l->value;
  }
  fail_msg("no line %s,%s,%s,%s", input, method, target, player);
  return NAN;
}

/* Inputs and the answers that they have. */
static const struct question {
  const char *input;
  double a, signed_b;
} QUESTIONS[] = { { "3 - -5", 3, 5 }, { "7 + 2", 7, 2 }, { "-4 - 6", -4, -6 }, { "9 + -9", 9, -9 } };

static void golden_numbers(void **state) {
  static listing golden;
  const listing *numbers = printed();
  FILE *file = fopen(arguments[3], "r");
  (void)state;
  read_listing(&golden, file);
  fclose(file);
  assert_int_equal(numbers->count, 4 * (4 + 4 * N + 6 * (N * N + 1)));
  assert_int_equal(numbers->count, golden.count);
  for (size_t k = 0; k < golden.count; k++) {
    const line *now = &numbers->lines[k], *was = &golden.lines[k];
    assert_string_equal(now->input, was->input);
    assert_string_equal(now->method, was->method);
    assert_string_equal(now->target, was->target);
    assert_string_equal(now->player, was->player);
    if (!is_residual(was) && fabs(now->value - was->value) > GOLDEN * scale_of(&golden, was))
      fail_msg("%s,%s,%s,%s: %.12g, was %.12g", now->input, now->method, now->target, now->player, now->value, was->value);
  }
}

static void everything_adds_up(void **state) {
  const listing *numbers = printed();
  size_t residuals = 0;
  (void)state;
  for (size_t k = 0; k < numbers->count; k++) {
    if (!is_residual(&numbers->lines[k])) continue;
    residuals++;
    assert_true(fabs(numbers->lines[k].value) <= RESIDUAL * scale_of(numbers, &numbers->lines[k]));
  }
  assert_int_equal(residuals, 24);
  for (size_t q = 0; q < 4; q++) {
    const char *input = QUESTIONS[q].input;
    double gain = get(input, "prediction", "", "") - get(input, "nothing", "", ""), sums[4] = { 0 };
    for (int i = 0; i < N; i++) {
      for (int m = 0; m < 4; m++) {
        double sum = 0, phi = get(input, VECTORS[m], ROLES[i], "");
        for (int j = 0; j < N; j++) sum += get(input, METAGAMES[m], ROLES[i], ROLES[j]);
        assert_true(fabs(sum - phi) < 1e-12);
        sums[m] += phi;
      }
      double taylor = 0, hessians = 0;
      for (int j = 0; j < N; j++) {
        taylor += get(input, "Shapley-Taylor", ROLES[i], ROLES[j]) * (i == j ? 1 : 0.5);
        hessians += get(input, "integrated Hessians", ROLES[i], ROLES[j]);
        /* Inner and outer Shapley is half of Shapley-Taylor (docs/mathematics.md, section 3). Hessians are symmetric. */
        double half = i == j ? 1 : 0.5;
        assert_true(fabs(get(input, "meta-Shapley", ROLES[i], ROLES[j]) - half * get(input, "Shapley-Taylor", ROLES[i], ROLES[j])) < 1e-12);
        double difference = get(input, "integrated Hessians", ROLES[i], ROLES[j]) - get(input, "integrated Hessians", ROLES[j], ROLES[i]);
        assert_true(fabs(difference) < 1e-8);
      }
      assert_true(fabs(taylor - get(input, "Shapley", ROLES[i], "")) < 1e-12);
      assert_true(fabs(hessians - get(input, "IG", ROLES[i], "")) < 1e-8);
    }
    assert_true(fabs(sums[0] - 1) < 1e-12);                                                           /* attention is a share */
    assert_true(fabs(sums[1] - gain) < 1e-12);                                                        /* efficiency */
    assert_true(fabs(sums[2] - gain) < 1e-6 * fmax(1, fabs(gain)));                                    /* 64 nodes */
    assert_true(fabs(sums[3] + get(input, "biases", "", "") + get(input, "softmax", "", "") - get(input, "prediction", "", "")) < 1e-12);
  }
}

/* A faultless adder g has g = a where a is known, plus b or -b where op and b are known: its Shapley values are a, +-b/2, +-b/2, and op
 * and b interact by +-b. In meta-IG op moves the attribution of b with that sign. */
static void near_the_faultless_adder(void **state) {
  (void)state;
  for (size_t q = 0; q < 4; q++) {
    const struct question *is = &QUESTIONS[q];
    assert_true(fabs(get(is->input, "prediction", "", "") - is->a - is->signed_b) < 0.05);
    assert_true(fabs(get(is->input, "Shapley", "a", "") - is->a) < 0.1);
    assert_true(fabs(get(is->input, "Shapley", "op", "") - is->signed_b / 2) < 0.1);
    assert_true(fabs(get(is->input, "Shapley", "b", "") - is->signed_b / 2) < 0.1);
    assert_true(fabs(get(is->input, "Shapley-Taylor", "op", "b") - is->signed_b) < 0.1);
    assert_true(fabs(get(is->input, "meta-Shapley", "b", "op") - is->signed_b / 2) < 0.1);
    assert_true(fabs(get(is->input, "meta-IG", "a", "a") - is->a) < 0.1);
    assert_true(get(is->input, "meta-IG", "b", "op") * is->signed_b > 0);
    assert_true(fabs(get(is->input, "meta-IG", "b", "op") + get(is->input, "meta-IG", "op", "b") - is->signed_b) < 0.1);
  }
}

static void tables(void **state) {
  char now[256], was[256];
  FILE *pipe = run(arguments[1], ""), *file = fopen(arguments[4], "r");
  (void)state;
  assert_non_null(pipe);
  assert_non_null(file);
  while (fgets(was, sizeof was, file)) {
    assert_non_null(fgets(now, sizeof now, pipe));
    assert_string_equal(now, was);
  }
  assert_null(fgets(now, sizeof now, pipe));
  fclose(file);
  assert_int_equal(pclose(pipe), 0);
}

/* A short training writes 760 numbers and comes far from an error of 7 to 8, which is that of always saying 0. */
static void training(void **state) {
  char text[512];
  double error = INFINITY;
  int numbers = 0, inside = 0;
  FILE *pipe = run(arguments[2], "500 1 2>&1");
  (void)state;
  assert_non_null(pipe);
  while (fgets(text, sizeof text, pipe)) {
    sscanf(text, "step 500: root mean squared error %lf", &error);
    if (strchr(text, '{')) inside = 1;
    if (strchr(text, '}')) inside = 0;
    for (char *at = text; inside && (at = strchr(at, ',')); at++) numbers++;
  }
  assert_int_equal(pclose(pipe), 0);
  assert_int_equal(numbers, 760);
  assert_true(error < 1.5);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(golden_numbers), cmocka_unit_test(everything_adds_up), cmocka_unit_test(near_the_faultless_adder),
    cmocka_unit_test(tables),         cmocka_unit_test(training),
  };
  if (argc != 5) return 2;
  arguments = argv;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
