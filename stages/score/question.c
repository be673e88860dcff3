#include "score/question.h"
#include "base/err.h"
#include "base/shipped.h"
#include "shared/joints.h"

int eel_question_library(const eel_question *q, eel_library *library)
{
    char path[EEL_SHIPPED_MAX];
    int code = q->library ? EEL_OK : eel_shipped(path, "edges.txt");

    return code == EEL_OK ? eel_library_read(library, q->library ? q->library : path) : code;
}

int eel_question_answer(const eel_question *q, const eel_table *table, const char *name,
                        json_t *more)
{
    int code = q->output ? eel_table_save(table, q->output, name) : EEL_OK;

    if (code != EEL_OK || !q->json) {
        json_decref(more);
        return code == EEL_OK ? eel_table_print(table) : code;
    }
    json_t *answer = json_pack("{s:s, s:o}", "question", name, "rows", eel_table_to_json(table));
    if (more)
        json_object_set_new(answer, "metrics", more);
    return eel_print_json(answer);
}
