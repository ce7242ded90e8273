/* SPDX-License-Identifier: MIT */
/* Quantiles of Student's t. */
#ifndef MTG_STUDENT_H
#define MTG_STUDENT_H

/* The t with P(-t < T < t) = level, 0 < level < 1, for `degrees` > 0 degrees of freedom. */
double mtg_student_two_sided(double level, double degrees);

#endif
