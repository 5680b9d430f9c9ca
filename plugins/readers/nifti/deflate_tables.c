/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The header of a block, and from its code lengths the tables by which symbols are looked
 * up: canonical Huffman codes, which the stream has with their first bit first.
 */
#include "deflate_tables.h"

enum { LETTERS = 288, DISTANCES = 32, LONGEST = 15, KINDS = 19 };

static const uint16_t length_least[] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                        15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                        67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint16_t distance_least[] = {
    1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
    33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
    1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};

static uint32_t length_extra(unsigned i)
{
    return i < 8 || i == 28 ? 0 : (i - 4) / 4;
}

static uint32_t distance_extra(unsigned i)
{
    return i < 4 ? 0 : (i - 2) / 2;
}

/* The entry of a symbol whose code has `bits` bits (left, in a table of longer codes). */
static uint32_t letter_entry(unsigned symbol, uint32_t bits)
{
    if (symbol < 256)
        return IS_LITERAL | symbol << 16 | bits;
    if (symbol == 256)
        return IS_OTHER | IS_END | bits;
    if (symbol > 285)
        return IS_OTHER | bits;
    return (uint32_t)length_least[symbol - 257] << 16 | bits << 8 |
           (bits + length_extra(symbol - 257));
}

static uint32_t distance_entry(unsigned symbol, uint32_t bits)
{
    if (symbol > 29)
        return IS_OTHER | bits;
    return (uint32_t)distance_least[symbol] << 16 | bits << 8 |
           (bits + distance_extra(symbol));
}

static uint32_t kind_entry(unsigned symbol, uint32_t bits)
{
    return symbol << 16 | bits;
}

struct code {
    int n, bits, room; /* symbols; bits that are looked up first; entries */
    uint32_t (*entry)(unsigned symbol, uint32_t bits);
    uint32_t *table;
    unsigned count[LONGEST + 1];
    uint16_t symbol[LETTERS]; /* by length, then by number */
};

/* 1 = complete, 0 = one code of one bit or none, which may be; -1 = neither. */
static int sort_symbols(struct code *c, const uint8_t *length)
{
    unsigned at[LONGEST + 2] = {0};
    int left = 1, longest = 0;

    memset(c->count, 0, sizeof c->count);
    for (int i = 0; i < c->n; i++)
        c->count[length[i]]++;
    c->count[0] = 0;
    for (int i = 1; i <= LONGEST; i++) {
        left = 2 * left - (int)c->count[i];
        if (left < 0)
            return -1;
        longest = c->count[i] > 0 ? i : longest;
        at[i + 1] = at[i] + c->count[i];
    }
    for (int i = 0; i < c->n; i++)
        if (length[i] > 0)
            c->symbol[at[length[i]]++] = (uint16_t)i;
    return left == 0 ? 1 : longest <= 1 ? 0 : -1;
}

/* The next code of a length, as the stream has it. */
static unsigned next_code(unsigned code, int length)
{
    const unsigned ones = (1U << length) - 1;
    unsigned bit;

    if (code == ones)
        return 0;
    bit = 1U << (31 - __builtin_clz(code ^ ones));
    return (code & (bit - 1)) | bit;
}

/* Codes that are longer than what is looked up first: a table for each beginning. */
static int fill_longer(struct code *c, const uint16_t *symbol, unsigned code, int length)
{
    const unsigned first = (1U << c->bits) - 1;
    unsigned begins = first + 1, used = first + 1, at = 0, more = 0;

    for (; length <= LONGEST; length++)
        for (unsigned i = c->count[length]; i > 0; i--) {
            if ((code & first) != begins) {
                unsigned taken = i;

                begins = code & first;
                more = (unsigned)(length - c->bits);
                while (taken < 1U << more) {
                    more++;
                    taken = 2 * taken + c->count[c->bits + (int)more];
                }
                at = used;
                used += 1U << more;
                if (used > (unsigned)c->room)
                    return DEFLATE_CODES;
                c->table[begins] = IS_OTHER | IS_TABLE | at << 16 | more << 8;
            }
            for (unsigned k = code >> c->bits; k < 1U << more;
                 k += 1U << (length - c->bits))
                c->table[at + k] = c->entry(*symbol, (uint32_t)(length - c->bits));
            symbol++;
            code = next_code(code, length);
        }
    return 0;
}

/* Codes of one length after another: what stands there is doubled for each further bit. */
static int fill(struct code *c)
{
    const uint16_t *symbol = c->symbol;
    unsigned code = 0;

    for (int length = 1; length <= c->bits; length++) {
        for (unsigned i = 0; i < c->count[length]; i++) {
            c->table[code] = c->entry(*symbol++, (uint32_t)length);
            code = next_code(code, length);
        }
        if (length < c->bits)
            memcpy(c->table + (1U << length), c->table,
                   (1U << length) * sizeof *c->table);
    }
    return fill_longer(c, symbol, code, c->bits + 1);
}

static int make(struct code *c, const uint8_t *length)
{
    const int complete = sort_symbols(c, length);

    if (complete < 0)
        return DEFLATE_CODES;
    if (complete)
        return fill(c);
    for (unsigned i = 0; i < 1U << c->bits; i++)
        c->table[i] =
            i % 2 == 0 && c->count[1] > 0 ? c->entry(c->symbol[0], 1) : IS_OTHER | 1;
    return 0;
}

static int make_letters(struct deflate *z, const uint8_t *length, int n)
{
    struct code c = {.n = n,
                     .bits = LETTER_BITS,
                     .room = sizeof z->letter / sizeof *z->letter,
                     .entry = letter_entry,
                     .table = z->letter};

    return make(&c, length);
}

