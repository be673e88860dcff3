/* A DECTRIS detector's messages: read as their makers write them, or refused, whatever comes. */
#include "base/mem.h"
#include "live/frames.h"
#include "simplon_bytes.h"
#include "test.h"

#include <lz4.h>

static eel_simplon read_image(void)
{
    eel_simplon m;

    assert_ok(eel_simplon_from_cbor(&m, image_bytes, sizeof image_bytes, NULL));
    return m;
}

TEST(an_image_of_version_2_says_where_it_belongs_and_what_it_is)
{
    eel_simplon m = read_image();

    assert_int_equal(m.kind, EEL_SIMPLON_IMAGE);
    assert_int_equal(m.series, 7);
    assert_int_equal(m.number, 300);
    assert_int_equal(m.image.rows, 4);
    assert_int_equal(m.image.columns, 25);
    assert_int_equal(m.image.value_bytes, 2);
    assert_int_equal(m.image.packing, EEL_PACKED_BSLZ4);
}

TEST(a_start_of_version_2_says_what_the_detector_and_its_user_know)
{
    eel_simplon m;

    assert_ok(eel_simplon_from_cbor(&m, start_bytes, sizeof start_bytes, NULL));

    assert_int_equal(m.kind, EEL_SIMPLON_START);
    assert_int_equal(m.images, 384);
    assert_int_equal(m.saturation, 65533);
    assert_string_equal(m.detector, "ELA");
    assert_true(m.beam_ev == 200000 && m.first_ev == 350 && m.step_ev == 0.5);
    assert_true(m.scan_rows == 12 && m.scan_columns == 32);
}

TEST(another_channel_than_those_there_are_is_named)
{
    eel_simplon m;

    assert_fails(EEL_EFORMAT, eel_simplon_from_cbor(&m, image_bytes, sizeof image_bytes, "t2"));
    assert_words("t2");
}

TEST(a_message_that_is_cut_short_anywhere_is_refused)
{
    eel_simplon m;

    for (size_t size = 0; size < sizeof image_bytes; size++) {
        unsigned char *cut = malloc(size + 1); /* of its own, so that a sanitizer sees its end */
        memcpy(cut, image_bytes, size);
        assert_true(eel_simplon_from_cbor(&m, cut, size, NULL) != EEL_OK);
        free(cut);
    }
}

/* What a source does with a message. */
static void take(const unsigned char *bytes, size_t size)
{
    eel_simplon m;
    eel_frames frames = {0};
    eel_live_how how = {0};
    const float *spectrum;

    if (eel_simplon_from_cbor(&m, bytes, size, NULL) == EEL_OK && m.image.value_bytes &&
        m.image.rows * m.image.columns < 100000 &&
        eel_frames_begin(&frames, &m.image, 0, &how) == EEL_OK)
        eel_frames_spectrum(&frames, &m.image, &spectrum);
    eel_frames_release(&frames);
}

TEST(a_message_with_any_byte_changed_does_no_harm)
{
    unsigned char *changed = malloc(sizeof image_bytes);

    for (size_t i = 0; i < sizeof image_bytes; i++) {
        for (int value = 0; value < 256; value++) {
            memcpy(changed, image_bytes, sizeof image_bytes);
            changed[i] = (unsigned char)value;
            take(changed, sizeof image_bytes);
        }
    }
    free(changed);
}

#define PART(text) {text, sizeof(text) - 1}

TEST(an_image_of_version_1_is_json_and_values_in_turn)
{
    const eel_simplon_part parts[] = {
        PART("{\"htype\":\"dimage-1.0\",\"series\":7,\"frame\":300}"),
        PART("{\"htype\":\"dimage_d-1.0\",\"shape\":[3,2],\"type\":\"uint8\",\"encoding\":\"<\"}"),
        PART("123456")};
    eel_simplon m;

    assert_ok(eel_simplon_from_parts(&m, parts, 3));

    assert_true(m.kind == EEL_SIMPLON_IMAGE && m.series == 7 && m.number == 300);
    assert_true(m.image.columns == 3 && m.image.rows == 2 && m.image.data == parts[2].bytes);
    assert_fails(EEL_EFORMAT, eel_simplon_from_parts(&m, parts, 2));
}

TEST(a_start_of_version_1_counts_triggers_and_images_and_finds_the_mask_between_tables)
{
    const eel_simplon_part parts[] = {
        PART("{\"htype\":\"dheader-1.0\",\"series\":7,\"header_detail\":\"all\"}"),
        PART("{\"ntrigger\":12,\"nimages\":32,\"trigger_mode\":\"exts\",\"description\":\"Quadro\"}"),
        PART("{\"htype\":\"dflatfield-1.0\",\"shape\":[2,1]}"), PART("{\"axis\": [1,2]}"),
        PART("{\"htype\":\"dpixelmask-1.0\",\"shape\":[2,1],\"type\":\"uint32\"}"), PART("12345678"),
        PART("{\"shape\": [12, 32], \"axis\": [350, 0.5]}")};
    eel_simplon m;

    assert_ok(eel_simplon_from_parts(&m, parts, 7));

    assert_int_equal(m.images, 12 * 32);
    assert_string_equal(m.detector, "Quadro");
    assert_ptr_equal(m.mask.data, parts[5].bytes);
    assert_true(m.scan_rows == 12 && m.scan_columns == 32 && m.first_ev == 350);
}

