/*
 * make_seeds - small sound inputs to begin fuzzing from, written by the writers of the project:
 *
 *     make_seeds FOLDER SOURCES      FOLDER/TARGET/…; SOURCES: the tree
 */
#include "../dm_make.h"
#include "../h5_make.h"
#include "../made_run.h"
#include "../raw_make.h"
#include "base/mem.h"
#include "curve/keys.h"
#include "io/image_write.h"
#include "nn/model.h"
#include "nn/net_weights.h"
#include "seed_messages.h"
#include "test.h"

#include <dirent.h>
#include <sys/stat.h>

#define BYTES_MAX (1u << 20)

static const char *to, *sources;
static char path[4096];

static const char *place(const char *target, const char *name)
{
    snprintf(path, sizeof path, "%s/%s/%s", to, target, name);
    return path;
}

static size_t read_bytes(const char *from, uint8_t *bytes)
{
    FILE *file = fopen(from, "rb");

    assert_non_null(file);
    size_t size = fread(bytes, 1, BYTES_MAX, file);
    fclose(file);
    return size;
}

static void write_bytes(const char *target, const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(place(target, name), "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* The golden messages: hexadecimal digits after a line of dashes. */
static void wire_seed(const char *name, uint8_t *text, size_t size)
{
    uint8_t message[BYTES_MAX / 2];
    size_t n = 0;
    unsigned int byte;

    text[size] = 0;
    const char *at = strstr((char *)text, "---\n");
    assert_non_null(at);
    for (at += 4; sscanf(at, "%2x", &byte) == 1; at += 2 + (at[2] == '\n'))
        message[n++] = (uint8_t)byte;
    write_bytes("wire", name, message, n);
}

static void pipeline_seed(const char *name, uint8_t *text, size_t size)
{
    write_bytes("pipeline", name, text, size);
}

/* Calls `seed` for each file of a folder of the sources with that ending. */
static void each_file(const char *folder, const char *ending,
                      void (*seed)(const char *name, uint8_t *bytes, size_t size))
{
    static uint8_t bytes[BYTES_MAX + 1];
    char from[4096];

    snprintf(from, sizeof from, "%s/%s", sources, folder);
    DIR *directory = opendir(from);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ending) != 0)
            continue;
        snprintf(from, sizeof from, "%s/%s/%s", sources, folder, entry->d_name);
        seed(entry->d_name, bytes, read_bytes(from, bytes));
    }
    closedir(directory);
}

static void model_seed(void)
{
    static const eel_net_shape shape = {
        .inputs = 64, .width = 5, .channels = {2, 3, 4, 5}, .strides = {2, 2, 2, 2}, .hidden = 3,
        .projected = 2, .dense = 4, .classes = 2,
    };
    eel_model_info info = {
        .start_ev = 90, .step_ev = 0.2, .normalisation = "log-ratio-1", .classes = 2,
        .class_name = {"O", "other"}, .threshold = {0.5f, 0.5f}, .scale = {1, 1},
        .training = (char *)"{\"seed\": 1}",
    };
    eel_net *net;

    assert_ok(net_new(&net, &shape));
    for (size_t i = 0; i < net->layout.count; i++)
        net->values[i] = 0.1f;
    net_ready(net);
    assert_ok(eel_model_write(net, &info, place("model", "small.h5")));
    eel_net_free(net);
}

/* A run of twelve pixels of which two are absent, as fuzz_store.c takes a store apart. */
static void store_seed(void)
{
    static const char *const names[] = {"store.json", "end.json", "states", "values", "sums"};
    made_run run = {.axes = 2, .size = {3, 4}, .units = "nm", .elements = "O Ti", .absent = 2,
                    .low_ev = 300, .high_ev = 800};
    uint8_t *bytes = eel_alloc(6, BYTES_MAX), *at = bytes + 10;
    char folder[4096], name[4096];

    snprintf(folder, sizeof folder, "%s/made-store", to);
    make_run(&run, folder);
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "%.3000s/%s", folder, names[i]);
        size_t size = read_bytes(name, at);
        assert_true(size < 65536);
        bytes[2 * i] = (uint8_t)size;
        bytes[2 * i + 1] = (uint8_t)(size >> 8);
        at += size;
    }
    write_bytes("store", "twelve-pixels", bytes, (size_t)(at - bytes));
    eel_free(bytes);
}

static void dm_seed(const char *name, int version, int big_endian)
{
    static float values[2 * 3 * 5];
    dm_description file = {.version = version, .big_endian = big_endian, .images = 1};

    file.image[0] = (dm_image){
        .name = "SI", .data_type = 2, .dims = 3, .size = {3, 2, 5}, .origin = {0, 0, -200},
        .scale = {2, 2, 0.5}, .units = {"nm", "nm", "eV"}, .signal = "EELS",
        .format = "Spectrum image", .voltage = 200e3, .values = values,
        .value_bytes = sizeof values,
    };
    dm_make(place("reader", name), &file);
}

