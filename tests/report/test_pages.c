/* SPDX-License-Identifier: MIT */
/* Pages and pictures as bytes: what they say, what hostile labels cannot do, the same bytes each time, sinks and memory that fail at
 * every point, refusals. How they look and behave is for the browser (tests/browser). */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"

static const int32_t formats[] = { METAGAME_FORMAT_JSON, METAGAME_FORMAT_CSV, METAGAME_FORMAT_NPY, METAGAME_FORMAT_NPY_STDERR, METAGAME_FORMAT_SVG,
                                   METAGAME_FORMAT_HTML };

static size_t count_of(const char *text, const char *part) {
  size_t count = 0;
  for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part)) ++count;
  return count;
}

static int is_utf8(const unsigned char *at) {
  while (*at) {
    const size_t length = *at < 0x80 ? 1 : *at >> 5 == 6 ? 2 : *at >> 4 == 14 ? 3 : *at >> 3 == 30 ? 4 : 0;
    if (length == 0) return 0;
    for (size_t k = 1; k < length; ++k)
      if (at[k] >> 6 != 2) return 0;
    at += length;
  }
  return 1;
}

/* Every tag that is opened is closed, in order; attributes are in double quotes; no raw < or & in text. The same rules for pages and
 * pictures, but for the elements of HTML that have no end. */
static void well_formed(const char *name, const char *text) {
  static const char *const empty[] = { "meta", "link", "input", "br" };
  char open[64][16];
  size_t depth = 0;
  for (const char *at = text; *at;) {
    if (*at == '&') {
      const size_t length = strcspn(at, ";");
      if (length > 8 || !at[length]) fail_msg("%s: a bare & at %.40s", name, at);
    }
    if (*at != '<') {
      if ((unsigned char)*at < 0x20 && *at != '\n') fail_msg("%s: byte 0x%02x", name, (unsigned)*at);
      ++at;
      continue;
    }
    if (strncmp(at, "<!DOCTYPE html>", 15) == 0) {
      at += 15;
      continue;
    }
    const size_t closes = at[1] == '/';
    const size_t length = strspn(at + 1 + closes, "abcdefghijklmnopqrstuvwxyz0123456789");
    char tag[16] = "";
    if (length == 0 || length > 15) fail_msg("%s: a bare < at %.40s", name, at);
    memcpy(tag, at + 1 + closes, length);
    for (at += 1 + closes + length; *at && *at != '>'; ++at) {
      if (*at == '<') fail_msg("%s: < inside the tag %s", name, tag);
      if (*at == '"') at += 1 + strcspn(at + 1, "\"");
    }
    const int is_over = at[-1] == '/';
    ++at;
    int is_empty = is_over;
    for (size_t e = 0; e < COUNT_OF(empty); ++e) is_empty |= strcmp(tag, empty[e]) == 0;
    if (closes) {
      if (depth == 0 || strcmp(open[depth - 1], tag) != 0) fail_msg("%s: </%s> closes <%s>", name, tag, depth ? open[depth - 1] : "nothing");
      --depth;
    } else if (!is_empty) {
      assert_true(depth < COUNT_OF(open));
      memcpy(open[depth++], tag, sizeof tag);
    }
    if (!closes && (strcmp(tag, "script") == 0 || strcmp(tag, "style") == 0)) at = strstr(at, "</");
  }
  if (depth > 0) fail_msg("%s: <%s> is not closed", name, open[depth - 1]);
}

static void every_page_is_well_formed(void **state) {
  (void)state;
  for (size_t k = 0; rs_page_names[k]; ++k) {
    rs_page page = rs_page_open(rs_page_names[k], NULL);
    rs_text html = rs_write(page.result, &page.document, METAGAME_FORMAT_HTML);
    well_formed(page.name, html.bytes);
    assert_true(is_utf8((const unsigned char *)html.bytes));
    assert_true(html.size < 600000);
    assert_int_equal(count_of(html.bytes, "<script"), 1);
    assert_int_equal(count_of(html.bytes, "http:") + count_of(html.bytes, "https:"), strcmp(page.name, "hostile") == 0 ? count_of(html.bytes, "src=http:") : 0);
    for (int32_t view = METAGAME_VIEW_MATRIX; view <= METAGAME_VIEW_PATCHES; ++view) {
      rs_text svg = { NULL, 0, 0, 0, 0, 0 };
      page.document.view = view;
      if (metagame_document_write(page.result, &page.document, METAGAME_FORMAT_SVG, rs_append, &svg, NULL) == METAGAME_OK) {
        well_formed(page.name, svg.bytes);
        assert_int_equal(strncmp(svg.bytes, "<svg ", 5), 0);
        assert_int_equal(count_of(svg.bytes, "<script"), 0);
        assert_non_null(strstr(svg.bytes, "role=\"img\""));
      }
      rs_clear(&svg);
    }
    rs_clear(&html);
    rs_page_close(&page);
  }
}

