/*
 * The CPU backend's loops over float32 memory, for the C compiler to vectorise. Each gives the bits of the plain Java loop
 * beside its call: no multiplication and addition is contracted (-ffp-contract=off), and max is Java's, to which NaN is
 * the largest and -0 less than 0.
 */
#include "loop.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Elements between two calls of take, and how far ahead it looks. */
#define STRETCH 256
#define AHEAD 512

/*
 * Asks for the lines of weights that will be written next. The forward pass has left them in the caches of the cores that
 * read them, each its columns, and to take a line away from there takes longest of all that an optimizer does.
 */
static inline __attribute__((always_inline)) void take(float *w, int64_t begin, int64_t n) {
    for (int64_t i = begin + AHEAD; i < begin + AHEAD + STRETCH && i < n; i += 16) {
        __builtin_prefetch(w + i, 1);
    }
}

/* m += (g - m) first; v += (g g - v) second; w -= m step / (sqrt(v) + epsilon), after w -= w decay rate. */
LOOP void lamina_adam(const float *w, const float *g, const float *m, const float *v, float *new_w, float *new_m,
                      float *new_v, int64_t n, float first, float second, float epsilon, float step, float decay,
                      float rate) {
    for (int64_t begin = 0; begin < n; begin += STRETCH) {
        int64_t end = n - begin < STRETCH ? n : begin + STRETCH;
        take(new_w, begin, n);
        EACH
        for (int64_t i = begin; i < end; i++) {
            float gradient = g[i];
            float mean = m[i];
            float spread = v[i];
            float weight = w[i];
            mean = mean + (gradient - mean) * first;
            spread = spread + (gradient * gradient - spread) * second;
            weight = decay != 0 ? weight - weight * decay * rate : weight;
            new_m[i] = mean;
            new_v[i] = spread;
            new_w[i] = weight - mean * step / (sqrtf(spread) + epsilon);
        }
    }
}

/* w -= g rate */
LOOP void lamina_descend(const float *w, const float *g, float *new_w, int64_t n, float rate) {
    for (int64_t begin = 0; begin < n; begin += STRETCH) {
        int64_t end = n - begin < STRETCH ? n : begin + STRETCH;
        take(new_w, begin, n);
        EACH
        for (int64_t i = begin; i < end; i++) {
            new_w[i] = w[i] - g[i] * rate;
        }
    }
}

/* dx = s > 0 ? dy : 0 */
LOOP void lamina_gate(const float *s, const float *dy, float *dx, int64_t n) {
    EACH
    for (int64_t i = 0; i < n; i++) {
        float gradient = dy[i];
        dx[i] = s[i] > 0 ? gradient : 0;
    }
}

/* y = max(x, 0) */
LOOP void lamina_relu(const float *x, float *y, int64_t n) {
    EACH
    for (int64_t i = 0; i < n; i++) {
        y[i] = x[i] <= 0 ? 0 : x[i];
    }
}

/* Adds a row, over and over, to n elements of which the first belongs to that column; cuts off what is below 0. */
LOOP void lamina_add_row(float *y, const float *row, int64_t column, int64_t columns, int64_t n, int32_t cut) {
    while (n > 0) {
        int64_t some = columns - column < n ? columns - column : n;
        const float *terms = row + column;
        if (cut) {
            EACH
            for (int64_t i = 0; i < some; i++) {
                float sum = y[i] + terms[i];
                y[i] = sum <= 0 ? 0 : sum;
            }
        } else {
            EACH
            for (int64_t i = 0; i < some; i++) {
                y[i] = y[i] + terms[i];
            }
        }
        y += some;
        n -= some;
        column = 0;
    }
}

/* sums[i mod period] += x[i], in that order */
LOOP void lamina_add_to(double *sums, const float *x, int64_t period, int64_t n) {
    for (int64_t at = 0; at < n; at += period) {
        int64_t some = n - at < period ? n - at : period;
        const float *terms = x + at;
        EACH
        for (int64_t i = 0; i < some; i++) {
            sums[i] += terms[i];
        }
    }
}

/*
 * Adds up rows in order, then another row (after = 1) if one is given, cutting off what is below 0 where asked to; or keeps
 * what lies where that row is above 0 (after = 3).
 */
