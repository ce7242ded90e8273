/* SPDX-License-Identifier: MIT */
/* Ten ways to look at four sums of a small transformer: what each token counts, and what moves what it counts.
 *   adder         the tables of README.md
 *   adder --csv   the same numbers in full: input,method,target,player,value
 * Exit status 0 only if all checks of the library passed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <metagame/comparisons.h>
#include <metagame/indices.h>

#include "attributors.h"

enum { T = ADDER_TOKENS };
enum { META_ATTENTION, META_SHAPLEY, META_IG, META_RELEVANCE, SHAPLEY_TAYLOR, INTEGRATED_HESSIANS, MATRICES };
enum { ATTENTION = META_ATTENTION, SHAPLEY, IG, RELEVANCE, VECTORS };

static const char *const MATRIX_NAMES[MATRICES] = {"meta-attention", "meta-Shapley",   "meta-IG",
                                                   "meta-relevance", "Shapley-Taylor", "integrated Hessians"};
static const char *const VECTOR_NAMES[VECTORS] = {"attention", "Shapley", "IG", "relevance"};
static const char *const ROLES[ADDER_TOKENS] = {"a", "op", "b"};

typedef struct table {
  double prediction, nothing; /* with all tokens, with none */
  adder_leak leak;            /* of the relevance */
  double vector[VECTORS][ADDER_TOKENS];
  double matrix[MATRICES][ADDER_TOKENS][ADDER_TOKENS]; /* [target][player] */
  double residual[MATRICES];                           /* largest of the three rows' */
  size_t failed;                                       /* checks */
} table;

/* ---- matrices that are no metagame ----------------------------------------------------------------------------------------------- */

/* Shapley-Taylor indices of order 2 of the token game; on the diagonal those of order 1, g({i}) - g(empty). */
static metagame_status shapley_taylor(double out[ADDER_TOKENS][ADDER_TOKENS], const metagame_game *tokens, metagame_error *err) {
  metagame_result *result = NULL;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_index index = METAGAME_INDEX_INIT;
  double alone[ADDER_TOKENS];
  options.interaction_order = 2;
  index.kind = METAGAME_INDEX_STII;
  index.max_order = 2;
  index.order = 2;
  metagame_status status = metagame_solve(&result, tokens, &options, err);
  if (status == METAGAME_OK) status = metagame_result_index(result, &index, out[0], NULL, err);
  index.order = 1;
  if (status == METAGAME_OK) status = metagame_result_index(result, &index, alone, NULL, err);
  for (int i = 0; i < T && status == METAGAME_OK; i++) out[i][i] = alone[i];
  metagame_result_destroy(result);
  return status;
}

/* ---- metagames ------------------------------------------------------------------------------------------------------------------- */

/* Solves an attribution game exactly and checks the result. */
static metagame_status solve(table *to, int which, const metagame_game *game, metagame_error *err) {
  metagame_result *result = NULL;
  metagame_report *report = NULL;
  metagame_verify_options checks = METAGAME_VERIFY_OPTIONS_INIT;
  checks.checks = METAGAME_CHECK_DECOMPOSITION | METAGAME_CHECK_SYMMETRY | METAGAME_CHECK_BATCH | METAGAME_CHECK_REPEAT |
                  METAGAME_CHECK_COMPLETENESS | METAGAME_CHECK_EXACT;
  metagame_status status = metagame_solve(&result, game, NULL, err); /* default: exact for so few players */
  if (status == METAGAME_OK) status = metagame_verify(&report, result, game, &checks, err);
  if (status == METAGAME_OK) {
    memcpy(to->matrix[which], metagame_result_matrix(result), sizeof to->matrix[which]);
    memcpy(to->vector[which], metagame_result_first_order(result), sizeof to->vector[which]);
    for (int i = 0; i < T; i++) to->residual[which] = fmax(to->residual[which], fabs(metagame_result_residual(result)[i]));
    to->failed += metagame_report_failed(report);
  }
  metagame_report_destroy(report);
  metagame_result_destroy(result);
  return status;
}

/* The metagame of a built-in attribution of a value game. */
static metagame_status solve_builtin(table *to, int which, const metagame_game *values, const char *name, metagame_error *err) {
  metagame_game *game = NULL;
  metagame_method method = METAGAME_METHOD_INIT;
  method.name = name; /* the targets are the players */
  metagame_status status = metagame_game_attribute(&game, values, &method, err);
  if (status == METAGAME_OK) status = solve(to, which, game, err);
  metagame_game_destroy(game);
  return status;
}

