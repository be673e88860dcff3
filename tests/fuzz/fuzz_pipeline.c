/* pipeline: any bytes as a .flow file, with operands put in and an option set. */
#include "fuzz.h"

#include "../../pipelines/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *operands[] = {"one", "two", "three", "four", "five", "six", "seven", "8 8", ""};
    eel_pipeline pipeline;

    if (fuzz_ok(eel_pipeline_read(&pipeline, fuzz_file(data, size)))) {
        fuzz_must(pipeline.count >= 2 && pipeline.operands <= 9);
        if (pipeline.operands > 0)
            fuzz_must(!fuzz_ok(eel_pipeline_bind(&pipeline, operands, 0, "/models")));
        fuzz_must(fuzz_ok(eel_pipeline_bind(&pipeline, operands, 9, "/models")));
        fuzz_ok(eel_pipeline_set(&pipeline, "infer.batch=64"));
        fuzz_ok(eel_pipeline_workers(&pipeline, 3));
    }
    eel_pipeline_release(&pipeline);
    return 0;
}
