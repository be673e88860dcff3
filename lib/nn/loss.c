#include "nn/loss.h"

#include <math.h>

size_t loss_counted(const uint8_t *labels, size_t n)
{
    size_t counted = 0;

    for (size_t i = 0; i < n; i++)
        counted += labels[i] <= 1;
    return counted;
}

double loss_cross_entropy(float *dz, const float *z, const uint8_t *labels, const float *weights,
                          double scale, size_t rows, size_t classes)
{
    double sum = 0;

    for (size_t i = 0; i < rows * classes; i++) {
        double weight = weights ? weights[i % classes] : 1, logit = z[i];
        dz[i] = 0;
        if (labels[i] > 1)
            continue;
        sum += weight * (log1p(exp(-fabs(logit))) + fmax(logit, 0) - logit * labels[i]);
        dz[i] = (float)(scale * weight * (1 / (1 + exp(-logit)) - labels[i]));
    }
    return sum;
}
