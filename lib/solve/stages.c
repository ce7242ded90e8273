/* SPDX-License-Identifier: MIT */
/* One plan, or several in a row. A session that keeps its rows (METAGAME_EXTENDABLE, or rules when to stop) is a chain of complete
 * runs: each has a plan of its own for a larger budget, is fed with the rows that are known, and asks the others. So what it gives at
 * the end is what one run with that budget gives, to the bit (but for coalitions that the gaussian solver chose, which are carried
 * over). Plans of larger budgets contain those of smaller ones but for a few rows (plan/kernel.c, plan/strata.c, plan/orders.c). */
#include "solve/stages.h"

#include "base/saturate.h"
#include "plan/strata.h"

enum { FIRST_BUDGET = 64, LEAST_CHUNK = 4096 };

/* All open tickets, so that a host with many workers does not wait; within what a chunk may hold. */
static size_t chunk_of(const metagame_session *session) {
  const uint64_t open = (uint64_t)session->options.batch * session->options.max_open, limit = session->stop.limit;
  const uint64_t most = limit < LEAST_CHUNK ? LEAST_CHUNK : limit < MTG_FORMULA_WISHES ? limit : MTG_FORMULA_WISHES;
  return (size_t)(open > most ? most : open < MTG_FORMULA_CHUNK ? MTG_FORMULA_CHUNK : open);
}

/* What the session needs with the solver and the problem at hand, before the values of a formula attributor. */
static uint64_t fixed_bytes(const metagame_session *session) {
  const metagame_game *asked = mtg_session_asked(session);
  const mtg_problem *problem = &session->problem;
  uint64_t own = sizeof *session + problem->m * sizeof *problem->own + 4 * MTG_BLOCK_OVERHEAD;
  if (session->keeps) {
    /* two looks, the last and the one that is being made */
    const uint64_t looks = session->stop.has_rules ? 2 : 0;
    const uint64_t cells = looks * (2 * (uint64_t)problem->n + 4) * problem->m + 2 * (uint64_t)problem->n;
    own = mtg_plus(own, mtg_plus(mtg_times(cells, sizeof(double)), (looks * 6 + 4) * MTG_BLOCK_OVERHEAD + sizeof(mtg_formula)));
    if (looks && problem->order > 1) /* the last look's tally and its groups */
      own = mtg_plus(own, mtg_times(MTG_STRATA_GROUPS + 1, mtg_tally_bytes(problem->n, problem->m, problem->order)));
    own = mtg_plus(own, mtg_times(problem->budget, problem->words * sizeof(uint64_t) / 4)); /* carried */
    if (mtg_session_keeps_rows(session))
      own = mtg_plus(own, mtg_formula_kept_bytes(asked, problem->budget, chunk_of(session)));
  }
  const uint64_t window = mtg_window_bytes(session->options.max_open, session->options.batch,
                                           mtg_mask_words(asked->callbacks.n_players), asked->callbacks.n_targets);
  return mtg_plus(own, mtg_plus(window, session->solver->bytes(problem)));
}

/* The solver of one stage into the session: AUTO's choice for the whole budget, if it can sample. */
static metagame_status choose(metagame_session *session, int32_t id, uint64_t budget, metagame_error *err) {
  mtg_problem *problem = &session->problem;
  *problem = session->shape;
  problem->budget = budget;
  MTG_TRY(mtg_solver_choose(&session->solver, id, problem, err));
  if (id == METAGAME_SOLVER_AUTO && problem->max_bytes != 0) { /* once more, with the room that the session leaves */
    const uint64_t beside = fixed_bytes(session) - session->solver->bytes(problem);
    *problem = session->shape;
    problem->budget = budget;
    problem->beside_bytes = beside;
    MTG_TRY(mtg_solver_choose(&session->solver, id, problem, err));
  }
  if (session->solver->id != METAGAME_SOLVER_EXACT && session->solver->id != METAGAME_SOLVER_STRATIFIED) problem->closed = NULL;
  return METAGAME_OK;
}

