/* SPDX-License-Identifier: MIT */
/* One call for all formats. */
#include "report/views.h"
#include "result/write.h"

static metagame_status draw(mtg_text *text, mtg_scene *scene, int32_t format, metagame_error *err) {
  scene->is_plain = format == METAGAME_FORMAT_SVG;
  if (format == METAGAME_FORMAT_HTML) return mtg_html(text, scene, err);
  switch (scene->document->view) {
    case METAGAME_VIEW_ARCS:
      if (mtg_has_arcs(scene)) return mtg_svg_arcs(text, scene, err);
      return mtg_fail(err, METAGAME_E_UNSUPPORTED, "document.view is %d (arcs): it needs an influence that is not 0, and at most 128 players "
                      "and targets", METAGAME_VIEW_ARCS);
    case METAGAME_VIEW_NET: return mtg_svg_net(text, scene, err);
    case METAGAME_VIEW_PATCHES: return mtg_svg_patches(text, scene, err);
    default: return mtg_svg_matrix(text, scene, err);
  }
}

static metagame_status write_picture(mtg_text *text, const metagame_result *result, const metagame_document *document, int32_t format,
                                     metagame_error *err) {
  mtg_scene scene;
  metagame_status status = mtg_scene_open(&scene, result, document, err);
  if (status == METAGAME_OK) status = draw(text, &scene, format, err);
  mtg_scene_close(&scene);
  return status;
}

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
    case METAGAME_FORMAT_SVG:
    case METAGAME_FORMAT_HTML: MTG_TRY(write_picture(&text, result, &d, format, err)); break;
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
