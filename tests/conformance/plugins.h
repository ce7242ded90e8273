/* SPDX-License-Identifier: MIT */
/* Plug-ins for the conformance suite: correct ones, and one for every way in which it must fail. */
#ifndef TEST_PLUGINS_H
#define TEST_PLUGINS_H

#include "metagame.h"

enum { PLUGIN_PLAYERS = 5 };

typedef enum plugin_fault {
  FAULT_NONE,
  FAULT_MAKE,
  FAULT_BATCH_PLACE,   /* a number depends on the place in the batch */
  FAULT_BATCH_SIZE,    /* a number depends on the size of the batch */
  FAULT_REPEAT,        /* a number drifts from call to call */
  FAULT_PAST,          /* writes behind its rows */
  FAULT_BEFORE,        /* writes before its rows */
  FAULT_UNWRITTEN,     /* leaves the last number of its rows */
  FAULT_NAN,           /* NaN at the empty coalition (or first point) */
  FAULT_INPUT,         /* changes its masks or points */
  FAULT_NEEDS_ERROR,   /* refuses err = NULL */
  FAULT_RETURNS,       /* returns a code */
  FAULT_SHARED,        /* instances share what destroy takes away */
  FAULT_DESTROY_TWICE, /* gives back one instance too many */
  FAULT_LEAK,          /* destroy gives nothing back */
  FAULT_OWN_PLAYER,
  FAULT_STRUCT,        /* no name */
  FAULT_ASYMMETRIC,    /* flagged cardinal, but is not */
  FAULT_SUM,           /* completeness does not match the rows */
  FAULT_COMPLETENESS_REPEAT,
  FAULT_PLAN_ORDER,    /* plan wants the same in another order now and then */
  FAULT_PLAN_MORE,     /* plan wants more now and then */
  FAULT_PLAN_BITS,     /* plan wants a coalition of too many players */
  FAULT_GRADIENT       /* one entry has the wrong sign */
} plugin_fault;

/* The context of the factories. */
typedef struct plugin_factory {
  plugin_fault fault;
  int asymmetric;  /* direct: phi_i depends on j more than phi_j on i */
  int64_t live;    /* instances */
  int shared_dead; /* for FAULT_SHARED */
} plugin_factory;

int plugin_make_direct(void *factory, metagame_attributor *out);
int plugin_make_formula(void *factory, metagame_attributor *out);
int plugin_make_model(void *factory, metagame_model_callbacks *out); /* PLUGIN_PLAYERS features, 2 outputs */
int64_t plugin_live(void *factory);

#endif
