/* SPDX-License-Identifier: MIT */
/* The diagnosis in one sentence: clauses with "; " between them, then a full stop.
 *
 *   who and why | what the audit found | no ground | the error, and what halves it | what ended it
 *
 * Of exact numbers the first clause is all there is to say. Numbers have two digits, no locale. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result/diagnosis.h"
#include "solve/solver.h"

typedef struct speech {
  mtg_text *text;
  const metagame_result *result;
  metagame_diagnosis d;
} speech;

static void say(const speech *s, const char *words) { mtg_text_string(s->text, words); }

static void say_count(const speech *s, uint64_t count, const char *one, const char *many) {
  mtg_text_format(s->text, "%llu %s", (unsigned long long)count, count == 1 ? one : many);
}

/* ---- numbers ---- */

/* Two significant digits, of a positive finite value: 0.03, 1.8, 250, 3e-07. */
static void say_short(const speech *s, double value) {
  char digits[48];
  mtg_scientific(digits, value, 1); /* d.de+xx */
  const int power = (int)strtol(strchr(digits, 'e') + 1, NULL, 10);
  const char one = digits[0], two = digits[2];
  if (power < -4 || power > 5) {
    digits[two == '0' ? 1 : 3] = '\0';
    mtg_text_format(s->text, "%se%d", digits, power);
  } else if (power < 0) {
    mtg_text_format(s->text, "0.%.*s%c", -power - 1, "000", one);
    if (two != '0') mtg_text_put(s->text, &two, 1);
  } else if (power == 0) {
    mtg_text_put(s->text, digits, two == '0' ? 1 : 3);
  } else {
    mtg_text_format(s->text, "%c%c%.*s", one, two, power - 1, "0000");
  }
}

/* 1839 -> 1800 */
static uint64_t rounded(uint64_t count) {
  uint64_t unit = 1;
  while (count / unit >= 100) unit *= 10;
  const uint64_t rest = count % unit;
  return rest < unit - rest || count > UINT64_MAX - unit ? count - rest : count - rest + unit;
}

/* ---- who and why ---- */

static void say_evaluations(const speech *s) {
  say_count(s, s->d.evaluations, "evaluation", "evaluations");
  const uint32_t n_maskings = s->result->info.n_maskings;
  if (n_maskings > 1) mtg_text_format(s->text, " of %u maskings", n_maskings);
}

static void say_reason(const speech *s) {
  const uint32_t n = s->result->info.n_players;
  switch (s->d.reason) {
    case METAGAME_REASON_NAMED: say(s, ", as asked for"); break;
    case METAGAME_REASON_ALL: say(s, ", because the budget holds every coalition"); break;
    case METAGAME_REASON_BASE_VALUES:
      if (s->result->info.flags & METAGAME_CLOSED_FORM)
        say(s, ", because the matrix follows from values of the base game");
      else
        say(s, ", because interactions are wanted");
      break;
    case METAGAME_REASON_ONLY: say(s, ", because no other solver has what is asked for"); break;
    case METAGAME_REASON_MODEL:
      say(s, ", because ");
      say_evaluations(s);
      say(s, s->d.evaluations == 1 ? " is few for " : " are few for ");
      say_count(s, n, "player", "players");
      break;
    case METAGAME_REASON_SIZE:
      say(s, ", because of ");
      say_count(s, n, "player", "players");
      say(s, " and ");
      say_evaluations(s);
      break;
    default: break;
  }
}

static void say_exact(const speech *s) {
  const metagame_result_info *info = &s->result->info;
  int has_empty = (info->flags & METAGAME_CLOSED_FORM) != 0;
  for (uint32_t i = 0; i < info->n_targets; ++i) has_empty |= s->result->own_player[i] < 0;
  const char *const kind = has_empty ? "coalition" : "nonempty coalition";
  const unsigned long long count = (unsigned long long)s->d.evaluations;
  if (info->n_maskings > 1)
    mtg_text_format(s->text, "Exact: all %llu %ss of %u maskings were evaluated", count, kind,
                    info->n_maskings);
  else if (count == 1)
    mtg_text_format(s->text, "Exact: the only %s was evaluated", kind);
  else
    mtg_text_format(s->text, "Exact: all %llu %ss were evaluated", count, kind);
}

/* The process gave no row: the numbers are those of regression. */
static int is_rejected(const speech *s) {
  const metagame_result_info *info = &s->result->info;
  if (s->d.audit != METAGAME_AUDIT_NONE) return s->d.audit == METAGAME_AUDIT_FAILED;
  return info->n_process == 0 && info->n_sparse == 0;
}

static const char *name_of(int32_t solver) {
  switch (solver) {
    case METAGAME_SOLVER_EXACT: return "Exact solver";
    case METAGAME_SOLVER_REGRESSION: return "Regression";
    case METAGAME_SOLVER_PERMUTATION: return "Permutation sampling";
    case METAGAME_SOLVER_STRATIFIED: return "Stratified sampling";
    case METAGAME_SOLVER_GAUSSIAN: return "Gaussian process";
    default: return mtg_solver_name(solver);
  }
}

