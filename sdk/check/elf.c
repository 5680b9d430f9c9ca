/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The symbol tables of a shared library, by the ELF-64 specification. Every offset is
 * checked against the file before it is followed.
 */
#include "check/elf.h"

#include <elf.h>
#include <string.h>

#include "base/checked.h"
#include "base/file.h"

struct elf {
    const uint8_t *data;
    int64_t bytes;
    const Elf64_Ehdr *head;
    const Elf64_Shdr *section; /* head->e_shnum of them */
};

/* The `n` bytes at an offset, or NULL where the file has none. */
static const void *at(const struct elf *elf, uint64_t offset, uint64_t n)
{
    int64_t end;

    if (offset > INT64_MAX || n > INT64_MAX ||
        !ana_add_ok((int64_t)offset, (int64_t)n, &end) || end > elf->bytes)
        return NULL;
    return elf->data + offset;
}

static int read_head(struct elf *elf)
{
    elf->head = at(elf, 0, sizeof *elf->head);
    if (!elf->head || memcmp(elf->head->e_ident, ELFMAG, SELFMAG) != 0 ||
        elf->head->e_ident[EI_CLASS] != ELFCLASS64 ||
        elf->head->e_shentsize != sizeof *elf->section || elf->head->e_shoff % 8 != 0)
        return 0;
    elf->section =
        at(elf, elf->head->e_shoff, (uint64_t)elf->head->e_shnum * sizeof *elf->section);
    return elf->section != NULL;
}

/* A string of a table, "" where there is none. */
static const char *string(const struct elf *elf, uint32_t table, uint64_t offset)
{
    const Elf64_Shdr *s = table < elf->head->e_shnum ? elf->section + table : NULL;
    const char *text = s ? at(elf, s->sh_offset, s->sh_size) : NULL;

    if (!text || offset >= s->sh_size || !memchr(text + offset, 0, s->sh_size - offset))
        return "";
    return text + offset;
}

/* 1 if a section holds variables: writable, and not read-only again after loading. */
static int holds_variables(const struct elf *elf, uint32_t number)
{
    static const char *const names[] = {".data", ".bss", ".tdata", ".tbss"};
    const Elf64_Shdr *s = number < elf->head->e_shnum ? elf->section + number : NULL;
    const char *name = s ? string(elf, elf->head->e_shstrndx, s->sh_name) : "";

    if (!s || !(s->sh_flags & SHF_WRITE) || strncmp(name, ".data.rel.ro", 12) == 0)
        return 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(name, names[i], strlen(names[i])) == 0)
            return 1;
    return 0;
}

static int judge(const struct elf *elf, uint32_t type, const Elf64_Sym *symbol)
{
    const unsigned bind = ELF64_ST_BIND(symbol->st_info),
                   kind = ELF64_ST_TYPE(symbol->st_info),
                   visible = ELF64_ST_VISIBILITY(symbol->st_other);

    if (type == SHT_SYMTAB)
        return symbol->st_size > 0 && (kind == STT_OBJECT || kind == STT_TLS) &&
                       holds_variables(elf, symbol->st_shndx)
                   ? ANA_ELF_WRITABLE
                   : 0;
    if (symbol->st_shndx == SHN_UNDEF)
        return ANA_ELF_IMPORT;
    return (bind == STB_GLOBAL || bind == STB_WEAK || bind == STB_GNU_UNIQUE) &&
                   (visible == STV_DEFAULT || visible == STV_PROTECTED) &&
                   symbol->st_shndx != SHN_ABS
               ? ANA_ELF_EXPORT
               : 0;
}

static int visit_table(const struct elf *elf, const Elf64_Shdr *table,
                       int (*visit)(void *arg, int what, const char *name, int64_t bytes),
                       void *arg)
{
    const Elf64_Sym *symbol = at(elf, table->sh_offset, table->sh_size);
    int rc = 0;

    if (!symbol || table->sh_offset % 8 != 0)
        return 0;
    for (uint64_t i = 1; rc == 0 && i < table->sh_size / sizeof *symbol; i++) {
        const int what = judge(elf, table->sh_type, symbol + i);
        const char *name = string(elf, table->sh_link, symbol[i].st_name);

        if (what != 0 && *name)
            rc = visit(arg, what, name, (int64_t)symbol[i].st_size);
    }
    return rc;
}

/* Without names, what the sections of variables hold beside the toolchain's own. */
static int visit_sections(const struct elf *elf,
                          int (*visit)(void *arg, int what, const char *name,
                                       int64_t bytes),
                          void *arg)
{
    int rc = 0;

    for (uint32_t i = 0; rc == 0 && i < elf->head->e_shnum; i++)
        if (holds_variables(elf, i) && elf->section[i].sh_size > 8)
            rc = visit(arg, ANA_ELF_STRIPPED,
                       string(elf, elf->head->e_shstrndx, elf->section[i].sh_name),
                       (int64_t)elf->section[i].sh_size);
    return rc;
}

int ana_elf_visit(struct ana_ctx *ctx, const char *path,
                  int (*visit)(void *arg, int what, const char *name, int64_t bytes),
                  void *arg)
{
    struct elf elf = {.data = NULL};
    int rc = ana_file_map(ctx, path, &elf.data, &elf.bytes), named = 0;

    if (rc != 0)
        return rc;
    if (!read_head(&elf)) {
        rc = ana_fail(ctx, ANA_EDATA, "%s: is no 64-bit ELF file", path);
    } else {
        for (uint32_t i = 0; rc == 0 && i < elf.head->e_shnum; i++) {
            const uint32_t type = elf.section[i].sh_type;

            named |= type == SHT_SYMTAB;
            if (type == SHT_SYMTAB || type == SHT_DYNSYM)
                rc = visit_table(&elf, elf.section + i, visit, arg);
        }
        if (rc == 0 && !named)
            rc = visit_sections(&elf, visit, arg);
    }
    ana_file_unmap(elf.data, elf.bytes);
    return rc;
}
