/* SPDX-License-Identifier: MIT */
/* Arrays in memory: .npy as NumPy writes it, in all types and orders; JSON lists; single numbers; refusals. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sample.h"

/* A file with this dict and these bytes. */
static rs_text npy(const char *dict, const void *bytes, size_t size) {
  rs_text text = { NULL, 0, 0, 0, 0, 0 };
  const size_t length = strlen(dict);
  const char head[10] = { (char)0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (char)(length & 0xff), (char)(length >> 8) };
  rs_append(&text, head, sizeof head);
  rs_append(&text, dict, length);
  rs_append(&text, bytes, size);
  return text;
}

static void all_types_and_orders(void **state) {
  static const struct { const char *descr; size_t size; char bytes[18]; double one, two; } cases[] = {
    { "<f8", 16, { 0, 0, 0, 0, 0, 0, (char)0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, (char)0xc0 }, 1.5, -2 },
    { ">f8", 16, { 0x3f, (char)0xf8, 0, 0, 0, 0, 0, 0, (char)0xc0, 0, 0, 0, 0, 0, 0, 0 }, 1.5, -2 },
    { "<f4", 8, { 0, 0, (char)0xc0, 0x3f, 0, 0, 0, (char)0xc0 }, 1.5, -2 },
    { "<i8", 16, { 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (char)0x80 }, 1, -9223372036854775808.0 },
    { "<i4", 8, { (char)0xff, (char)0xff, (char)0xff, (char)0xff, 7, 0, 0, 0 }, -1, 7 },
    { ">i2", 4, { (char)0xff, (char)0xfe, 1, 0 }, -2, 256 },
    { "|i1", 2, { (char)0x80, 0x7f }, -128, 127 },
    { "<u8", 16, { (char)0xff, (char)0xff, (char)0xff, (char)0xff, (char)0xff, (char)0xff, (char)0xff, (char)0xff, 1 }, 18446744073709551615.0, 1 },
    { "|u1", 2, { (char)0x80, 0x7f }, 128, 127 },
    { "|b1", 2, { 1, 0 }, 1, 0 },
  };
  (void)state;
  for (size_t c = 0; c < COUNT_OF(cases); ++c) {
    char dict[128] = "{'descr': '";
    strcat(strcat(dict, cases[c].descr), "', 'fortran_order': False, 'shape': (2,), }          \n");
    rs_text text = npy(dict, cases[c].bytes, cases[c].size);
    uint32_t n_dims = 0;
    uint64_t shape[METAGAME_ARRAY_MAX_DIMS];
    size_t count = 0;
    double values[2];
    metagame_error err;
    if (metagame_array_shape(text.bytes, text.size, &n_dims, shape, &count, &err) != METAGAME_OK) fail_msg("%s", err.message);
    assert_true(n_dims == 1 && shape[0] == 2 && count == 2);
    assert_int_equal(metagame_array_values(text.bytes, text.size, values, 2, NULL), METAGAME_OK);
    if (values[0] != cases[c].one || values[1] != cases[c].two) fail_msg("%s: %g %g", cases[c].descr, values[0], values[1]);
    rs_clear(&text);
  }
}

static void written_and_read(void **state) {
  const double values[6] = { 0, -0.0, 1e-310, 5, INFINITY, -7.25 };
  static const uint64_t shapes[][3] = { { 6, 0, 0 }, { 2, 3, 0 }, { 1, 2, 3 } };
  (void)state;
  for (uint32_t dims = 1; dims <= 3; ++dims) {
    rs_text text = { NULL, 0, 0, 0, 0, 0 };
    uint64_t shape[METAGAME_ARRAY_MAX_DIMS];
    uint32_t n_dims = 0;
    size_t count = 0;
    double out[6];
    assert_int_equal(metagame_array_write_npy(values, dims, shapes[dims - 1], rs_append, &text, NULL), METAGAME_OK);
    assert_int_equal((text.size - 48) % 64, 0);
    assert_int_equal(metagame_array_shape(text.bytes, text.size, &n_dims, shape, &count, NULL), METAGAME_OK);
    assert_int_equal(n_dims, dims);
    assert_memory_equal(shape, shapes[dims - 1], dims * sizeof *shape);
    assert_int_equal(metagame_array_values(text.bytes, text.size, out, 6, NULL), METAGAME_OK);
    assert_memory_equal(out, values, sizeof values);
    rs_clear(&text);
  }
  /* Fortran order: a 2 x 3 array whose columns follow each other */
  const unsigned char columns[6] = { 1, 4, 2, 5, 3, 6 };
  rs_text text = npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}\n", columns, 6);
  double out[6];
  assert_int_equal(metagame_array_values(text.bytes, text.size, out, 6, NULL), METAGAME_OK);
  for (int k = 0; k < 6; ++k) assert_true(out[k] == k + 1);
  rs_clear(&text);
}

static void a_matrix_is_an_array(void **state) {
  const rs_sample sample = { 9, 6, 1, 0, METAGAME_SOLVER_PERMUTATION, 700, 1 };
  metagame_result *result = rs_solve(&sample, NULL);
  rs_text matrix = rs_write(result, NULL, METAGAME_FORMAT_NPY), errors = rs_write(result, NULL, METAGAME_FORMAT_NPY_STDERR);
  double values[54];
  static const char head[] = "\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (6, 9), }";
  (void)state;
  assert_memory_equal(matrix.bytes, head, sizeof head - 1);
  assert_int_equal(matrix.size, 128 + sizeof values);
  assert_int_equal(metagame_array_values(matrix.bytes, matrix.size, values, 54, NULL), METAGAME_OK);
  assert_memory_equal(values, metagame_result_matrix(result), sizeof values);
  assert_int_equal(metagame_array_values(errors.bytes, errors.size, values, 54, NULL), METAGAME_OK);
  assert_memory_equal(values, metagame_result_stderr(result), sizeof values);
  rs_clear(&matrix);
  rs_clear(&errors);
  metagame_result_destroy(result);
}

