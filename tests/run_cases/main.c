/* SPDX-License-Identifier: MIT */
/* run-cases [--check] CASE_DIR RESULT_DIR
 * Solves every *.json of CASE_DIR exactly and writes a file of the same name to RESULT_DIR. --check reads it back and compares it
 * with the expected values of the case. A case that fails is reported and the others still run. Exit: 0 all well, 1 some case
 * failed, 2 wrong arguments or unusable folders. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "case.h"

static char *join(const char *folder, const char *name) {
  const size_t size = strlen(folder) + strlen(name) + 2;
  char *path = ts_alloc(size, 1);
  snprintf(path, size, "%s/%s", folder, name);
  return path;
}

static int is_json(const char *name) {
  const size_t length = strlen(name);
  return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".json") == 0;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Names of the cases in order; NULL when the folder cannot be read. */
static char **list_cases(const char *folder, size_t *count) {
  DIR *directory = opendir(folder);
  *count = 0;
  if (directory == NULL) return NULL;
  size_t room = 64;
  char **names = ts_alloc(room, sizeof *names);
  for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
    if (!is_json(entry->d_name)) continue;
    if (*count == room) {
      char **larger = ts_alloc(room * 2, sizeof *larger);
      memcpy(larger, names, room * sizeof *names);
      free(names);
      names = larger;
      room *= 2;
    }
    char *name = ts_alloc(strlen(entry->d_name) + 1, 1);
    memcpy(name, entry->d_name, strlen(entry->d_name));
    names[(*count)++] = name;
  }
  closedir(directory);
  qsort(names, *count, sizeof *names, by_name);
  return names;
}

static int make_folder(const char *path) {
  char *part = join(path, "");
  int status = 0;
  for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    status = mkdir(part, 0777) == 0 || errno == EEXIST ? 0 : -1;
    *slash = '/';
  }
  free(part);
  struct stat info;
  return status == 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? 0 : -1;
}

static int check_file(const golden_case *c, const char *path, const char *name, char *why) {
  char *text = golden_read_file(path, why);
  if (text == NULL) return -1;
  double worst = 0.0;
  const int status = golden_check(&worst, c, text, why);
  free(text);
  if (status == 0) printf("ok   %8.1e %s\n", worst, name);
  return status;
}

static int one_case(const char *source, const char *target, const char *name, int check, char *why) {
  char *text = golden_read_file(source, why);
  if (text == NULL) return -1;
  golden_case c;
  golden_result result = { 0 };
  int status = golden_case_parse(&c, text, why);
  free(text);
  if (status == 0) status = golden_solve(&result, &c, why);
  if (status == 0) status = golden_write(&result, target, why);
  if (status == 0 && check) status = check_file(&c, target, name, why);
  golden_result_clear(&result);
  golden_case_clear(&c);
  return status;
}

int main(int argc, char **argv) {
  const int check = argc == 4 && strcmp(argv[1], "--check") == 0;
  if (argc != 3 && !check) {
    fprintf(stderr, "usage: run-cases [--check] CASE_DIR RESULT_DIR\n");
    return 2;
  }
  const char *cases = argv[argc - 2], *results = argv[argc - 1];
  size_t count = 0, failed = 0;
  char **names = list_cases(cases, &count);
  if (names == NULL || count == 0) {
    fprintf(stderr, "run-cases: %s: %s\n", cases, names == NULL ? strerror(errno) : "no *.json file");
    free(names);
    return 2;
  }
  const int usable = make_folder(results) == 0;
  if (!usable) fprintf(stderr, "run-cases: %s: cannot be made a folder\n", results);
  for (size_t k = 0; k < count; k++) {
    char *source = join(cases, names[k]), *target = join(results, names[k]), why[CASE_MESSAGE] = "";
    if (usable && one_case(source, target, names[k], check, why) != 0) {
      failed++;
      if (!check) (void)remove(target); /* no result of an earlier run may stand in for this one */
      fprintf(stderr, "run-cases: %s: %s\n", source, why);
    }
    free(source);
    free(target);
    free(names[k]);
  }
  free(names);
  if (usable) printf("%zu cases, %zu failed\n", count, failed);
  return !usable ? 2 : failed > 0;
}
