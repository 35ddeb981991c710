/* Loops over images, channels last, for one instruction set: see products.c. */

/* Java's max: NaN is the largest, and of zeros of either sign the bits that both have. */
TARGET INLINE vec NAME(larger)(vec a, vec b) {
    return EITHER_NAN(a, BOTH_WHERE_EQUAL(MAX(a, b), a, b));
}

/* The largest element of each window of a row of places, a vector of channels after another. */
TARGET static void NAME(pool_max)(const float *x, float *y, const struct windows *w) {
    const int64_t places = w->places, channels = w->channels, stride = w->stride, size = w->size, step = w->step;
    const int64_t count = w->count;
    const int64_t *rows = w->rows;
    for (int64_t place = 0; place < places; place++) {
        for (int64_t c = 0; c < channels; c += LANES) {
            mask some = FIRST(channels - c < LANES ? channels - c : LANES);
            const float *seen = x + place * stride + c;
            vec best = ZERO();
            if (size == 2 && count == 2) {
                const float *below = seen + rows[1];
                seen += rows[0];
                vec first = NAME(larger)(LOAD_SOME(some, seen), LOAD_SOME(some, below));
                best = NAME(larger)(first, NAME(larger)(LOAD_SOME(some, seen + step), LOAD_SOME(some, below + step)));
            } else {
                for (int64_t kx = 0; kx < size; kx++, seen += step) {
                    vec column = LOAD_SOME(some, seen + rows[0]);
                    for (int64_t ky = 1; ky < count; ky++) {
                        column = NAME(larger)(column, LOAD_SOME(some, seen + rows[ky]));
                    }
                    best = kx == 0 ? column : NAME(larger)(best, column);
                }
            }
            STORE_SOME(some, y + place * channels + c, best);
        }
    }
}

/* Gives each gradient of a row of places to the first element of its window that equals the maximum. */
TARGET static void NAME(pool_give)(const float *x, const float *y, const float *dy, float *dx,
                                   const struct windows *w) {
    const int64_t places = w->places, channels = w->channels, stride = w->stride, size = w->size, step = w->step;
    const int64_t count = w->count;
    const int64_t *rows = w->rows;
    for (int64_t place = 0; place < places; place++) {
        for (int64_t c = 0; c < channels; c += LANES) {
            mask some = FIRST(channels - c < LANES ? channels - c : LANES);
            vec most = LOAD_SOME(some, y + place * channels + c);
            vec left = LOAD_SOME(some, dy + place * channels + c);
            for (int64_t ky = 0; ky < count; ky++) {
                int64_t element = rows[ky] + place * stride + c;
                for (int64_t kx = 0; kx < size; kx++, element += step) {
                    vec seen = LOAD_SOME(some, x + element);
                    STORE_SOME(some, dx + element, WHERE_EQUAL(seen, most, left));
                    left = WHERE_NOT_EQUAL(seen, most, left);
                }
            }
        }
    }
}

TARGET INLINE ivec NAME(load_winners)(const uint8_t *from, int64_t count) {
    if (count >= LANES) {
        return NARROW_LOAD(from);
    }
    uint8_t bytes[LANES] = {0};
    memcpy(bytes, from, (size_t)count);
    return NARROW_LOAD(bytes);
}

TARGET INLINE void NAME(store_winners)(uint8_t *to, int64_t count, ivec winners) {
    if (count >= LANES) {
        NARROW_STORE(to, winners);
        return;
    }
    uint8_t bytes[LANES];
    NARROW_STORE(bytes, winners);
    memcpy(to, bytes, (size_t)count);
}

/*
 * One vector of channels of one window: the largest elements, and which of the window they are. size_y and size_x are
 * known where this is inlined.
 */
