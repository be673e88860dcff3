/* pipeline: .flow files, their operands and settings, and what is refused. */
#include "test.h"
#include "../pipelines/pipeline.h"

static eel_pipeline pipeline;

static int parse(const char *text)
{
    eel_pipeline_release(&pipeline);
    return eel_pipeline_parse(&pipeline, "my.flow", text, strlen(text));
}

TEST(each_line_is_a_stage_with_its_options)
{
    assert_ok(parse("# spectra to maps\n"
                    "reader   --input a.dm3\n"
                    "\n"
                    "\tinfer x4 --model m.h5   # the network\n"
                    "writer"));

    assert_int_equal(pipeline.count, 3);
    assert_string_equal(pipeline.stages[0].name, "reader");
    assert_int_equal(pipeline.stages[0].elastic, 0);
    assert_int_equal(pipeline.stages[0].word_count, 2);
    assert_string_equal(pipeline.stages[0].words[1], "a.dm3");
    assert_int_equal(pipeline.stages[1].line, 4);
    assert_int_equal(pipeline.stages[1].elastic, 1);
    assert_int_equal(pipeline.stages[1].workers, 4);
    assert_int_equal(pipeline.stages[1].word_count, 2);
    assert_int_equal(pipeline.stages[2].word_count, 0);
}

TEST(a_stage_written_x1_is_elastic)
{
    assert_ok(parse("a\nb x1\nc\n"));

    assert_int_equal(pipeline.stages[1].elastic, 1);
    assert_int_equal(pipeline.stages[1].workers, 1);
}

TEST(operands_fill_their_places_and_keep_their_blanks)
{
    char *operands[] = {"my scan.dm3", "out"};
    assert_ok(parse("reader --input $1\ninfer x2 --model $models/m.h5\nwriter --store $2/store\n"));
    assert_int_equal(pipeline.operands, 2);

    assert_ok(eel_pipeline_bind(&pipeline, operands, 2, "/share/models"));

    assert_string_equal(pipeline.stages[0].words[1], "my scan.dm3");
    assert_string_equal(pipeline.stages[1].words[1], "/share/models/m.h5");
    assert_string_equal(pipeline.stages[2].words[1], "out/store");
}

TEST(an_operand_that_looks_like_a_place_is_left_alone)
{
    char *operands[] = {"$2.dm3", "out"};
    assert_ok(parse("a $1\nb $2\n"));

    assert_ok(eel_pipeline_bind(&pipeline, operands, 2, "models"));

    assert_string_equal(pipeline.stages[0].words[0], "$2.dm3");
}

TEST(a_missing_operand_is_named)
{
    char *operands[] = {"in"};
    assert_ok(parse("a $1\nb $2\n"));

    assert_fails(EEL_EARGS, eel_pipeline_bind(&pipeline, operands, 1, "models"));
    assert_words("my.flow: uses $2, but 1 operand was given");
}

TEST(settings_come_after_the_options_of_the_file)
{
    assert_ok(parse("reader --signal 1\nwriter\n"));

    assert_ok(eel_pipeline_set(&pipeline, "reader.signal=2"));
    assert_ok(eel_pipeline_set(&pipeline, "writer.force"));

    assert_string_equal(pipeline.stages[0].words[2], "--signal=2");
    assert_string_equal(pipeline.stages[1].words[0], "--force");
}

TEST(a_setting_for_nobody_is_refused)
{
    assert_ok(parse("reader\nwriter\n"));

    assert_fails(EEL_EARGS, eel_pipeline_set(&pipeline, "infer.batch=3"));
    assert_words("my.flow has no stage 'infer'");
    assert_fails(EEL_EARGS, eel_pipeline_set(&pipeline, "batch=3"));
    assert_words("expected STAGE.OPTION=VALUE");
}

