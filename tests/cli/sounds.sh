# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# Sounds that need nothing but awk: noise whose loudness wanders, 8 bits at 16 kHz.

# little_endian BYTES NUMBER: as printf's escapes.
little_endian()
{
    awk -v n="$1" -v x="$2" 'BEGIN {
        while (n-- > 0) { printf "\\%03o", x % 256; x = int(x / 256) } }'
}

# write_noise FILE SEED SECONDS. Samples are printable characters, which every awk writes
# as one byte; 80 is a little below the middle, an offset that no filter lets through.
write_noise()
{
    samples=$(awk -v s="$3" 'BEGIN { print int(s * 16000) }')
    {
        # shellcheck disable=SC2059  # the format is the bytes
        printf "RIFF$(little_endian 4 $((samples + 36)))WAVEfmt \020\0\0\0\001\0\001\0"
        printf '\200\076\0\0\200\076\0\0\001\0\010\0data'
        # shellcheck disable=SC2059
        printf "$(little_endian 4 "$samples")"
        awk -v seed="$2" -v n="$samples" 'BEGIN {
            srand(seed)
            for (i = 0; i < n; i++) {
                if (i % 800 == 0) { from = to; to = rand() * rand() }
                loud = from + (to - from) * (i % 800) / 800
                low += (rand() - .5 - low) * colour
                if (i % 4000 == 0) colour = .1 + .9 * rand()
                printf "%c", int(80 + 88 * loud * low)
            } }'
    } >"$1"
}
