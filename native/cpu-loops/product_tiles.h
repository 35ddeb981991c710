/* The loops of products.c, for one instruction set. */

/* Writes the sums of a tile of R rows and W vectors of columns, after what follows them. */
TARGET INLINE void NAME(finish)(const int R, const int W, const vec *sums, float *c, const float *extra,
                                const struct product *by, int32_t after, mask some) {
    const int64_t ldc = by->ldc;
    _Pragma("GCC unroll 24")
    for (int w = 0; w < W; w++) {
        mask lanes = w == W - 1 ? some : FIRST(LANES);
        float *to = c + w * LANES;
        if (after == ADD_ROW || after == ADD_NUMBER) {
            vec term = after == ADD_ROW ? LOAD_SOME(lanes, extra + w * LANES) : ALL(extra);
            _Pragma("GCC unroll 24")
            for (int r = 0; r < R; r++) {
                vec sum = ADD(sums[r * W + w], term);
                STORE_SOME(lanes, to + r * ldc, by->cut ? CUT(sum) : sum);
            }
        } else if (after == GATE) {
            _Pragma("GCC unroll 24")
            for (int r = 0; r < R; r++) {
                vec saved = LOAD_SOME(lanes, extra + r * ldc + w * LANES);
                STORE_SOME(lanes, to + r * ldc, KEEP_WHERE_ABOVE(saved, sums[r * W + w]));
            }
        } else {
            _Pragma("GCC unroll 24")
            for (int r = 0; r < R; r++) {
                STORE_SOME(lanes, to + r * ldc, sums[r * W + w]);
            }
        }
    }
}

/*
 * A tile of C of R rows and W vectors of columns, the last of them cut off to some of its lanes. R W sums are in
 * registers, R numbers of A meet W vectors of B.
 */
TARGET INLINE void NAME(tile)(const int R, const int W, const float *a, const float *b, int64_t ldb, float *c,
                              const float *extra, const struct product *by, mask some) {
    vec sums[SUMS];
    _Pragma("GCC unroll 16")
    for (int i = 0; i < R * W; i++) {
        sums[i] = ZERO();
    }
    const int64_t row = by->row;
    const int64_t depth = by->depth;
    for (int64_t runs = by->k; runs > 0; runs -= by->run) {
        for (int64_t p = by->run; p > 0; p--) {
            vec right[SUMS];
            _Pragma("GCC unroll 16")
            for (int w = 0; w < W; w++) {
                right[w] = w == W - 1 ? LOAD_SOME(some, b + w * LANES) : LOAD(b + w * LANES);
            }
            _Pragma("GCC unroll 16")
            for (int r = 0; r < R; r++) {
                vec left = ALL(a + r * row);
                _Pragma("GCC unroll 16")
                for (int w = 0; w < W; w++) {
                    sums[r * W + w] = MULTIPLY_ADD(left, right[w], sums[r * W + w]);
                }
            }
            a += depth;
            b += ldb;
        }
        a += by->jump;
    }
    NAME(finish)(R, W, sums, c, extra, by, by->after, some);
}

#define TILE(R, W)                                                                                                     \
    case (R) * 32 + (W):                                                                                               \
        if ((R) * (W) <= SUMS) {                                                                                       \
            NAME(tile)(R, W, a, b, ldb, c, extra, by, some);                                                           \
        }                                                                                                              \
        break;

TARGET static void NAME(choose)(int rows, int width, const float *a, const float *b, int64_t ldb, float *c,
                                const float *extra, const struct product *by, mask some) {
    switch (rows * 32 + width) {
        TILE(8, 2)
        TILE(8, 1)
        TILE(4, 4)
        TILE(4, 2)
        TILE(4, 1)
        TILE(2, 8)
        TILE(2, 4)
        TILE(2, 2)
        TILE(2, 1)
        TILE(1, 16)
        TILE(1, 8)
        TILE(1, 4)
        TILE(1, 2)
        TILE(1, 1)
    }
}

#undef TILE