static void pages_say_what_they_show(void **state) {
  rs_page page = rs_page_open("sampled", NULL);
  rs_text html = rs_write(page.result, &page.document, METAGAME_FORMAT_HTML);
  static const char *const parts[] = { "default-src 'none'", "A <b>column</b> is the player that moves", "<dt>Method</dt><dd>planted</dd>",
                                       "<dt>Absent players</dt><dd>zeros</dd>", "<dd>permutation, Shapley</dd>", "<dt>Evaluations</dt><dd>1",
                                       "<dt>Largest residual</dt>", "<dt>Base</dt><dd>0: targets are pinned</dd>", "within 2 standard errors",
                                       "none: planted numbers", "Net influence", "\xc2\xb1", "95 % intervals", "class=\"a p", "class=\"a n" };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(parts); ++k)
    if (!strstr(html.bytes, parts[k])) fail_msg("the page does not say %s", parts[k]);
  rs_clear(&html);
  rs_page_close(&page);
}

/* The planted effects: entry by entry, the cell of the table shows the number, its level and whether it is clear of its error. */
static void cells_show_their_numbers(void **state) {
  rs_page page = rs_page_open("sampled", NULL);
  rs_text html = rs_write(page.result, &page.document, METAGAME_FORMAT_HTML);
  const double *matrix = metagame_result_matrix(page.result), *errors = metagame_result_stderr(page.result);
  const char *at = strstr(html.bytes, "<tbody>\n<tr><th scope=\"row\"");
  size_t faded = 0;
  double largest = 0;
  (void)state;
  for (size_t c = 0; c < 144; ++c)
    if (c % 13 != 0 && fabs(matrix[c]) > largest) largest = fabs(matrix[c]);
  for (size_t c = 0; c < 144; ++c) {
    char class[24], text[40], digits[24];
    at = strstr(at, "<td class=\"");
    while (strncmp(at, "<td class=\"mg", 13) == 0) at = strstr(at + 1, "<td class=\"");
    const int level = (int)fmin(12, floor(12 * fabs(matrix[c]) / largest + 0.5)), is_faded = errors[c] > 0 && fabs(matrix[c]) <= 2 * errors[c];
    faded += (size_t)is_faded;
    if (level > 0)
      snprintf(class, sizeof class, "%c%d%s%s\"", matrix[c] < 0 ? 'n' : 'p', level, is_faded ? " f" : "", c % 13 == 0 ? " o" : "");
    else
      snprintf(class, sizeof class, "z%s%s\"", is_faded ? " f" : "", c % 13 == 0 ? " o" : "");
    snprintf(digits, sizeof digits, "%.2f", fabs(matrix[c]));
    snprintf(text, sizeof text, "%s%s<i>", strcmp(digits, "0.00") == 0 ? "" : matrix[c] < 0 ? "\xe2\x88\x92" : "+", digits);
    if (strncmp(at + 11, class, strlen(class)) != 0) fail_msg("cell %zu is %.30s, not %s", c, at + 11, class);
    if (strncmp(strchr(at, '>') + 1, text, strlen(text)) != 0) fail_msg("cell %zu shows %.30s, not %s", c, strchr(at, '>') + 1, text);
    ++at;
  }
  assert_true(faded > 3);
  rs_clear(&html);
  rs_page_close(&page);
}

