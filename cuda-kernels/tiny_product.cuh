// Matrix products and sums of columns in shared memory, by some warps of a block.
#pragma once
#include "tiny.cuh"

constexpr int TILE_ROWS = 2;
constexpr int TILE_COLUMNS = 4;
typedef Pack<float, 4> Four;

/** NaN stays NaN. */
INLINE float positive(float x) { return x > 0 || x != x ? x : 0; }

/**
 * Tiles of 2 rows and 4 columns, one for `strands` threads, which share the terms: a thread's own one after the other, then a butterfly. Past
 * the end of a matrix the last row or column is taken again. WIDE_A: four neighbouring terms of a row are read at once; WIDE_B: four
 * columns of a term.
 */
template <bool WIDE_A, bool WIDE_B>
INLINE void product_tiles(unsigned char* memory, const Product& p, int thread, int threads) {
    constexpr int STEP = WIDE_A ? 4 : 1;
    const float* a = at<float>(memory, p.a);
    const float* b = at<float>(memory, p.b);
    float* y = at<float>(memory, p.y);
    int across = (p.columns + TILE_COLUMNS - 1) / TILE_COLUMNS;
    int tiles = (p.rows + TILE_ROWS - 1) / TILE_ROWS * across;
    int teams = threads / p.strands;
    int strand = thread % p.strands;
    ROLLED
    for (int first = 0; first < tiles; first += teams) {
        int tile = first + thread / p.strands;
        bool active = tile < tiles && strand == 0;
        tile = tile < tiles ? tile : tiles - 1;
        int row = tile / across * TILE_ROWS;
        int column = tile % across * TILE_COLUMNS;
        const float* left[TILE_ROWS];
        UNROLLED
        for (int r = 0; r < TILE_ROWS; r++) {
            left[r] = a + (row + r < p.rows ? row + r : p.rows - 1) * p.a_row;
        }
        int right[TILE_COLUMNS];
        UNROLLED
        for (int c = 0; c < TILE_COLUMNS; c++) {
            right[c] = (column + c < p.columns ? column + c : p.columns - 1) * p.b_column;
        }
        float sum[TILE_ROWS][TILE_COLUMNS] = {};
        UNROLLED_BY_4
        for (int i = strand * STEP; i < p.terms; i += p.strands * STEP) {
            float x[TILE_ROWS][STEP];
            UNROLLED
            for (int r = 0; r < TILE_ROWS; r++) {
                if constexpr (WIDE_A) {
                    Four four = Four::load(left[r] + i);
                    UNROLLED
                    for (int t = 0; t < STEP; t++) {
                        x[r][t] = four.item[t];
                    }
                } else {
                    x[r][0] = left[r][i * p.a_term];
                }
            }
            UNROLLED
            for (int t = 0; t < STEP; t++) {
                const float* w = b + (i + t) * p.b_term;
                Four four;
                if constexpr (WIDE_B) {
                    four = Four::load(w + column);
                } else {
                    UNROLLED
                    for (int c = 0; c < TILE_COLUMNS; c++) {
                        four.item[c] = w[right[c]];
                    }
                }
                UNROLLED
                for (int r = 0; r < TILE_ROWS; r++) {
                    UNROLLED
                    for (int c = 0; c < TILE_COLUMNS; c++) {
                        sum[r][c] = fmaf(x[r][t], four.item[c], sum[r][c]);
                    }
                }
            }
        }
        ROLLED
        for (int offset = p.strands / 2; offset > 0; offset /= 2) {
            UNROLLED
            for (int r = 0; r < TILE_ROWS; r++) {
                UNROLLED
                for (int c = 0; c < TILE_COLUMNS; c++) {
                    sum[r][c] += __shfl_xor_sync(ALL_LANES, sum[r][c], offset);
                }
            }
        }
        UNROLLED
        for (int r = 0; r < TILE_ROWS; r++) {
            UNROLLED
            for (int c = 0; c < TILE_COLUMNS; c++) {
                int place = (row + r) * p.columns + column + c;
                if (active && row + r < p.rows && column + c < p.columns) {
                    float value = sum[r][c];
                    if (p.bias != NONE) {
                        value += at<float>(memory, p.bias)[column + c];
                    }
                    if (p.relu) {
                        value = positive(value);
                    }
                    if (p.saved != NONE) {
                        value = at<float>(memory, p.saved)[place] > 0 ? value : 0;
                    }
                    y[place] = value;
                }
            }
        }
    }
}

INLINE void product(unsigned char* memory, const Product& p, int thread, int threads) {
    bool wide_a = p.a_term == 1 && p.a_row % 4 == 0 && p.terms % 4 == 0;
    bool wide_b = p.b_column == 1 && p.b_term % 4 == 0 && p.columns % 4 == 0;
    if (wide_a && wide_b) {
        product_tiles<true, true>(memory, p, thread, threads);
    } else if (wide_a) {
        product_tiles<true, false>(memory, p, thread, threads);
    } else if (wide_b) {
        product_tiles<false, true>(memory, p, thread, threads);
    } else {
        product_tiles<false, false>(memory, p, thread, threads);
    }
}

INLINE void column_sums(unsigned char* memory, const Sums& s, int thread, int threads) {
    const float* x = at<float>(memory, s.x);
    ROLLED
    for (int c = thread; c < s.columns; c += threads) {
        float sum = 0;
        UNROLLED_BY_4
        for (int r = 0; r < s.rows; r++) {
            sum += x[r * s.columns + c];
        }
        at<float>(memory, s.y)[c] = sum;
    }
}