/* A start of version 2 with this as the user's data, in CBOR. */
static eel_simplon start_with(const char *user_data, size_t size)
{
    static const char head[] = "\xd9\xd9\xf7\xa3\x64type\x65start\x69series_id\x07\x69user_data";
    char bytes[256];
    eel_simplon m;

    memcpy(bytes, head, sizeof head - 1);
    memcpy(bytes + sizeof head - 1, user_data, size);
    assert_ok(eel_simplon_from_cbor(&m, bytes, sizeof head - 1 + size, NULL));
    return m;
}
#define START_WITH(text) start_with(text, sizeof(text) - 1)

TEST(a_shape_or_axis_that_makes_no_sense_is_noticed_and_costs_nothing_else)
{
    eel_simplon good = START_WITH("\xa1\x65shape\x82\x02\x08");
    eel_simplon text = START_WITH("\xa2\x65shape\x82\x61" "a\x08\x64" "axis\x82\x18\x64\x01");
    eel_simplon halves = START_WITH("\xa1\x65shape\x82\xf9\x41\x00\x08"); /* 2.5 */
    eel_simplon none = START_WITH("\xa1\x65shape\x82\x00\x08");
    eel_simplon three = START_WITH("\xa1\x65shape\x83\x01\x02\x03");
    eel_simplon falls = START_WITH("\xa1\x64" "axis\x82\x18\x64\x20"); /* 100, -1 */

    assert_true(good.scan_rows == 2 && good.scan_columns == 8 && !good.odd_shape);
    assert_true(text.odd_shape && text.scan_rows == 0 && !text.odd_axis && text.first_ev == 100 && text.step_ev == 1);
    assert_true(halves.odd_shape && halves.scan_rows == 0);
    assert_true(none.odd_shape && three.odd_shape);
    assert_true(falls.odd_axis && falls.step_ev == 0 && !falls.odd_shape);
}

TEST(in_version_2_a_text_may_say_shape_and_axis_too)
{
    eel_simplon m = START_WITH("\x78\x25{\"shape\": [2, 8], \"axis\": [400, 0.5]}");
    eel_simplon note = START_WITH("\x66" "a note");
    eel_simplon odd = START_WITH("\x73{\"shape\": [\"a\", 8]}");

    assert_true(m.scan_rows == 2 && m.scan_columns == 8 && m.first_ev == 400 && m.step_ev == 0.5);
    assert_true(!note.odd_shape && !note.odd_axis);
    assert_true(odd.odd_shape && odd.scan_rows == 0);
}

TEST(a_name_of_a_detector_is_cut_between_two_characters)
{
    static const char head[] = "\xd9\xd9\xf7\xa3\x64type\x65start\x69series_id\x07\x74" "detector_description\x78\x96";
    char bytes[sizeof head - 1 + 150];
    eel_simplon m;

    memcpy(bytes, head, sizeof head - 1);
    for (int i = 0; i < 75; i++)
        memcpy(bytes + sizeof head - 1 + 2 * i, "\xc3\xa9", 2);
    assert_ok(eel_simplon_from_cbor(&m, bytes, sizeof bytes, NULL));

    assert_int_equal(strlen(m.detector), 126);
}

