/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The colours of maps: from pale yellow over green and blue to dark violet in even steps of
 * lightness in OKLab (Ottosson 2020), so that equal differences of score look equal, and
 * grey print and colour-blind readers keep the order.
 */
#include <math.h>
#include <stdio.h>

#include "report/svg.h"

static const double PI = 3.14159265358979323846;

/* One channel of linear light as sRGB, 0..255. */
static int channel(double light)
{
    const double x = fmin(fmax(light, 0), 1);
    const double encoded = x <= 0.0031308 ? 12.92 * x : 1.055 * pow(x, 1 / 2.4) - 0.055;

    return (int)lround(255 * encoded);
}

/* OKLCH to sRGB; hue in degrees. */
static void from_oklch(double lightness, double chroma, double hue, int rgb[3])
{
    const double a = chroma * cos(hue * PI / 180), b = chroma * sin(hue * PI / 180);
    const double l = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
    const double m = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
    const double s = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);

    rgb[0] = channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
    rgb[1] = channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
    rgb[2] = channel(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
}

const char *ana_map_colour(int step, char buffer[8])
{
    const double t = (double)step / (ANA_MAP_STEPS - 1);
    int rgb[3];

    from_oklch(0.93 - 0.63 * t, 0.045 + 0.05 * sin(PI * t) + 0.02 * t, 105 + 180 * t,
               rgb);
    snprintf(buffer, 8, "#%02x%02x%02x", (unsigned)rgb[0] & 255, (unsigned)rgb[1] & 255,
             (unsigned)rgb[2] & 255);
    return buffer;
}

int ana_map_paint(double share)
{
    const double step = floor(fmin(fmax(share, 0), 1) * ANA_MAP_STEPS);

    return ANA_MAP + (int)fmin(step, ANA_MAP_STEPS - 1);
}