/* The values of a formula attributor count as if every coalition wanted what everyone present wants. */
static metagame_status formula_bytes(const metagame_session *session, uint64_t *out, metagame_error *err) {
  const metagame_game *game = session->game;
  uint64_t wishes = 0;
  *out = 0;
  if (!game->values || session->problem.closed) return METAGAME_OK;
  MTG_TRY(mtg_formula_wishes(game, &session->problem.alloc, &wishes, err));
  const uint32_t value_players = game->values->callbacks.n_players;
  uint64_t values = mtg_times(session->problem.budget, wishes);
  if (value_players < 62 && values > UINT64_C(1) << value_players) values = UINT64_C(1) << value_players;
  if (values > UINT64_MAX / 4096) values = UINT64_MAX / 4096;
  *out = mtg_plus(sizeof(mtg_formula) + MTG_BLOCK_OVERHEAD, mtg_formula_bytes(game, values, wishes));
  return METAGAME_OK;
}

static metagame_status check_room(const metagame_session *session, uint64_t bytes, metagame_error *err) {
  const metagame_options *options = &session->options;
  if (options->max_bytes == 0 || bytes <= options->max_bytes) return METAGAME_OK;
  return mtg_fail(err, METAGAME_E_LIMIT, "options.max_bytes is %llu, the %s solver needs %llu for %u players, %u targets, %llu "
                  "evaluations and %u open batches of %u", (unsigned long long)options->max_bytes, session->solver->name,
                  (unsigned long long)bytes, session->problem.n, session->problem.m, (unsigned long long)session->problem.budget,
                  options->max_open, options->batch);
}

/* The solver for a budget. What would only be better is left out where max_bytes does not hold it. */
static metagame_status choose_within(metagame_session *session, int32_t id, uint64_t budget, metagame_error *err) {
  MTG_TRY(choose(session, id, budget, err));
  const uint64_t most = session->options.max_bytes;
  session->problem.is_lean = most != 0 && fixed_bytes(session) > most;
  return METAGAME_OK;
}

/* AUTO's choice for the last stage goes by its id from here on; the reason stays AUTO's. */
static metagame_status choose_stage(metagame_session *session, uint32_t stage, metagame_error *err) {
  const int is_last = stage + 1 == session->stop.n_stages;
  const int32_t id = is_last ? session->last_id : session->early_id;
  MTG_TRY(choose_within(session, id, mtg_stop_budget(&session->stop, stage), err));
  if (id != METAGAME_SOLVER_AUTO) session->problem.reason = session->last_reason;
  return METAGAME_OK;
}

/* The stages of a run up to `limit` evaluations (0: the default) whose first has at least `first`, and the solvers' ids. */
static metagame_status plan_stages(metagame_session *session, uint64_t first, uint64_t limit, metagame_error *err) {
  const int32_t wanted = session->options.solver;
  MTG_TRY(choose(session, wanted, limit, err));
  session->last_id = session->solver->id;
  session->last_reason = session->problem.reason;
  session->early_id = wanted == METAGAME_SOLVER_AUTO && session->last_id == METAGAME_SOLVER_EXACT ? wanted : session->last_id;
  limit = session->problem.budget;
  metagame_status status = METAGAME_E_BUDGET;
  while (session->stop.has_rules && first < limit && (status = choose(session, session->early_id, first, err)) == METAGAME_E_BUDGET) first *= 2;
  if (session->stop.has_rules && first < limit) MTG_TRY(status);
  mtg_stop_begin(&session->stop, first < limit ? first : limit, limit);
  return METAGAME_OK;
}