static int make_distances(struct deflate *z, const uint8_t *length, int n)
{
    struct code c = {.n = n,
                     .bits = DISTANCE_BITS,
                     .room = sizeof z->distance / sizeof *z->distance,
                     .entry = distance_entry,
                     .table = z->distance};

    return make(&c, length);
}

static int make_fixed(struct deflate *z)
{
    uint8_t length[LETTERS];

    memset(length, 8, 144);
    memset(length + 144, 9, 112);
    memset(length + 256, 7, 24);
    memset(length + 280, 8, 8);
    make_letters(z, length, LETTERS);
    memset(length, 5, DISTANCES);
    return make_distances(z, length, DISTANCES);
}

static unsigned take(struct deflate *z, unsigned n)
{
    const uint64_t word = load_bits(z->in + (z->bit >> 3)) >> (z->bit & 7);

    z->bit += n;
    return (unsigned)(word & ((UINT64_C(1) << n) - 1));
}

/* Lengths are themselves coded: 16 repeats the one before, 17 and 18 are zeros. */
static int read_lengths(struct deflate *z, const uint32_t *table, int n, uint8_t *length)
{
    for (int i = 0; i < n;) {
        const uint64_t word = load_bits(z->in + (z->bit >> 3)) >> (z->bit & 7);
        const uint32_t e = table[word & 127];
        const unsigned kind = e >> 16 & 31, bits = e & 31,
                       rest = (unsigned)(word >> bits);
        int times = 1, value = (int)kind;

        if (e & IS_OTHER || z->bit > z->n * 8)
            return e & IS_OTHER ? DEFLATE_CODES : DEFLATE_SHORT;
        z->bit += bits;
        if (kind == 16) {
            if (i == 0)
                return DEFLATE_CODES;
            value = length[i - 1];
            times = 3 + (int)(rest & 3);
            z->bit += 2;
        } else if (kind > 16) {
            value = 0;
            times = kind == 17 ? 3 + (int)(rest & 7) : 11 + (int)(rest & 127);
            z->bit += kind == 17 ? 3 : 7;
        }
        if (times > n - i)
            return DEFLATE_CODES;
        memset(length + i, value, (size_t)times);
        i += times;
    }
    return 0;
}

static int read_codes(struct deflate *z)
{
    static const uint8_t order[KINDS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                         11, 4,  12, 3, 13, 2, 14, 1, 15};
    const unsigned letters = take(z, 5) + 257, distances = take(z, 5) + 1;
    const unsigned kinds = take(z, 4) + 4;
    uint8_t length[LETTERS + DISTANCES] = {0}, of_kind[KINDS] = {0};
    uint32_t table[128];
    struct code c = {
        .n = KINDS, .bits = 7, .room = 128, .entry = kind_entry, .table = table};
    int why;

    if (letters > 286 || distances > 30)
        return DEFLATE_CODES;
    for (unsigned i = 0; i < kinds; i++)
        of_kind[order[i]] = (uint8_t)take(z, 3);
    if (sort_symbols(&c, of_kind) != 1 || fill(&c) != 0)
        return DEFLATE_CODES;
    why = read_lengths(z, table, (int)(letters + distances), length);
    if (why == 0 && length[256] == 0)
        return DEFLATE_CODES;
    if (why == 0)
        why = make_letters(z, length, (int)letters);
    return why == 0 ? make_distances(z, length + letters, (int)distances) : why;
}

static int read_stored(struct deflate *z)
{
    unsigned n, complement;

    z->bit = (z->bit + 7) & ~INT64_C(7);
    n = take(z, 16);
    complement = take(z, 16);
    z->stored = n;
    return z->bit > z->n * 8            ? DEFLATE_SHORT
           : (n ^ complement) != 0xffff ? DEFLATE_STORED
                                        : 0;
}

int deflate_header(struct deflate *z)
{
    int why;

    if (z->bit + 3 > z->n * 8)
        return DEFLATE_SHORT;
    z->last = (int)take(z, 1);
    z->kind = (int)take(z, 2);
    why = z->kind == 0   ? read_stored(z)
          : z->kind == 1 ? make_fixed(z)
          : z->kind == 2 ? read_codes(z)
                         : DEFLATE_KIND;
    return z->bit > z->n * 8 ? DEFLATE_SHORT : why;
}

/* 1 if the lengths of the code for code lengths at `bits` make a complete one: most bits
 * at which no block begins are told by that. */
static int may_begin(const uint8_t *in, int64_t bit)
{
    const uint64_t word = load_bits(in + (bit >> 3)) >> (bit & 7);
    uint64_t lengths;
    unsigned sum = 0;

    if ((word & 7) != 4 || (word >> 3 & 31) > 29 || (word >> 8 & 31) > 29)
        return 0;
    lengths = load_bits(in + ((bit + 17) >> 3)) >> ((bit + 17) & 7);
    lengths &= (UINT64_C(1) << 3 * ((word >> 13 & 15) + 4)) - 1;
    for (; lengths != 0 && sum <= 128; lengths >>= 3)
        sum += 128U >> (lengths & 7) & 127U; /* a length of 0 gives 128, which is cut */
    return sum == 128;
}

int64_t deflate_find(struct deflate *z, int64_t end)
{
    for (int64_t bit = z->bit; bit < end; bit++)
        if (may_begin(z->in, bit)) {
            z->bit = bit;
            if (deflate_header(z) == 0)
                return bit;
        }
    z->bit = end;
    z->kind = -1;
    return -1;
}
