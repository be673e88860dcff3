/* From what a source says to scans in which every pixel is there or absent with its reason. */
#include "test.h"
#include "live/gather.h"

#include <semaphore.h>
#include <time.h>
#include <unistd.h>

#define CHANNELS 3

/* A source that says what a test wrote: "S12" a scan of 12 pixels in rows of 4, "S" one of unknown shape, "N12" one
 * without energies, "5+3" frames 5 to 7, "E" its end, "A" that it was aborted, "L" one that was lost, "_" nothing until
 * a scan ended, "~" until one is in the ring. At the end of the text it is over, or at "." silent. */
static const char *script;
static eel_image_info announced;
static float frames[64][CHANNELS];

static int open_script(void **state, const eel_live_how *how)
{
    (void)state;
    (void)how;
    return EEL_OK;
}

static void say_scan(eel_live_event *event, unsigned long pixels)
{
    announced = (eel_image_info){.path = "script", .format = "live", .type = EEL_IMAGE_F32,
                                 .axis = {400, 1, CHANNELS}, .pixels = pixels,
                                 .nav_count = pixels ? 2 : 0};
    announced.nav[0] = (eel_nav_axis){.size = pixels / 4, .scale = 1, .name = "y"};
    announced.nav[1] = (eel_nav_axis){.size = 4, .scale = 1, .name = "x"};
    *event = (eel_live_event){.kind = EEL_LIVE_SCAN, .scan = &announced};
}

static sem_t begun, ended; /* a scan, as its taker saw */

/* 1 when one did within the time. */
static int wait_for(sem_t *what, int timeout_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 1000000l * timeout_ms;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return sem_timedwait(what, &until) == 0;
}

static int next_script(void *state, eel_live_event *event, int timeout_ms)
{
    char *end;

    (void)state;
    *event = (eel_live_event){.kind = EEL_LIVE_NOTHING};
    while (*script == ' ')
        script++;
    if (!*script) {
        event->kind = EEL_LIVE_OVER;
    } else if (*script == 'S' || *script == 'N') {
        end = (char *)script + 1;
        say_scan(event, *end == ' ' ? 0 : strtoul(end, &end, 10));
        announced.axis.step_ev = *script == 'S';
        script = end;
    } else if (*script == 'E' || *script == 'A') {
        *event = (eel_live_event){.kind = EEL_LIVE_END,
                                  .why = *script == 'A' ? EEL_CANCELLED : EEL_SOURCE_GAP};
        script++;
    } else if (*script == 'L') {
        *event = (eel_live_event){.kind = EEL_LIVE_LOST, .words = "lost"};
        script++;
    } else if (*script == '_') {
        script += wait_for(&ended, timeout_ms);
    } else if (*script == '~') {
        script += wait_for(&begun, timeout_ms);
    } else if (*script >= '0' && *script <= '9') {
        event->kind = EEL_LIVE_FRAMES;
        event->first = strtoul(script, &end, 10);
        event->count = (uint32_t)strtoul(end + 1, &end, 10);
        event->frames = frames;
        for (uint32_t i = 0; i < event->count; i++)
            frames[i][0] = (float)(event->first + i);
        script = end;
    }
    return EEL_OK;
}

static void close_script(void *state)
{
    (void)state;
}

static const eel_source source = {.name = "script", .open = open_script, .next = next_script,
                                  .close = close_script};

/* What is gathered, as text: "[0-3 gap4-5 6-11 ]12" is a scan of 12 pixels of which two are a gap.
 * Neighbouring blocks are one. "!2" is scan 2, which cannot be mapped, "!0" one without a number, and its words are
 * among the words. */
static char got[1024], words[1024];
static float values[64];   /* the first channel of the first pixels: the numbers of their frames */
static uint64_t scans_wanted; /* 0: as many as come */
static uint64_t last_number; /* of the scan that began last */
static int ended_with;     /* code of the ring */
static size_t run_at;      /* where the last run of data begins in the text … */
static uint64_t run_first, run_end; /* … and its pixels */