LOOP void lamina_add_up(const float *rows, float *y, const float *extra, int64_t count, int64_t n, int32_t after,
                        int32_t cut) {
    memcpy(y, rows, (size_t)n * sizeof(float));
    for (int64_t row = 1; row < count; row++) {
        const float *terms = rows + row * n;
        EACH
        for (int64_t i = 0; i < n; i++) {
            y[i] = y[i] + terms[i];
        }
    }
    if (after == 1) {
        EACH
        for (int64_t i = 0; i < n; i++) {
            float sum = y[i] + extra[i];
            y[i] = (cut != 0) & (sum <= 0) ? 0 : sum;
        }
    } else if (after == 3) {
        EACH
        for (int64_t i = 0; i < n; i++) {
            float sum = y[i];
            y[i] = extra[i] > 0 ? sum : 0;
        }
    }
}

/* The sum of each row in four strands, by the divisor. */
LOOP void lamina_sum_rows(const float *x, float *y, int64_t rows, int64_t count, double divisor) {
    for (int64_t row = 0; row < rows; row++, x += count) {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int64_t i = 0;
        for (; i + 3 < count; i += 4) {
            s0 += x[i];
            s1 += x[i + 1];
            s2 += x[i + 2];
            s3 += x[i + 3];
        }
        for (; i < count; i++) {
            s0 += x[i];
        }
        y[row] = (float)((s0 + s1 + (s2 + s3)) / divisor);
    }
}

/* Where the windows of a row of places lie, in elements; rows says where the rows they see begin. */
struct windows {
    int64_t places, channels, stride, size, step, count;
    const int64_t *rows;
};

/* Java's max, without branches: of equal numbers, which may be zeros of either sign, the bits that both have. */
static inline __attribute__((always_inline)) float larger(float a, float b) {
    uint32_t x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    uint32_t chosen = ((a > b) | (a != a)) ? x : y;
    chosen = a == b ? x & y : chosen;
    float result;
    memcpy(&result, &chosen, sizeof result);
    return result;
}

/* The largest element of each window of a row of places: of each column first, in a row of room, then along the row. */
LOOP void lamina_pool_max(const float *x, float *y, float *room, const struct windows *w) {
    const struct windows by = *w;
    if (by.places == 0) {
        return;
    }
    int64_t elements = (by.places - 1) * by.stride + (by.size - 1) * by.step + by.channels;
    const float *columns = x + by.rows[0];
    for (int64_t ky = 1; ky < by.count; ky++) {
        const float *seen = x + by.rows[ky];
        EACH
        for (int64_t i = 0; i < elements; i++) {
            room[i] = larger(columns[i], seen[i]);
        }
        columns = room;
    }
    for (int64_t place = 0; place < by.places; place++) {
        const float *seen = columns + place * by.stride;
        float *best = y + place * by.channels;
        if (by.size == 2) {
            const float *next = seen + by.step;
            EACH
            for (int64_t c = 0; c < by.channels; c++) {
                best[c] = larger(seen[c], next[c]);
            }
            continue;
        }
        memcpy(best, seen, (size_t)by.channels * sizeof(float));
        for (int64_t kx = 1; kx < by.size; kx++) {
            seen += by.step;
            EACH
            for (int64_t c = 0; c < by.channels; c++) {
                best[c] = larger(best[c], seen[c]);
            }
        }
    }
}

/*
 * Gives each gradient of a row of places to the first element of its window that equals the maximum, 0 to the others. left
 * is room for the channels.
 */
LOOP void lamina_pool_give(const float *x, const float *y, const float *dy, float *dx, float *left,
                           const struct windows *w) {
    const struct windows by = *w;
    for (int64_t place = 0; place < by.places; place++) {
        const float *most = y + place * by.channels;
        memcpy(left, dy + place * by.channels, (size_t)by.channels * sizeof(float));
        for (int64_t ky = 0; ky < by.count; ky++) {
            int64_t element = by.rows[ky] + place * by.stride;
            for (int64_t kx = 0; kx < by.size; kx++, element += by.step) {
                const float *seen = x + element;
                float *given = dx + element;
                EACH
                for (int64_t c = 0; c < by.channels; c++) {
                    float gradient = left[c];
                    int wins = seen[c] == most[c];
                    given[c] = wins ? gradient : 0;
                    left[c] = wins ? 0 : gradient;
                }
            }
        }
    }
}