static void without_direction_there_is_none(void **state) {
  static const char *const names[] = { "symmetric", "symmetric-sampled" };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(names); ++k) {
    rs_page page = rs_page_open(names[k], NULL);
    rs_text html = rs_write(page.result, &page.document, METAGAME_FORMAT_HTML);
    assert_null(strstr(html.bytes, "class=\"h\""));
    assert_null(strstr(html.bytes, "Net influence"));
    assert_non_null(strstr(html.bytes, "This method has no direction: i moves j as much as j moves i. The largest difference of the two is "));
    assert_int_equal(strstr(html.bytes, "standard errors of it") != NULL, k == 1);
    assert_true(count_of(html.bytes, "<g class=\"a ") <= 21);
    page.document.view = METAGAME_VIEW_NET;
    metagame_error err;
    rs_text svg = { NULL, 0, 0, 0, 0, 0 };
    fx_expect(metagame_document_write(page.result, &page.document, METAGAME_FORMAT_SVG, rs_append, &svg, &err), METAGAME_E_UNSUPPORTED, &err,
              "net influence", "direction", NULL);
    assert_int_equal(svg.size, 0);
    rs_clear(&html);
    rs_page_close(&page);
  }
}

static void hostile_labels_are_inert(void **state) {
  rs_page page = rs_page_open("hostile", NULL);
  static const char *const shown[] = { "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;", "]]&gt;", "&lt;!--", "[U+202E]desrever[U+202C]",
                                       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd broken", "\xe2\x90\x81\xe2\x90\x9b[31m\xe2\x90\xa1\xe2\x87\xa5\xe2\x8f\x8e",
                                       "\xe2\x97\x8c\xcc\x81\xcc\x81", "\xe2\x88\x85", "\xe2\x90\xa3", "&lt;svg/onload=alert(2)&gt;",
                                       "--&gt;&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;amp;" };
  static const char *const never[] = { "<b onclick", "<svg/", "<img", "<!--", "]]>", "\xe2\x80\xae", "\x1b", "alert(1)</script>", "alert(3)</script>" };
  rs_text html = rs_write(page.result, &page.document, METAGAME_FORMAT_HTML);
  (void)state;
  for (size_t k = 0; k < COUNT_OF(shown); ++k)
    if (!strstr(html.bytes, shown[k])) fail_msg("the page does not show %s", shown[k]);
  for (size_t k = 0; k < COUNT_OF(never); ++k)
    if (strstr(html.bytes, never[k])) fail_msg("the page has %s", never[k]);
  assert_int_equal(count_of(html.bytes, "\xcc\x8d\xcc\x8d\xcc\x8d\xcc\x8d\xcc\x8d\xcc\x8d") > 0, 1); /* in full texts */
  char *brief = strstr(html.bytes, "<svg");
  char *end = strstr(brief, "</svg>");
  *end = '\0';
  const char *titled = strstr(brief, "<title>Z");
  assert_non_null(titled); /* what is cut has its full text */
  rs_clear(&html);
  rs_page_close(&page);
}

static void the_same_bytes_each_time_and_in_any_locale(void **state) {
  static const char *const names[] = { "sampled", "tiny-numbers", "patches", "steps", "scripts" };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(names); ++k) {
    rs_page page = rs_page_open(names[k], NULL);
    for (size_t f = 0; f < COUNT_OF(formats); ++f) {
      rs_text one = rs_write(page.result, &page.document, formats[f]);
      setlocale(LC_ALL, "de_DE.UTF-8");
      rs_text two = rs_write(page.result, &page.document, formats[f]);
      setlocale(LC_ALL, "C");
      assert_int_equal(one.size, two.size);
      assert_memory_equal(one.bytes, two.bytes, one.size);
      rs_clear(&one);
      rs_clear(&two);
    }
    rs_text json = rs_write(page.result, &page.document, METAGAME_FORMAT_JSON), one = rs_write(page.result, &page.document, METAGAME_FORMAT_HTML);
    metagame_result *again = rs_read(&json); /* the page of a result that was read is that of the result */
    rs_text two = rs_write(again, NULL, METAGAME_FORMAT_HTML);
    assert_string_equal(one.bytes, two.bytes);
    rs_clear(&json);
    rs_clear(&one);
    rs_clear(&two);
    metagame_result_destroy(again);
    rs_page_close(&page);
  }
}