static void print_piece(const eel_piece *piece)
{
    static const char *const names[EEL_PIXEL_STATES] = {[EEL_SOURCE_GAP] = "gap",
                                                        [EEL_CANCELLED] = "cancelled"};
    size_t used = strlen(got);
    int last = (int)(piece->first + piece->rows - 1);

    if (piece->kind == EEL_RING_SCAN)
        snprintf(got + used, sizeof got - used, "[");
    else if (piece->kind == EEL_RING_REFUSED)
        snprintf(got + used, sizeof got - used, "!%d", (int)piece->first);
    else if (piece->kind == EEL_RING_DATA) {
        int goes_on = run_end == piece->first && run_at && got[used - 1] == ' ';
        run_at = goes_on ? run_at : used;
        run_first = goes_on ? run_first : piece->first;
        run_end = piece->first + piece->rows;
        snprintf(got + run_at, sizeof got - run_at, "%d-%d ", (int)run_first, last);
    } else if (piece->kind == EEL_RING_ABSENT)
        snprintf(got + used, sizeof got - used, "%s%d-%d ", names[piece->why], (int)piece->first,
                 last);
    else if (piece->kind == EEL_RING_END)
        snprintf(got + used, sizeof got - used, "]%d", (int)piece->rows);
    if (piece->kind == EEL_RING_WORDS || piece->kind == EEL_RING_REFUSED)
        snprintf(words + strlen(words), sizeof words - strlen(words), "%s; ", (char *)piece->data);
}

static void keep_values(const eel_piece *piece)
{
    for (uint64_t i = 0; i < piece->rows && piece->first + i < sizeof values / sizeof *values; i++)
        values[piece->first + i] = ((float *)piece->data)[CHANNELS * i];
}

static const char *gathered_into(const char *policy, const char *text, const eel_live_how *user, double stall_s)
{
    eel_overrun overrun;
    eel_ring *ring;
    eel_gather *gather;
    eel_live_scan *scan = NULL;

    script = text;
    got[0] = words[0] = 0;
    run_at = 0;
    sem_init(&begun, 0, 0);
    sem_init(&ended, 0, 0);
    assert_ok(eel_overrun_parse(&overrun, policy));
    assert_ok(eel_ring_new(&ring, &overrun, 1 << 20));
    assert_ok(eel_gather_start(&gather, &(eel_gather_how){
        .source = &source, .user = user, .ring = ring, .overrun = &overrun, .stall_s = stall_s,
        .scans = scans_wanted, .number = 1}));
    for (int waits = 0; !eel_ring_over(ring) && waits < 200;) {
        eel_piece piece;
        if (!eel_ring_take(ring, &piece, 100)) {
            waits++;
            continue;
        }
        print_piece(&piece);
        if (piece.kind == EEL_RING_DATA)
            keep_values(&piece);
        if (piece.kind == EEL_RING_DATA || piece.kind == EEL_RING_ABSENT)
            assert_true(piece.first + piece.rows <= scan->image.pixels);
        if (piece.kind == EEL_RING_SCAN) {
            scan = piece.data;
            last_number = scan->number;
            sem_post(&begun);
        } else
            eel_ring_give_back(ring, &piece);
        if (piece.kind == EEL_RING_END) {
            eel_ring_release(ring, scan, 1);
            sem_post(&ended);
            if (strchr(text, '.'))
                break; /* a silent source is never over */
        }
    }
    eel_gather_stop(gather);
    ended_with = eel_ring_code(ring);
    eel_ring_free(ring);
    sem_destroy(&begun);
    sem_destroy(&ended);
    return got;
}

static const char *gathered(const char *text, const eel_live_how *user, double stall_s)
{
    return gathered_into("drop-newest", text, user, stall_s);
}

static const eel_live_how nothing;

TEST(frames_of_an_announced_scan_become_its_pixels)
{
    assert_string_equal(gathered("S12 0+5 5+7 E", &nothing, 30), "[0-11 ]12");
    assert_string_equal(words, "");
}

TEST(numbers_that_were_left_out_are_a_gap)
{
    assert_string_equal(gathered("S12 0+4 6+6", &nothing, 30), "[0-3 gap4-5 6-11 ]12");
}

TEST(a_late_start_is_a_gap)
{
    assert_string_equal(gathered("S12 7+5", &nothing, 30), "[gap0-6 7-11 ]12");
}

