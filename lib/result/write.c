/* SPDX-License-Identifier: MIT */
#include "result/write.h"

#include <math.h>
#include <string.h>

#include "result/diagnosis.h"
#include "solve/solver.h"

static void put_escaped(mtg_text *text, const char *label, int json) {
  mtg_text_put(text, "\"", 1);
  while (*label) {
    const size_t length = mtg_utf8_length(label, NULL);
    const unsigned char c = (unsigned char)*label;
    if (length == 0)
      mtg_text_string(text, "\xef\xbf\xbd");
    else if (json && (c == '"' || c == '\\'))
      mtg_text_format(text, "\\%c", c);
    else if (json && (c < 0x20 || c == 0x7f))
      mtg_text_format(text, "\\u%04x", c);
    else if (!json && c == '"')
      mtg_text_put(text, "\"\"", 2);
    else
      mtg_text_put(text, label, length);
    label += length ? length : 1;
  }
  mtg_text_put(text, "\"", 1);
}

static void put_player(mtg_text *text, const metagame_document *document, uint32_t player, int json) {
  char number[16];
  put_escaped(text, mtg_player_label(document, player, number), json);
}

static void put_target(mtg_text *text, const metagame_document *document, const metagame_result *result, uint32_t target, int json) {
  char number[16];
  put_escaped(text, mtg_target_label(document, result, target, number), json);
}

/* Keys begin on a line of their own, behind a comma. */
static void put_key(mtg_text *text, const char *indent, const char *name) { mtg_text_format(text, ",\n%s\"%s\": ", indent, name); }

static void put_vector(mtg_text *text, const char *indent, const char *name, const double *values, size_t count) {
  put_key(text, indent, name);
  for (size_t at = 0; at < count; ++at) {
    mtg_text_string(text, at > 0 ? ", " : "[");
    mtg_text_number(text, values[at], "null");
  }
  mtg_text_put(text, "]", 1);
}

static void put_matrix(mtg_text *text, const char *indent, const char *name, const double *values, size_t m, size_t n) {
  put_key(text, indent, name);
  mtg_text_put(text, "[", 1);
  for (size_t i = 0; i < m; ++i) {
    mtg_text_format(text, "%s\n%s  [", i > 0 ? "," : "", indent);
    for (size_t j = 0; j < n; ++j) {
      if (j > 0) mtg_text_put(text, ", ", 2);
      mtg_text_number(text, values[i * n + j], "null");
    }
    mtg_text_put(text, "]", 1);
  }
  mtg_text_format(text, "\n%s]", indent);
}

static void put_numbers(mtg_text *text, const char *indent, const metagame_result *result, int spread) {
  const mtg_numbers *numbers = &result->numbers;
  put_vector(text, indent, "first_order", numbers->first_order, numbers->m);
  put_vector(text, indent, "base", numbers->base, numbers->m);
  put_matrix(text, indent, "matrix", numbers->matrix, numbers->m, numbers->n);
  if (numbers->has_deviation) put_matrix(text, indent, "stderr", numbers->deviation, numbers->m, numbers->n);
  if (spread) put_matrix(text, indent, "spread", result->spread, numbers->m, numbers->n);
  put_vector(text, indent, "residual", result->residual, numbers->m);
  put_vector(text, indent, "scale", numbers->scale, numbers->m);
  if (!numbers->has_deviation) return;
  put_vector(text, indent, "degrees", numbers->degrees, numbers->m);
  put_key(text, indent, "ground");
  for (uint32_t i = 0; i < numbers->m; ++i)
    mtg_text_format(text, "%s\"%s\"", i > 0 ? ", " : "[", mtg_ground_names[numbers->ground[i]]);
  mtg_text_put(text, "]", 1);
}

