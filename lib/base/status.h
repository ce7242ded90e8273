/* SPDX-License-Identifier: MIT */
/* Status names and error text. mtg_fail is the only way in which the library makes an error. */
#ifndef MTG_STATUS_H
#define MTG_STATUS_H

#include "metagame.h"

#if defined(__GNUC__)
#define MTG_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define MTG_PRINTF(text, first)
#endif

/* Returns from the enclosing function when `call` is an error (negative). */
#define MTG_TRY(call)                         \
  do {                                        \
    metagame_status mtg_try_status = (call);  \
    if (mtg_try_status < 0) return mtg_try_status; \
  } while (0)

/* Fills err (NULL allowed) and returns status. */
metagame_status mtg_fail(metagame_error *err, metagame_status status, const char *format, ...) MTG_PRINTF(3, 4);

/* METAGAME_E_CALLBACK from a callback's nonzero `code`; `host` is what the callback left with metagame_error_set. */
metagame_status mtg_fail_callback(metagame_error *err, int32_t code, const metagame_error *host, const char *callback);

/* A built-in callback returns this after mtg_fail: the status in its error is then passed on as it is, not as the host's failure. */
#define MTG_PASS_ON ((int32_t)-1297369421)

/* An error whose message is empty, to hand to a callback. */
metagame_error mtg_host_error(void);

#endif
