/* SPDX-License-Identifier: MIT */
#include "solve/window.h"

#include <string.h>

#include "base/saturate.h"

struct mtg_buffer {
  mtg_buffer *next;
  uint64_t *masks;
  double *rows;
};

enum { DEFAULT_BATCH = 64, DEFAULT_OPEN = 16, LEAST_OPEN = 4 };

/* The largest count up to `most` of `each` bytes that fits, at least `least`. */
static uint32_t fitting(uint32_t most, uint32_t least, uint64_t each) {
  const uint64_t fits = MTG_WINDOW_BYTES / each;
  return fits >= most ? most : fits < least ? least : (uint32_t)fits;
}

void mtg_window_defaults(uint32_t *batch, uint32_t *max_open, size_t words, size_t row_len) {
  const uint64_t row = mtg_times(words + row_len, 8);
  const uint32_t asked = *batch;
  if (*max_open == 0) *max_open = fitting(DEFAULT_OPEN, asked ? 1 : LEAST_OPEN, mtg_times(asked ? asked : DEFAULT_BATCH, row));
  if (asked == 0) *batch = fitting(DEFAULT_BATCH, 1, mtg_times(*max_open, row));
}

uint64_t mtg_window_bytes(uint32_t capacity, size_t batch, size_t words, size_t row_len) {
  const uint64_t rows = mtg_times(batch, mtg_times(words + row_len, 8));
  return mtg_plus(mtg_times(capacity, mtg_plus(rows, sizeof(mtg_ticket) + sizeof(mtg_buffer) + 3 * MTG_BLOCK_OVERHEAD)),
                  MTG_BLOCK_OVERHEAD);
}

metagame_status mtg_window_open(mtg_window *window, const mtg_alloc *alloc, uint32_t capacity, size_t batch, size_t words,
                                size_t row_len, metagame_error *err) {
  memset(window, 0, sizeof *window);
  window->alloc = *alloc;
  window->batch = batch;
  window->words = words;
  window->row_len = row_len;
  window->capacity = capacity;
  window->next_id = 1;
  window->tickets = mtg_new(alloc, capacity, sizeof *window->tickets);
  return window->tickets ? METAGAME_OK : mtg_fail_memory(err, alloc, "the tickets");
}

static void free_buffer(mtg_window *window, mtg_buffer *buffer) {
  if (!buffer) return;
  mtg_free(&window->alloc, buffer->masks);
  mtg_free(&window->alloc, buffer->rows);
  mtg_free(&window->alloc, buffer);
}

void mtg_window_close(mtg_window *window) {
  if (!window->tickets) return;
  for (uint32_t t = 0; t < window->capacity; ++t) free_buffer(window, window->tickets[t].buffer);
  while (window->pool) {
    mtg_buffer *buffer = window->pool;
    window->pool = buffer->next;
    free_buffer(window, buffer);
  }
  mtg_free(&window->alloc, window->tickets);
  window->tickets = NULL;
}

static mtg_ticket *at(mtg_window *window, uint32_t place) { return &window->tickets[(window->head + place) % window->capacity]; }

static mtg_ticket *open_ticket(mtg_window *window, mtg_ticket *ticket) {
  ticket->id = window->next_id++;
  ticket->state = MTG_TICKET_OPEN;
  window->n_open += ticket->n_masks;
  return ticket;
}

mtg_ticket *mtg_window_reissue(mtg_window *window) {
  for (uint32_t place = 0; place < window->count; ++place)
    if (at(window, place)->state == MTG_TICKET_RETURNED) return open_ticket(window, at(window, place));
  return NULL;
}

mtg_ticket *mtg_window_slot(mtg_window *window) {
  mtg_ticket *ticket = at(window, window->count);
  if (ticket->buffer) return ticket;
  mtg_buffer *buffer = window->pool;
  if (buffer) {
    window->pool = buffer->next;
  } else {
    buffer = mtg_new(&window->alloc, 1, sizeof *buffer);
    if (!buffer) return NULL;
    buffer->masks = mtg_new(&window->alloc, window->batch, window->words * sizeof(uint64_t));
    buffer->rows = mtg_new(&window->alloc, window->batch, window->row_len * sizeof(double));
    if (!buffer->masks || !buffer->rows) {
      free_buffer(window, buffer);
      return NULL;
    }
  }
  ticket->buffer = buffer;
  ticket->masks = buffer->masks;
  return ticket;
}

void mtg_window_issue(mtg_window *window, mtg_ticket *ticket, size_t n_masks) {
  ++window->count;
  ticket->n_masks = n_masks;
  ticket->rows = ticket->buffer->rows;
  open_ticket(window, ticket);
}

mtg_ticket *mtg_window_find(mtg_window *window, uint64_t id) {
  for (uint32_t place = 0; place < window->count; ++place)
    if (at(window, place)->id == id) return at(window, place)->state == MTG_TICKET_OPEN ? at(window, place) : NULL;
  return NULL;
}

void mtg_window_return(mtg_window *window, mtg_ticket *ticket) {
  ticket->state = MTG_TICKET_RETURNED;
  ticket->id = 0;
  window->n_open -= ticket->n_masks;
}

void mtg_window_tell(mtg_window *window, mtg_ticket *ticket, const double *rows) {
  ticket->state = MTG_TICKET_TOLD;
  window->n_open -= ticket->n_masks;
  if (rows == ticket->buffer->rows) return;
  if (ticket == at(window, 0))
    ticket->rows = (double *)(uintptr_t)rows; /* read once, before the call returns */
  else
    memcpy(ticket->rows, rows, ticket->n_masks * window->row_len * sizeof *rows);
}

mtg_ticket *mtg_window_front(mtg_window *window) {
  return window->count > 0 && at(window, 0)->state == MTG_TICKET_TOLD ? at(window, 0) : NULL;
}

void mtg_window_remove_front(mtg_window *window) {
  mtg_ticket *ticket = at(window, 0);
  ticket->buffer->next = window->pool;
  window->pool = ticket->buffer;
  ticket->buffer = NULL;
  ticket->state = MTG_TICKET_FREE;
  window->head = (window->head + 1) % window->capacity;
  --window->count;
}

void mtg_window_clear(mtg_window *window) {
  while (window->count > 0) mtg_window_remove_front(window);
  window->n_open = 0;
}
