/* SPDX-License-Identifier: MIT */
/* What the tests of sessions with several plans share: a way to answer tickets in any order, and results compared with one run's. */
#ifndef TEST_STAGES_COMMON_H
#define TEST_STAGES_COMMON_H

#include "../oracle/common.h"

enum { ST_NOW = 0, ST_REVERSED, ST_RANDOM, ST_DECLINING, ST_ORDERS };
/* Answers tickets until ask gives none: DONE, or an error. Up to 16 are open at once. At most `most` batches are told (0: all); then the
 * open ones are given back, and the answer is OK. ST_DECLINING: random order, and a fifth of the tickets is given back at first. */
metagame_status st_drive(metagame_session *session, const metagame_game *game, int order, uint64_t seed, size_t most);

metagame_session *st_open(const metagame_game *game, const metagame_options *options);
/* Run, finished: OK or PARTIAL. */
metagame_result *st_finish(metagame_session *session);
/* The same numbers to the bit, from the same solver and as many coalitions. What a session did besides - looks, asked - may differ. */
void st_same(const metagame_result *a, const metagame_result *b, const char *where);
/* No coalition was asked twice, and `asked` is what was asked. */
void st_asked_once(const ts_table *table, const metagame_result *result, const char *where);

/* A smooth game and noise of `noise` of its size: rows[S * m + i]. */
ts_table *st_table(uint32_t n, uint32_t m, int own_kind, double noise, uint64_t seed);

#endif