TEST(more_images_or_pixels_than_a_scan_can_have_are_as_good_as_not_told)
{
    static const unsigned char told[] = {0x19, 0x01, 0x80};
    static const unsigned char huge[] = {0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const eel_simplon_part parts[] = {
        PART("{\"htype\":\"dheader-1.0\",\"series\":7,\"header_detail\":\"basic\"}"),
        PART("{\"ntrigger\":1000000,\"nimages\":1000000,\"trigger_mode\":\"exts\"}"),
        PART("{\"shape\": [1000000, 1000000]}")};
    unsigned char bytes[sizeof start_bytes + sizeof huge - sizeof told];
    size_t at = (size_t)((unsigned char *)memmem(start_bytes, sizeof start_bytes, told, sizeof told) - start_bytes);
    eel_simplon m;
    memcpy(bytes, start_bytes, at);
    memcpy(bytes + at, huge, sizeof huge);
    memcpy(bytes + at + sizeof huge, start_bytes + at + sizeof told, sizeof start_bytes - at - sizeof told);

    assert_ok(eel_simplon_from_parts(&m, parts, 3));
    assert_true(m.images == 0 && m.scan_rows == 0);
    assert_ok(eel_simplon_from_cbor(&m, bytes, sizeof bytes, NULL));
    assert_true(m.images == 0 && m.scan_rows == 12);
}

static const eel_unpack_range all = {0, SIZE_MAX};

TEST(bitshuffled_values_come_back_whole_blocks_and_what_is_left)
{
    eel_simplon m = read_image();
    uint16_t values[100], scratch[100];

    assert_ok(eel_unpack(values, scratch, sizeof values, all, 2, m.image.packing, m.image.data,
                         m.image.bytes));

    for (int i = 0; i < 100; i++)
        assert_int_equal(values[i], i);
}

TEST(blocks_without_a_wanted_byte_are_left_alone)
{
    eel_simplon m = read_image();
    uint16_t values[100] = {[32] = 7}, scratch[100];

    assert_ok(eel_unpack(values, scratch, sizeof values, (eel_unpack_range){129, 130}, 2,
                         m.image.packing, m.image.data, m.image.bytes));

    assert_int_equal(values[32], 7);
    assert_int_equal(values[64], 64);
    assert_int_equal(values[95], 95);
}

TEST(lz4_comes_back_as_one_bare_block_and_as_hdf5_has_it_plain_where_it_does_not_shrink)
{
    uint8_t values[64] = {1, 2, 3}, bare[128], out[64], scratch[64];
    int size = LZ4_compress_default((char *)values, (char *)bare, 64, sizeof bare);
    uint8_t framed[256] = {[7] = 64, [11] = 48, [15] = (uint8_t)size};

    assert_ok(eel_unpack(out, scratch, 64, all, 1, EEL_PACKED_LZ4_BLOCK, bare, (size_t)size));
    assert_memory_equal(out, values, 64);
    size = LZ4_compress_default((char *)values, (char *)framed + 16, 48, 128);
    framed[15] = (uint8_t)size;
    framed[16 + size + 3] = 16;
    memcpy(framed + 16 + size + 4, values + 48, 16);
    memset(out, 0xff, sizeof out);
    assert_ok(eel_unpack(out, scratch, 64, all, 1, EEL_PACKED_LZ4, framed, 16 + (size_t)size + 20));
    assert_memory_equal(out, values, 64);
    assert_fails(EEL_EFORMAT, eel_unpack(out, scratch, 64, all, 1, EEL_PACKED_LZ4, framed,
                                         16 + (size_t)size + 19));
}

TEST(a_spectrum_is_the_sum_over_the_rows_asked_for)
{
    static const uint16_t image[3][2] = {{1, 2}, {10, 20}, {100, 200}};
    eel_projection p = {.rows = 3, .columns = 2, .from = 1, .to = 3, .value_bytes = 2,
                        .saturated = 65534};
    eel_channel_sum sums[2];
    float spectrum[2];

    eel_project(spectrum, sums, &p, image);

    assert_floats(spectrum, ((float[]){110, 220}), 2, 0);
}

TEST(masked_and_saturated_pixels_are_made_up_for_by_the_other_rows_or_leave_no_number)
{
    static const uint8_t image[3][4] = {{1, 254, 3, 255}, {10, 20, 30, 255}, {255, 255, 255, 255}};
    uint8_t masked[3][4] = {{0, 0, 1, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}};
    eel_projection p = {.rows = 3, .columns = 4, .to = 3, .value_bytes = 1, .saturated = 254,
                        .masked = masked[0]};
    eel_channel_sum sums[4];
    float spectrum[4];

    eel_project(spectrum, sums, &p, image);

    assert_floats(spectrum, ((float[]){11, 40, 60, NAN}), 4, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_of_version_2_says_where_it_belongs_and_what_it_is),
        cmocka_unit_test(a_start_of_version_2_says_what_the_detector_and_its_user_know),
        cmocka_unit_test(another_channel_than_those_there_are_is_named),
        cmocka_unit_test(a_message_that_is_cut_short_anywhere_is_refused),
        cmocka_unit_test(a_message_with_any_byte_changed_does_no_harm),
        cmocka_unit_test(an_image_of_version_1_is_json_and_values_in_turn),
        cmocka_unit_test(a_shape_or_axis_that_makes_no_sense_is_noticed_and_costs_nothing_else),
        cmocka_unit_test(in_version_2_a_text_may_say_shape_and_axis_too),
        cmocka_unit_test(a_name_of_a_detector_is_cut_between_two_characters),
        cmocka_unit_test(more_images_or_pixels_than_a_scan_can_have_are_as_good_as_not_told),
        cmocka_unit_test(a_start_of_version_1_counts_triggers_and_images_and_finds_the_mask_between_tables),
        cmocka_unit_test(bitshuffled_values_come_back_whole_blocks_and_what_is_left),
        cmocka_unit_test(blocks_without_a_wanted_byte_are_left_alone),
        cmocka_unit_test(lz4_comes_back_as_one_bare_block_and_as_hdf5_has_it_plain_where_it_does_not_shrink),
        cmocka_unit_test(a_spectrum_is_the_sum_over_the_rows_asked_for),
        cmocka_unit_test(masked_and_saturated_pixels_are_made_up_for_by_the_other_rows_or_leave_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
