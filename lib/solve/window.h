/* SPDX-License-Identifier: MIT */
/* The open tickets of a session. Batches are handed out in the order of the plan, may be told in any order, and are delivered in the
 * order of the plan again: what comes early waits here. This is what makes results independent of the telling order. */
#ifndef MTG_WINDOW_H
#define MTG_WINDOW_H

#include "base/alloc.h"

enum { MTG_WINDOW_BYTES = 1 << 26 };

typedef struct mtg_buffer mtg_buffer; /* masks and rows of one batch; pooled */

typedef enum mtg_ticket_state { MTG_TICKET_FREE, MTG_TICKET_OPEN, MTG_TICKET_TOLD, MTG_TICKET_RETURNED } mtg_ticket_state;

typedef struct mtg_ticket {
  uint64_t id;
  mtg_ticket_state state;
  size_t n_masks;
  mtg_buffer *buffer;
  uint64_t *masks;
  double *rows;
} mtg_ticket;

typedef struct mtg_window {
  mtg_alloc alloc;
  size_t batch, words, row_len;
  uint32_t capacity, head, count; /* ring of tickets, oldest at head */
  uint64_t next_id;
  mtg_ticket *tickets;
  mtg_buffer *pool;
  uint64_t n_open; /* coalitions in open tickets */
} mtg_window;

metagame_status mtg_window_open(mtg_window *window, const mtg_alloc *alloc, uint32_t capacity, size_t batch, size_t words,
                                size_t row_len, metagame_error *err);
void mtg_window_close(mtg_window *window);
/* Puts defaults for a batch or a number of open tickets of 0: 64 and 16, less where all open batches would take more than
 * MTG_WINDOW_BYTES: first fewer tickets, down to 4, then smaller batches, down to 1. What is given stays. */
void mtg_window_defaults(uint32_t *batch, uint32_t *max_open, size_t words, size_t row_len);
uint64_t mtg_window_bytes(uint32_t capacity, size_t batch, size_t words, size_t row_len);

/* A returned ticket under a new id, or NULL. */
mtg_ticket *mtg_window_reissue(mtg_window *window);
/* The slot of the next ticket with its buffer; it becomes open by mtg_window_issue. NULL without memory; check `is_full` before. */
mtg_ticket *mtg_window_slot(mtg_window *window);
void mtg_window_issue(mtg_window *window, mtg_ticket *ticket, size_t n_masks);
static inline int mtg_window_is_full(const mtg_window *window) { return window->count == window->capacity; }

/* The open ticket of that id, or NULL. */
mtg_ticket *mtg_window_find(mtg_window *window, uint64_t id);
void mtg_window_return(mtg_window *window, mtg_ticket *ticket);
/* Marks a ticket told. Rows other than its own are copied, but those of the oldest ticket are only referred to: deliver it at once. */
void mtg_window_tell(mtg_window *window, mtg_ticket *ticket, const double *rows);
/* The oldest ticket when it is told, else NULL; remove it after delivery. */
mtg_ticket *mtg_window_front(mtg_window *window);
void mtg_window_remove_front(mtg_window *window);
/* Forgets all tickets. */
void mtg_window_clear(mtg_window *window);

#endif