/* The most that a stage needs beside the values of a formula; leaves the session with the last stage's solver. */
static metagame_status most_fixed_bytes(metagame_session *session, uint64_t *out, metagame_error *err) {
  *out = 0;
  for (uint32_t stage = 0; stage < session->stop.n_stages; ++stage) {
    MTG_TRY(choose_stage(session, stage, err));
    const uint64_t bytes = fixed_bytes(session);
    *out = bytes > *out ? bytes : *out;
  }
  return METAGAME_OK;
}

metagame_status mtg_stages_bytes(metagame_session *session, uint64_t *out, metagame_error *err) {
  uint64_t values;
  MTG_TRY(most_fixed_bytes(session, out, err));
  MTG_TRY(formula_bytes(session, &values, err));
  *out = mtg_plus(*out, values);
  return METAGAME_OK;
}

/* Whether max_bytes holds the stages; then the first one's solver. */
static metagame_status settle(metagame_session *session, metagame_error *err) {
  uint64_t bytes, values = 0;
  MTG_TRY(most_fixed_bytes(session, &bytes, err));
  if (session->options.max_bytes != 0 && bytes <= session->options.max_bytes) MTG_TRY(formula_bytes(session, &values, err));
  MTG_TRY(check_room(session, mtg_plus(bytes, values), err));
  return choose_stage(session, 0, err);
}

metagame_status mtg_stages_prepare(metagame_session *session, metagame_error *err) {
  session->keeps = session->stop.has_rules || (session->options.flags & METAGAME_EXTENDABLE) != 0;
  session->shape.is_extended = session->keeps;
  MTG_TRY(plan_stages(session, FIRST_BUDGET, session->shape.budget, err));
  return settle(session, err);
}

/* ---- opening a plan ---- */

static metagame_status open_plan(metagame_session *session, metagame_error *err) {
  MTG_TRY(session->solver->open(&session->state, &session->problem, err));
  session->n_taken = 0;
  session->is_looked_at = 0;
  if (session->formula) mtg_formula_begin(session->formula, session->solver, session->state);
  return METAGAME_OK;
}

/* The rows of the open plan, and how many of its coalitions are not known. It is closed by that. */
static metagame_status count_plan(metagame_session *session, uint64_t *rows, uint64_t *unknown,
                                  metagame_error *err) {
  *rows = session->solver->n_rows(session->state);
  const uint64_t most = session->stop.has_rules ? session->stop.limit : UINT64_MAX;
  const metagame_status status = mtg_formula_count(session->formula, most, unknown, err);
  session->solver->close(session->state);
  session->state = NULL;
  return status;
}

/* With rules no more than max_evaluations are asked in all. */
static uint64_t room_of(const metagame_session *session) {
  const uint64_t limit = session->stop.limit, known = session->formula->n_values;
  return !session->stop.has_rules ? UINT64_MAX : limit > known ? limit - known : 0;
}

/* A smaller plan than the one that wants `excess` coalitions too many; where there is none, the
 * solver of the plan before for the budget that was `wanted`. *is_least: there is nothing smaller,
 * and it may ask what it lacks. The plan before is known. */
static metagame_status lower(metagame_session *session, uint64_t wanted, uint64_t excess,
                             int *is_least, metagame_error *err) {
  const uint64_t budget = session->problem.budget;
  const int32_t id = session->solver->id;
  const int is_same = session->left_id == id;
  uint64_t least;
  MTG_TRY(session->solver->least_budget(&session->problem, &least, err));
  if (is_same && session->left_budget > least && session->left_budget < budget)
    least = session->left_budget;
  if (budget > least)
    return choose_within(session, id, budget - least > excess ? budget - excess : least, err);
  *is_least = is_same || session->left_budget == 0;
  return *is_least ? METAGAME_OK : choose_within(session, session->left_id, wanted, err);
}

/* Coalitions that were carried over may be in the plan, too, which has fewer rows than its budget
 * then: as much larger as the room and `most` rows let it be. */