static void written_seed(const char *name, int nav_count)
{
    eel_image_info info = {
        .nav_count = nav_count, .nav = {{2, 0, 1, "y", "nm"}, {3, 0, 1, "x", "nm"}},
        .pixels = nav_count ? 6 : 1, .axis = {100, 0.5, 8}, .type = EEL_IMAGE_F32,
        .title = "seed", .beam_kev = 200, .collection_mrad = 10, .convergence_mrad = NAN,
        .exposure_s = 0.1, .elements = "O Ti",
    };
    float values[6 * 8];
    eel_image_writer *writer;

    for (int i = 0; i < 6 * 8; i++)
        values[i] = (float)i;
    assert_ok(eel_image_create(&writer, place("reader", name), &info));
    assert_ok(eel_image_write(writer, 0, (uint32_t)info.pixels, values));
    assert_ok(eel_image_finish(writer, 1));
}

static void raw_seeds(void)
{
    static const char ripple[] = "key\tvalue\nwidth\t4\nheight\t3\ndepth\t20\noffset\t4\n"
                                 "data-type\tunsigned\ndata-length\t2\nbyte-order\tlittle-endian\n"
                                 "record-by\tvector\nev-per-chan\t0.5\ndepth-origin\t400\n";
    static const char *const orders[] = {"False", "True"}, *const names[] = {"c.npy", "fortran.npy"};
    unsigned char bytes[8192];
    uint16_t values[Y * X * E];
    char header[128];

    counts(values, Y * X * E);
    for (int i = 0; i < 2; i++) {
        snprintf(header, sizeof header, "{'descr': '<u2', 'fortran_order': %s, 'shape': (3, 4, 20), }\n",
                 orders[i]);
        write_bytes("reader", names[i], bytes, npy_bytes(bytes, header, values, sizeof values));
    }
    write_bytes("reader", "scan.rpl", ripple, sizeof ripple - 1);
    write_bytes("reader", "scan.ndata", bytes, make_ndata(bytes, "data.npy", 0));
    tiff_make(place("reader", "plain.tif"), E, Y, X, PLAIN, "ImageJ=1.53t\nimages=20\nslices=20\nunit=nm\n");
    tiff_make(place("reader", "strips.tif"), 1, Y * X, E, STRIPS, "{\"shape\": [3, 4, 20]}");
    tiff_make(place("reader", "tiles.tif"), Y, X, E, TILES, NULL);
    tiff_make(place("reader", "swapped.tif"), 2, X, E, SWAPPED, NULL);
}

static void h5_seeds(void)
{
    h5_make_nexus(place("reader", "series.nxs"), "t:y:x:Energy loss");
    h5_make_emd(place("reader", "signal.emd"), 0);
    h5_make_emd(place("reader", "reversed.emd"), 1);
    h5_make_dm5(place("reader", "scan.dm5"));
    h5_make_swift(place("reader", "swift.h5"));
    h5_make_velox(place("reader", "velox.emd"));
}

static void reader_seeds(void)
{
    static const char commas[] = "Energy (keV), counts\n0.1, 5\n0.1005, 6\n0.101, 7.5\n",
                      tabs[] = "# from a spreadsheet\n285,5\t1,5\n286\t2\n286,5\t3e2\n287\tnan\n";

    dm_seed("si.dm3", 3, 0);
    dm_seed("big.dm3", 3, 1);
    dm_seed("si.dm4", 4, 0);
    written_seed("si.hspy", 2);
    written_seed("one.msa", 0);
    written_seed("si.npy", 2);
    write_bytes("reader", "commas.csv", commas, sizeof commas - 1);
    write_bytes("reader", "tabs.txt", tabs, sizeof tabs - 1);
    raw_seeds();
    h5_seeds();
}

static void keys_seeds(void)
{
    eel_keys keys;

    assert_ok(eel_keys_new(&keys));
    assert_ok(eel_keys_write(&keys, place("keys", "pair")));
}

TEST(seeds)
{
    each_file("proto/examples", ".txt", wire_seed);
    each_file("pipelines", ".flow", pipeline_seed);
    model_seed();
    store_seed();
    reader_seeds();
    seed_messages(write_bytes);
    keys_seeds();
}

int main(int argc, char **argv)
{
    static const char *const targets[] = {"", "wire", "store", "model", "pipeline", "reader",
                                          "feed", "dectris", "karabo", "source", "shared", "keys"};
    const struct CMUnitTest tests[] = {cmocka_unit_test(seeds)};

    if (argc != 3) {
        fprintf(stderr, "usage: make_seeds FOLDER SOURCES\n");
        return 2;
    }
    to = argv[1];
    sources = argv[2];
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        mkdir(place(targets[i], ""), 0777);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