TEST(an_early_end_is_a_gap_and_the_words_count_it)
{
    assert_string_equal(gathered("S12 0+5 E", &nothing, 30), "[0-4 gap5-11 ]12");
    assert_non_null(strstr(words, "ended 7 pixels early"));
}

TEST(what_the_source_aborted_is_cancelled)
{
    assert_string_equal(gathered("S12 0+5 A S12 0+12", &nothing, 30),
                        "[0-4 cancelled5-11 ]12[0-11 ]12");
}

TEST(a_scan_that_begins_inside_another_ends_that_one)
{
    assert_string_equal(gathered("S12 0+5 S12 0+12", &nothing, 30), "[0-4 gap5-11 ]12[0-11 ]12");
    assert_non_null(strstr(words, "the next one began"));
}

TEST(a_scan_in_which_nothing_comes_any_more_is_over_after_its_time)
{
    assert_string_equal(gathered("S12 0+5 .", &nothing, 0.3), "[0-4 gap5-11 ]12");
    assert_non_null(strstr(words, "nothing came for 0.3 s"));
}

TEST(frames_of_the_scan_before_that_come_again_are_counted)
{
    const eel_live_how user = {.rows = 2, .columns = 3};
    assert_string_equal(gathered("S 0+6 2+3 6+6 1+2 12+2 3+1 14+4", &user, 30), "[0-5 ]6[0-5 ]6[0-5 ]6");
    assert_string_equal(words, "frames from 2 on came when their scan was over: left out until the next one begins; "
                               "scan 3: 1 frames were left out, they came twice or belong to no pixel of it; is "
                               "--scan right?; 5 frames came too late, when their scan was over; ");
}

TEST(frames_that_come_after_a_stall_are_left_out_said_and_counted)
{
    assert_string_equal(gathered("S12 0+5 _ 5+3 8+4 S12 0+12", &nothing, 0.1), "[0-4 gap5-11 ]12[0-11 ]12");
    assert_string_equal(words, "scan 1 ended 7 pixels early: nothing came for 0.1 s; "
                               "frames from 5 on came when their scan was over: left out until the next one begins; "
                               "7 frames came too late, when their scan was over; ");
}

TEST(frames_that_come_twice_or_lie_outside_are_left_out_and_counted)
{
    assert_string_equal(gathered("S12 0+6 4+4 40+2 8+4", &nothing, 30), "[0-11 ]12");
    assert_non_null(strstr(words, "4 frames were left out"));
}

TEST(frames_that_come_after_later_ones_are_left_out_and_that_is_said)
{
    assert_string_equal(gathered("S12 0+3 6+3 3+3 4+4 9+3", &nothing, 30), "[0-2 gap3-5 6-11 ]12");
    assert_string_equal(words, "scan 1: 5 frames came after later ones; they are left out, for spectra have to come in "
                               "the order of the scan; scan 1: 2 frames were left out, they came twice or belong to no "
                               "pixel of it; is --scan right?; ");
}

TEST(an_aborted_scan_without_a_pixel_is_none)
{
    assert_string_equal(gathered("S12 A S12 0+12", &nothing, 30), "[0-11 ]12");
}

TEST(a_scan_that_lost_all_its_pixels_is_refused)
{
    assert_string_equal(gathered("S12 S12 0+12", &nothing, 30), "!0[0-11 ]12");
    assert_string_equal(words, "a scan ended before its first pixel: the next one began; ");
    assert_string_equal(gathered("S12 E S12 0+12 E", &nothing, 30), "!0[0-11 ]12");
    assert_string_equal(words, "a scan ended before its first pixel: the source ended it; ");
}

TEST(a_scan_whose_announcement_is_lost_is_refused_and_ends_the_one_before)
{
    assert_string_equal(gathered("L S12 0+5 L 0+5 L S12 0+12 E", &nothing, 30), "!0[0-4 gap5-11 ]12!0!0[0-11 ]12");
    assert_int_equal(ended_with, EEL_OK);
}

TEST(flyback_frames_are_no_pixels)
{
    eel_live_how user = {.rows = 2, .columns = 3, .flyback = 2};

    assert_string_equal(gathered("S 0+4 4+6", &user, 30), "[0-5 ]6");
}

