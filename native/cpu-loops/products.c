/*
 * Matrix products of few elements, or of one row, over float32 memory: C = op(A) op(B), row-major, where a call of a
 * library costs as much as the work or copies all of B first; sums of columns; and max pooling. Each element is one sum over the depth in order, by fused
 * multiply-add, so that it depends neither on the instruction set nor on how a product is shared out. What follows
 * happens to an element before it is written, and rounds as it would in a pass of its own.
 *
 * On x86-64 they exist for AVX-512 and for AVX2 with FMA; elsewhere lamina_products says that there are none.
 */
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))

/* What is done to the elements of C: see product.after. */
enum { NOTHING = 0, ADD_ROW = 1, ADD_NUMBER = 2, GATE = 3 };

/*
 * Element (i, p) of op(A) is a[i * row + p * depth]; element (p, j) of op(B) is b[p * ldb + j], or b[j * ldb + p] where
 * it is stored transposed. After that: to each element of column j is added extra[j], or to all of them *extra, and what
 * is below 0 is cut off where asked to; or an element stays where that of extra, which lies as C does, is above 0.
 * Along the depth op(A) lies in runs, between which so much is jumped over. By panels, a product may be added to C.
 */
struct product {
    const float *extra;
    int64_t m, k, row, depth, ldb, transposed, ldc;
    int32_t after, cut;
    int64_t run, jump;
    int32_t adds;
};

/* Where the windows of a row of places lie, in elements; rows says where the rows they see begin. */
struct windows {
    int64_t places, channels, stride, size, step, count;
    const int64_t *rows;
};

/*
 * Windows that lie side by side, see no padding and leave what remains of images; the places they take.
 */
struct pooling {
    int64_t height, width, channels, rows, columns, size_y, size_x;
};

/*
 * A convolution as lamina_convolve has it, of one image: rows and places of each; the distance between the first elements
 * that two rows see, and two places; the elements of a row of the kernel, all channels, its rows, the distance between them.
 */
struct convolution {
    int64_t rows, places, line, step, run, runs, lines, filters;
};

/* The depth that a panel of a transposed B may have. */
#define DEPTH 512

/*
 * Of products by panels: the most depth of a block, the most vectors of a panel, and how many rows ahead of use are
 * fetched of B, which may lie in another core's cache, and of a panel, which is in the second-level cache.
 */
#define BLOCK 800
#define WIDEST 3
#define AHEAD_IN_B 48
#define AHEAD_IN_PANEL 5

struct block {
    int64_t k;
    int first, last;
};

#if defined(__x86_64__)
#include <immintrin.h>

#define LANES 16
#define TALLEST 8
#define SUMS 16
#define vec __m512
#define mask __mmask16
#define TARGET __attribute__((target("avx512f")))
#define NAME(name) name##_avx512
#define FIRST(count) ((mask)((1u << (count)) - 1))
#define LOAD(from) _mm512_loadu_ps(from)
#define LOAD_SOME(some, from) _mm512_maskz_loadu_ps(some, from)
#define STORE(to, x) _mm512_storeu_ps(to, x)
#define STORE_SOME(some, to, x) _mm512_mask_storeu_ps(to, some, x)
#define ALL(from) _mm512_set1_ps(*(from))
#define ZERO() _mm512_setzero_ps()
#define ADD(x, y) _mm512_add_ps(x, y)
#define MULTIPLY_ADD(x, y, sum) _mm512_fmadd_ps(x, y, sum)
/* NaN stays, and -0 becomes 0. */
#define CUT(x) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, ZERO(), _CMP_NLE_UQ), x)
#define KEEP_WHERE_ABOVE(saved, x) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(saved, ZERO(), _CMP_GT_OQ), x)
#define MAX(a, b) _mm512_max_ps(a, b)
#define BITS(x) _mm512_castps_si512(x)
#define BOTH_WHERE_EQUAL(x, a, b)                                                                                      \
    _mm512_castsi512_ps(                                                                                               \
        _mm512_mask_and_epi32(BITS(x), _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ), BITS(a), BITS(b)))
#define EITHER_NAN(a, x) _mm512_mask_mov_ps(x, _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), a)
#define WHERE_EQUAL(a, b, x) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ), x)
#define WHERE_NOT_EQUAL(a, b, x) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a, b, _CMP_NEQ_UQ), x)
#define ivec __m512i
#define NUMBER_ALL(k) _mm512_set1_epi32(k)
#define NUMBER_WHERE_EQUAL(a, b, k, x)                                                                                 \
    _mm512_mask_mov_epi32(x, _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ), NUMBER_ALL(k))
