/* SPDX-License-Identifier: MIT */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/abi.h"

enum { ALIGNMENT = 64 };

typedef struct block_head {
  size_t size; /* of the whole block, head included */
} block_head;

static void *METAGAME_CALL default_allocate(void *user, size_t size, size_t alignment) {
  (void)user;
  return aligned_alloc(alignment, size); /* size is a multiple of the alignment, see mtg_new */
}

static void METAGAME_CALL default_release(void *user, void *memory, size_t size, size_t alignment) {
  (void)user;
  (void)size;
  (void)alignment;
  free(memory);
}

metagame_status mtg_alloc_from(mtg_alloc *out, const metagame_allocator *allocator, metagame_error *err) {
  metagame_allocator known;
  out->user = NULL;
  out->allocate = default_allocate;
  out->release = default_release;
  out->meter = NULL;
  if (!allocator) return METAGAME_OK;
  MTG_TRY(mtg_struct_read(&known, sizeof known, allocator, sizeof known, "allocator", err));
  if (!known.allocate && !known.release) return METAGAME_OK;
  if (!known.allocate || !known.release)
    return mtg_fail(err, METAGAME_E_NULL, "allocator.%s is NULL: set allocate and release, or neither",
                    known.allocate ? "release" : "allocate");
  out->user = known.user;
  out->allocate = known.allocate;
  out->release = known.release;
  return METAGAME_OK;
}

void *mtg_new(const mtg_alloc *alloc, size_t count, size_t size) {
  mtg_meter *meter = alloc->meter;
  if (meter) meter->refused = 0;
  if (size != 0 && count > (SIZE_MAX - 2 * ALIGNMENT) / size) return NULL;
  size_t total = (count * size + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  if (meter && meter->limit != 0 && (total > meter->limit || meter->used > meter->limit - total)) {
    meter->refused = 1;
    return NULL;
  }
  unsigned char *memory = alloc->allocate(alloc->user, total, ALIGNMENT);
  if (!memory) return NULL;
  memset(memory, 0, total);
  ((block_head *)(void *)memory)->size = total;
  if (meter) meter->used += total;
  return memory + ALIGNMENT;
}

void mtg_free(const mtg_alloc *alloc, void *block) {
  if (!block) return;
  unsigned char *memory = (unsigned char *)block - ALIGNMENT;
  size_t total = ((block_head *)(void *)memory)->size;
  if (alloc->meter) alloc->meter->used -= total;
  alloc->release(alloc->user, memory, total, ALIGNMENT);
}

void mtg_unmeter(const mtg_alloc *alloc, const void *block) {
  if (block && alloc->meter) alloc->meter->used -= ((const block_head *)(const void *)((const unsigned char *)block - ALIGNMENT))->size;
}

void *mtg_copy(const mtg_alloc *alloc, const void *src, size_t count, size_t size) {
  void *block = mtg_new(alloc, count, size);
  if (block && count * size > 0) memcpy(block, src, count * size);
  return block;
}

char *mtg_copy_string(const mtg_alloc *alloc, const char *text) { return mtg_copy(alloc, text, strlen(text) + 1, 1); }

metagame_status mtg_fail_memory(metagame_error *err, const mtg_alloc *alloc, const char *what) {
  if (alloc->meter && alloc->meter->refused)
    return mtg_fail(err, METAGAME_E_LIMIT, "no room for %s: options.max_bytes is %llu and %llu bytes are in use", what,
                    (unsigned long long)alloc->meter->limit, (unsigned long long)alloc->meter->used);
  return mtg_fail(err, METAGAME_E_NOMEM, "no memory for %s", what);
}
