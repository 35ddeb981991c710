/*
 * Products of large matrices, for one instruction set: the columns of B are taken in panels of some vectors, the depth in
 * blocks, so that a panel's block stays in the first two caches while all rows of A meet it. The first tile of a panel
 * reads B as it lies and writes the panel as it goes, the others read that. From the second block on sums begin with what
 * is in C: the order of each sum is the depth's, however it is cut. Where the product is added to C, which then may lie in
 * another core's cache, each block's sums are added at its end, when C has come.
 */

/* A tile of R rows and W vectors of columns, over one block of the depth. */
TARGET INLINE void NAME(panel_tile)(const int R, const int W, const int pack, const float *a, const float *b,
                                    float *panel, float *c, const float *extra, const struct product *by,
                                    const struct block *block, mask some) {
    vec sums[TALLEST * WIDEST];
    _Pragma("GCC unroll 24")
    for (int r = 0; r < R; r++) {
        _Pragma("GCC unroll 24")
        for (int w = 0; w < W; w++) {
            float *at = c + r * by->ldc + w * LANES;
            sums[r * W + w] = block->first || by->adds ? ZERO() : w == W - 1 ? LOAD_SOME(some, at) : LOAD(at);
            __builtin_prefetch(at, 1);
        }
    }
    const int64_t row = by->row;
    const int64_t depth = by->depth;
    const int64_t ldb = by->ldb;
    for (int64_t p = block->k; p > 0; p--) {
        vec right[WIDEST];
        _Pragma("GCC unroll 24")
        for (int w = 0; w < W; w++) {
            if (pack) {
                right[w] = w == W - 1 ? LOAD_SOME(some, b + w * LANES) : LOAD(b + w * LANES);
                STORE(panel + w * LANES, right[w]);
                __builtin_prefetch(b + AHEAD_IN_B * ldb + w * LANES);
            } else {
                right[w] = LOAD(panel + w * LANES);
                __builtin_prefetch(panel + (AHEAD_IN_PANEL * W + w) * LANES);
            }
        }
        panel += W * LANES;
        b += ldb;
        _Pragma("GCC unroll 24")
        for (int r = 0; r < R; r++) {
            vec left = ALL(a + r * row);
            _Pragma("GCC unroll 24")
            for (int w = 0; w < W; w++) {
                sums[r * W + w] = MULTIPLY_ADD(left, right[w], sums[r * W + w]);
            }
        }
        a += depth;
    }
    if (by->adds) {
        _Pragma("GCC unroll 24")
        for (int r = 0; r < R; r++) {
            _Pragma("GCC unroll 24")
            for (int w = 0; w < W; w++) {
                const float *at = c + r * by->ldc + w * LANES;
                sums[r * W + w] = ADD(w == W - 1 ? LOAD_SOME(some, at) : LOAD(at), sums[r * W + w]);
            }
        }
    }
    NAME(finish)(R, W, sums, c, extra, by, block->last ? by->after : NOTHING, some);
}

#define TILE(R, W)                                                                                                     \
    case (R) * 4 + (W):                                                                                                \
        if (pack) {                                                                                                    \
            NAME(panel_tile)(R, W, 1, a, b, panel, c, extra, by, block, some);                                         \
        } else {                                                                                                       \
            NAME(panel_tile)(R, W, 0, a, b, panel, c, extra, by, block, some);                                         \
        }                                                                                                              \
        break;

TARGET static void NAME(choose_panel)(int rows, int width, int pack, const float *a, const float *b, float *panel,
                                      float *c, const float *extra, const struct product *by,
                                      const struct block *block, mask some) {
    switch (rows * 4 + width) {
#if TALLEST == 8
        TILE(8, 3)
        TILE(8, 2)
        TILE(8, 1)
#endif
        TILE(4, 3)
        TILE(4, 2)
        TILE(4, 1)
        TILE(2, 3)
        TILE(2, 2)
        TILE(2, 1)
        TILE(1, 3)
        TILE(1, 2)
        TILE(1, 1)
    }
}

#undef TILE

/* The panels one after another. */
TARGET static void NAME(panels)(const float *a, const float *b, float *c, const struct product *by, int64_t n,
                                float *panel) {
    const int64_t blocks = (by->k + BLOCK - 1) / BLOCK;
    const int64_t depth = blocks > 0 ? (by->k + blocks - 1) / blocks : 1;
    for (int64_t column = 0; column < n;) {
        int64_t left = n - column;
        /* Two panels of two vectors rather than one of three and one of one. */
        int width = left > 2 * LANES && left != 4 * LANES ? WIDEST : left > LANES ? 2 : 1;
        int64_t columns = left < width * LANES ? left : width * LANES;
        mask some = FIRST(columns - (width - 1) * LANES);
        for (int64_t p = 0; p == 0 || p < by->k; p += depth) {
            struct block block = {by->k - p < depth ? by->k - p : depth, p == 0, p + depth >= by->k};
            const float *right = b + (by->transposed ? column * by->ldb + p : p * by->ldb + column);
            if (by->transposed) {
                if (columns < width * LANES) {
                    /* No sum reads what is not a number of B: some processors are slow with what may lie there. */
                    memset(panel, 0, block.k * width * LANES * sizeof(float));
                }
                NAME(turn)(right, by->ldb, columns, block.k, panel, width * LANES);
            }
            int64_t row = 0;
            for (int height = TALLEST; row < by->m; height /= 2) {
                for (; by->m - row >= height; row += height) {
                    const float *extra = by->extra;
                    if (by->after == ADD_ROW || by->after == GATE) {
                        extra += column + (by->after == GATE ? row * by->ldc : 0);
                    }
                    NAME(choose_panel)(height, width, row == 0 && !by->transposed, a + row * by->row + p * by->depth,
                                       right, panel, c + row * by->ldc + column, extra, by, &block, some);
                }
            }
        }
        column += columns;
    }
}
