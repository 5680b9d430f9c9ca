# SPDX-License-Identifier: BSD-3-Clause
# One row of ./dev bench encoding from its pairs, a line each: seconds, seconds of the
# processor, MiB and operations of ours, BLAS | seconds, processor and MiB of the other.

function sorted(values, n,    i, j, held)
{
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && values[j] < values[j - 1]; j--) {
            held = values[j]
            values[j] = values[j - 1]
            values[j - 1] = held
        }
}

function middle(values, n)
{
    sorted(values, n)
    return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}

function spread(values, n,    m)
{
    m = middle(values, n)
    return n < 2 ? sprintf("%.2f", m) : sprintf("%.2f (%.2f .. %.2f)", m, values[1], values[n])
}

{
    split($0, side, " [|] ")
    split(side[1], a, " ")
    split(side[2], b, " ")
    wall[NR] = a[1]
    cpu[NR] = a[2]
    peak = a[3] > peak ? a[3] : peak
    flops = a[4]
    blas = a[5] " " a[6] " " a[7]
    other_wall[NR] = factor * b[1]
    other_cpu[NR] = factor * b[2]
    other_peak = b[3] > other_peak ? b[3] : other_peak
    faster[NR] = factor * b[1] / a[1]
    cheaper[NR] = factor * b[2] / a[2]
}

END {
    printf "%-11s %7.2f s (processor %.2f), %4.0f MiB, %.0f %% of sgemm at %d GF/s, %s\n",
        name, middle(wall, NR), middle(cpu, NR), peak,
        100 * flops / middle(wall, NR) / 1e9 / rate, rate, blas
    if (other_wall[1] + 0 > 0)
        printf "%-11s %7.2f s (processor %.2f), %4.0f MiB: %s x as long, processor %s x; %.2f of the memory\n",
            "  " peer, middle(other_wall, NR), middle(other_cpu, NR), other_peak,
            spread(faster, NR), spread(cheaper, NR), peak / other_peak
}