#define NUMBER_WHERE_ABOVE(a, x) _mm512_mask_mov_epi32(NUMBER_ALL(-1), _mm512_cmp_ps_mask(a, ZERO(), _CMP_GT_OQ), x)
#define KEEP_WHERE_IS(x, k, y) _mm512_maskz_mov_ps(_mm512_cmpeq_epi32_mask(x, NUMBER_ALL(k)), y)
#define NARROW_LOAD(from) _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(from)))
#define NARROW_STORE(to, x) _mm_storeu_si128((__m128i *)(to), _mm512_cvtepi32_epi8(x))
#define GRADIENT_WIDTH 2
#define wide __m512d
#define WIDEN(from) _mm512_cvtps_pd(_mm256_loadu_ps(from))
#define WIDE_ALL(number) _mm512_set1_pd(number)
#define WIDE_ADD(x, y) _mm512_add_pd(x, y)
#define WIDE_DIVIDE(x, y) _mm512_div_pd(x, y)
#define NARROW(to, x) _mm256_storeu_ps(to, _mm512_cvtpd_ps(x))
#include "product_tiles.h"
#include "panel_tiles.h"
#include "image_tiles.h"
#undef ivec
#undef NUMBER_ALL
#undef NUMBER_WHERE_EQUAL
#undef NUMBER_WHERE_ABOVE
#undef KEEP_WHERE_IS
#undef NARROW_LOAD
#undef NARROW_STORE
#undef GRADIENT_WIDTH
#undef MAX
#undef BITS
#undef BOTH_WHERE_EQUAL
#undef EITHER_NAN
#undef WHERE_EQUAL
#undef WHERE_NOT_EQUAL
#undef wide
#undef WIDEN
#undef WIDE_ALL
#undef WIDE_ADD
#undef WIDE_DIVIDE
#undef NARROW
#undef LANES
#undef TALLEST
#undef SUMS
#undef vec
#undef mask
#undef TARGET
#undef NAME
#undef FIRST
#undef LOAD
#undef LOAD_SOME
#undef STORE
#undef STORE_SOME
#undef ALL
#undef ZERO
#undef ADD
#undef MULTIPLY_ADD
#undef CUT
#undef KEEP_WHERE_ABOVE

static const int32_t LANES_BEFORE[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

#define LANES 8
#define TALLEST 4
#define SUMS 8
#define vec __m256
#define mask __m256i
#define TARGET __attribute__((target("avx2,fma")))
#define NAME(name) name##_avx2
#define FIRST(count) _mm256_loadu_si256((const __m256i *)(LANES_BEFORE + 8 - (count)))
#define LOAD(from) _mm256_loadu_ps(from)
#define LOAD_SOME(some, from) _mm256_maskload_ps(from, some)
#define STORE(to, x) _mm256_storeu_ps(to, x)
#define STORE_SOME(some, to, x) _mm256_maskstore_ps(to, some, x)
#define ALL(from) _mm256_broadcast_ss(from)
#define ZERO() _mm256_setzero_ps()
#define ADD(x, y) _mm256_add_ps(x, y)
#define MULTIPLY_ADD(x, y, sum) _mm256_fmadd_ps(x, y, sum)
#define CUT(x) _mm256_and_ps(_mm256_cmp_ps(x, ZERO(), _CMP_NLE_UQ), x)
#define KEEP_WHERE_ABOVE(saved, x) _mm256_and_ps(_mm256_cmp_ps(saved, ZERO(), _CMP_GT_OQ), x)
#define MAX(a, b) _mm256_max_ps(a, b)
#define BOTH_WHERE_EQUAL(x, a, b) _mm256_blendv_ps(x, _mm256_and_ps(a, b), _mm256_cmp_ps(a, b, _CMP_EQ_OQ))
#define EITHER_NAN(a, x) _mm256_blendv_ps(x, a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q))
#define WHERE_EQUAL(a, b, x) _mm256_and_ps(_mm256_cmp_ps(a, b, _CMP_EQ_OQ), x)
#define WHERE_NOT_EQUAL(a, b, x) _mm256_and_ps(_mm256_cmp_ps(a, b, _CMP_NEQ_UQ), x)
#define ivec __m256i
#define NUMBER_ALL(k) _mm256_set1_epi32(k)
#define NUMBER_WHERE_EQUAL(a, b, k, x)                                                                                 \
    _mm256_blendv_epi8(x, NUMBER_ALL(k), _mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_EQ_OQ)))
