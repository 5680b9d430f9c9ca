/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From voxels to millimetres (NIfTI-1.1, method 2): the rotation of a unit quaternion
 * (a, b, c, d) with a = sqrt(1 - b² - c² - d²), columns times the spacing, the third
 * times qfac.
 */
#include <math.h>

#include "nifti.h"

void nii_affine_quaternion(const double b_c_d[3], const double offset[3],
                           const double spacing[3], double qfac, double affine[3][4])
{
    double b = b_c_d[0], c = b_c_d[1], d = b_c_d[2];
    const double rest = 1 - (b * b + c * c + d * d);
    const double scale = rest < 0 ? 1 / sqrt(b * b + c * c + d * d) : 1;
    const double a = rest < 0 ? 0 : sqrt(rest);

    b *= scale, c *= scale, d *= scale;
    {
        const double rotation[3][3] = {
            {a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)},
            {2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)},
            {2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c}};

        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++)
                affine[i][j] = rotation[i][j] * spacing[j] * (j == 2 ? qfac : 1);
            affine[i][3] = offset[i];
        }
    }
}

void nii_position(const double affine[3][4], const int64_t ijk[3], double mm[3])
{
    for (int i = 0; i < 3; i++)
        mm[i] = affine[i][0] * (double)ijk[0] + affine[i][1] * (double)ijk[1] +
                affine[i][2] * (double)ijk[2] + affine[i][3];
}
