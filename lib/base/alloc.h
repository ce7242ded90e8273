/* SPDX-License-Identifier: MIT */
/* Memory of one object family: the host's allocator, or malloc. Blocks are 64-byte aligned and remember their size, because the
 * host's release function is promised it. A meter, where set, bounds what one session holds (options.max_bytes). */
#ifndef MTG_ALLOC_H
#define MTG_ALLOC_H

#include "base/status.h"

typedef struct mtg_meter {
  uint64_t limit; /* 0: no bound */
  uint64_t used;
  int refused; /* the last failure was the limit's, not the allocator's */
} mtg_meter;

typedef struct mtg_alloc {
  void *user;
  void *(METAGAME_CALL *allocate)(void *user, size_t size, size_t alignment);
  void(METAGAME_CALL *release)(void *user, void *memory, size_t size, size_t alignment);
  mtg_meter *meter; /* NULL: not counted; single-threaded or under the owner's lock */
} mtg_alloc;

enum { MTG_BLOCK_OVERHEAD = 128 }; /* header and rounding of one block: what byte estimates add for each */

/* From the public struct; NULL gives malloc. */
metagame_status mtg_alloc_from(mtg_alloc *out, const metagame_allocator *allocator, metagame_error *err);

/* Zeroed array of count * size bytes, or NULL on overflow, limit or no memory. A count of 0 gives a valid block. */
void *mtg_new(const mtg_alloc *alloc, size_t count, size_t size);
void mtg_free(const mtg_alloc *alloc, void *block); /* NULL allowed */

/* The block no longer counts: it outlives the meter. */
void mtg_unmeter(const mtg_alloc *alloc, const void *block);

/* A copy of `count * size` bytes at src. */
void *mtg_copy(const mtg_alloc *alloc, const void *src, size_t count, size_t size);
char *mtg_copy_string(const mtg_alloc *alloc, const char *text);

/* The error for a NULL from the above: METAGAME_E_LIMIT where the meter refused, else METAGAME_E_NOMEM. */
metagame_status mtg_fail_memory(metagame_error *err, const mtg_alloc *alloc, const char *what);

#endif
