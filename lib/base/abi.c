/* SPDX-License-Identifier: MIT */
#include "base/abi.h"

#include <string.h>

enum { LARGEST_STRUCT = 4096 };

static metagame_status check_size(size_t size, size_t first_size, const char *name, metagame_error *err) {
  if (size < first_size || size > LARGEST_STRUCT)
    return mtg_fail(err, METAGAME_E_STRUCT_SIZE, "%s.struct_size is %zu, must be %zu..%d; initialise it with the INIT macro", name, size,
                    first_size, (int)LARGEST_STRUCT);
  return METAGAME_OK;
}

metagame_status mtg_struct_read(void *dst, size_t dst_size, const void *src, size_t first_size, const char *name,
                                metagame_error *err) {
  size_t size;
  memcpy(&size, src, sizeof size);
  MTG_TRY(check_size(size, first_size, name, err));
  memset(dst, 0, dst_size); /* also when the tail is refused: a destructor in the known part must still run */
  memcpy(dst, src, size < dst_size ? size : dst_size);
  memcpy(dst, &dst_size, sizeof dst_size);
  for (size_t byte = dst_size; byte < size; ++byte)
    if (((const unsigned char *)src)[byte] != 0)
      return mtg_fail(err, METAGAME_E_STRUCT_SIZE, "%s has %zu bytes, and byte %zu, unknown to this library (%zu bytes), is not zero",
                      name, size, byte, dst_size);
  return METAGAME_OK;
}

metagame_status mtg_struct_write(void *dst, const void *src, size_t src_size, size_t first_size, const char *name,
                                 metagame_error *err) {
  size_t size;
  memcpy(&size, dst, sizeof size);
  MTG_TRY(check_size(size, first_size, name, err));
  memset(dst, 0, size);
  memcpy(dst, src, size < src_size ? size : src_size);
  memcpy(dst, &size, sizeof size);
  return METAGAME_OK;
}

void metagame_struct_init(void *object, size_t struct_size) {
  if (!object || struct_size < sizeof struct_size) return;
  memset(object, 0, struct_size);
  memcpy(object, &struct_size, sizeof struct_size);
}