TEST(where_only_the_user_knows_the_shape_frames_go_on_into_the_next_scan)
{
    eel_live_how user = {.rows = 2, .columns = 3};

    assert_string_equal(gathered("S 0+4 4+4 8+4 13+5", &user, 30), "[0-5 ]6[0-5 ]6[gap0-0 1-5 ]6");
}

TEST(not_more_scans_begin_than_are_wanted)
{
    const eel_live_how user = {.rows = 2, .columns = 3};

    scans_wanted = 2;
    assert_string_equal(gathered("S 0+18", &user, 30), "[0-5 ]6[0-5 ]6");
    scans_wanted = 1;
    assert_string_equal(gathered("S12 0+5 S12 0+12", &nothing, 30), "[0-4 gap5-11 ]12");
    scans_wanted = 0;
}

TEST(flyback_after_the_last_row_belongs_to_no_scan)
{
    eel_live_how user = {.rows = 2, .columns = 3, .flyback = 1};

    assert_string_equal(gathered("S 0+16", &user, 30), "[0-5 ]6[0-5 ]6");
}

TEST(a_number_from_nowhere_does_not_make_scans_without_end)
{
    eel_live_how user = {.rows = 2, .columns = 3};

    assert_string_equal(gathered("S 0+6 600000000000+6", &user, 30), "[0-5 ]6[0-5 ]6");
    assert_non_null(strstr(words, "99999999999 whole scans did not come"));
}

TEST(a_scan_of_unknown_length_is_as_long_as_it_turns_out)
{
    assert_string_equal(gathered("S 0+5 5+2 E", &nothing, 30), "[0-6 ]7");
}

TEST(a_scan_of_unknown_length_ends_with_a_whole_row_where_rows_are_known)
{
    eel_live_how user = {.columns = 4};

    assert_string_equal(gathered("S 0+6 E", &user, 30), "[0-5 gap6-7 ]8");
}

TEST(another_shape_than_the_user_says_is_said_and_the_source_is_right)
{
    eel_live_how user = {.rows = 5, .columns = 5};

    assert_string_equal(gathered("S12 0+12", &user, 30), "[0-11 ]12");
    assert_non_null(strstr(words, "mapped as announced"));
}

TEST(flyback_in_rows_that_the_source_announces_is_no_pixel)
{
    const eel_live_how user = {.rows = 3, .columns = 3, .flyback = 1};

    assert_string_equal(gathered("S12 0+12", &user, 30), "[0-8 ]9");
    assert_string_equal(words, "the source announces rows of 4: 3 pixels and --flyback 1; ");
    assert_int_equal(values[3], 4);
    assert_int_equal(values[8], 10);
}

TEST(flyback_beyond_rows_that_the_source_announces_is_no_pixel)
{
    const eel_live_how user = {.rows = 3, .columns = 4, .flyback = 1};

    assert_string_equal(gathered("S12 0+15", &user, 30), "[0-11 ]12");
    assert_string_equal(words, "");
    assert_int_equal(values[4], 5);
}

TEST(flyback_of_another_shape_than_the_source_announces_is_left_out_and_that_is_said)
{
    const eel_live_how users[] = {{.rows = 3, .columns = 2, .flyback = 1}, {.columns = 2, .flyback = 1},
                                  {.rows = 5, .columns = 3, .flyback = 1}};

    for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
        assert_string_equal(gathered("S12 0+12", &users[i], 30), "[0-11 ]12");
        assert_non_null(strstr(words, "mapped as announced, without --flyback"));
        assert_int_equal(values[11], 11);
    }
}

TEST(a_number_from_nowhere_does_not_lead_out_of_a_scan_of_unknown_length)
{
    gathered("S 0+5 90000000+3 E", &nothing, 30);

    assert_memory_equal(got, "[0-4 ]5[", 8);
    assert_non_null(strstr(words, "whole scans did not come"));
}

TEST(a_number_from_nowhere_does_not_begin_a_scan_of_unknown_length)
{
    const eel_live_how user = {.columns = 4};

    assert_string_equal(gathered("S 90000000+3 0+5 E", &nothing, 30), "[0-4 ]5");
    assert_non_null(strstr(words, "3 frames were left out"));
    assert_string_equal(gathered_into("thin 2", "S 90000+4 0+4 E", &user, 30), "[0-3 ]4");
    assert_non_null(strstr(words, "4 frames were left out"));
}

