/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Numbers of 128 bits against the compiler's own arithmetic in binary128 and in Intel's
 * 80 bits, and a few by hand.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "plugins/readers/nifti/nifti.h"
#include "tests/unit/helpers.h"

static double by_hand(const char *hex)
{
    uint8_t bytes[16];

    for (int i = 0; i < 16; i++) { /* written with the highest byte first */
        unsigned byte;

        ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[15 - i] = (uint8_t)byte;
    }
    return nii_wide(bytes);
}

START_TEST(numbers_by_hand)
{
    /* binary128: sign and exponent, 112 bits */
    ck_assert_double_eq(by_hand("3fff0000000000000000000000000000"), 1);
    ck_assert_double_eq(by_hand("c0008000000000000000000000000000"), -3);
    ck_assert_double_eq(by_hand("3ffd5555555555555555555555555555"), 1 / 3.0);
    ck_assert_double_eq(by_hand("3fff0000000000000800000000000000"), 1); /* to even */
    ck_assert_double_eq(by_hand("3fff0000000000000800000000000001"), 1 + DBL_EPSILON);
    ck_assert_double_eq(by_hand("3fff0000000000001800000000000000"), 1 + 2 * DBL_EPSILON);
    ck_assert_double_eq(by_hand("3fffffffffffffffffffffffffffffff"), 2);
    ck_assert_double_eq(by_hand("7fff0000000000000000000000000000"), (double)INFINITY);
    ck_assert_double_eq(by_hand("ffff0000000000000000000000000000"), -(double)INFINITY);
    ck_assert(isnan(by_hand("7fff8000000000000000000000000000")));
    ck_assert_double_eq(by_hand("7ffe0000000000000000000000000000"), (double)INFINITY);
    ck_assert_double_eq(by_hand("80000000000000000000000000000000"), 0);
    ck_assert(signbit(by_hand("80000000000000000000000000000000")));
    /* 80 bits: sign and exponent, 64 bits with the leading one */
    ck_assert_double_eq(by_hand("00000000000000000000000000000000"), 0);
    ck_assert_double_eq(by_hand("0000000000003fff8000000000000000"), 1);
    ck_assert_double_eq(by_hand("000000000000c000c000000000000000"), -3);
    ck_assert_double_eq(by_hand("0000000000003ffdaaaaaaaaaaaaaaab"), 1 / 3.0);
    ck_assert_double_eq(by_hand("0000000000003fffffffffffffffffff"), 2);
    ck_assert_double_eq(by_hand("0000000000007fff8000000000000000"), (double)INFINITY);
    ck_assert(isnan(by_hand("0000000000007fffc000000000000000")));
    ck_assert(isnan(by_hand("0000000000003fff0000000000000001"))); /* no leading one */
}
END_TEST

#if defined(__x86_64__) && defined(__SIZEOF_FLOAT128__)
__extension__ typedef __float128 binary128;

/* Numbers of all sizes whose last bits are as often just at, below and above a half. */
static binary128 draw(uint64_t *state)
{
    binary128 x = 1;

    for (int i = 0; i < 2; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        x += (binary128)(*state >> 40) * (i ? 0x1p-76 : 0x1p-24);
    }
    if (*state >> 33 & 1)
        x += (binary128)0x1p-53;
    x *= (binary128)ldexp(1, (int)(*state >> 20 & 1023) - 512);
    return *state >> 32 & 1 ? -x : x;
}

START_TEST(numbers_are_those_of_the_compiler)
{
    uint64_t state = 1;

    for (int i = 0; i < 100000; i++) {
        const binary128 x = draw(&state);
        const long double y = (long double)x;
        uint8_t bytes[16] = {0};

        memcpy(bytes, &x, 16);
        ck_assert_double_eq(nii_wide(bytes), (double)x);
        memset(bytes, 0, 16);
        memcpy(bytes, &y, 10);
        ck_assert_double_eq(nii_wide(bytes), (double)y);
    }
}
END_TEST
#endif

int main(void)
{
    Suite *s = suite_create("nifti_wide");
    TCase *t = tcase_create("nifti_wide");

    tcase_add_test(t, numbers_by_hand);
#if defined(__x86_64__) && defined(__SIZEOF_FLOAT128__)
    tcase_add_test(t, numbers_are_those_of_the_compiler);
#endif
    suite_add_tcase(s, t);
    return test_main(s);
}