/* Eight by eight numbers, rows of them becoming columns. */
TARGET INLINE void NAME(turn_eight)(const float *b, int64_t ldb, float *to, int64_t width) {
    __m256 r[8], t[8];
    _Pragma("GCC unroll 8")
    for (int i = 0; i < 8; i++) {
        r[i] = _mm256_loadu_ps(b + i * ldb);
    }
    _Pragma("GCC unroll 4")
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    _Pragma("GCC unroll 2")
    for (int i = 0; i < 8; i += 4) {
        r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    _Pragma("GCC unroll 4")
    for (int i = 0; i < 4; i++) {
        _mm256_storeu_ps(to + i * width, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        _mm256_storeu_ps(to + (i + 4) * width, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
}

/* Rows of numbers become columns: to[p * width + j] = b[j * ldb + p]. */
TARGET static void NAME(turn)(const float *b, int64_t ldb, int64_t columns, int64_t k, float *to, int64_t width) {
    int64_t j = 0;
    for (; j + 8 <= columns; j += 8) {
        const float *from = b + j * ldb;
        int64_t p = 0;
        for (; p + 8 <= k; p += 8) {
            NAME(turn_eight)(from + p, ldb, to + p * width + j, width);
        }
        for (; p < k; p++) {
            for (int64_t i = 0; i < 8; i++) {
                to[p * width + j + i] = from[i * ldb + p];
            }
        }
    }
    for (; j < columns; j++) {
        for (int64_t p = 0; p < k; p++) {
            to[p * width + j] = b[j * ldb + p];
        }
    }
}

/* Panels of columns one after another, tiles from the top of each. */
TARGET static void NAME(columns)(const float *a, const float *b, float *c, const struct product *by, int64_t n) {
    float panel[DEPTH * LANES * (SUMS / TALLEST)];
    int tallest = TALLEST;
    while (tallest > by->m && tallest > 1) {
        tallest /= 2;
    }
    int64_t column = 0;
    while (column < n) {
        int width = SUMS / (by->transposed ? TALLEST : tallest);
        while (width > 1 && (width - 1) * LANES >= n - column) {
            width /= 2;
        }
        int64_t columns = n - column < width * LANES ? n - column : width * LANES;
        mask some = FIRST(columns - (width - 1) * LANES);
        const float *right = b + column;
        int64_t ldb = by->ldb;
        if (by->transposed) {
            right = panel;
            ldb = width * LANES;
            NAME(turn)(b + column * by->ldb, by->ldb, columns, by->k, panel, ldb);
        }
        const float *left = a;
        float *result = c + column;
        const float *extra = by->after == ADD_ROW || by->after == GATE ? by->extra + column : by->extra;
        int64_t rows = by->m;
        for (int height = tallest; rows > 0; height /= 2) {
            for (; rows >= height; rows -= height) {
                NAME(choose)(height, width, left, right, ldb, result, extra, by, some);
                left += height * by->row;
                result += height * by->ldc;
                extra += by->after == GATE ? height * by->ldc : 0;
            }
        }
        column += columns;
    }
}

/*
 * The sums of some vectors of columns: first of the rows whose numbers are the same modulo the period, then of those sums.
 */
TARGET INLINE void NAME(sum_some)(const float *x, float *y, const int vectors, int64_t rows, int64_t columns,
                                  int64_t period, double divisor) {
    wide all[4];
    _Pragma("GCC unroll 4")
    for (int v = 0; v < vectors; v++) {
        all[v] = WIDE_ALL(0);
    }
    int64_t most = period < rows ? period : rows;
    for (int64_t first = 0; first < most; first++) {
        wide sums[4];
        _Pragma("GCC unroll 4")
        for (int v = 0; v < vectors; v++) {
            sums[v] = WIDE_ALL(0);
        }
        const float *terms = x + first * columns;
        for (int64_t row = first; row < rows; row += period, terms += period * columns) {
            _Pragma("GCC unroll 4")
            for (int v = 0; v < vectors; v++) {
                sums[v] = WIDE_ADD(sums[v], WIDEN(terms + v * LANES / 2));
            }
        }
        _Pragma("GCC unroll 4")
        for (int v = 0; v < vectors; v++) {
            all[v] = WIDE_ADD(all[v], sums[v]);
        }
    }
    _Pragma("GCC unroll 4")
    for (int v = 0; v < vectors; v++) {
        NARROW(y + v * LANES / 2, WIDE_DIVIDE(all[v], WIDE_ALL(divisor)));
    }
}

TARGET static void NAME(sum_columns)(const float *x, float *y, int64_t rows, int64_t columns, int64_t period,
                                     double divisor) {
    int64_t column = 0;
    for (; column + 2 * LANES <= columns; column += 2 * LANES) {
        NAME(sum_some)(x + column, y + column, 4, rows, columns, period, divisor);
    }
    for (; column + LANES / 2 <= columns; column += LANES / 2) {
        NAME(sum_some)(x + column, y + column, 1, rows, columns, period, divisor);
    }
    for (; column < columns; column++) {
        double all = 0;
        for (int64_t first = 0; first < period && first < rows; first++) {
            double sum = 0;
            for (int64_t row = first; row < rows; row += period) {
                sum += x[row * columns + column];
            }
            all += sum;
        }
        y[column] = (float)(all / divisor);
    }
}
