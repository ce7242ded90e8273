/* SPDX-License-Identifier: MIT */
/* The adder as libmetagame sees it: one game for each way to look at an input. Players are the tokens a, op, b, in that order; an
 * absent token is the unknown token at its position. Attribution games have the tokens as targets, too, so all targets are pinned. */
#ifndef ADDER_ATTRIBUTORS_H
#define ADDER_ATTRIBUTORS_H

#include <metagame.h>

#include "model.h"

/* An input. Games borrow it: it outlives them. */
typedef struct adder_question {
  adder_parameters parameters;
  int tokens[ADDER_TOKENS];
} adder_question;

/* Value games. One is a set function of three tokens. The other is a numeric model of 24 features with a gradient, whose players are
 * three groups of 8; the gradient methods need it. Both have the same values. */
metagame_status adder_token_game(metagame_game **out, adder_question *question, metagame_error *err);
metagame_status adder_model_game(metagame_game **out, adder_question *question, metagame_error *err);

/* Attribution games, each an attributor of its own.
 *   attention  phi_i = (1/3) sum_q A_qi: what token i receives, mean over the tokens that look; adds up to 1
 *   relevance  phi_i = sum of x_k times the modified gradient over the 8 features of token i (ADDER_RELEVANCE in model.h); adds up to
 *              f(x) - biases - softmax, which its completeness callback says */
metagame_status adder_attention_game(metagame_game **out, adder_question *question, metagame_error *err);
metagame_status adder_relevance_game(metagame_game **out, adder_question *question, metagame_error *err);

#endif