static void put_texts(mtg_text *text, const metagame_document *document, uint32_t n) {
  if (document->gaps) {
    put_key(text, "  ", "gaps");
    for (uint32_t j = 0; j <= n; ++j) {
      mtg_text_string(text, j > 0 ? ", " : "[");
      put_escaped(text, document->gaps[j] ? document->gaps[j] : "", 1);
    }
    mtg_text_put(text, "]", 1);
  }
  if (document->title) {
    put_key(text, "  ", "title");
    put_escaped(text, document->title, 1);
  }
  if (document->n_notes == 0) return;
  put_key(text, "  ", "notes");
  for (size_t k = 0; k < document->n_notes; ++k) {
    mtg_text_string(text, k > 0 ? ",\n    " : "{\n    ");
    put_escaped(text, document->note_keys[k], 1);
    mtg_text_put(text, ": ", 2);
    put_escaped(text, document->note_values[k], 1);
  }
  mtg_text_string(text, "\n  }");
}

static void put_steps(mtg_text *text, const metagame_document *document) {
  if (document->n_steps == 0) return;
  put_key(text, "  ", "steps");
  for (size_t k = 0; k < document->n_steps; ++k) {
    char number[16];
    mtg_text_string(text, k > 0 ? ",\n    {\n      \"label\": " : "[\n    {\n      \"label\": ");
    put_escaped(text, mtg_step_label(document, k, number), 1);
    put_numbers(text, "      ", document->steps[k], 0);
    mtg_text_string(text, "\n    }");
  }
  mtg_text_string(text, "\n  ]");
}

const char *const mtg_stop_names[MTG_STOP_NAMES] = { "plan", "resolved", "budget", "time" };

static void put_provenance(mtg_text *text, const metagame_result *result) {
  const metagame_result_info *info = &result->info;
  mtg_text_format(text, "{\n  \"format\": \"metagame-result\",\n  \"version\": 1,\n  \"library\": \"%d.%d.%d\",\n  \"attributor\": ",
                  METAGAME_VERSION_MAJOR, METAGAME_VERSION_MINOR, METAGAME_VERSION_PATCH);
  put_escaped(text, result->attributor, 1);
  put_key(text, "  ", "masking_id");
  put_escaped(text, result->masking_id, 1);
  mtg_text_format(text, ",\n  \"solver\": \"%s\",\n  \"outer\": \"%s\"", mtg_solver_name(info->solver),
                  info->outer == METAGAME_OUTER_BANZHAF ? "banzhaf" : "shapley");
  mtg_text_format(text, ",\n  \"pinned\": %s,\n  \"complete\": %s", info->flags & METAGAME_UNPINNED ? "false" : "true",
                  info->status == METAGAME_OK ? "true" : "false");
  mtg_text_format(text, ",\n  \"symmetric\": %s", info->flags & METAGAME_CARDINAL ? "true" : "false");
  if (info->flags & METAGAME_CLOSED_FORM) mtg_text_string(text, ",\n  \"closed_form\": true");
  mtg_text_format(text, ",\n  \"user_code\": %ld,\n  \"seed\": \"%llu\"", (long)info->user_code,
                  (unsigned long long)info->seed); /* a string: JSON numbers hold 53 bits */
  mtg_text_format(text, ",\n  \"evaluations\": %llu,\n  \"value_evaluations\": %llu", (unsigned long long)info->evaluations,
                  (unsigned long long)info->value_evaluations);
  mtg_text_format(text, ",\n  \"asked\": %llu,\n  \"looks\": %u,\n  \"stopped\": \"%s\"", (unsigned long long)info->asked, info->n_looks,
                  mtg_stop_names[info->stopped]);
  mtg_text_format(text, ",\n  \"units\": %llu,\n  \"rank\": %llu,\n  \"full_rank\": %llu", (unsigned long long)info->n_units,
                  (unsigned long long)info->rank, (unsigned long long)info->full_rank);
  put_key(text, "  ", "condition");
  mtg_text_number(text, info->condition, "null");
  if (info->solver == METAGAME_SOLVER_GAUSSIAN) {
    mtg_text_format(text, ",\n  \"chosen\": %llu,\n  \"process\": %u,\n  \"sparse\": %u", (unsigned long long)info->n_chosen,
                    info->n_process, info->n_sparse);
    put_key(text, "  ", "left_out");
    mtg_text_number(text, info->left_out, "null");
  }
  if (result->spread) mtg_text_format(text, ",\n  \"maskings\": %u", info->n_maskings);
}

static void put_count(mtg_text *text, const char *name, uint64_t count) {
  put_key(text, "    ", name);
  mtg_text_format(text, "%llu", (unsigned long long)count);
}

