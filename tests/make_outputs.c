/* make_outputs FOLDER [series] - the files of a made-up run, for programs that read them: check_outputs.py */
#include "test.h"
#include "made_run.h"

#include "base/log.h"

int main(int argc, char **argv)
{
    static const made_run image = {
        .axes = 2, .size = {12, 30}, .units = "nm", .elements = "O Ti Mn", .absent = 17,
        .low_ev = 300, .high_ev = 900,
    };
    static const made_run series = {
        .axes = 3, .size = {3, 8, 9}, .units = "nm", .elements = "O Ti", .absent = 5,
        .low_ev = 300, .high_ev = 900,
    };
    const made_run *run = argc == 3 && strcmp(argv[2], "series") == 0 ? &series : &image;
    char store[512];
    eel_result *result = NULL;

    if (argc != 2 && argc != 3)
        return 2;
    snprintf(store, sizeof store, "%s/store", argv[1]);
    make_run(run, store);
    int code = eel_result_open(&result, store);
    if (code == EEL_OK)
        code = eel_result_export(result, argv[1]);
    eel_result_close(result);
    return eel_log_exit(code);
}
