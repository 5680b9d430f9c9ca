/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lists, parameters and citations in sentences.
 */
#include "pipeline/methods_words.h"

#include <string.h>

void ana_words_item(struct ana_text *text, int64_t i, int64_t n, const char *name)
{
    ana_text_add(text, "%s%s", i == 0 ? "" : i + 1 == n ? " and " : ", ", name);
}

void ana_words_params(struct ana_text *text, const char *before, const char *params,
                      const char *after)
{
    int said = 0;

    while (params && *params) {
        const size_t n = strcspn(params, "\n");

        if (n > 0 && !(n >= 2 && strncmp(params + n - 2, "= ", 2) == 0)) {
            ana_text_add(text, "%s", said++ ? ", " : before);
            ana_text_write(text, params, (int64_t)n);
        }
        params += n + (params[n] == '\n');
    }
    ana_text_add(text, "%s", said ? after : "");
}

int ana_words_cite(struct ana_gather *gather, struct ana_text *text, const char *citation)
{
    int said = 0, rc = 0;

    while (rc == 0 && citation && *citation) {
        struct ana_text work = {0};
        int64_t number = 0;
        size_t n = strcspn(citation, ";");

        ana_text_write(&work, citation, (int64_t)n);
        citation += n + (citation[n] == ';');
        citation += strspn(citation, " ");
        rc = work.failed ? ANA_ERESOURCE
                         : ana_gather_reference(gather, work.data, &number);
        if (rc == 0)
            ana_text_add(text, "%s%lld", said++ ? ", " : " [", (long long)number);
        ana_text_finish(&work);
    }
    ana_text_add(text, "%s", said ? "]" : "");
    return rc;
}

int ana_words_say(struct ana_ctx *ctx, struct ana_gather *gather, struct ana_text *text)
{
    int rc = text->failed || !text->data
                 ? ana_fail(ctx, ANA_ERESOURCE, "no memory for the report")
                 : ana_gather_method(gather, text->data);

    ana_text_finish(text);
    return rc;
}
