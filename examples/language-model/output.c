/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LEAST_WIDTH = 7, MOST_WIDTH = 14 };

/* Characters, not bytes: columns line up for other alphabets, too. */
static int width_of(const char *text) {
  int width = 0;
  for (; *text; ++text) width += ((unsigned char)*text & 0xC0) != 0x80;
  return width;
}

/* Padded and cut to `width` characters. */
static void print_label(const char *text, int width, bool right) {
  int length = width_of(text), shown = length < width ? length : width;
  const char *end = text;
  for (int k = 0; *end; ++end) {
    if (((unsigned char)*end & 0xC0) != 0x80 && k++ == shown) break;
  }
  printf("%*s%.*s%*s", right ? width - shown : 0, "", (int)(end - text), text, right ? 0 : width - shown, "");
}

static void print_number(double value, int width) {
  if (isnan(value)) printf(" %*s", width, "-");
  else printf(" %+*.3f", width, value);
}

static int column_width(const char *label) {
  int width = width_of(label);
  return width < LEAST_WIDTH ? LEAST_WIDTH : width > MOST_WIDTH ? MOST_WIDTH : width;
}

/* The pairs that stand out: largest |j -> i| off the diagonal, each with its reverse. */
static void print_strongest(const double *matrix, uint32_t n, const char *const *labels, bool symmetric) {
  enum { MOST = 5 };
  double bound = INFINITY;
  printf("\nstrongest influences%s, player -> target:\n", symmetric ? "" : " (and their reverse)");
  for (int rank = 0; rank < MOST; ++rank) {
    uint32_t target = 0, player = 0;
    double best = 0.0;
    for (uint32_t i = 0; i < n; ++i)
      for (uint32_t j = 0; j < n; ++j) {
        double size = fabs(matrix[i * n + j]);
        if (i == j || (symmetric && j > i) || !(size < bound) || !(size > best)) continue;
        best = size;
        target = i;
        player = j;
      }
    if (!(best > 0.0)) return;
    bound = best;
    printf("  %+.3f", matrix[target * n + player]);
    if (!symmetric) printf(" (%+.3f)", matrix[player * n + target]);
    printf("  %s -> %s\n", labels[player], labels[target]);
  }
}

/* The diagonal is evaluated and not estimated: it says nothing of the others. */
static void print_errors(const double *error, const int32_t *own, uint32_t n) {
  double most = 0.0;
  size_t known = 0, sampled = 0;
  for (size_t k = 0; k < (size_t)n * n; ++k) {
    if ((int32_t)(k % n) == own[k / n]) continue;
    ++sampled;
    if (isnan(error[k])) continue;
    ++known;
    if (error[k] > most) most = error[k];
  }
  if (known == 0) printf("Sampled: too few samples for standard errors; take the numbers as a first look.\n");
  else printf("Sampled: the largest standard error of an entry is %.3g (%zu of %zu entries have one).\n", most, known, sampled);
}

void print_table(const metagame_result *result, const char *const *labels) {
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  if (metagame_result_get_info(result, &info, NULL) < 0) return;
  const double *matrix = metagame_result_matrix(result), *first = metagame_result_first_order(result);
  const double *base = metagame_result_base(result), *error = metagame_result_stderr(result);
  uint32_t n = info.n_players;
  bool pinned = !(info.flags & METAGAME_UNPINNED), symmetric = info.flags & METAGAME_CARDINAL;
  int label_width = (int)strlen("target");
  for (uint32_t k = 0; k < n; ++k)
    if (column_width(labels[k]) > label_width) label_width = column_width(labels[k]);

  printf("\nmeta-attribution of '%s'\n", info.attributor);
  printf("row = target word, column = player word, entry = how much the player moves the target's attribution\n\n");
  print_label("target", label_width, false);
  for (uint32_t j = 0; j < n; ++j) {
    putchar(' ');
    print_label(labels[j], column_width(labels[j]), true);
  }
  printf(" | %11s\n", "first order");
  for (uint32_t i = 0; i < n; ++i) {
    print_label(labels[i], label_width, false);
    for (uint32_t j = 0; j < n; ++j) print_number(matrix[i * n + j], column_width(labels[j]));
    printf(" |");
    print_number(first[i], 11);
    putchar('\n');
  }
  if (pinned)
    printf("\nThe diagonal is a word's attribution when it stands alone; the base is 0; rows add up to the first-order column.\n");
  else
    printf("\nbase (attribution without any word) of the first target: %+.3f; base and row add up to the first-order column.\n",
           base[0]);
  if (symmetric)
    printf("Note: this attribution is a cardinal value, so the matrix is symmetric%s: interactions, no direction.\n",
           error ? " up to sampling error" : "");
  else printf("Note: the inner and the outer replacement differ, so j -> i and i -> j are different numbers.\n");
  if (error) print_errors(error, metagame_result_own_player(result), n);
  if (info.status == METAGAME_PARTIAL) {
    printf("PARTIAL: stopped early%s.\n", isnan(matrix[n > 1 ? 1 : 0]) ? "; '-' is not known yet" : "");
    if (info.solver == METAGAME_SOLVER_EXACT)
      printf("The exact solver needs all coalitions; --solver permutation or regression have estimates at any time.\n");
  } else if (n > 1) {
    print_strongest(matrix, n, labels, symmetric && !error);
  }
}