TARGET INLINE void NAME(choose_winners)(const float *seen, float *y, uint8_t *winners, const int64_t size_y,
                                        const int64_t size_x, int64_t line, int64_t channels, int64_t count, int32_t cut) {
    mask some = FIRST(count);
    vec best = ZERO();
    for (int64_t kx = 0; kx < size_x; kx++) {
        vec column = LOAD_SOME(some, seen + kx * channels);
        for (int64_t ky = 1; ky < size_y; ky++) {
            column = NAME(larger)(column, LOAD_SOME(some, seen + ky * line + kx * channels));
        }
        best = kx == 0 ? column : NAME(larger)(best, column);
    }
    ivec won = NUMBER_ALL(-1);
    for (int64_t k = size_y * size_x - 1; k >= 0; k--) {
        vec one = LOAD_SOME(some, seen + k / size_x * line + k % size_x * channels);
        won = NUMBER_WHERE_EQUAL(one, best, (int32_t)k, won);
    }
    STORE_SOME(some, y, cut ? CUT(best) : best);
    NAME(store_winners)(winners, count, cut ? NUMBER_WHERE_ABOVE(best, won) : won);
}

TARGET static void NAME(pool_winners)(const float *x, float *y, uint8_t *winners, const struct pooling *by,
                                      int64_t images, int32_t cut) {
    const int64_t channels = by->channels, line = by->width * channels;
    for (int64_t row = 0; row < images * by->rows; row++) {
        const float *lines = x + (row / by->rows * by->height + row % by->rows * by->size_y) * line;
        for (int64_t column = 0; column < by->columns; column++) {
            const float *seen = lines + column * by->size_x * channels;
            for (int64_t c = 0; c < channels; c += LANES) {
                int64_t count = channels - c < LANES ? channels - c : LANES;
                if (by->size_y == 2 && by->size_x == 2) {
                    NAME(choose_winners)(seen + c, y + c, winners + c, 2, 2, line, channels, count, cut);
                } else {
                    NAME(choose_winners)(seen + c, y + c, winners + c, by->size_y, by->size_x, line, channels, count, cut);
                }
            }
            y += channels;
            winners += channels;
        }
    }
}

TARGET static void NAME(give_winners)(const uint8_t *winners, const float *dy, float *dx, const struct pooling *by,
                                      int64_t images) {
    const int64_t channels = by->channels, line = by->width * channels;
    const int64_t covered = by->columns * by->size_x * channels;
    for (int64_t image = 0; image < images; image++, dx += by->height * line) {
        for (int64_t row = 0; row < by->rows; row++) {
            float *lines = dx + row * by->size_y * line;
            for (int64_t column = 0; column < by->columns; column++) {
                float *window = lines + column * by->size_x * channels;
                for (int64_t c = 0; c < channels; c += LANES) {
                    int64_t count = channels - c < LANES ? channels - c : LANES;
                    mask some = FIRST(count);
                    ivec won = NAME(load_winners)(winners + c, count);
                    vec gradient = LOAD_SOME(some, dy + c);
                    int32_t k = 0;
                    for (int64_t ky = 0; ky < by->size_y; ky++) {
                        for (int64_t kx = 0; kx < by->size_x; kx++) {
                            STORE_SOME(some, window + ky * line + kx * channels + c, KEEP_WHERE_IS(won, k++, gradient));
                        }
                    }
                }
                winners += channels;
                dy += channels;
            }
            for (int64_t ky = 0; ky < by->size_y; ky++) {
                memset(lines + ky * line + covered, 0, (size_t)(line - covered) * sizeof(float));
            }
        }
        int64_t done = by->rows * by->size_y;
        memset(dx + done * line, 0, (size_t)((by->height - done) * line) * sizeof(float));
    }
}

/*
 * What one image adds to the gradients of Y rows of T elements of the kernel and W vectors of filters, the last of them cut
 * off to some of its lanes: each a sum over the places in order, in a register.
 */