TEST(a_scan_of_unknown_length_may_begin_late)
{
    assert_string_equal(gathered("S 20000+5 E", &nothing, 30), "[gap0-19999 20000-20004 ]20005");
    assert_string_equal(gathered("S 4000000+5 E", &nothing, 30), "[gap0-3999999 4000000-4000004 ]4000005");
}

/* A script of so many frames after what it begins with, as few at a time as one event holds. */
static const char *script_of(const char *begin, unsigned from, unsigned frames_total)
{
    static char text[1 << 14];
    size_t used = (size_t)snprintf(text, sizeof text, "%s", begin);

    for (unsigned i = from; i < frames_total; i += 64) {
        unsigned count = frames_total - i < 64 ? frames_total - i : 64;
        used += (size_t)snprintf(text + used, sizeof text - used, " %u+%u", i, count);
    }
    assert_true(used < sizeof text);
    return text;
}

TEST(a_scan_of_unknown_length_that_begins_slowly_is_not_cut)
{
    assert_string_equal(gathered(script_of("S 0+1 ~", 1, 17000), &nothing, 30), "[0-16999 ]17000");
    assert_string_equal(words, "");
}

TEST(a_scan_of_unknown_length_for_which_there_is_no_more_room_is_cut_and_that_is_said)
{
    const eel_live_how user = {.columns = 1};

    assert_string_equal(gathered_into("thin 2", "S 0+4 16380+20", &user, 30),
                        "[0-3 gap4-16379 16380-16383 ]16384[0-15 ]16");
    assert_string_equal(words, "scan 1 has 16384 pixels, as many as there is room for when its length is not known "
                               "(--scan says it): what follows is not of it; ");
}

TEST(a_scan_without_energies_costs_itself_only)
{
    const eel_live_how user = {.axis = {.start_ev = 400, .step_ev = 0.5}};

    assert_string_equal(gathered("N12 0+8 8+4 E S12 0+12 E N 0+5 N12 0+4 E", &nothing, 30), "!1[0-11 ]12!3!4");
    assert_int_equal(ended_with, EEL_OK);
    assert_non_null(strstr(words, "--axis: missing, and script does not say its energies"));
    assert_string_equal(gathered("N12 0+12 E", &user, 30), "[0-11 ]12");
}

TEST(a_scan_that_cannot_be_mapped_is_one_of_those_that_are_wanted)
{
    scans_wanted = 2;
    assert_string_equal(gathered("N12 0+12 E S12 0+12 E S12 0+12 E", &nothing, 30), "!1[0-11 ]12");
    scans_wanted = 0;
}

TEST(a_scan_that_cannot_be_mapped_has_no_number_before_its_first_pixel)
{
    assert_string_equal(gathered("N12 S12 0+12 E", &nothing, 30), "!0[0-11 ]12");
    assert_string_equal(words, "a scan ended before its first pixel: the next one began; ");
}