static metagame_status look_at(table *to, adder_question *question, metagame_error *err) {
  metagame_game *tokens = NULL, *model = NULL, *attention = NULL, *relevance = NULL;
  const int unknown[ADDER_TOKENS] = {ADDER_UNKNOWN, ADDER_UNKNOWN, ADDER_UNKNOWN};
  double x[ADDER_FEATURES], modified[ADDER_FEATURES];
  adder_trace trace;
  metagame_status status;
  memset(to, 0, sizeof *to);
  adder_embed(&question->parameters, unknown, x);
  to->nothing = adder_forward(&question->parameters, x, NULL);
  adder_embed(&question->parameters, question->tokens, x);
  to->prediction = adder_forward(&question->parameters, x, &trace);
  adder_backward(&question->parameters, &trace, ADDER_RELEVANCE, modified, 0.0, NULL, &to->leak);

  if ((status = adder_attention_game(&attention, question, err)) != METAGAME_OK) goto done;
  if ((status = solve(to, META_ATTENTION, attention, err)) != METAGAME_OK) goto done;
  if ((status = adder_token_game(&tokens, question, err)) != METAGAME_OK) goto done;
  if ((status = solve_builtin(to, META_SHAPLEY, tokens, "shapley", err)) != METAGAME_OK) goto done;
  if ((status = adder_model_game(&model, question, err)) != METAGAME_OK) goto done;
  if ((status = solve_builtin(to, META_IG, model, "integrated-gradients", err)) != METAGAME_OK) goto done;
  if ((status = adder_relevance_game(&relevance, question, err)) != METAGAME_OK) goto done;
  if ((status = solve(to, META_RELEVANCE, relevance, err)) != METAGAME_OK) goto done;
  if ((status = shapley_taylor(to->matrix[SHAPLEY_TAYLOR], tokens, err)) != METAGAME_OK) goto done;
  if ((status = metagame_integrated_hessians(to->matrix[INTEGRATED_HESSIANS][0], model, NULL, err)) != METAGAME_OK) goto done;
  for (int i = 0; i < T; i++) { /* of what they decompose: out_ii + (1/2) sum_j out_ij = Shapley_i, and sum_j out_ij = IG_i */
    double taylor = -to->vector[SHAPLEY][i], hessians = -to->vector[IG][i];
    for (int j = 0; j < T; j++) {
      taylor += to->matrix[SHAPLEY_TAYLOR][i][j] * (i == j ? 1.0 : 0.5);
      hessians += to->matrix[INTEGRATED_HESSIANS][i][j];
    }
    to->residual[SHAPLEY_TAYLOR] = fmax(to->residual[SHAPLEY_TAYLOR], fabs(taylor));
    to->residual[INTEGRATED_HESSIANS] = fmax(to->residual[INTEGRATED_HESSIANS], fabs(hessians));
  }
done:
  metagame_game_destroy(tokens);
  metagame_game_destroy(model);
  metagame_game_destroy(attention);
  metagame_game_destroy(relevance);
  return status;
}

/* ---- output ---------------------------------------------------------------------------------------------------------------------- */

static const char *token_text(int token, char buffer[16]) {
  if (token == ADDER_PLUS || token == ADDER_MINUS) return token == ADDER_PLUS ? "+" : "-";
  snprintf(buffer, 16, "%d", token - ADDER_LARGEST);
  return buffer;
}

/* Two decimals, and no -0.00. */
static void print_number(double value) {
  printf("%8.2f", fabs(value) < 0.005 ? 0.0 : value);
}

static void print_matrices(const table *from, const char names[ADDER_TOKENS][16], const int *which) {
  printf("\n%4s", "");
  for (int m = 0; m < 3; m++) printf("   %-*s", m < 2 ? 24 : 0, MATRIX_NAMES[which[m]]);
  printf("\n%4s", "");
  for (int m = 0; m < 3; m++) printf("%8s%8s%8s%s", names[0], names[1], names[2], m < 2 ? "   " : "");
  for (int i = 0; i < T; i++) {
    printf("\n%4s", names[i]);
    for (int m = 0; m < 3; m++) {
      for (int j = 0; j < T; j++) print_number(from->matrix[which[m]][i][j]);
      if (m < 2) printf("   ");
    }
  }
  printf("\n%4s", "");
  for (int m = 0; m < 3; m++) {
    const double residual = from->residual[which[m]];
    char text[40] = "residual below 1e-9";
    if (residual >= 1e-9) snprintf(text, sizeof text, "residual %.1e", residual);
    printf("   %-*s", m < 2 ? 24 : 0, text);
  }
  printf("\n");
}