#define NUMBER_WHERE_ABOVE(a, x)                                                                                       \
    _mm256_blendv_epi8(NUMBER_ALL(-1), x, _mm256_castps_si256(_mm256_cmp_ps(a, ZERO(), _CMP_GT_OQ)))
#define KEEP_WHERE_IS(x, k, y) _mm256_and_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(x, NUMBER_ALL(k))), y)
#define NARROW_LOAD(from) _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(from)))
#define NARROW_STORE(to, x) _mm_storel_epi64((__m128i *)(to), LOWEST_BYTES(x))
/* The lowest byte of each of the eight. */
#define LOWEST_BYTES(x)                                                                                                \
    _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(x, _mm256_set1_epi32(0x0c080400)),          \
                                                       _mm256_setr_epi32(0, 4, 0, 4, 0, 4, 0, 4)))
#define GRADIENT_WIDTH 1
#define wide __m256d
#define WIDEN(from) _mm256_cvtps_pd(_mm_loadu_ps(from))
#define WIDE_ALL(number) _mm256_set1_pd(number)
#define WIDE_ADD(x, y) _mm256_add_pd(x, y)
#define WIDE_DIVIDE(x, y) _mm256_div_pd(x, y)
#define NARROW(to, x) _mm_storeu_ps(to, _mm256_cvtpd_ps(x))
#include "product_tiles.h"
#include "panel_tiles.h"
#include "image_tiles.h"

/* How many numbers the widest instructions that are used hold; 0 if there are no products for this processor. */
EXPORT int32_t lamina_products(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")) {
        return 16;
    }
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 8 : 0;
}

/* The bytes of memory for a panel that a product needs. */
EXPORT int64_t lamina_panel_bytes(void) {
    return BLOCK * WIDEST * 16 * sizeof(float);
}

/*
 * A product of n columns, by instructions of so many lanes; by panels, if there is memory for one, aligned to 64 bytes.
 */
EXPORT void lamina_product(const float *a, const float *b, float *c, const float *extra, int64_t m, int64_t k,
                           int64_t row, int64_t depth, int64_t ldb, int64_t transposed, int64_t ldc, int64_t n,
                           int32_t after, int32_t cut, int32_t adds, float *panel, int32_t lanes) {
    struct product product = {extra, m, k, row, depth, ldb, transposed, ldc, after, cut, k, 0, adds};
    if (panel && lanes == 16) {
        panels_avx512(a, b, c, &product, n, panel);
    } else if (panel) {
        panels_avx2(a, b, c, &product, n, panel);
    } else if (lanes == 16) {
        columns_avx512(a, b, c, &product, n);
    } else {
        columns_avx2(a, b, c, &product, n);
    }
}

/* Each row of places is a product of what it sees, in as many runs as the window has rows, and the kernel. */
static void convolve(const float *x, const float *kernel, const float *bias, float *y, int64_t images, int64_t image,
                     const struct convolution *by, int32_t lanes) {
    struct product product = {bias, by->places,  by->run * by->runs,        by->step, 1,       by->filters,
                              0,    by->filters, bias ? ADD_ROW : NOTHING, 0,        by->run, by->lines - by->run, 0};
    for (int64_t i = 0; i < images; i++) {
        for (int64_t row = 0; row < by->rows; row++) {
            const float *seen = x + i * image + row * by->line;
            if (lanes == 16) {
                columns_avx512(seen, kernel, y, &product, by->filters);
            } else {
                columns_avx2(seen, kernel, y, &product, by->filters);
            }
            y += by->places * by->filters;
        }
    }
}

static void add_gradients(const float *x, const float *dy, float *dk, int64_t images, int64_t image,
                          const struct convolution *by, int32_t lanes) {
    for (int64_t i = 0; i < images; i++) {
        if (lanes == 16) {
            add_gradient_avx512(x, dy, dk, by);
        } else {
            add_gradient_avx2(x, dy, dk, by);
        }
        x += image;
        dy += by->rows * by->places * by->filters;
    }
}