static void say_solver(const speech *s) {
  const int is_model = s->d.solver == METAGAME_SOLVER_GAUSSIAN;
  if (is_model && is_rejected(s)) {
    say(s, "Regression: a Gaussian process was tried");
    say_reason(s);
    say(s, s->d.audit == METAGAME_AUDIT_FAILED ? ", and failed its audit" : ", and was not used");
  } else if (is_model && s->d.audit == METAGAME_AUDIT_MIXED) {
    say(s, "Gaussian process for some targets and regression for the others");
    say_reason(s);
    say(s, "; of its audits some passed and some failed");
  } else {
    say(s, name_of(s->d.solver));
    say_reason(s);
    if (is_model) say(s, s->d.audit ? "; its audit passed" : "; it was not audited");
  }
}

static void say_audit(const speech *s) {
  if (s->d.audit == METAGAME_AUDIT_NONE) return;
  say(s, ": on ");
  say_count(s, s->d.audit_rows, "row", "rows");
  say(s, " that it had not seen its squared error was ");
  if (isfinite(s->d.audit_error) && s->d.audit_error > 0)
    say_short(s, s->d.audit_error);
  else
    say(s, s->d.audit_error == 0 ? "0" : "many times");
  say(s, " of that of a linear fit");
  if (s->result->info.n_targets > 1) say(s, " for the worst target");
}

/* ---- how good, and how to be better ---- */

static void say_ground(const speech *s) {
  static const char *const why[MTG_GROUND_NAMES] = {
    "it is not known why", "too few independent units stand behind them",
    "what moves them was seen in too few rows",
    "what changes the target between nobody and everyone was seen in no row in between",
    "the run ended too early" };
  if (s->d.n_without == 0) return;
  mtg_text_format(s->text, "; for %llu of ", (unsigned long long)s->d.n_without);
  say_count(s, s->d.n_entries, "entry", "entries");
  mtg_text_format(s->text, " there is no ground for an interval: %s", why[s->d.ground]);
}

static void say_halving(const speech *s) {
  const uint64_t used = s->d.evaluations, all = s->d.exact_at;
  if (s->d.halving == 0) return;
  if (all > 0 && (all <= used || all - used <= s->d.halving)) {
    mtg_text_format(s->text, ", and all %llu coalitions would make it exact",
                    (unsigned long long)all);
    return;
  }
  say(s, ", and some ");
  say_count(s, rounded(s->d.halving), "more evaluation", "more evaluations");
  say(s, " would halve it");
}

static const double least_part = 1e-12; /* below: rounding, and no error of sampling */

static void say_error(const speech *s) {
  const double error = s->d.predicted_error, part = s->d.relative_error;
  if (isnan(error)) return;
  if (!(error > 0) || part < least_part) {
    say(s, "; no error of sampling shows");
    return;
  }
  say(s, s->d.n_without > 0 ? "; the standard error of the others is about "
                            : "; the standard error is about ");
  if (part < 1e4) {
    say_short(s, 100 * part);
    say(s, " % of the scale");
  } else {
    say_short(s, error);
  }
  if (s->result->info.n_targets > 1) say(s, " of the worst target");
  say_halving(s);
}

static void say_end(const speech *s) {
  const metagame_result_info *info = &s->result->info;
  switch (info->stopped) {
    case METAGAME_STOP_RESOLVED:
      say(s, "; it stopped once the wanted precision was reached");
      break;
    case METAGAME_STOP_BUDGET:
      say(s, "; the budget came before the wanted precision");
      break;
    case METAGAME_STOP_TIME:
      say(s, "; the time was over before the end");
      break;
    default:
      if (info->status == METAGAME_PARTIAL) say(s, "; the run was stopped early");
  }
}

void mtg_put_sentence(mtg_text *text, const metagame_result *result) {
  speech s;
  s.text = text;
  s.result = result;
  mtg_diagnose(result, &s.d);
  if (!result->numbers.has_deviation && result->info.status != METAGAME_PARTIAL) {
    say_exact(&s);
  } else {
    say_solver(&s);
    say_audit(&s);
    say_ground(&s);
    say_error(&s);
    say_end(&s);
  }
  say(&s, ".");
}

/* ---- the public call ---- */

typedef struct memory {
  char *text;
  size_t room, used;
} memory;

static int32_t METAGAME_CALL keep(void *user, const char *bytes, size_t size) {
  memory *m = user;
  const size_t left = m->room > m->used ? m->room - m->used : 0;
  if (left > 0) memcpy(m->text + m->used, bytes, size < left ? size : left);
  m->used += size;
  return 0;
}

metagame_status metagame_result_sentence(const metagame_result *result, char *text, size_t room,
                                         size_t *needed, metagame_error *err) {
  memory m = { text, room, 0 };
  mtg_text out;
  if (!result) return mtg_fail(err, METAGAME_E_NULL, "result is NULL");
  if (!text && room > 0) return mtg_fail(err, METAGAME_E_NULL, "text is NULL, room is %zu", room);
  if (!text && !needed) return mtg_fail(err, METAGAME_E_NULL, "text and needed are NULL");
  mtg_text_open(&out, keep, &m);
  mtg_put_sentence(&out, result);
  mtg_text_put(&out, "", 1); /* the NUL */
  MTG_TRY(mtg_text_close(&out, err));
  if (needed) *needed = m.used;
  if (m.used <= room || !text) return METAGAME_OK;
  if (room > 0) text[room - 1] = '\0';
  return mtg_fail(err, METAGAME_E_ARGUMENT, "room is %zu, must be at least %zu for this sentence",
                  room, m.used);
}