TEST(a_number_that_another_process_has_spooled_is_not_taken)
{
    char folder[] = "/tmp/eel_gather_XXXXXX", policy[64];
    eel_spool *other = NULL;

    assert_non_null(mkdtemp(folder));
    snprintf(policy, sizeof policy, "spool %s 1M", folder);
    assert_ok(eel_spool_create(&other, folder, 1, "{}", 4));
    assert_string_equal(gathered_into(policy, "S12 0+12 E S12 0+12 E", &nothing, 30), "[0-11 ]12[0-11 ]12");

    assert_int_equal(last_number, 3);
    assert_int_equal(ended_with, EEL_OK);
    eel_spool_remove(other);
    snprintf(policy, sizeof policy, "%s/.claims", folder);
    assert_int_equal(unlink(policy), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* It is settled when its block is full, after a gap, by the clock, or at its end. */
TEST(a_scan_whose_spool_cannot_be_made_costs_itself_only)
{
    static const char *const scripts[] = {"S12 0+12", "S12 0+4 6+6", "S12 0+4 8+4 E", "S 0+5 E", "S 0+5 20+5 E"};

    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        assert_string_equal(gathered_into("spool /no/such/folder 1M", scripts[i], &nothing, 30), "!1");
        assert_int_equal(ended_with, EEL_OK);
        assert_string_equal(words, "/no/such/folder: No such file or directory; ");
    }
}

TEST(after_a_scan_whose_spool_cannot_be_made_comes_the_next)
{
    const eel_live_how user = {.rows = 2, .columns = 3};

    assert_string_equal(gathered_into("spool /no/such/folder 1M", "S12 0+5 E S12 0+12 E", &nothing, 30), "!1!2");
    assert_string_equal(gathered_into("spool /no/such/folder 1M", "S 0+4 4+4 8+4 13+5", &user, 30), "!1!2!3");
    scans_wanted = 2;
    assert_string_equal(gathered_into("spool /no/such/folder 1M", "S 0+18", &user, 30), "!1!2");
    scans_wanted = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_the_scan_before_that_come_again_are_counted),
        cmocka_unit_test(frames_that_come_after_a_stall_are_left_out_said_and_counted),
        cmocka_unit_test(frames_of_an_announced_scan_become_its_pixels),
        cmocka_unit_test(numbers_that_were_left_out_are_a_gap),
        cmocka_unit_test(a_late_start_is_a_gap),
        cmocka_unit_test(an_early_end_is_a_gap_and_the_words_count_it),
        cmocka_unit_test(what_the_source_aborted_is_cancelled),
        cmocka_unit_test(a_scan_that_begins_inside_another_ends_that_one),
        cmocka_unit_test(a_scan_in_which_nothing_comes_any_more_is_over_after_its_time),
        cmocka_unit_test(frames_that_come_twice_or_lie_outside_are_left_out_and_counted),
        cmocka_unit_test(frames_that_come_after_later_ones_are_left_out_and_that_is_said),
        cmocka_unit_test(an_aborted_scan_without_a_pixel_is_none),
        cmocka_unit_test(a_scan_that_lost_all_its_pixels_is_refused),
        cmocka_unit_test(a_scan_whose_announcement_is_lost_is_refused_and_ends_the_one_before),
        cmocka_unit_test(flyback_frames_are_no_pixels),
        cmocka_unit_test(where_only_the_user_knows_the_shape_frames_go_on_into_the_next_scan),
        cmocka_unit_test(not_more_scans_begin_than_are_wanted),
        cmocka_unit_test(flyback_after_the_last_row_belongs_to_no_scan),
        cmocka_unit_test(a_number_from_nowhere_does_not_make_scans_without_end),
        cmocka_unit_test(a_scan_of_unknown_length_is_as_long_as_it_turns_out),
        cmocka_unit_test(a_scan_of_unknown_length_ends_with_a_whole_row_where_rows_are_known),
        cmocka_unit_test(another_shape_than_the_user_says_is_said_and_the_source_is_right),
        cmocka_unit_test(flyback_in_rows_that_the_source_announces_is_no_pixel),
        cmocka_unit_test(flyback_beyond_rows_that_the_source_announces_is_no_pixel),
        cmocka_unit_test(flyback_of_another_shape_than_the_source_announces_is_left_out_and_that_is_said),
        cmocka_unit_test(a_number_from_nowhere_does_not_lead_out_of_a_scan_of_unknown_length),
        cmocka_unit_test(a_number_from_nowhere_does_not_begin_a_scan_of_unknown_length),
        cmocka_unit_test(a_scan_of_unknown_length_may_begin_late),
        cmocka_unit_test(a_scan_of_unknown_length_that_begins_slowly_is_not_cut),
        cmocka_unit_test(a_scan_of_unknown_length_for_which_there_is_no_more_room_is_cut_and_that_is_said),
        cmocka_unit_test(a_scan_without_energies_costs_itself_only),
        cmocka_unit_test(a_scan_that_cannot_be_mapped_is_one_of_those_that_are_wanted),
        cmocka_unit_test(a_scan_that_cannot_be_mapped_has_no_number_before_its_first_pixel),
        cmocka_unit_test(a_number_that_another_process_has_spooled_is_not_taken),
        cmocka_unit_test(a_scan_whose_spool_cannot_be_made_costs_itself_only),
        cmocka_unit_test(after_a_scan_whose_spool_cannot_be_made_comes_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
