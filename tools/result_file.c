/* SPDX-License-Identifier: MIT */
#include "result_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "tool.h"

enum { NUMBER = 12 };
static const size_t most_bytes = (size_t)1 << 33;

static int make_labels(result_file *out) {
  const uint32_t n = out->info.n_players, m = out->info.n_targets, most = n > m ? n : m;
  out->players = malloc(n * sizeof *out->players);
  out->targets = malloc(m * sizeof *out->targets);
  out->numbers = malloc((size_t)most * NUMBER);
  if (!out->players || !out->targets || !out->numbers) return tool_fail(TOOL_RESOURCES, "no memory");
  for (uint32_t k = 0; k < most; ++k) {
    char *number = out->numbers + (size_t)k * NUMBER;
    snprintf(number, NUMBER, "%u", k);
    const char *player = metagame_result_player_label(out->result, k), *target = metagame_result_target_label(out->result, k);
    if (k < n) out->players[k] = player ? player : number;
    if (k < m) out->targets[k] = target ? target : number;
  }
  return TOOL_OK;
}

int result_file_read(result_file *out, const char *path) {
  static const metagame_result_info init = METAGAME_RESULT_INFO_INIT;
  size_t size = 0;
  metagame_error err = METAGAME_ERROR_INIT;
  memset(out, 0, sizeof *out);
  out->info = init;
  char *text = file_read(path, most_bytes, &size);
  if (!text) return TOOL_INPUT;
  metagame_status status = metagame_result_read(&out->result, text, size, NULL, &err);
  free(text);
  if (status >= 0) status = metagame_result_get_info(out->result, &out->info, &err);
  if (status < 0) return tool_fail(status == METAGAME_E_NOMEM ? TOOL_RESOURCES : TOOL_INPUT, "%s: %s", path, err.message);
  return make_labels(out);
}

void result_file_free(result_file *file) {
  metagame_result_destroy(file->result);
  free(file->players);
  free(file->targets);
  free(file->numbers);
  memset(file, 0, sizeof *file);
}
