// SPDX-License-Identifier: MIT
// The suite from C++: a lambda-free plug-in, no test framework.
#include "metagame/conformance.h"

static int32_t METAGAME_CALL attribute(void *, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *) {
  for (size_t r = 0; r < n_masks; ++r)
    for (unsigned i = 0; i < 3; ++i)
      rows[3 * r + i] = static_cast<double>(masks[r] >> i & 1) * (1.0 + static_cast<double>(masks[r]));
  return 0;
}

static int make(void *, metagame_attributor *out) {
  out->name = "from C++";
  out->n_players = 3;
  out->n_targets = 3;
  out->attribute = attribute;
  return 0;
}

int main() {
  metagame_conformance_attributor suite = METAGAME_CONFORMANCE_ATTRIBUTOR_INIT;
  suite.make = make;
  return static_cast<int>(metagame_conformance_check_attributor(&suite));
}