static metagame_status grow(metagame_session *session, uint64_t most, uint64_t rows,
                            uint64_t unknown, metagame_error *err) {
  const int32_t id = session->solver->id;
  const uint64_t room = room_of(session);
  while (rows + 2 <= most && unknown + 2 <= room) {
    const uint64_t budget = session->problem.budget;
    const uint64_t missing = most - rows < room - unknown ? most - rows : room - unknown;
    uint64_t next_rows, next_unknown;
    MTG_TRY(choose_within(session, id, budget + missing - missing % 2, err)); /* they are pairs */
    MTG_TRY(open_plan(session, err));
    MTG_TRY(count_plan(session, &next_rows, &next_unknown, err));
    if (next_rows <= rows || next_rows > most || next_unknown > room)
      return choose_within(session, id, budget, err);
    rows = next_rows;
    unknown = next_unknown;
  }
  return METAGAME_OK;
}

/* Opens the solver at hand. Where coalitions are known already, the plan is the largest of up to
 * that many rows that asks no more than is left: a few coalitions of an earlier plan are of no use
 * to it. */
static metagame_status open_fitting(metagame_session *session, metagame_error *err) {
  const uint64_t wanted = session->problem.budget;
  MTG_TRY(open_plan(session, err));
  const mtg_formula *formula = session->formula;
  if (!formula || !formula->is_direct || formula->n_values == 0) return METAGAME_OK;
  const int may_grow = session->shape.n_carried > 0 && session->solver->chosen;
  if (!may_grow && session->solver->n_rows(session->state) <= room_of(session)) return METAGAME_OK;
  uint64_t rows, unknown;
  MTG_TRY(count_plan(session, &rows, &unknown, err));
  for (int is_least = 0; unknown > room_of(session) && !is_least;) {
    MTG_TRY(lower(session, wanted, unknown - room_of(session), &is_least, err));
    if (is_least) break;
    MTG_TRY(open_plan(session, err));
    MTG_TRY(count_plan(session, &rows, &unknown, err));
  }
  if (may_grow && session->solver->chosen) MTG_TRY(grow(session, wanted, rows, unknown, err));
  return open_plan(session, err);
}

/* A stage whose draw is deficient is passed over while others follow. */
static metagame_status open_stage(metagame_session *session, metagame_error *err) {
  const int32_t reason = session->problem.reason; /* fitting names the solver that is chosen already */
  metagame_status status = open_fitting(session, err);
  while (status == METAGAME_E_SINGULAR && session->stop.stage + 1 < session->stop.n_stages) {
    MTG_TRY(choose_stage(session, ++session->stop.stage, err));
    status = open_fitting(session, err);
  }
  session->problem.reason = reason;
  return status;
}

metagame_status mtg_stages_open(metagame_session *session, metagame_error *err) {
  const mtg_alloc *alloc = &session->problem.alloc;
  const int keeps_rows = mtg_session_keeps_rows(session), has_formula = session->game->values && !session->problem.closed;
  if (keeps_rows || has_formula) {
    mtg_formula *formula = mtg_new(alloc, 1, sizeof *formula);
    if (!formula) return mtg_fail_memory(err, alloc, "the session");
    const metagame_status status = mtg_formula_open(formula, alloc, session->game, mtg_session_asked(session),
                                                    keeps_rows ? chunk_of(session) : 0, err);
    if (status != METAGAME_OK) {
      mtg_free(alloc, formula);
      return status;
    }
    session->formula = formula;
  }
  return open_stage(session, err);
}

void mtg_stages_close(metagame_session *session) {
  const mtg_alloc *alloc = &session->shape.alloc;
  if (session->formula) mtg_formula_close(session->formula);
  mtg_free(alloc, session->formula);
  if (session->solver && session->state) session->solver->close(session->state);
  mtg_free(alloc, session->carried);
  if (session->has_numbers) mtg_numbers_close(&session->numbers, alloc);
  session->formula = NULL;
  session->state = NULL;
  session->carried = NULL;
  session->has_numbers = 0;
}

