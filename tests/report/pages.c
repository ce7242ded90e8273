/* SPDX-License-Identifier: MIT */
#include "pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const rs_page_names[] = { "short", "long", "sampled", "one", "two", "twenty", "hundred", "many", "arabic", "scripts", "hostile",
                                      "symmetric", "symmetric-sampled", "patches", "free", "steps", "tiny-numbers", "gaps", NULL };

static const char long_sentence[] =
  "Although the committee had promised that every single proposal would be judged on its merits alone , the final decision "
  "was not announced until the chairman , who disliked surprises , returned from abroad and quietly overruled all of his colleagues again";
static const char twenty_words[] = "The film was not nearly as bad as the critics had claimed , but it never became really good";
static const char arabic[] = "\xd8\xa7\xd9\x84\xd9\x81\xd9\x8a\xd9\x84\xd9\x85 \xd9\x84\xd9\x8a\xd8\xb3 \xd8\xac\xd9\x8a\xd8\xaf\xd8\xa7 "
                             "\xd8\xac\xd8\xaf\xd8\xa7 \xd9\x87\xd8\xb0\xd8\xa7 \xd8\xa7\xd9\x84\xd8\xb9\xd8\xa7\xd9\x85";
static const char scripts[] = "caf\xc3\xa9 e\xcc\x81\xcc\xa7t\xc3\xa9 \xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd \xed\x95\x9c\xea\xb5\xad\xec\x96\xb4 "
                              "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80 "
                              "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80 \xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xab\xf0\x9f\x87\xb7 "
                              "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d Donaudampfschifffahrtsgesellschaft WWWWWWWWWWWW";

static char *keep(rs_page *page, size_t size) {
  for (size_t k = 0; k < COUNT_OF(page->memory); ++k)
    if (!page->memory[k]) {
      page->memory[k] = calloc(size, 1);
      assert_non_null(page->memory[k]);
      return page->memory[k];
    }
  fail();
  return NULL;
}

/* The words of a sentence; returns how many. */
static uint32_t split(rs_page *page, const char *sentence) {
  char *text = keep(page, strlen(sentence) + 1);
  const char **labels = (const char **)(void *)keep(page, 600 * sizeof *labels);
  uint32_t n = 0;
  strcpy(text, sentence);
  for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) labels[n++] = word;
  page->document.player_labels = labels;
  return n;
}

static void hostile(rs_page *page) {
  char *huge = keep(page, 10001), *zalgo = keep(page, 8192);
  const char **labels = (const char **)(void *)keep(page, 16 * sizeof *labels);
  static const char *const texts[] = { "</script><script>alert(1)</script>", "]]>", "<!--", "--><b onclick='x'>\"&amp;", "\xe2\x80\xae" "desrever\xe2\x80\xac",
                                       "\xff\xfe\xed\xa0\x80 broken", NULL, "\x01\x1b[31m\x7f\t\n", "", "   ", "\xcc\x81\xcc\x81", NULL,
                                       "<svg/onload=alert(2)>", "${7*7}{{7*7}}" };
  memset(huge, 'W', 10000);
  memcpy(huge, "<img src=http://x>", 18);
  strcpy(zalgo, "Z");
  for (int k = 0; k < 900; ++k) strcat(zalgo, "\xcc\x8d");
  for (size_t k = 0; k < COUNT_OF(texts); ++k) labels[k] = texts[k];
  labels[6] = huge;
  labels[11] = zalgo;
  page->document.player_labels = labels;
  page->document.title = "</title><script>alert(3)</script>";
}

static void make_steps(rs_page *page) {
  static const char *const labels[] = { " Par", "is", "</td>\n" };
  const metagame_result **steps = (const metagame_result **)(void *)keep(page, 3 * sizeof *steps);
  for (uint32_t k = 0; k < 3; ++k) {
    assert_int_equal(metagame_result_select(&page->steps[k], page->result, 0, 6, NULL), METAGAME_OK);
    steps[k] = page->steps[k];
  }
  page->document.n_steps = 3;
  page->document.steps = steps;
  page->document.step_labels = labels;
}