static void sinks_that_fill_up(void **state) {
  static const char *const names[] = { "steps", "patches", "free", "symmetric" };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(names); ++k) {
    rs_page page = rs_page_open(names[k], NULL);
    for (size_t f = 0; f < COUNT_OF(formats); ++f) {
      rs_text whole = rs_write(page.result, &page.document, formats[f]);
      for (size_t most = 1; most < whole.size; most += most < 300 ? 1 : 1009) {
        rs_text text = { NULL, 0, 0, most, 0, 0 };
        metagame_error err;
        assert_int_equal(metagame_document_write(page.result, &page.document, formats[f], rs_append, &text, &err), METAGAME_E_CALLBACK);
        assert_int_equal(err.user_code, 28);
        assert_int_equal(text.calls_after_refusal, 0);
        assert_true(text.size <= most);
        assert_memory_equal(text.bytes ? text.bytes : "", whole.bytes, text.size);
        rs_clear(&text);
      }
      rs_clear(&whole);
    }
    rs_page_close(&page);
  }
}

/* Allocation k fails, once and with all later ones: E_NOMEM, nothing leaked; reading and writing. */
static void memory_that_runs_out(void **state) {
  static const char *const names[] = { "steps", "patches", "free", "gaps" };
  (void)state;
  for (size_t p = 0; p < COUNT_OF(names); ++p) {
    rs_page page = rs_page_open(names[p], NULL);
    rs_text json = rs_write(page.result, &page.document, METAGAME_FORMAT_JSON);
    for (int later = 0; later < 2; ++later) {
      long reached = 0;
      for (long k = 1;; ++k) {
        fx_memory memory = { 0 };
        const metagame_allocator allocator = fx_allocator(&memory);
        metagame_result *result = NULL, *part = NULL;
        metagame_error err;
        rs_text html = { NULL, 0, 0, 0, 0, 0 }, svg = { NULL, 0, 0, 0, 0, 0 };
        memory.fail_at = k;
        memory.fail_later = later;
        metagame_status status = metagame_result_read(&result, json.bytes, json.size, &allocator, &err);
        if (status != METAGAME_OK) assert_null(result);
        if (status == METAGAME_OK) status = metagame_document_write(result, NULL, METAGAME_FORMAT_HTML, rs_append, &html, &err);
        if (status == METAGAME_OK) status = metagame_document_write(result, NULL, METAGAME_FORMAT_SVG, rs_append, &svg, &err);
        if (status == METAGAME_OK) status = metagame_result_select(&part, result, 0, 1, &err);
        metagame_result_destroy(part);
        metagame_result_destroy(result);
        rs_clear(&html);
        rs_clear(&svg);
        assert_int_equal(memory.blocks, 0);
        assert_int_equal(memory.wrong_size + memory.wrong_alignment, 0);
        reached = k;
        if (status == METAGAME_OK) break;
        fx_expect(status, METAGAME_E_NOMEM, &err, "no memory", NULL);
      }
      assert_true(reached > 30);
    }
    rs_clear(&json);
    rs_page_close(&page);
  }
}

