/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Damaged files of every reader. Those of tests/damaged/READER.tsv each have their own
 * sentence; others are made by a seed out of the same good files. All are read in child
 * processes that may take 2 s a file and 256 MB, and may print nothing.
 * ANAFLOW_DAMAGED=N makes N a reader (200); ANAFLOW_ACCEPT=1 rewrites the sentences.
 */
#include "tests/unit/damage.h"
#include "tests/unit/sources.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <anaflow/files.h>

#if defined __SANITIZE_ADDRESS__
enum { SANITIZED = 1, MOST_SECONDS = 10 };
#else
enum { SANITIZED = 0, MOST_SECONDS = 2 };
#endif
enum { CRASHED = 3 }; /* outcome.done */
enum { MOST_CASES = 4096, MOST_MEMORY = 256 << 20, MOST_CELLS = 1 << 20, A_CHILD = 64 };

static const char *const readers[] = {"arrays", "brainvision", "cifti", "edf", "eeglab",
                                      "gifti",  "nifti",       "hdf5",  "mat"};
enum { N_READERS = sizeof readers / sizeof *readers };

/* On libraries that crash on some files, which a run contains: counted here. */
static int unsafe(const char *reader)
{
    return strcmp(reader, "hdf5") == 0 || strcmp(reader, "mat") == 0;
}

struct damage {
    const char *file, *change, *sentence; /* change NULL = by the seed */
    int64_t seed;
};

/* What became of a file, in memory that the children share. */
struct outcome {
    int32_t rc, done;
    double seconds;
    char said[2000]; /* the sentence, the first warning, or "" */
};

static struct outcome *outcomes;
static char folder[64];

/* --- one file --- */

static const char *ending(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strchr(slash ? slash : path, '.');

    return dot ? dot : "";
}

/* The files of a recording, x.vhdr and x.eeg: one stem with other endings. */
struct part {
    char path[300];
    struct bytes bytes;
};

static int parts_of(const char *file, struct part part[4])
{
    static const char *const groups[][4] = {
        {".vhdr", ".eeg", ".vmrk"}, {".set", ".fdt"}, {".hdr", ".img"}};
    const char *own = ending(file), *name = strrchr(file, '/') + 1;
    int n = 0;

    snprintf(part[n].path, sizeof part[0].path, "%s/%s", folder, name);
    part[n++].bytes = bytes_of(test_golden(file));
    for (int g = 0; g < 3; g++)
        for (int i = 1; strcmp(groups[g][0], own) == 0 && i < 4 && groups[g][i]; i++) {
            char other[300];

            snprintf(other, sizeof other, "%.*s%s", (int)(own - file), file,
                     groups[g][i]);
            if (access(test_golden(other), R_OK) != 0)
                continue;
            snprintf(part[n].path, sizeof part[0].path, "%s/%s", folder,
                     strrchr(other, '/') + 1);
            part[n++].bytes = bytes_of(test_golden(other));
        }
    return n;
}

/* "cut 3 & .eeg: put 0 x": changes, each of the first part or of the one that it names. */
static void change_parts(struct part *part, int n, const char *changes)
{
    char *all = strdup(changes), *next = all;

    while (next) {
        char *one = next, *end = strstr(next, " & ");
        int which = 0;

        next = end ? end + 3 : NULL;
        if (end)
            *end = 0;
        for (int i = 0; *one == '.' && i < n; i++) {
            const size_t k = strlen(ending(part[i].path));

            if (strncmp(one, ending(part[i].path), k) == 0 && one[k] == ':') {
                which = i;
                one += k + 2;
            }
        }
        if (strcmp(one, "gone") == 0)
            part[which].path[0] = 0;
        else if (strcmp(one, "folder") == 0)
            mkdir(part[which].path, 0700), part[which].path[0] = 0;
        else if (strcmp(one, "fifo") == 0)
            mkfifo(part[which].path, 0600), part[which].path[0] = 0;
        else
            bytes_change(&part[which].bytes, one);
    }
    free(all);
}

static void empty_folder(void)
{
    DIR *all = opendir(folder);
    char path[512];

    for (struct dirent *e; (e = readdir(all));) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.' && unlink(path) != 0)
            rmdir(path);
    }
    closedir(all);
}

