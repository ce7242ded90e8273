/* SPDX-License-Identifier: MIT */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *metagame_status_name(metagame_status status) {
  switch (status) {
#define NAME(code) \
  case code: return #code
    NAME(METAGAME_OK);
    NAME(METAGAME_DONE);
    NAME(METAGAME_WAIT);
    NAME(METAGAME_PARTIAL);
    NAME(METAGAME_E_NULL);
    NAME(METAGAME_E_ARGUMENT);
    NAME(METAGAME_E_STRUCT_SIZE);
    NAME(METAGAME_E_FLAGS);
    NAME(METAGAME_E_GROUPS);
    NAME(METAGAME_E_OWN_PLAYER);
    NAME(METAGAME_E_UNSUPPORTED);
    NAME(METAGAME_E_STATE);
    NAME(METAGAME_E_TICKET);
    NAME(METAGAME_E_ROWS);
    NAME(METAGAME_E_UNFINISHED);
    NAME(METAGAME_E_CANCELLED);
    NAME(METAGAME_E_NOMEM);
    NAME(METAGAME_E_LIMIT);
    NAME(METAGAME_E_BUDGET);
    NAME(METAGAME_E_CALLBACK);
    NAME(METAGAME_E_NONFINITE);
    NAME(METAGAME_E_SINGULAR);
    NAME(METAGAME_E_INTERNAL);
#undef NAME
    default: return "METAGAME_UNKNOWN_STATUS";
  }
}

uint32_t metagame_version(void) {
  return (uint32_t)METAGAME_VERSION_MAJOR << 16 | (uint32_t)METAGAME_VERSION_MINOR << 8 | (uint32_t)METAGAME_VERSION_PATCH;
}

void metagame_error_set(metagame_error *err, const char *message) {
  if (!err) return;
  size_t length = message ? strlen(message) : 0;
  if (length >= sizeof err->message) length = sizeof err->message - 1;
  if (length > 0) memcpy(err->message, message, length);
  err->message[length] = '\0';
}

metagame_status mtg_fail(metagame_error *err, metagame_status status, const char *format, ...) {
  if (err) {
    va_list arguments;
    err->status = status;
    err->user_code = 0;
    va_start(arguments, format);
    vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
  }
  return status;
}

metagame_status mtg_fail_callback(metagame_error *err, int32_t code, const metagame_error *host, const char *callback) {
  const char *text = host->message[0] ? host->message : "no message";
  mtg_fail(err, METAGAME_E_CALLBACK, "%s returned %ld: %s", callback, (long)code, text);
  if (err) err->user_code = code;
  return METAGAME_E_CALLBACK;
}

metagame_error mtg_host_error(void) {
  metagame_error host;
  memset(&host, 0, sizeof host);
  return host;
}