static void bad_documents(void **state) {
  static const char *const same[] = { "a", "a" }, *const hole[] = { "a", NULL }, *const latin[] = { "a", "caf\xe9" };
  rs_page page = rs_page_open("short", NULL), other = rs_page_open("two", NULL);
  rs_text text = { NULL, 0, 0, 0, 0, 0 };
  metagame_error err;
  const metagame_result *steps[1] = { other.result };
  (void)state;
#define REFUSED(wanted, ...)                                                                                                              \
  do {                                                                                                                                    \
    fx_expect(metagame_document_write(page.result, &d, METAGAME_FORMAT_SVG, rs_append, &text, &err), wanted, &err, __VA_ARGS__, NULL); \
    d = page.document;                                                                                                                    \
  } while (0)
  metagame_document d = page.document;
  d.flags = 2;
  REFUSED(METAGAME_E_FLAGS, "document.flags is 0x2");
  d.view = 5;
  REFUSED(METAGAME_E_ARGUMENT, "document.view is 5");
  d.view = -1;
  REFUSED(METAGAME_E_ARGUMENT, "document.view is -1");
  d.top = 201;
  REFUSED(METAGAME_E_ARGUMENT, "document.top is 201", "200");
  d.grid_rows = 4;
  d.grid_cols = 2;
  REFUSED(METAGAME_E_ARGUMENT, "4 * 2", "6 targets");
  d.view = METAGAME_VIEW_PATCHES;
  REFUSED(METAGAME_E_UNSUPPORTED, "patches", "grid_rows");
  d.n_notes = 1025;
  REFUSED(METAGAME_E_ARGUMENT, "n_notes is 1025", "1024");
  d.n_notes = 2;
  d.note_keys = same;
  REFUSED(METAGAME_E_ARGUMENT, "note_keys[0] and [1]", "\"a\"");
  d.n_notes = 2;
  d.note_keys = latin;
  REFUSED(METAGAME_E_ARGUMENT, "note_keys[1] is not UTF-8 at byte 3 (0xe9)");
  d.n_notes = 2;
  d.note_keys = hole;
  REFUSED(METAGAME_E_NULL, "note_keys[1] is NULL");
  d.note_values = NULL;
  REFUSED(METAGAME_E_NULL, "note_values is NULL");
  d.n_steps = 1;
  REFUSED(METAGAME_E_NULL, "document.steps is NULL");
  d.n_steps = 1;
  d.steps = steps;
  REFUSED(METAGAME_E_ARGUMENT, "document.steps[0] has 2 targets and 2 players", "6 and 6");
  d.struct_size = 8;
  REFUSED(METAGAME_E_STRUCT_SIZE, "document");
  fx_expect(metagame_document_write(page.result, NULL, 7, rs_append, &text, &err), METAGAME_E_ARGUMENT, &err, "format is 7", NULL);
  fx_expect(metagame_document_write(NULL, NULL, METAGAME_FORMAT_SVG, rs_append, &text, &err), METAGAME_E_NULL, &err, "result", NULL);
  fx_expect(metagame_document_write(page.result, NULL, METAGAME_FORMAT_SVG, NULL, &text, &err), METAGAME_E_NULL, &err, "write", NULL);
  fx_expect(metagame_result_get_document(page.result, NULL, &err), METAGAME_E_NULL, &err, "out", NULL);
  assert_int_equal(text.size, 0);
  rs_page_close(&page);
  rs_page_close(&other);
}

/* Two players; `more`: keys beside the numbers. */
static metagame_result *small(const char *own, const char *matrix, const char *more) {
  rs_text text = { NULL, 0, 0, 0, 0, 0 };
  const char *const parts[] = { "{\"format\":\"metagame-result\",\"version\":1,\"attributor\":\"a\",\"masking_id\":\"m\",\"solver\":\"exact\","
                                "\"outer\":\"shapley\",\"pinned\":true,\"seed\":0,\"evaluations\":4,\"players\":[\"left\",\"right\"],\"targets\":[\"left\","
                                "\"right\"],\"first_order\":[1,2],\"base\":[0,0],\"residual\":[0,0],\"scale\":[1,1],\"own_player\":", own, ",\"matrix\":",
                                matrix, ",", more, "}" };
  for (size_t k = 0; k < COUNT_OF(parts); ++k) rs_append(&text, parts[k], strlen(parts[k]));
  metagame_result *result = rs_read(&text);
  rs_clear(&text);
  return result;
}

static const char directed[] = "\"symmetric\":false,\"complete\":true", cardinal[] = "\"symmetric\":true,\"complete\":true",
                  partial[] = "\"symmetric\":false,\"complete\":false";