/* Damage a copy of the good file; `path` is what is opened. */
static void make_file(struct ana_ctx *ctx, const struct damage *d, char path[300])
{
    struct part part[4];
    char file[256];
    int n;

    empty_folder();
    snprintf(file, sizeof file, "%.*s", (int)strcspn(d->file, " "), d->file);
    n = parts_of(file, part);
    strcpy(path, part[0].path);
    if (d->change) {
        change_parts(part, n, d->change);
    } else {
        struct ana_rng rng;

        ana_rng_init(ctx, file, d->seed, &rng);
        bytes_damage(&rng,
                     &part[ana_rng_below(&rng, 3) ? 0 : ana_rng_below(&rng, n)].bytes);
    }
    for (int i = 0; i < n; i++) {
        if (part[i].path[0])
            bytes_write(&part[i].bytes, part[i].path);
        free(part[i].bytes.data);
    }
}

static int read_rows(struct test_recording *r, int64_t run, int64_t first, int64_t n)
{
    const int epochs = r->info.layout == ANA_LAYOUT_EPOCHS;
    const int64_t K = r->info.n_targets, T = epochs ? r->info.n_times : 1;
    struct ana_tensor out = {0};
    int rc = ana_tensor_create(r->ctx, ANA_F64, epochs ? 3 : 2,
                               (int64_t[]){n, epochs ? T : K, K}, &out);

    if (rc == 0)
        rc = r->vt->read(r->ctx, r->self, run, first, n, NULL, K, &out);
    ana_tensor_finish(&out);
    return rc;
}

/* The first and the last rows of each of the first runs, in blocks of at most 8 MB. */
static int read_all(struct test_recording *r)
{
    const int64_t times = r->info.layout == ANA_LAYOUT_EPOCHS ? r->info.n_times : 1;
    int rc = 0;

    for (int64_t run = 0; rc == 0 && run < r->info.n_runs && run < 8; run++) {
        const int64_t n =
            r->info.layout == ANA_LAYOUT_SERIES ? r->info.runs[run].n : r->info.n_rows;
        const int64_t a_row = r->info.n_targets * times;
        int64_t rows = a_row > 0 ? MOST_CELLS / a_row : n;

        if (rows == 0) /* described, and too large for a test to read */
            continue;
        rows = rows < n ? rows : n;
        rc = read_rows(r, run, 0, rows);
        if (rc == 0 && rows < n)
            rc = read_rows(r, run, n - rows, rows);
    }
    return rc;
}

static int list_all(struct test_recording *r, const char *path)
{
    struct ana_entry *entries;
    int64_t n;
    int rc = r->vt->list ? r->vt->list(r->ctx, path, &n, &entries) : 0;

    if (rc != 0 || !r->vt->list)
        return rc;
    for (int64_t i = 0; i < n; i++) {
        ana_free(r->ctx, (void *)(uintptr_t)entries[i].name);
        ana_free(r->ctx, (void *)(uintptr_t)entries[i].note);
    }
    ana_free(r->ctx, entries);
    return 0;
}

/* The text without the folder of the test. */
static void keep_said(const char *text, char *out, size_t room)
{
    const size_t k = strlen(folder);
    size_t n = 0;

    for (; *text && n + 1 < room; text++)
        if (strncmp(text, folder, k) == 0 && text[k] == '/')
            text += k;
        else
            out[n++] = *text == '\t' || *text == '\n' ? ' ' : *text;
    out[n] = 0;
}

/* All warnings, but for the one that plain.edf always gets. */
static void keep_warnings(struct ana_ctx *ctx, char *out, size_t room)
{
    const struct ana_warning *warnings;
    const int64_t n = ana_ctx_warnings(ctx, &warnings);
    char one[1000];

    for (int64_t i = 0; i < n; i++) {
        const size_t used = strlen(out);

        keep_said(warnings[i].text, one, sizeof one);
        if (!strstr(one, "1 signals of another rate or type were left out"))
            snprintf(out + used, room - used, "%s%s", used ? " | " : "", one);
    }
}

static void try_file(const char *reader, const struct damage *d, const char *path,
                     struct outcome *o)
{
    const char *axes = strstr(d->file, " : ");
    struct test_recording r;
    struct test_source s;
    struct rusage use;

