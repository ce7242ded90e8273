/* SPDX-License-Identifier: MIT */
/* Student's t: quantiles and degrees of freedom. */
#ifndef MTG_STUDENT_H
#define MTG_STUDENT_H

/* The t with P(-t < T < t) = level, 0 < level < 1, for `degrees` > 0 degrees of freedom. */
double mtg_student_two_sided(double level, double degrees);

/* Effective degrees of freedom of a variance that is a sum of squares x_1^2 .. x_count^2, from the sum of x^4 (Satterthwaite,
 * Biometrics Bulletin 2, 1946): about count where the x are normal, about twice their number where only a few differ from 0;
 * at most `most`. */
double mtg_satterthwaite(double squares, double fourths, double count, double most);

#endif