/* What the solver chose beyond its plan goes along; the solver is closed. On an error nothing has happened. */
static metagame_status close_stage(metagame_session *session, metagame_error *err) {
  const mtg_alloc *alloc = &session->shape.alloc;
  const uint64_t n_chosen = session->solver->chosen ? session->solver->chosen(session->state, NULL) : 0;
  if (n_chosen > 0) {
    uint64_t *carried = mtg_new(alloc, n_chosen, session->shape.words * sizeof *carried);
    if (!carried) return mtg_fail_memory(err, alloc, "the session");
    session->solver->chosen(session->state, carried);
    mtg_free(alloc, session->carried);
    session->shape.carried = session->carried = carried;
    session->shape.n_carried = n_chosen;
  }
  session->left_budget = session->problem.budget;
  session->left_id = session->solver->id;
  session->solver->close(session->state);
  session->state = NULL;
  return METAGAME_OK;
}

/* Finds the numbers of the stage, which is told whole, and whether they do. Numbers that a deficient draw does not give do not. */
static metagame_status look(metagame_session *session, int *resolved, metagame_error *err) {
  const mtg_alloc *alloc = &session->shape.alloc;
  const mtg_problem *problem = &session->problem;
  mtg_numbers numbers;
  *resolved = 0;
  double *room = mtg_new(alloc, 2 * (size_t)problem->n, sizeof *room);
  if (!room || mtg_numbers_open(&numbers, alloc, problem->n, problem->m) != 0) {
    mtg_free(alloc, room);
    return mtg_fail_memory(err, alloc, "a look at the numbers");
  }
  const metagame_status status = session->solver->finish(session->state, 1, &numbers, err);
  if (status != METAGAME_OK) {
    mtg_numbers_close(&numbers, alloc);
    mtg_free(alloc, room);
    return status == METAGAME_E_SINGULAR ? METAGAME_OK : status; /* of the last stage: finish says so */
  }
  ++session->n_looks;
  *resolved = mtg_stop_is_resolved(&session->stop, &numbers, problem->own, room);
  mtg_free(alloc, room);
  if (session->has_numbers) mtg_numbers_close(&session->numbers, alloc);
  session->numbers = numbers;
  session->numbers_id = session->solver->id;
  session->numbers_reason = problem->reason;
  session->has_numbers = session->is_looked_at = 1;
  session->looked_budget = problem->budget;
  return METAGAME_OK;
}

static void end(metagame_session *session, int32_t stopped) {
  session->stop.has_ended = 1;
  session->stop.stopped = stopped;
}

metagame_status mtg_stages_look(metagame_session *session, metagame_error *err) {
  mtg_stop *stop = &session->stop;
  int resolved;
  if (stop->has_ended || !stop->has_rules || session->is_looked_at || !mtg_session_is_complete(session)) return METAGAME_OK;
  MTG_TRY(look(session, &resolved, err));
  if (resolved || stop->stage + 1 == stop->n_stages) end(session, resolved ? METAGAME_STOP_RESOLVED : METAGAME_STOP_BUDGET);
  return METAGAME_OK;
}

metagame_status mtg_stages_advance(metagame_session *session, int *more, metagame_error *err) {
  mtg_stop *stop = &session->stop;
  *more = 0;
  if (stop->has_ended || !session->keeps) return METAGAME_OK;
  if (!mtg_session_is_complete(session)) return METAGAME_OK;
  if (!stop->has_rules) {
    end(session, METAGAME_STOP_PLAN);
    return METAGAME_OK;
  }
  MTG_TRY(mtg_stages_look(session, err));
  if (stop->has_ended) return METAGAME_OK;
  MTG_TRY(close_stage(session, err));
  MTG_TRY(choose_stage(session, ++stop->stage, err));
  *more = 1;
  return open_stage(session, err);
}

/* ---- a larger budget ---- */