    o->rc = test_recording_open(&r, reader,
                                test_source_of(&s, path, NULL, NULL, NULL,
                                               axes ? axes + 3 : "",
                                               axes && strstr(axes, "time") ? 100 : 0),
                                NULL, 0);
    if (o->rc == 0)
        o->rc = read_all(&r);
    if (o->rc == 0)
        o->rc = list_all(&r, path);
    if (o->rc != 0)
        keep_said(ana_error(r.ctx), o->said, sizeof o->said);
    else
        keep_warnings(r.ctx, o->said, sizeof o->said);
    if (o->rc != 0)
        list_all(&r, path);
    test_recording_close(&r);
    getrusage(RUSAGE_SELF, &use);
    o->seconds = (double)use.ru_utime.tv_sec + (double)use.ru_stime.tv_sec +
                 1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    o->done = 1;
}

/* --- many --- */

#if defined __SANITIZE_ADDRESS__
/* The address space cannot be limited under ASan, but one allocation can: libhdf5 asks for
   what a damaged header says, 12 GB say, whose shadow alone takes ASan seconds. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "max_allocation_size_mb=256:allocator_may_return_null=1";
}
#endif

/* Whether a child said nothing, but for ASan's line on what it refused to a library. */
static int is_silent(const char *errors, int library)
{
    FILE *file = fopen(errors, "r");
    char line[1000];
    int silent = file != NULL;

    while (silent && fgets(line, sizeof line, file))
        silent = library && strstr(line, "AddressSanitizer failed to allocate");
    if (file)
        fclose(file);
    return silent;
}

static int64_t own_memory(void)
{
    long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    ck_assert(file && fscanf(file, "%lld", &pages) == 1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* In a child: cases [from, to); leaves at the first that is loud, slow or large. */
static void run_child(const char *reader, const struct damage *all, int64_t from,
                      int64_t to)
{
    struct ana_ctx *ctx = test_ctx();

    signal(SIGALRM, SIG_DFL); /* which Check has caught */
    if (!SANITIZED) {
        const rlim_t most = (rlim_t)(own_memory() + MOST_MEMORY);

        setrlimit(RLIMIT_AS, &(struct rlimit){most, most});
    }
    for (int64_t i = from; i < to; i++) {
        const double before = i > from ? outcomes[i - 1].seconds : 0;
        struct outcome *o = &outcomes[i];
        char path[300];

        make_file(ctx, &all[i], path);
        alarm(20); /* a file that hangs */
        try_file(reader, &all[i], path, o);
        alarm(0);
        if (i > from && o->seconds - before > MOST_SECONDS)
            o->done = 2;
    }
    ana_ctx_destroy(ctx);
    _exit(0);
}

static const char *words_of(const struct damage *d)
{
    static char words[200];

    if (d->change)
        return d->change;
    snprintf(words, sizeof words, "seed %lld", (long long)d->seed);
    return words;
}

static void run_cases(const char *reader, const struct damage *all, int64_t n)
{
    char errors[100];

    ck_assert_int_le(n, MOST_CASES);
    memset(outcomes, 0, MOST_CASES * sizeof *outcomes);
    test_reader_plugin(reader); /* load it once, not in each child */
    snprintf(errors, sizeof errors, "%s.err", folder);
    for (int64_t from = 0, next; from < n; from = next) {
        const int64_t to = from + A_CHILD < n ? from + A_CHILD : n;
        struct rusage use;
        int64_t last = from;
        int status;
        pid_t child;

        fflush(NULL);
        child = fork();
        if (child == 0) {
            const int fd = open(errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);

            dup2(fd, 2);
            run_child(reader, all, from, to);
        }
        ck_assert_int_eq(wait4(child, &status, 0, &use), child);
        while (last < to - 1 && outcomes[last].done == 1)
            last++;
        next = to;
        if (unsafe(reader) && outcomes[last].done == 0) {
            outcomes[last].rc = ANA_EDATA;
            outcomes[last].done = CRASHED;
            next = last + 1;
            continue;
        }
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                      "%s, %s, %s: status %x (%s)", reader, all[last].file,
                      words_of(&all[last]), status, errors);
        ck_assert_msg(outcomes[last].done != 2, "%s, %s, %s: took more than %d s", reader,
                      all[last].file, words_of(&all[last]), MOST_SECONDS);
        ck_assert_msg(is_silent(errors, unsafe(reader)),
                      "%s: something was printed, see %s", reader, errors);
        if (!SANITIZED)
            ck_assert_msg(use.ru_maxrss < MOST_MEMORY / 1024, "%s: took %ld kB", reader,
                          use.ru_maxrss);
    }
    unlink(errors);
}

/* The table of a reader's cases; text lives for ever. */
static int64_t committed(const char *reader, struct damage *all, char *path, size_t room)
{
    struct ana_ctx *ctx = test_ctx();
    struct ana_table *table;

    snprintf(path, room, "%s/tests/damaged/%s.tsv", getenv("ANA_SOURCE"), reader);
    ck_assert_msg(ana_table_read(ctx, path, 1, &table) == 0, "%s", ana_error(ctx));
    ck_assert_int_eq(table->n_columns, 3);
    for (int64_t i = 0; i < table->n_rows; i++)
        all[i] = (struct damage){.file = strdup(table->cell[3 * i]),
                                 .change = strdup(table->cell[3 * i + 1]),
                                 .sentence = strdup(table->cell[3 * i + 2])};
    ck_assert_int_le(table->n_rows, MOST_CASES);
    ck_assert_int_gt(table->n_rows, 0);
    room = (size_t)table->n_rows;
    ana_table_destroy(ctx, table);
    ana_ctx_destroy(ctx);
    return (int64_t)room;
}

static void free_cases(struct damage *all, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        free((void *)(uintptr_t)all[i].file);
        free((void *)(uintptr_t)all[i].change);
        free((void *)(uintptr_t)all[i].sentence);
    }
    free(all);
}