static void print_table(const table *from, const int *tokens) {
  static const int metagames[] = {META_ATTENTION, META_SHAPLEY, META_IG}, others[] = {META_RELEVANCE, SHAPLEY_TAYLOR, INTEGRATED_HESSIANS};
  char names[ADDER_TOKENS][16], buffer[16];
  for (int i = 0; i < T; i++) snprintf(names[i], sizeof names[i], "%s", token_text(tokens[i], buffer));
  printf("\n== %s %s %s    the model says %.2f, and %.2f when all is unknown\n\n", names[0], names[1], names[2], from->prediction,
         fabs(from->nothing) < 0.005 ? 0.0 : from->nothing);
  printf("%-10s%8s%8s%8s%8s\n", "", names[0], names[1], names[2], "sum");
  for (int v = 0; v < VECTORS; v++) {
    printf("%-10s", VECTOR_NAMES[v]);
    for (int i = 0; i < T; i++) print_number(from->vector[v][i]);
    print_number(from->vector[v][0] + from->vector[v][1] + from->vector[v][2]);
    if (v == RELEVANCE) printf("   %+.2f to biases, %+.2f lost at the softmax", from->leak.biases, from->leak.softmax);
    printf("\n");
  }
  print_matrices(from, (const char(*)[16])names, metagames);
  print_matrices(from, (const char(*)[16])names, others);
}

static void print_csv(const table *from, const int *tokens) {
  char input[48], first[16], second[16];
  snprintf(input, sizeof input, "%s %s %s", token_text(tokens[0], first), tokens[1] == ADDER_PLUS ? "+" : "-",
           token_text(tokens[2], second));
  printf("%s,prediction,,,%.17g\n%s,nothing,,,%.17g\n", input, from->prediction, input, from->nothing);
  printf("%s,biases,,,%.17g\n%s,softmax,,,%.17g\n", input, from->leak.biases, input, from->leak.softmax);
  for (int v = 0; v < VECTORS; v++)
    for (int i = 0; i < T; i++) printf("%s,%s,%s,,%.17g\n", input, VECTOR_NAMES[v], ROLES[i], from->vector[v][i]);
  for (int m = 0; m < MATRICES; m++) {
    for (int i = 0; i < T; i++)
      for (int j = 0; j < T; j++) printf("%s,%s,%s,%s,%.17g\n", input, MATRIX_NAMES[m], ROLES[i], ROLES[j], from->matrix[m][i][j]);
    printf("%s,%s,residual,,%.17g\n", input, MATRIX_NAMES[m], from->residual[m]);
  }
}

/* All 19 x 2 x 19 inputs. */
static void print_accuracy(const adder_parameters *parameters) {
  int inputs = 0, right = 0;
  double largest = 0.0, x[ADDER_FEATURES];
  for (int a = -ADDER_LARGEST; a <= ADDER_LARGEST; a++)
    for (int b = -ADDER_LARGEST; b <= ADDER_LARGEST; b++)
      for (int op = ADDER_PLUS; op <= ADDER_MINUS; op++) {
        const int tokens[ADDER_TOKENS] = {a + ADDER_LARGEST, op, b + ADDER_LARGEST};
        adder_embed(parameters, tokens, x);
        double error = fabs(adder_forward(parameters, x, NULL) - (op == ADDER_PLUS ? a + b : a - b));
        inputs++, right += error < 0.5;
        largest = fmax(largest, error);
      }
  printf("A transformer of %d parameters: %d of %d sums right when rounded, largest error %.3f.\n",
         (int)(sizeof *parameters / sizeof(double)), right, inputs, largest);
  printf("Matrices: row = token whose attribution is moved, column = token that moves it.\n");
}

int main(int argc, char **argv) {
  static const int inputs[][ADDER_TOKENS] = {{3, ADDER_MINUS, -5}, {7, ADDER_PLUS, 2}, {-4, ADDER_MINUS, 6}, {9, ADDER_PLUS, -9}};
  const int csv = argc == 2 && strcmp(argv[1], "--csv") == 0;
  adder_question question;
  metagame_error err = METAGAME_ERROR_INIT;
  size_t failed = 0;
  if (argc > 1 && !csv) {
    fprintf(stderr, "usage: adder [--csv]\n");
    return 2;
  }
  adder_load(&question.parameters);
  if (csv)
    printf("input,method,target,player,value\n");
  else
    print_accuracy(&question.parameters);
  for (size_t r = 0; r < sizeof inputs / sizeof inputs[0]; r++) {
    table numbers;
    question.tokens[0] = inputs[r][0] + ADDER_LARGEST;
    question.tokens[1] = inputs[r][1];
    question.tokens[2] = inputs[r][2] + ADDER_LARGEST;
    if (look_at(&numbers, &question, &err) != METAGAME_OK) {
      fprintf(stderr, "%s: %s\n", metagame_status_name(err.status), err.message);
      return 1;
    }
    failed += numbers.failed;
    if (csv)
      print_csv(&numbers, question.tokens);
    else
      print_table(&numbers, question.tokens);
  }
  if (!csv) printf("\nfailed checks: %lu\n", (unsigned long)failed);
  return failed ? 1 : 0;
}