TEST(workers_change_elastic_stages_only)
{
    assert_ok(parse("a\nb x4\nc\n"));

    assert_ok(eel_pipeline_workers(&pipeline, 7));

    assert_int_equal(pipeline.stages[0].workers, 1);
    assert_int_equal(pipeline.stages[1].workers, 7);
    assert_fails(EEL_EARGS, eel_pipeline_workers(&pipeline, 0));
    assert_fails(EEL_EARGS, eel_pipeline_workers(&pipeline, EEL_PIPELINE_WORKERS_MAX + 1));
}

TEST(elastic_stages_stand_between_single_ones)
{
    assert_fails(EEL_EARGS, parse("a\nb x2\nc x2\nd\n"));
    assert_words("my.flow:3: c x2 follows b x2");
    assert_fails(EEL_EARGS, parse("a x2\nb\n"));
    assert_words("my.flow:1: a x2 stands first");
    assert_fails(EEL_EARGS, parse("a\nb x2\n"));
    assert_words("my.flow:2: b x2 stands last");
}

TEST(what_is_no_pipeline_is_refused_by_line)
{
    assert_fails(EEL_EARGS, parse("# nothing\n"));
    assert_words("names 0 stages");
    assert_fails(EEL_EARGS, parse("a\n../../bin/sh\n"));
    assert_words("my.flow:2: '../../bin/sh' is not the name of a stage");
    assert_fails(EEL_EARGS, parse("a\nb x0\nc\n"));
    assert_words("my.flow:2: 'x0'");
    assert_fails(EEL_EARGS, parse("a $home\nb\n"));
    assert_words("my.flow:1: '$home'");
}

TEST(a_file_of_bytes_is_refused)
{
    eel_pipeline_release(&pipeline);

    assert_fails(EEL_EFORMAT, eel_pipeline_parse(&pipeline, "my.flow", "a\0b", 3));
    assert_words("my.flow: holds a zero byte");
}

TEST(limits_on_stages_and_words_hold)
{
    char text[4096] = "";

    for (int i = 0; i <= EEL_PIPELINE_STAGES_MAX; i++)
        strcat(text, "a\n");
    assert_fails(EEL_ELIMIT, parse(text));
    strcpy(text, "b");
    for (int i = 0; i <= EEL_PIPELINE_WORDS_MAX; i++)
        strcat(text, " w");
    assert_fails(EEL_ELIMIT, parse(text));
}

TEST(a_missing_file_is_named)
{
    eel_pipeline_release(&pipeline);

    assert_fails(EEL_EIO, eel_pipeline_read(&pipeline, "no-such.flow"));
    assert_words("no-such.flow: No such file");
    assert_fails(EEL_EIO, eel_pipeline_read(&pipeline, "/"));
}

TEST(the_pipelines_that_ship_are_well_formed)
{
    const char *names[] = {"core-loss", "train", "calibrate", "score"};
    char path[512];

    for (int i = 0; i < 4; i++) {
        eel_pipeline_release(&pipeline);
        snprintf(path, sizeof path, "%s/pipelines/%s.flow", EEL_SOURCE_DIR, names[i]);
        assert_ok(eel_pipeline_read(&pipeline, path));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_is_a_stage_with_its_options),
        cmocka_unit_test(a_stage_written_x1_is_elastic),
        cmocka_unit_test(operands_fill_their_places_and_keep_their_blanks),
        cmocka_unit_test(an_operand_that_looks_like_a_place_is_left_alone),
        cmocka_unit_test(a_missing_operand_is_named),
        cmocka_unit_test(settings_come_after_the_options_of_the_file),
        cmocka_unit_test(a_setting_for_nobody_is_refused),
        cmocka_unit_test(workers_change_elastic_stages_only),
        cmocka_unit_test(elastic_stages_stand_between_single_ones),
        cmocka_unit_test(what_is_no_pipeline_is_refused_by_line),
        cmocka_unit_test(a_file_of_bytes_is_refused),
        cmocka_unit_test(limits_on_stages_and_words_hold),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(the_pipelines_that_ship_are_well_formed),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    eel_pipeline_release(&pipeline);
    return failed;
}