/* What the table says of an outcome: the sentence, "warning: ..." or "read". */
static void tell(const struct outcome *o, char *out, size_t room)
{
    if (o->rc != 0 && o->rc != ANA_EDATA)
        snprintf(out, room, "status %d: %s", (int)o->rc, o->said);
    else
        snprintf(out, room, "%s%s", o->rc == 0 && *o->said ? "warning: " : "",
                 o->rc == 0 && !*o->said ? "read" : o->said);
}

static void accept(const char *path, const struct damage *all, int64_t n)
{
    FILE *file = fopen(path, "w");
    char said[2200];

    fputs("file\tchange\tsentence\n", file);
    for (int64_t i = 0; i < n; i++) {
        tell(&outcomes[i], said, sizeof said);
        fprintf(file, "%s\t%s\t%s\n", all[i].file, all[i].change, said);
    }
    fclose(file);
}

/* What may be said without a byte or a line: nothing can be read, or the file is whole and
 * of another kind than was asked for. */
static int needs_no_place(const char *reader, const char *said)
{
    static const char *const words[] = {
        ": cannot be opened: ", ": is a folder",
        ": is a pipe",          ": is not a regular file",
        "is not beside it",     ": is of MATLAB 7.3; ",
        ": no channel is left", "` holds no array of numbers",
        ": it holds no numbers"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(said, words[i]))
            return 1;
    /* an element, by its index */
    return strcmp(reader, "hdf5") == 0 && strstr(said, "] is ") != NULL;
}

/* "byte 12", "line 3" or "x.vhdr:3:". */
static int says_number(const char *said, const char *word)
{
    for (const char *at = said; (at = strstr(at, word)) != NULL; at++)
        if (isdigit((unsigned char)at[strlen(word)]))
            return 1;
    return 0;
}

/* What is damaged or cut short is so at a byte or a line. Of mat what it calls so: its
 * library refuses the rest without a reason. */
static int says_place(const char *reader, const char *said)
{
    return says_number(said, "byte ") || says_number(said, "line ") ||
           says_number(said, ":") || needs_no_place(reader, said) ||
           (strcmp(reader, "mat") == 0 && !strstr(said, "damaged") &&
            !strstr(said, "cut short"));
}