/*
 * Convolution, channels last, of windows that see no padding. A bias, if there is one, is added. Or, with gradient, what the
 * images and the gradients y of their places add to that of the kernel: image by image a sum over the places.
 *
 * image, line: the distance between images, and between the first elements that two rows of places see; step: that
 * between two places of a row; run: the elements of a row of the window, all channels; lines: the distance between these.
 */
EXPORT void lamina_convolve(const float *x, float *kernel, const float *bias, float *y, int64_t images, int64_t image,
                            int64_t rows, int64_t line, int64_t places, int64_t step, int64_t run, int64_t runs,
                            int64_t lines, int64_t filters, int32_t gradient, int32_t lanes) {
    struct convolution by = {rows, places, line, step, run, runs, lines, filters};
    if (gradient) {
        add_gradients(x, y, kernel, images, image, &by, lanes);
    } else {
        convolve(x, kernel, bias, y, images, image, &by, lanes);
    }
}

/*
 * The sums of each matrix's columns, by the divisor, in float64: first of the rows whose numbers are the same modulo the
 * period, then of those sums.
 */
EXPORT void lamina_sum_columns(const float *x, float *y, int64_t count, int64_t rows, int64_t columns, int64_t period,
                               double divisor, int32_t lanes) {
    for (int64_t i = 0; i < count; i++) {
        const float *terms = x + i * rows * columns;
        if (lanes == 16) {
            sum_columns_avx512(terms, y + i * columns, rows, columns, period, divisor);
        } else {
            sum_columns_avx2(terms, y + i * columns, rows, columns, period, divisor);
        }
    }
}

/* The largest element of each window of a row of places, as Java's max has it. At least one row is seen. */
EXPORT void lamina_pool_max_wide(const float *x, float *y, const struct windows *windows, int32_t lanes) {
    if (lanes == 16) {
        pool_max_avx512(x, y, windows);
    } else {
        pool_max_avx2(x, y, windows);
    }
}

/*
 * Gives each gradient of a row of places to the first element of its window that equals the maximum, 0 to the others.
 */
EXPORT void lamina_pool_give_wide(const float *x, const float *y, const float *dy, float *dx,
                                  const struct windows *windows, int32_t lanes) {
    if (lanes == 16) {
        pool_give_avx512(x, y, dy, dx, windows);
    } else {
        pool_give_avx2(x, y, dy, dx, windows);
    }
}

/*
 * The largest element of each window of images, as Java's max has it, cut off below 0 where asked to, and which element of
 * the window it is, row by row from 0: the first that equals it. 255 where none does (NaN), or where nothing above 0 is left.
 */
EXPORT void lamina_pool_winners(const float *x, float *y, uint8_t *winners, int64_t images, int64_t height,
                                int64_t width, int64_t channels, int64_t rows, int64_t columns, int64_t size_y,
                                int64_t size_x, int32_t cut, int32_t lanes) {
    struct pooling pooling = {height, width, channels, rows, columns, size_y, size_x};
    if (lanes == 16) {
        pool_winners_avx512(x, y, winners, &pooling, images, cut);
    } else {
        pool_winners_avx2(x, y, winners, &pooling, images, cut);
    }
}

/* Gives each gradient to the element of its window that has won, 0 to all others. */
EXPORT void lamina_give_winners(const uint8_t *winners, const float *dy, float *dx, int64_t images, int64_t height,
                                int64_t width, int64_t channels, int64_t rows, int64_t columns, int64_t size_y,
                                int64_t size_x, int32_t lanes) {
    struct pooling pooling = {height, width, channels, rows, columns, size_y, size_x};
    if (lanes == 16) {
        give_winners_avx512(winners, dy, dx, &pooling, images);
    } else {
        give_winners_avx2(winners, dy, dx, &pooling, images);
    }
}

#else

EXPORT int32_t lamina_products(void) {
    return 0;
}

EXPORT int64_t lamina_panel_bytes(void) {
    return 0;
}

EXPORT void lamina_product(void) {
}

EXPORT void lamina_convolve(void) {
}

EXPORT void lamina_sum_columns(void) {
}

EXPORT void lamina_pool_max_wide(void) {
}

EXPORT void lamina_pool_give_wide(void) {
}

EXPORT void lamina_pool_winners(void) {
}

EXPORT void lamina_give_winners(void) {
}

#endif