static void put_real(mtg_text *text, const char *name, double value) {
  put_key(text, "    ", name);
  mtg_text_number(text, value, "null");
}

/* Reason and audit are read back, the rest follows from the numbers. */
static void put_diagnosis(mtg_text *text, const metagame_result *result) {
  metagame_diagnosis d;
  mtg_diagnose(result, &d);
  put_key(text, "  ", "diagnosis");
  mtg_text_format(text, "{\n    \"solver\": \"%s\",\n    \"reason\": \"%s\"",
                  mtg_solver_name(d.solver), mtg_reason_names[d.reason]);
  mtg_text_format(text, ",\n    \"audit\": \"%s\"", mtg_audit_names[d.audit]);
  put_count(text, "audit_rows", d.audit_rows);
  put_real(text, "audit_error", d.audit_error);
  mtg_text_format(text, ",\n    \"ground\": \"%s\"", mtg_ground_names[d.ground]);
  put_real(text, "predicted_error", d.predicted_error);
  put_real(text, "relative_error", d.relative_error);
  put_count(text, "n_entries", d.n_entries);
  put_count(text, "n_without", d.n_without);
  put_key(text, "    ", "worst_target");
  if (d.worst_target < 0)
    mtg_text_string(text, "null");
  else
    mtg_text_format(text, "%lld", (long long)d.worst_target);
  put_count(text, "evaluations", d.evaluations);
  put_count(text, "halving", d.halving);
  put_count(text, "exact_at", d.exact_at);
  mtg_text_string(text, ",\n    \"sentence\": \"");
  mtg_put_sentence(text, result); /* printable ASCII without quotes and backslashes */
  mtg_text_string(text, "\"\n  }");
}

void mtg_write_json(mtg_text *text, const metagame_result *result, const metagame_document *document) {
  const mtg_numbers *numbers = &result->numbers;
  put_provenance(text, result);
  put_diagnosis(text, result);
  put_key(text, "  ", "players");
  for (uint32_t j = 0; j < numbers->n; ++j) {
    mtg_text_string(text, j > 0 ? ", " : "[");
    put_player(text, document, j, 1);
  }
  mtg_text_string(text, "],\n  \"targets\": [");
  for (uint32_t i = 0; i < numbers->m; ++i) {
    if (i > 0) mtg_text_put(text, ", ", 2);
    put_target(text, document, result, i, 1);
  }
  mtg_text_string(text, "],\n  \"own_player\": [");
  for (uint32_t i = 0; i < numbers->m; ++i) {
    if (i > 0) mtg_text_put(text, ", ", 2);
    if (result->own_player[i] < 0)
      mtg_text_string(text, "null");
    else
      mtg_text_format(text, "%ld", (long)result->own_player[i]);
  }
  mtg_text_put(text, "]", 1);
  put_numbers(text, "  ", result, result->spread != NULL);
  if (document->grid_rows > 0) mtg_text_format(text, ",\n  \"grid\": [%u, %u]", document->grid_rows, document->grid_cols);
  put_texts(text, document, numbers->n);
  put_steps(text, document);
  mtg_text_string(text, "\n}\n");
}

void mtg_write_csv(mtg_text *text, const metagame_result *result, const metagame_document *document) {
  const mtg_numbers *numbers = &result->numbers;
  mtg_text_string(text, "target,player,value,stderr,first_order,base,residual,spread\r\n");
  for (uint32_t i = 0; i < numbers->m; ++i)
    for (uint32_t j = 0; j < numbers->n; ++j) {
      const size_t cell = (size_t)i * numbers->n + j;
      const double columns[] = { numbers->matrix[cell], numbers->has_deviation ? numbers->deviation[cell] : NAN, numbers->first_order[i],
                                 numbers->base[i], result->residual[i], result->spread ? result->spread[cell] : NAN };
      put_target(text, document, result, i, 0);
      mtg_text_put(text, ",", 1);
      put_player(text, document, j, 0);
      for (size_t c = 0; c < sizeof columns / sizeof *columns; ++c) {
        mtg_text_put(text, ",", 1);
        mtg_text_number(text, columns[c], "");
      }
      mtg_text_put(text, "\r\n", 2);
    }
}