START_TEST(a_damaged_file_gets_its_sentence)
{
    const char *reader = readers[_i];
    struct damage *all = calloc(MOST_CASES, sizeof *all);
    char path[512], said[2200];
    const int64_t n = committed(reader, all, path, sizeof path);
    int64_t refused = 0;

    run_cases(reader, all, n);
    if (getenv("ANAFLOW_ACCEPT"))
        accept(path, all, n);
    for (int64_t i = 0; i < n && !getenv("ANAFLOW_ACCEPT"); i++) {
        tell(&outcomes[i], said, sizeof said);
        ck_assert_msg(outcomes[i].done != CRASHED, "%s, %s: it crashed", all[i].file,
                      all[i].change);
        ck_assert_msg(outcomes[i].rc != ANA_EDATA || says_place(reader, said),
                      "%s, %s: names no place: %s", all[i].file, all[i].change, said);
        ck_assert_msg(strcmp(said, all[i].sentence) == 0,
                      "%s, %s:\n  said:     %s\n  expected: %s", all[i].file,
                      all[i].change, said, all[i].sentence);
    }
    for (int64_t i = 0; i < n; i++)
        refused += outcomes[i].rc == ANA_EDATA;
    printf("%s: %lld committed, %lld refused\n", reader, (long long)n,
           (long long)refused);
    fflush(stdout);
    ck_assert_int_ge(refused, 60);
    free_cases(all, n);
}
END_TEST

/* A name of a file, then what and where: a byte, a line or a field, or what the whole is. */
static int says_where(const char *said, const char *file)
{
    const char *name = strrchr(file, '/') + 1;
    const size_t stem = (size_t)(ending(file) - name);

    return strncmp(said, name, stem) == 0 && said[stem] == '.' &&
           (strpbrk(said + stem, "0123456789`'[") || strstr(said, ": EEG.") ||
            strstr(said, ": is ") || strstr(said, " line ") ||
            strstr(said, " has no EEG.data"));
}

START_TEST(a_file_damaged_by_a_seed_is_read_or_refused)
{
    const char *wanted = getenv("ANAFLOW_DAMAGED"), *reader = readers[_i];
    const int64_t cases = wanted ? atoll(wanted) : 200;
    struct damage *good = calloc(MOST_CASES, sizeof *good);
    struct damage *all = calloc(MOST_CASES, sizeof *all);
    char path[512];
    const int64_t n = committed(reader, good, path, sizeof path);
    int64_t forms = 0, refused = 0, crashed = 0;

    for (int64_t i = 0; i < n; i++) { /* the good files, each once */
        int64_t k = 0;

        while (k < forms && strcmp(all[k].file, good[i].file) != 0)
            k++;
        all[k].file = good[i].file;
        forms += k == forms;
    }
    for (int64_t i = 0; i < cases; i++)
        all[i] = (struct damage){.file = all[i % forms].file, .seed = i};
    run_cases(reader, all, cases);
    for (int64_t i = 0; i < cases; i++) {
        const struct outcome *o = &outcomes[i];

        refused += o->rc != 0;
        crashed += o->done == CRASHED;
        ck_assert_msg(
            o->rc == 0 || o->done == CRASHED ||
                ((o->rc == ANA_EDATA || (o->rc == ANA_EPARAM && unsafe(reader))) &&
                 says_where(o->said, all[i].file)),
            "%s, %s, seed %lld: status %d, '%s'", reader, all[i].file, (long long)i,
            (int)o->rc, o->said);
        ck_assert_msg(o->rc != ANA_EDATA || o->done == CRASHED ||
                          says_place(reader, o->said),
                      "%s, %s, seed %lld names no place: '%s'", reader, all[i].file,
                      (long long)i, o->said);
        if (getenv("ANAFLOW_TELL"))
            printf("%s\t%lld\t%s\n", all[i].file, (long long)i, o->said);
    }
    printf("%s: %lld by a seed, %lld refused, %lld crashed the library\n", reader,
           (long long)cases, (long long)refused, (long long)crashed);
    ck_assert_int_le(crashed, cases / 20);
    fflush(stdout);
    free_cases(good, n);
    free(all);
}
END_TEST

static void make_folder(void)
{
    test_folder(folder, sizeof folder);
    outcomes = mmap(NULL, MOST_CASES * sizeof *outcomes, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(outcomes, MAP_FAILED);
}

int main(void)
{
    Suite *suite = suite_create("damage");
    TCase *t = tcase_create("damage");

    tcase_set_timeout(t, 1800);
    tcase_add_unchecked_fixture(t, make_folder, NULL);
    tcase_add_loop_test(t, a_damaged_file_gets_its_sentence, 0, N_READERS);
    tcase_add_loop_test(t, a_file_damaged_by_a_seed_is_read_or_refused, 0, N_READERS);
    suite_add_tcase(suite, t);
    return test_main(suite);
}