/* What a page of two players says and does not say. */
static void small_pages_say_what_is_so(void **state) {
  static const struct { const char *own, *matrix, *more, *says, *never; } cases[] = {
    { "[0,1]", "[[1,0],[0,2]]", directed, "Both directions of every pair are the same", "This method has no direction" },
    { "[0,1]", "[[1,0],[0,2]]", directed, "No player moves another target than its own", "not known" },
    { "[0,1]", "[[1,0],[0,2]]", directed, "none: exact", "stopped early" },
    { "[0,1]", "[[1,3],[3,2]]", cardinal, "This method has no direction", "class=\"h\"" },
    { "[0,1]", "[[null,null],[null,null]]", partial, "Nothing is known of influences between players", "No player moves" },
    { "[0,1]", "[[1,null],[0,2]]", partial, "1 of the influences between players are not known; the others are 0", "No player moves" },
    { "[0,1]", "[[1,5],[0,2]]", partial, "<dt>Standard errors</dt><dd>none</dd>", "none: exact" },
    { "[null,null]", "[[1,3],[4,2]]", cardinal, "From the player above to the target below. ", "no direction" },
    { "[null,null]", "[[1,3],[4,2]]", cardinal, "class=\"h\"", " and </td>" },
    { "[null,1]", "[[1,3],[4,2]]", cardinal, "without arrowhead where both are players", "From the player above to the target below. " },
    { "[0,1]", "[[1,3],[4,2]]", directed, "<output id=\"ko\">2</output></label> <input type=\"range\" id=\"k\" min=\"1\" max=\"2\" value=\"2\">", ">15<" },
    { "[0,1]", "[[1e200,1e-3],[2e-3,1]]", directed, ">+1.000e203<", "00000000" },
    { "[0,1]", "[[1e10,1e-300],[2e-300,-1e10]]", directed, ">\xe2\x88\x92" "1.000e310<", "><i>" },
    { "[0,1]", "[[1,5e-324],[1e-323,2]]", directed, "units of 10<sup>-324</sup>", "><i>" },
  };
  (void)state;
  for (size_t c = 0; c < COUNT_OF(cases); ++c) {
    metagame_result *result = small(cases[c].own, cases[c].matrix, cases[c].more);
    rs_text html = rs_write(result, NULL, METAGAME_FORMAT_HTML);
    well_formed(cases[c].matrix, html.bytes);
    char *const style = strstr(html.bytes, "<style>"), *const head = strstr(html.bytes, "</head>");
    memset(style, ' ', (size_t)(head - style));
    *strstr(html.bytes, "<script>") = '\0';
    if (!strstr(html.bytes, cases[c].says)) fail_msg("case %zu does not say %s", c, cases[c].says);
    if (strstr(html.bytes, cases[c].never)) fail_msg("case %zu says %s", c, cases[c].never);
    rs_clear(&html);
    metagame_result_destroy(result);
  }
}

/* Every number of a page or a picture that is a coordinate is one of at most five digits. */
static void the_largest_numbers_have_places(void **state) {
  static const char *const matrices[] = { "[[1.7e308,1.7e308],[-1.6e308,1.7e308]]", "[[0,1.7e308],[1.7e308,0]]", "[[1,5e-324],[-1e-322,1]]",
                                          "[[1,2e-310],[-1e-310,1]]" };
  static const char *const kinds[] = { directed, cardinal };
  (void)state;
  for (size_t c = 0; c < 2 * COUNT_OF(matrices); ++c) {
    metagame_result *result = small(c % 4 == 3 ? "[null,null]" : "[0,1]", matrices[c / 2], kinds[c % 2]);
    metagame_document document = METAGAME_DOCUMENT_INIT;
    document.grid_rows = 1;
    document.grid_cols = 2;
    for (int32_t view = METAGAME_VIEW_MATRIX; view <= METAGAME_VIEW_PATCHES; ++view) {
      rs_text svg = { NULL, 0, 0, 0, 0, 0 };
      document.view = view;
      if (metagame_document_write(result, &document, METAGAME_FORMAT_SVG, rs_append, &svg, NULL) == METAGAME_OK) {
        const char *const style = strstr(svg.bytes, "</style>");
        size_t run = 0;
        for (const char *at = strchr(style, '"'); *at; ++at) {
          run = *at >= '0' && *at <= '9' ? run + 1 : 0;
          if (run > 5) fail_msg("%s, view %d: %.30s", matrices[c / 2], (int)view, at - 5);
        }
        if (view == METAGAME_VIEW_ARCS && c % 2 == 0) assert_non_null(strstr(style, "stroke-width=\"7\""));
      } else {
        assert_int_equal(view, METAGAME_VIEW_NET);
      }
      rs_clear(&svg);
    }
    metagame_result_destroy(result);
  }
}