metagame_status print_report(const metagame_result *result, const metagame_game *game, metagame_error *err) {
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  metagame_status status = metagame_result_get_info(result, &info, err);
  if (status < 0) return status;
  metagame_verify_options options = METAGAME_VERIFY_OPTIONS_INIT;
  options.checks = METAGAME_CHECK_DECOMPOSITION | METAGAME_CHECK_SYMMETRY;
  if (info.status == METAGAME_OK) options.checks |= METAGAME_CHECK_BATCH | METAGAME_CHECK_REPEAT | METAGAME_CHECK_COMPLETENESS;
  options.evaluation_tolerance = 1e-3; /* sums of floats in another order; see metagame_llama.h */
  metagame_report *report = NULL;
  status = metagame_verify(&report, result, game, &options, err);
  if (status < 0) return status;
  printf("\nverification\n");
  size_t count = metagame_report_count(report);
  for (size_t first = 0; first < count;) {
    metagame_check check = METAGAME_CHECK_INIT, worst = METAGAME_CHECK_INIT;
    size_t total = 0, outcomes[3] = { 0, 0, 0 }, k = first;
    const char *name = NULL;
    for (; k < count && metagame_report_get(report, k, &check, NULL) >= 0; ++k) {
      if (name && strcmp(name, check.name) != 0) break;
      if (!name || check.residual / check.tolerance > worst.residual / worst.tolerance) worst = check;
      name = check.name;
      ++total;
      if (check.outcome >= 0 && check.outcome <= 2) ++outcomes[check.outcome];
    }
    if (!name) break;
    const char *verdict = outcomes[METAGAME_CHECK_FAILED] ? "FAILED" : outcomes[METAGAME_CHECK_PASSED] ? "passed" : "skipped";
    printf("  %-14s %s", name, verdict);
    if (outcomes[METAGAME_CHECK_PASSED] + outcomes[METAGAME_CHECK_FAILED])
      printf(", %zu of %zu; largest residual %.2g, allowed %.2g%s", outcomes[METAGAME_CHECK_PASSED],
             total - outcomes[METAGAME_CHECK_SKIPPED], worst.residual, worst.tolerance,
             strcmp(name, "symmetry") == 0 && metagame_result_stderr(result) ? " standard errors" : "");
    else printf(" (does not apply)");
    putchar('\n');
    first = k;
  }
  metagame_report_destroy(report);
  return METAGAME_OK;
}

static int32_t METAGAME_CALL write_bytes(void *user, const char *bytes, size_t size) {
  return fwrite(bytes, 1, size, user) == size ? 0 : 1;
}

static int write_file(const metagame_result *result, const char *const *labels, const char *directory, const char *name,
                      int32_t format) {
  char path[4096];
  metagame_error err = { 0, 0, "" };
  int length = snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = length > 0 && (size_t)length < sizeof path ? fopen(path, "wb") : NULL;
  bool ok = file && metagame_result_write(result, format, labels, labels, write_bytes, file, &err) >= 0;
  if (file && fclose(file) != 0) ok = false;
  if (!ok) fprintf(stderr, "metagame-explain: %s was not written: %s\n", path, err.message[0] ? err.message : strerror(errno));
  return ok ? 0 : -1;
}

int make_directory(const char *directory) {
  char path[4096];
  struct stat found;
  int length = snprintf(path, sizeof path, "%s", directory);
  errno = ENAMETOOLONG;
  bool ok = length > 0 && (size_t)length < sizeof path;
  if (length == 0) errno = ENOENT;
  for (char *at = path + 1; ok && length > 0; ++at) { /* parents, too */
    if (*at != '/' && *at != '\0') continue;
    const char kept = *at;
    *at = '\0';
    ok = mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &found) == 0 && S_ISDIR(found.st_mode));
    if (!ok && errno == EEXIST) errno = ENOTDIR;
    *at = kept;
    if (kept == '\0') break;
  }
  if (ok && access(directory, W_OK | X_OK) != 0) ok = false;
  if (!ok) fprintf(stderr, "metagame-explain: --output-dir is '%s': %s\n", directory, strerror(errno));
  return ok ? 0 : -1;
}

int write_files(const metagame_result *result, const char *const *labels, const char *directory) {
  int json = write_file(result, labels, directory, "result.json", METAGAME_FORMAT_JSON);
  int csv = write_file(result, labels, directory, "result.csv", METAGAME_FORMAT_CSV);
  if (json == 0 && csv == 0) printf("\nwritten: %s/result.json, %s/result.csv\n", directory, directory);
  return json || csv ? -1 : 0;
}
