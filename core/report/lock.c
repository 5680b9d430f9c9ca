/* SPDX-License-Identifier: BSD-3-Clause
 *
 * anaflow.lock.json: SHA-256 of every input and plugin file, the resolved configuration,
 * the seed, and the machine. It holds no date: the same run gives the same lock.
 */
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "report/json.h"
#include "report/machine.h"
#include "report/store.h"

/* One file to hash; several inputs may be one file, which is then read once a name. */
struct hash {
    const char *path;
    int64_t bytes; /* -1 = could not be read */
    char hex[2 * SHA256_DIGEST_SIZE + 1];
};

enum { CHUNK = 1 << 20 };

static void to_hex(const uint8_t digest[SHA256_DIGEST_SIZE], char *hex)
{
    for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* A file that went away during the run is told, not fatal: the scores exist. */
static int hash_file(struct ana_ctx *ctx, void *arg, int64_t i)
{
    struct hash *hash = (struct hash *)arg + i;
    FILE *file = hash->path ? fopen(hash->path, "rb") : NULL;
    uint8_t *chunk = ana_alloc(ctx, CHUNK, 1), digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx sha;
    size_t n;

    hash->bytes = 0;
    sha256_init(&sha);
    while (file && chunk && (n = fread(chunk, 1, CHUNK, file)) > 0) {
        sha256_update(&sha, n, chunk);
        hash->bytes += (int64_t)n;
    }
    if (!file || ferror(file)) {
        hash->bytes = -1;
        ana_warn(ctx, "%s: cannot be read any more; anaflow.lock.json has no hash of it",
                 hash->path ? hash->path : "(no path)");
    } else {
        sha256_digest(&sha, sizeof digest, digest);
        to_hex(digest, hash->hex);
    }
    if (file)
        fclose(file);
    ana_free(ctx, chunk);
    return chunk ? 0 : ANA_ERESOURCE;
}

static void set_hash(json_t *object, const struct hash *hash, int *failed)
{
    ana_json_text(object, "path", hash->path, failed);
    ana_json_name(object, "sha256", hash->bytes < 0 ? NULL : hash->hex, failed);
    if (hash->bytes >= 0)
        ana_json_count(object, "bytes", hash->bytes, failed);
}

static void add_inputs(const struct ana_results *results, const struct hash *hashes,
                       json_t *root, int *failed)
{
    json_t *list = json_array();

    ana_json_set(root, "inputs", list, failed);
    for (int64_t i = 0; i < results->n_inputs; i++) {
        json_t *object = json_object();

        set_hash(object, &hashes[i], failed);
        ana_json_append(list, object, failed);
    }
}

static void add_plugins(const struct ana_results *results, const struct hash *hashes,
                        json_t *root, int *failed)
{
    static const char *const kinds[] = {"?", "model", "reader", "metric"};
    json_t *list = json_array();

    ana_json_set(root, "plugins", list, failed);
    for (int64_t i = 0; i < results->n_plugins; i++) {
        const struct ana_plugin *plugin = results->plugins[i];
        const int known =
            plugin->kind >= ANA_KIND_MODEL && plugin->kind <= ANA_KIND_METRIC;
        json_t *object = json_object();

        set_hash(object, &hashes[i], failed);
        ana_json_text(object, "id", plugin->id, failed);
        ana_json_text(object, "kind", kinds[known ? plugin->kind : 0], failed);
        ana_json_text(object, "version", plugin->version, failed);
        ana_json_text(object, "licence", plugin->licence, failed);
        ana_json_set(object, "abi",
                     json_sprintf("%u.%u", plugin->abi_major, plugin->abi_minor), failed);
        if (results->plugin_params)
            ana_json_text(object, "parameters", results->plugin_params[i], failed);
        ana_json_append(list, object, failed);
    }
}

static void add_machine(json_t *root, int *failed)
{
    struct ana_machine *machine = calloc(1, sizeof *machine);
    json_t *object = json_object();

    ana_json_set(root, "machine", object, failed);
    if (!machine) {
        *failed = 1;
        return;
    }
    ana_machine_describe(machine);
    ana_json_text(object, "blas", machine->blas, failed);
    ana_json_text(object, "cpu", machine->cpu, failed);
    ana_json_text(object, "cpu_flags", machine->flags, failed);
    ana_json_text(object, "system", machine->system, failed);
    ana_json_text(object, "compiler", machine->compiler, failed);
    ana_json_text(object, "libc", machine->libc, failed);
    free(machine);
}

int ana_lock_write(struct ana_ctx *ctx, const struct ana_results *results)
{
    const int64_t n_inputs = results->n_inputs, n_plugins = results->n_plugins;
    struct hash *hashes = ana_alloc(ctx, n_inputs + n_plugins, sizeof *hashes);
    json_t *root;
    int failed = 0, rc;

    if (!hashes)
        return ANA_ERESOURCE;
    for (int64_t i = 0; i < n_inputs; i++)
        hashes[i].path = results->inputs[i];
    for (int64_t i = 0; i < n_plugins; i++)
        hashes[n_inputs + i].path = results->plugin_paths[i];
    rc = ana_parallel_for(ctx, n_inputs + n_plugins, hash_file, hashes);
    if (rc == 0) {
        root = json_object();
        ana_json_text(root, "anaflow", PACKAGE_VERSION, &failed);
        ana_json_text(root, "stamp", results->stamp, &failed);
        ana_json_text(root, "command", results->command, &failed);
        ana_json_text(root, "configuration", results->config, &failed);
        ana_json_set(root, "seed",
                     json_sprintf("%llu", (unsigned long long)results->seed), &failed);
        add_inputs(results, hashes, root, &failed);
        add_plugins(results, hashes + n_inputs, root, &failed);
        add_machine(root, &failed);
        rc = ana_json_write(ctx, results->folder, "anaflow.lock.json", root, failed);
    }
    ana_free(ctx, hashes);
    return rc;
}
