/* SPDX-License-Identifier: MIT */
/* The struct_size rule, in one place: nothing else touches the raw structs that callers pass in or want filled. */
#ifndef MTG_ABI_H
#define MTG_ABI_H

#include "base/status.h"

/* Copies a caller's struct into *dst (dst_size bytes, this library's idea of it). Fields that the caller's header did not have are
 * zero; fields that this library does not know must be zero; *dst is filled
 * even when they are not. `first_size` is the size in the first release. src may not be NULL. */
metagame_status mtg_struct_read(void *dst, size_t dst_size, const void *src, size_t first_size, const char *name,
                                metagame_error *err);

/* Fills a caller's struct from *src, as far as both know it. */
metagame_status mtg_struct_write(void *dst, const void *src, size_t src_size, size_t first_size, const char *name,
                                 metagame_error *err);

#endif
