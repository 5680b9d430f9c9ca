/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The ear's frequency scale (Glasberg & Moore 1990, "Derivation of auditory filter
 * shapes from notched-noise data", Hear. Res. 47:103): a filter centred at f Hz has
 * the equivalent rectangular bandwidth ERB(f) = 24.7 (4.37 f / 1000 + 1), and
 * E(f) = 21.4 log10(1 + 0.00437 f) of them lie below f.
 */
#include <math.h>

#include <anaflow/signal.h>

double ana_erb(double frequency)
{
    return 24.7 * (4.37 * frequency / 1000 + 1);
}

double ana_erb_number(double frequency)
{
    return 21.4 * log10(1 + 0.00437 * frequency);
}

double ana_erb_frequency(double number)
{
    return (pow(10, number / 21.4) - 1) / 0.00437;
}