/* Rows that came before others which were given back, and wait in the window, are kept too. */
static void keep_told(metagame_session *session) {
  mtg_window *window = &session->window;
  mtg_formula_begin(session->formula, session->solver, NULL); /* forgets what was not asked */
  for (uint32_t place = 0; place < window->count; ++place) {
    const mtg_ticket *ticket = mtg_window_at(window, place);
    if (ticket->state == MTG_TICKET_TOLD && mtg_formula_keep(session->formula, ticket->masks, ticket->rows, ticket->n_masks) != 0) break;
  }
  mtg_window_clear(window);
}

static metagame_status check_extension(const metagame_session *session, uint64_t budget, metagame_error *err) {
  if (session->phase == MTG_FAILED)
    return mtg_fail(err, METAGAME_E_STATE, "extend: the session failed before with %s", metagame_status_name(session->failure));
  if (atomic_load(&session->cancelled)) return mtg_fail(err, METAGAME_E_CANCELLED, "extend: the session was cancelled");
  if (!session->keeps)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "extend: the session keeps no rows; set METAGAME_EXTENDABLE in options.flags or give a rule "
                    "when to stop");
  if (session->window.n_open > 0)
    return mtg_fail(err, METAGAME_E_STATE, "extend: %llu coalitions are handed out; tell or decline them first",
                    (unsigned long long)session->window.n_open);
  if (budget <= session->stop.limit)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "max_evaluations is %llu, must be above the %llu so far", (unsigned long long)budget,
                    (unsigned long long)session->stop.limit);
  return METAGAME_OK;
}

/* What extend changes before rows are asked. */
typedef struct course {
  mtg_stop stop;
  mtg_problem problem;
  const mtg_solver *solver;
  int32_t last_id, early_id, last_reason;
} course;

static course course_of(const metagame_session *session) {
  const course at = { session->stop,    session->problem,  session->solver,
                      session->last_id, session->early_id, session->last_reason };
  return at;
}

static void set_course(metagame_session *session, const course *to) {
  session->stop = to->stop;
  session->problem = to->problem;
  session->solver = to->solver;
  session->last_id = to->last_id;
  session->early_id = to->early_id;
  session->last_reason = to->last_reason;
}

/* Opens the first stage of another course. */
static metagame_status turn_to(metagame_session *session, const course *to, metagame_error *err) {
  set_course(session, to);
  session->problem.carried = session->shape.carried;
  session->problem.n_carried = session->shape.n_carried;
  return open_stage(session, err);
}

static metagame_status extend(metagame_session *session, uint64_t budget, metagame_error *err) {
  MTG_TRY(check_extension(session, budget, err));
  course before = course_of(session);
  const uint64_t here = session->problem.budget, first = session->looked_budget == here ? 2 * here : here; /* of the next look */
  metagame_status status = plan_stages(session, budget > first ? first : budget, budget, err);
  if (status == METAGAME_OK) status = settle(session, err);
  const course next = course_of(session);
  set_course(session, &before);
  if (status == METAGAME_OK) status = close_stage(session, err);
  if (status != METAGAME_OK) return status;
  keep_told(session);
  status = turn_to(session, &next, err);
  if (status == METAGAME_OK) {
    session->phase = MTG_RUNNING;
    if (session->has_numbers) mtg_numbers_close(&session->numbers, &session->shape.alloc);
    session->has_numbers = 0;
  } else {
    if (!session->has_numbers) before.stop.has_ended = 0; /* the rows go through the plan again */
    if (turn_to(session, &before, NULL) != METAGAME_OK) {
      session->phase = MTG_FAILED;
      session->failure = status;
      return status;
    }
  }
  return status;
}

metagame_status metagame_session_extend(metagame_session *session, uint64_t max_evaluations, metagame_error *err) {
  if (!session) return mtg_fail(err, METAGAME_E_NULL, "session is NULL");
  mtg_lock_take(&session->lock);
  const metagame_status status = extend(session, max_evaluations, err);
  mtg_lock_give(&session->lock);
  return status;
}