rs_page rs_page_open(const char *name, const metagame_allocator *allocator) {
  static const char *const gaps[] = { "<s>user: ", " ", "\n", "", " \xe2\x80\x94 ", " ", ".</s>" };
  static const char *const keys[] = { "model", "prompt", "value" },
                    *const values[] = { "none: planted numbers", "The movie was not good at all\nsaid the very tired critic", "chosen to show the \"views\"" };
  rs_page page;
  rs_sample sample = { 6, 6, 1, 0, METAGAME_SOLVER_EXACT, 0, 0 };
  memset(&page, 0, sizeof page);
  page.name = name;
  metagame_struct_init(&page.document, sizeof page.document);
  page.document.n_notes = 3;
  page.document.note_keys = keys;
  page.document.note_values = values;
  if (strcmp(name, "long") == 0 || strcmp(name, "sampled") == 0) {
    sample.n = sample.m = split(&page, strcmp(name, "long") == 0 ? long_sentence : "The movie was not good at all said the very tired critic");
    sample.solver = METAGAME_SOLVER_PERMUTATION;
    sample.budget = 12 * sample.n * sample.n;
  } else if (strcmp(name, "twenty") == 0) {
    sample.n = sample.m = split(&page, twenty_words);
    sample.solver = METAGAME_SOLVER_PERMUTATION;
    sample.budget = 10 * sample.n * sample.n;
  } else if (strcmp(name, "one") == 0 || strcmp(name, "two") == 0) {
    sample.n = sample.m = split(&page, strcmp(name, "one") == 0 ? "alone" : "not good");
  } else if (strcmp(name, "hundred") == 0 || strcmp(name, "many") == 0) {
    sample.n = sample.m = strcmp(name, "many") == 0 ? 140 : 100;
    sample.solver = METAGAME_SOLVER_REGRESSION;
    sample.budget = 1500;
  } else if (strcmp(name, "arabic") == 0) {
    sample.n = sample.m = split(&page, arabic);
  } else if (strcmp(name, "scripts") == 0) {
    sample.n = sample.m = split(&page, scripts);
  } else if (strcmp(name, "hostile") == 0) {
    hostile(&page);
    sample.n = sample.m = 14;
    sample.solver = METAGAME_SOLVER_PERMUTATION;
    sample.budget = 2000;
  } else if (strcmp(name, "symmetric") == 0 || strcmp(name, "symmetric-sampled") == 0) {
    sample.n = sample.m = split(&page, "who moves whom is not known here");
    sample.flags = METAGAME_CARDINAL;
    if (name[9]) {
      sample.solver = METAGAME_SOLVER_PERMUTATION;
      sample.budget = 600;
    }
  } else if (strcmp(name, "patches") == 0) {
    sample.n = split(&page, "a small brown dog on the green sofa");
    sample.m = 14 * 14;
    sample.pinned = 0;
    sample.solver = METAGAME_SOLVER_PERMUTATION;
    sample.budget = 600;
    page.document.grid_rows = page.document.grid_cols = 14;
  } else if (strcmp(name, "free") == 0) {
    static const char *const targets[] = { "yes", "no", "a rather long target label" };
    sample.n = split(&page, "is this really what it says");
    sample.m = 3;
    sample.pinned = 0;
    page.document.target_labels = targets;
  } else {
    sample.n = sample.m = split(&page, "The food was not really good");
    if (strcmp(name, "gaps") == 0) page.document.gaps = gaps;
  }
  page.result = rs_solve(&sample, allocator);
  if (strcmp(name, "steps") == 0) make_steps(&page);
  if (strcmp(name, "tiny-numbers") == 0) {
    double *matrix = (double *)(uintptr_t)metagame_result_matrix(page.result);
    for (uint32_t k = 0; k < 36; ++k) matrix[k] *= 1e-9;
  }
  return page;
}

void rs_page_close(rs_page *page) {
  for (size_t k = 0; k < COUNT_OF(page->memory); ++k) free(page->memory[k]);
  for (size_t k = 0; k < COUNT_OF(page->steps); ++k) metagame_result_destroy(page->steps[k]);
  metagame_result_destroy(page->result);
}