TARGET INLINE void NAME(gradient)(const int Y, const int T, const int W, const float *x, const float *dy, float *dk,
                                  const struct convolution *by, mask some) {
    vec sums[24];
    _Pragma("GCC unroll 24")
    for (int i = 0; i < Y * T * W; i++) {
        sums[i] = ZERO();
    }
    const int64_t lines = by->lines, step = by->step, filters = by->filters;
    for (int64_t row = 0; row < by->rows; row++, x += by->line) {
        const float *seen = x;
        for (int64_t place = 0; place < by->places; place++, seen += step, dy += filters) {
            vec right[2];
            _Pragma("GCC unroll 2")
            for (int w = 0; w < W; w++) {
                right[w] = w == W - 1 ? LOAD_SOME(some, dy + w * LANES) : LOAD(dy + w * LANES);
            }
            _Pragma("GCC unroll 3")
            for (int y = 0; y < Y; y++) {
                _Pragma("GCC unroll 4")
                for (int t = 0; t < T; t++) {
                    vec left = ALL(seen + y * lines + t);
                    _Pragma("GCC unroll 2")
                    for (int w = 0; w < W; w++) {
                        sums[(y * T + t) * W + w] = MULTIPLY_ADD(left, right[w], sums[(y * T + t) * W + w]);
                    }
                }
            }
        }
    }
    _Pragma("GCC unroll 3")
    for (int y = 0; y < Y; y++) {
        _Pragma("GCC unroll 4")
        for (int t = 0; t < T; t++) {
            _Pragma("GCC unroll 2")
            for (int w = 0; w < W; w++) {
                mask lanes = w == W - 1 ? some : FIRST(LANES);
                float *to = dk + (y * by->run + t) * filters + w * LANES;
                STORE_SOME(lanes, to, ADD(LOAD_SOME(lanes, to), sums[(y * T + t) * W + w]));
            }
        }
    }
}

#define TILE(Y, T)                                                                                                     \
    case (Y) * 8 + (T):                                                                                                \
        if (width == 1) {                                                                                              \
            NAME(gradient)(Y, T, 1, x, dy, dk, by, some);                                                              \
        } else if (GRADIENT_WIDTH == 2) {                                                                              \
            NAME(gradient)(Y, T, 2, x, dy, dk, by, some);                                                              \
        }                                                                                                              \
        break;

TARGET static void NAME(choose_gradient)(int rows, int elements, int width, const float *x, const float *dy, float *dk,
                                         const struct convolution *by, mask some) {
    switch (rows * 8 + elements) {
        TILE(3, 4)
        TILE(3, 3)
        TILE(3, 2)
        TILE(3, 1)
        TILE(2, 4)
        TILE(2, 3)
        TILE(2, 2)
        TILE(2, 1)
        TILE(1, 4)
        TILE(1, 3)
        TILE(1, 2)
        TILE(1, 1)
    }
}

#undef TILE

/* What one image adds to the kernel's gradient. */
TARGET static void NAME(add_gradient)(const float *x, const float *dy, float *dk, const struct convolution *by) {
    const int64_t filters = by->filters;
    int64_t widest = by->run % 3 == 0 ? 3 : 4;
    for (int64_t filter = 0; filter < filters; filter += GRADIENT_WIDTH * LANES) {
        int64_t columns = filters - filter < GRADIENT_WIDTH * LANES ? filters - filter : GRADIENT_WIDTH * LANES;
        int width = columns > LANES ? 2 : 1;
        mask some = FIRST(columns - (width - 1) * LANES);
        for (int64_t row = 0; row < by->runs; row += 3) {
            int rows = by->runs - row < 3 ? (int)(by->runs - row) : 3;
            for (int64_t element = 0; element < by->run; element += widest) {
                int64_t elements = by->run - element < widest ? by->run - element : widest;
                NAME(choose_gradient)(rows, (int)elements, width, x + row * by->lines + element, dy + filter,
                                      dk + (row * by->run + element) * filters + filter, by, some);
            }
        }
    }
}