/* The text of the first player in a picture, without its title. */
static size_t first_label(const char *label, char *out, size_t room) {
  metagame_result *result = small("[0,1]", "[[1,3],[4,2]]", directed);
  metagame_document document = METAGAME_DOCUMENT_INIT;
  const char *const labels[] = { label, "b" };
  document.player_labels = labels;
  document.view = METAGAME_VIEW_ARCS;
  rs_text svg = rs_write(result, &document, METAGAME_FORMAT_SVG);
  const char *at = strchr(strstr(svg.bytes, "data-p=\"0\""), '>') + 1;
  if (strncmp(at, "<title>", 7) == 0) at = strstr(at, "</title>") + 8;
  const size_t length = (size_t)(strchr(at, '<') - at);
  memcpy(out, at, length < room ? length : room - 1);
  out[length < room ? length : room - 1] = '\0';
  rs_clear(&svg);
  metagame_result_destroy(result);
  return length;
}

static void joiners_do_not_make_labels_long(void **state) {
  static const char *const units[] = { "x\xe2\x80\x8d", "\xe2\x80\x8d\xe2\x80\x8c", "\xf0\x9f\x91\xa9\xe2\x80\x8d", "x\xef\xb8\x8f\xef\xb8\x8f" };
  static const char couple[] = "\xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd\xe2\x80\x8d\xe2\x9d\xa4\xef\xb8\x8f\xe2\x80\x8d\xf0\x9f\x92\x8b\xe2\x80\x8d\xf0\x9f\x91\xa8\xf0\x9f\x8f\xbd";
  static const char *const unseen[] = { "\xe3\x85\xa4", "\xe1\x85\x9f", "\xe1\x85\xa0", "\xef\xbe\xa0", "\xe2\xa0\x80", "\xe1\xa0\x8b", "\xe1\xa0\x8f" };
  char text[400], shown[20];
  (void)state;
  for (size_t u = 0; u < COUNT_OF(units); ++u) {
    const size_t unit = strlen(units[u]);
    char *const label = calloc(3000 * unit + 1, 1);
    assert_non_null(label);
    for (size_t k = 0; k < 3000; ++k) memcpy(label + k * unit, units[u], unit);
    const size_t length = first_label(label, text, sizeof text);
    if (length > 320) fail_msg("unit %zu: a label of %zu bytes", u, length);
    free(label);
  }
  assert_int_equal(first_label(couple, text, sizeof text), strlen(couple));
  for (size_t k = 0; k < COUNT_OF(unseen); ++k) {
    first_label(unseen[k], text, sizeof text);
    snprintf(shown, sizeof shown, "[U+");
    if (strncmp(text, shown, 3) != 0) fail_msg("unseen %zu is %s", k, text);
  }
}

/* Undirected pairs stand once among the strongest of a step, too. */
static void steps_have_undirected_pairs_once(void **state) {
  metagame_result *result = small("[0,1]", "[[1,3],[5,2]]", cardinal), *step = small("[0,1]", "[[1,3],[5,2]]", cardinal);
  metagame_document document = METAGAME_DOCUMENT_INIT;
  const metagame_result *const steps[] = { step };
  (void)state;
  document.n_steps = 1;
  document.steps = steps;
  rs_text html = rs_write(result, &document, METAGAME_FORMAT_HTML);
  const char *const table = strstr(html.bytes, "<table class=\"steps\">");
  assert_int_equal(count_of(table, "<span class=\"e\">"), 1);
  assert_non_null(strstr(table, "+4.00</span>")); /* the mean */
  rs_clear(&html);
  metagame_result_destroy(step);
  metagame_result_destroy(result);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_page_is_well_formed),
    cmocka_unit_test(pages_say_what_they_show),
    cmocka_unit_test(cells_show_their_numbers),
    cmocka_unit_test(without_direction_there_is_none),
    cmocka_unit_test(hostile_labels_are_inert),
    cmocka_unit_test(the_same_bytes_each_time_and_in_any_locale),
    cmocka_unit_test(sinks_that_fill_up),
    cmocka_unit_test(memory_that_runs_out),
    cmocka_unit_test(bad_documents),
    cmocka_unit_test(small_pages_say_what_is_so),
    cmocka_unit_test(the_largest_numbers_have_places),
    cmocka_unit_test(joiners_do_not_make_labels_long),
    cmocka_unit_test(steps_have_undirected_pairs_once),
  };
  return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