static void bad_arrays(void **state) {
  static const struct { const char *dict, *says; } cases[] = {
    { "{'descr': '<c16', 'fortran_order': False, 'shape': (1,)}", "descr is '<c16'" },
    { "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", "descr" },
    { "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}", "fortran_order" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': 1}", "no tuple" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (1", "no end" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", "no number" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999,)}", "too large" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "more numbers than" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", "more than 8" },
    { "{'descr': '<f8', 'fortran_order': False}", "no shape" },
    { "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", "'descr'" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}", "'x'" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", "more numbers than the 1" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (0,)}", "8 bytes of numbers, the shape asks for 0" },
    { "{'descr': '<f8", "descr" },
    { "", "no dict" },
  };
  uint32_t n_dims;
  uint64_t shape[METAGAME_ARRAY_MAX_DIMS];
  size_t count;
  metagame_error err;
  double value;
  (void)state;
  for (size_t c = 0; c < COUNT_OF(cases); ++c) {
    rs_text text = npy(cases[c].dict, "\0\0\0\0\0\0\0", 8);
    fx_expect(metagame_array_shape(text.bytes, text.size, &n_dims, shape, &count, &err), METAGAME_E_ARGUMENT, &err, cases[c].says, NULL);
    rs_clear(&text);
  }
  rs_text good = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", "\0\0\0\0\0\0\0", 8);
  for (size_t size = 0; size < good.size; ++size) {
    char *cut = malloc(size + 1);
    memcpy(cut, good.bytes, size);
    assert_int_equal(metagame_array_shape(cut, size, &n_dims, shape, &count, NULL), METAGAME_E_ARGUMENT);
    free(cut);
  }
  fx_expect(metagame_array_values(good.bytes, good.size, &value, 2, &err), METAGAME_E_ARGUMENT, &err, "count is 2", "1 numbers", NULL);
  good.bytes[6] = 9;
  fx_expect(metagame_array_shape(good.bytes, good.size, &n_dims, shape, &count, &err), METAGAME_E_ARGUMENT, &err, "version 9", NULL);
  rs_clear(&good);
}

static void json_lists(void **state) {
  uint32_t n_dims;
  uint64_t shape[METAGAME_ARRAY_MAX_DIMS];
  size_t count;
  double values[6];
  metagame_error err;
  static const char list[] = " [[1, 2.5e0, null], [-4, 5, 6]] ";
  static const struct { const char *text, *says; } bad[] = { { "[[1],[2,3]]", "a list of 2, others" }, { "[1,[2]]", "equally deep" }, { "[[1],2]", "equally deep" },
                                                             { "[[[]],[1]]", "equally deep" }, { "[[[],[]],[1,2]]", "equally deep" },
                                                             { "[\"1\"]", "a number" }, { "[1", "expected" }, { "{}", "a number" },
                                                             { "[[[[[[[[[1]]]]]]]]]", "deeper than 8" }, { "[1e400]", "larger" } };
  (void)state;
  assert_int_equal(metagame_array_shape(list, sizeof list - 1, &n_dims, shape, &count, NULL), METAGAME_OK);
  assert_true(n_dims == 2 && shape[0] == 2 && shape[1] == 3 && count == 6);
  assert_int_equal(metagame_array_values(list, sizeof list - 1, values, 6, NULL), METAGAME_OK);
  assert_true(values[1] == 2.5 && isnan(values[2]) && values[3] == -4 && values[5] == 6);
  for (size_t b = 0; b < COUNT_OF(bad); ++b)
    fx_expect(metagame_array_shape(bad[b].text, strlen(bad[b].text), &n_dims, shape, &count, &err), METAGAME_E_ARGUMENT, &err, bad[b].says, NULL);
}

static void single_numbers(void **state) {
  double value = 0;
  size_t used = 0;
  metagame_error err;
  (void)state;
  assert_int_equal(metagame_number_read("-1.25e1,x", 9, &value, &used, NULL), METAGAME_OK);
  assert_true(value == -12.5 && used == 7);
  assert_int_equal(metagame_number_read("-Infinity", 9, &value, &used, NULL), METAGAME_OK);
  assert_true(value == -INFINITY && used == 9);
  assert_int_equal(metagame_number_read("NaN", 3, &value, NULL, NULL), METAGAME_OK);
  assert_true(isnan(value));
  assert_int_equal(metagame_number_read("1e999", 5, &value, NULL, NULL), METAGAME_OK);
  assert_true(value == INFINITY);
  fx_expect(metagame_number_read("none", 4, &value, &used, &err), METAGAME_E_ARGUMENT, &err, "\"none\"", NULL);
  assert_int_equal(used, 0);
  fx_expect(metagame_number_read(NULL, 0, &value, &used, &err), METAGAME_E_NULL, &err, "text", NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(all_types_and_orders), cmocka_unit_test(written_and_read), cmocka_unit_test(a_matrix_is_an_array),
    cmocka_unit_test(bad_arrays),           cmocka_unit_test(json_lists),       cmocka_unit_test(single_numbers),
  };
  return cmocka_run_group_tests_name("arrays", tests, NULL, NULL);
}
