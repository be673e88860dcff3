/*
 * Real files from microscopes and from the tests of peers read as HyperSpy reads them, or are
 * refused for the right reason (golden/peer_files.csv, made by golden/make_peer_files.py).
 */
#include "image_test.h"
#include "base/sha256.h"

#define DATA EEL_SHARED_DIR "/data/"

typedef struct {
    char verdict[16], shape[64], type[16], words[64], sha256[EEL_SHA256_TEXT], path[512];
    int signal;
    double offset, scale, sum, first, middle, last;
} row;

/* One line of the table. */
static int parse(char *line, row *r)
{
    line[strcspn(line, "\n")] = 0;
    memset(r, 0, sizeof *r);
    if (sscanf(line, "read;%d;%63[^;];%15[^;];%lf;%lf;%lf;%lf;%lf;%lf;%64[^;];%511[^\n]", &r->signal,
               r->shape, r->type, &r->offset, &r->scale, &r->sum, &r->first, &r->middle, &r->last,
               r->sha256, r->path) == 11)
        strcpy(r->verdict, "read");
    else if (sscanf(line, "refused;%63[^;];%511[^\n]", r->words, r->path) == 2)
        strcpy(r->verdict, "refused");
    else if (sscanf(line, "rebinned;%511[^\n]", r->path) == 1)
        strcpy(r->verdict, "rebinned");
    return r->verdict[0] != 0;
}

static void same(const row *r, const char *what, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance) && !(isnan(got) && isnan(want)))
        fail_msg("%s: %s is %.12g, HyperSpy has %.12g", r->path, what, got, want);
}

/* Of all values, each of which must be HyperSpy's to the last bit. */
static void same_values(const row *r, double *values, size_t n)
{
    char text[EEL_SHA256_TEXT];
    eel_sha256 sha;

    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i]))
            memcpy(&values[i], &(uint64_t){0x7ff8000000000000}, sizeof values[i]);
    }
    eel_sha256_start(&sha);
    eel_sha256_add(&sha, values, n * sizeof *values);
    eel_sha256_end(&sha, text);
    if (strcmp(text, r->sha256))
        fail_msg("%s: some of its %zu values are not those that HyperSpy has", r->path, n);
}

static void compare(const row *r, eel_image *image)
{
    const eel_image_info *info = eel_image_info_of(image);
    uint32_t n = info->axis.n;
    char shape[64] = "";
    double sum = 0, size = 0;

    for (int k = 0; k < info->nav_count; k++)
        snprintf(shape + strlen(shape), sizeof shape - strlen(shape), "%ju", info->nav[k].size),
            strcat(shape, "x");
    snprintf(shape + strlen(shape), sizeof shape - strlen(shape), "%u", n);
    if (strcmp(shape, r->shape) || strcmp(eel_image_type_name(info->type), r->type))
        fail_msg("%s: %s of %s, HyperSpy has %s of %s", r->path, shape,
                 eel_image_type_name(info->type), r->shape, r->type);
    assert_int_equal(info->signal, r->signal);
    same(r, "offset", info->axis.start_ev, r->offset, 1e-6 * r->scale);
    same(r, "scale", info->axis.step_ev, r->scale, 1e-9 * r->scale);
    double *all = read_all(image, 7);
    for (size_t i = 0; i < info->pixels * n; i++) {
        sum += all[i];
        size += fabs(all[i]);
    }
    same(r, "sum", sum, r->sum, 1e-9 * size);
    same(r, "first value", all[0], r->first, 0);
    same(r, "middle value", all[info->pixels / 2 * n + n / 3], r->middle, 0);
    same(r, "last value", all[info->pixels * n - 1], r->last, 0);
    same_values(r, all, info->pixels * n);
    free(all);
}

/* The file of an archive, in the build folder. */
static void unpack(const char *name, char path[1024])
{
    char command[2048];

    snprintf(path, 1024, EEL_BINARY_DIR "/made/peer.emd");
    snprintf(command, sizeof command, "mkdir -p " EEL_BINARY_DIR "/made && /usr/bin/python3 -c '"
             "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); "
             "open(sys.argv[2], \"wb\").write(z.read(z.namelist()[0]))' '%s%s' '%s'", DATA, name,
             path);
    assert_int_equal(system(command), 0);
}

static void check(const row *r)
{
    char path[1024];
    eel_image *image = NULL;

    if (strstr(r->path, ".zip"))
        unpack(r->path, path);
    else
        snprintf(path, sizeof path, "%s%s", DATA, r->path);
    int code = eel_image_open(&image, path, NULL);
    if (strcmp(r->verdict, "refused") == 0) {
        if (code != EEL_EFORMAT || !strstr(eel_words(), r->words))
            fail_msg("%s: %d (%s), expected to be refused with '%s'", r->path, code, eel_words(),
                     r->words);
        return;
    }
    if (code != EEL_OK)
        fail_msg("%s: %s", r->path, eel_words());
    if (strcmp(r->verdict, "rebinned") == 0)
        assert_non_null(strstr(eel_image_info_of(image)->title, "(rebinned)"));
    else
        compare(r, image);
    eel_image_close(image);
}

TEST(files_of_peers_read_as_hyperspy_reads_them_or_are_refused)
{
    FILE *table = fopen(EEL_SOURCE_DIR "/tests/golden/peer_files.csv", "r");
    char line[2048];
    row r;
    int rows = 0;

    assert_non_null(table);
    for (; fgets(line, sizeof line, table); rows++) {
        if (!parse(line, &r))
            fail_msg("peer_files.csv, line %d: %s", rows + 1, line);
        check(&r);
    }
    fclose(table);
    assert_true(rows > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_peers_read_as_hyperspy_reads_them_or_are_refused),
    };
    if (access(DATA "catalog.csv", R_OK) != 0)
        skip_all("the files of peers are not there (../shared/data)");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
