/* SPDX-License-Identifier: MIT */
/* One call for all formats. */
#include "base/abi.h"
#include "result/write.h"

metagame_status metagame_document_write(const metagame_result *result, const metagame_document *document, int32_t format,
                                        metagame_write_fn write, void *user, metagame_error *err) {
  metagame_document d;
  mtg_text text;
  if (!result || !write) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !result ? "result" : "write");
  MTG_TRY(mtg_document_resolve(&d, result, document, err));
  const mtg_numbers *numbers = &result->numbers;
  const uint64_t shape[2] = { numbers->m, numbers->n };
  mtg_text_open(&text, write, user);
  switch (format) {
    case METAGAME_FORMAT_JSON: mtg_write_json(&text, result, &d); break;
    case METAGAME_FORMAT_CSV: mtg_write_csv(&text, result, &d); break;
    case METAGAME_FORMAT_NPY: mtg_write_npy(&text, numbers->matrix, 2, shape); break;
    case METAGAME_FORMAT_NPY_STDERR: mtg_write_npy(&text, numbers->has_deviation ? numbers->deviation : NULL, 2, shape); break;
    default:
      return mtg_fail(err, METAGAME_E_ARGUMENT, "format is %ld, must be %d (JSON) to %d (HTML)", (long)format, METAGAME_FORMAT_JSON,
                      METAGAME_FORMAT_HTML);
  }
  return mtg_text_close(&text, err);
}

metagame_status metagame_result_write(const metagame_result *result, int32_t format, const char *const *player_labels,
                                      const char *const *target_labels, metagame_write_fn write, void *user, metagame_error *err) {
  metagame_document document = METAGAME_DOCUMENT_INIT;
  document.player_labels = player_labels;
  document.target_labels = target_labels;
  return metagame_document_write(result, &document, format, write, user, err);
}
