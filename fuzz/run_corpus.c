/* SPDX-License-Identifier: MIT */
/* run_corpus N FILES...: a fuzz target on files, and on N spoilt copies of each: bytes changed, cut out, doubled, by a fixed generator. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state = 1;

static size_t below(size_t bound) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return bound ? (size_t)((state >> 33) % bound) : 0;
}

static size_t spoil(uint8_t *data, size_t size) {
  static const char *const words[] = { "\"", "null", "[", "]", "{", "}", ",", ":", "1e999", "-0", "\\u0000", "</script>", "<!--", "\xe2\x80\xae", "\xff", "&", "\n" };
  for (size_t k = 1 + below(4); k-- > 0 && size > 0;) {
    const size_t at = below(size), length = 1 + below(size - at < 16 ? size - at : 16);
    const char *const word = words[below(sizeof words / sizeof *words)];
    switch (below(4)) {
      case 0: data[at] = (uint8_t)below(256); break;
      case 1:
        memmove(data + at, data + at + length, size - at - length);
        size -= length;
        break;
      case 2:
        memmove(data + at + length, data + at, size - at);
        size += length;
        break;
      default:
        memmove(data + at + strlen(word), data + at, size - at);
        memcpy(data + at, word, strlen(word));
        size += strlen(word);
    }
  }
  return size;
}

int main(int argc, char **argv) {
  const long copies = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
  for (int file = 2; file < argc; ++file) {
    FILE *in = fopen(argv[file], "rb");
    uint8_t *data = malloc(1 << 20), *spoilt = malloc((1 << 20) + 256);
    if (!in || !data || !spoilt) return 1;
    const size_t size = fread(data, 1, 1 << 20, in);
    fclose(in);
    LLVMFuzzerTestOneInput(data, size);
    for (long k = 0; k < copies; ++k) {
      memcpy(spoilt, data, size);
      LLVMFuzzerTestOneInput(spoilt, spoil(spoilt, size));
    }
    free(data);
    free(spoilt);
  }
  return argc > 2 ? 0 : 1;
}
