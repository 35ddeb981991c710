// Ops along the rows of a matrix and the elementwise ops around them as one kernel: a small program that a team of threads runs for each
// row, with the row in its slots, so that memory is read and written once: softmax, a cross-entropy and its gradient; the mean over a
// batch, with what is computed of it. Each instruction computes what the kernel of its op computes, bit for bit.
//
// row_program: (Chain c, i64 rows, i64 columns), columns <= 1024. A value is one of each element of a matrix, or one of each row; then
// every element of its slot is the same. Inputs are loaded before they are first used, results stored at the end, after a barrier: with
// one row, a result may lie over any input. 16-bit types are held as float, and rounded by instructions of their own. A team is a warp (a block for more than 128 columns); a thread: every 32nd (256th) column.
#include "chain.cuh"
#include "reduction.cuh"
#include "reduction_index.cuh"
#include "softmax.cuh"

constexpr int SLOTS = 24;
constexpr int WIDTH = 4;
constexpr int MOST_COLUMNS = BLOCK * WIDTH;
constexpr int TEAM_COLUMNS = 32 * WIDTH;

struct alignas(16) Slots {
    unsigned at[SLOTS + 1][WIDTH];  // the last is the instructions' own
};
constexpr int OWN = SLOTS;

/** A thread's part of a row. Its elements k are the columns member + k * size; those past the end repeat the last one. */
struct Part {
    int member;
    int size;
    int columns;
    int width;     // elements, the same for all threads
    i64 row;
    float* stage;  // memory of the team's for a row
    Team warp;     // who combines what lies there: each warp by itself

    __device__ __forceinline__ int column(int k) const {
        int column = member + k * size;
        return column < columns ? column : columns - 1;
    }

    __device__ __forceinline__ bool inside(int k) const { return member + k * size < columns; }

    __device__ __forceinline__ void sync() const {
        if (size == 32) {
            __syncwarp();
        } else {
            __syncthreads();
        }
    }

    /** A value's row in memory that the whole team sees. */
    __device__ __forceinline__ const float* staged(const Slots& s, int slot) const {
        sync();  // an earlier row may still be read
        ROLLED
        for (int k = 0; k < width; k++) {
            if (inside(k)) {
                stage[member + k * size] = bits_as<float>(s.at[slot][k]);
            }
        }
        sync();
        return stage;
    }
};

template <class T> INLINE void load(const Part& part, Slots& s, int slot, const void* input) {
    const T* from = static_cast<const T*>(input) + part.row * part.columns;
    ROLLED
    for (int k = 0; k < part.width; k++) {
        s.at[slot][k] = bits_of(from[part.column(k)]);
    }
}

template <class T> INLINE void load_of_row(const Part& part, Slots& s, int slot, const void* input) {
    unsigned bits = bits_of(static_cast<const T*>(input)[part.row]);
    ROLLED
    for (int k = 0; k < part.width; k++) {
        s.at[slot][k] = bits;
    }
}

template <class T> INLINE void spread(const Part& part, Slots& s, int slot, const void* input, const Spread& by) {
    const T* from = static_cast<const T*>(input);
    unsigned first = (unsigned)(part.row * part.columns);
    ROLLED
    for (int k = 0; k < part.width; k++) {
        s.at[slot][k] = bits_of(from[by.of(first + part.column(k))]);
    }
}

template <class T> INLINE void store(const Part& part, const Slots& s, int slot, void* output) {
    T* to = static_cast<T*>(output) + part.row * part.columns;
    ROLLED
    for (int k = 0; k < part.width; k++) {
        if (part.inside(k)) {
            to[part.column(k)] = element_of<T>(s.at[slot][k]);
        }
    }
}

template <class T> INLINE void store_of_row(const Part& part, const Slots& s, int slot, void* output) {
    if (part.member == 0) {
        static_cast<T*>(output)[part.row] = element_of<T>(s.at[slot][0]);
    }
}

/** The sum of a row, each thread's columns one after the other, as softmax and the cross-entropies take theirs. */
INLINE float row_sum(const Part& part, const float* x) {
    float sum = 0;
    ROLLED
    for (i64 i = part.warp.member; i < part.columns; i += part.warp.size) {
        sum += x[i];
    }
    return part.warp.combine<Summation>(sum, (float*)nullptr);
}

template <class C> INLINE float reduced(const Part& part, const float* x) {
    float v = strands<C>(x, part.warp.member, part.columns, part.warp.size, 1);
    return part.warp.combine<C>(v, (float*)nullptr);
}

/** A label of the row's; valid if it names a column. */
INLINE bool is_valid(const Part& part, int label) { return label >= 0 && label < part.columns; }

#define EACH(name, pragma, expression)                                         \
    case name: {                                                               \
        ROLLED                                                                 \
        for (int k = 0; k < part.width; k++) {                                 \
            s.at[at.result][k] = expression;                                   \
        }                                                                      \
        break;                                                                 \
    }
#define FOR_ALL_ELEMENTS                                                       \
    ROLLED                                                                     \
    for (int k = 0; k < part.width; k++)

/** softmax, log_softmax and the cross-entropies, which begin alike. */
INLINE void run_softmax(const Part& part, Slots& s, int code, const Arguments& at) {
    const float* x = part.staged(s, at.a);
    float max = row_max(x, part.columns, part.warp, (float*)nullptr);
    float sum = row_sum_exp(x, max, part.columns, part.warp, (float*)nullptr);
    if (code == SOFTMAX) {
        FOR_ALL_ELEMENTS { s.at[at.result][k] = bits_of(math_exp(FLOAT(a) - max) / sum); }
        return;
    }
    float log_sum = math_log(sum);
    if (code == LOG_SOFTMAX) {
        FOR_ALL_ELEMENTS { s.at[at.result][k] = bits_of(FLOAT(a) - max - log_sum); }
        return;
    }
    float loss;
    if (code == SPARSE_CROSS_ENTROPY) {
        int label = (int)s.at[at.b][0];
        loss = (is_valid(part, label) ? max - x[label] : not_a_number(0.0f)) + log_sum;
    } else {
        FOR_ALL_ELEMENTS { s.at[OWN][k] = bits_of(FLOAT(b) * (max - FLOAT(a) + log_sum)); }
        loss = row_sum(part, part.staged(s, OWN));
    }
    FOR_ALL_ELEMENTS {
        s.at[at.result][k] = bits_of(loss);
        s.at[at.second][k] = bits_of(max + log_sum);
    }
}

INLINE void run(const Chain& c, const Part& part, Slots& s) {
    ROLLED
    for (int step = 0; step < c.instructions; step++) {
        u64 word = c.code[step];
        Arguments at = Arguments::of(word);
        int code = (int)(word & 255);
        switch (code) {
        case LOAD_F32: load<float>(part, s, at.result, c.input[at.a]); break;
        case LOAD_BF16: load<type_bf16>(part, s, at.result, c.input[at.a]); break;
        case LOAD_F16: load<type_f16>(part, s, at.result, c.input[at.a]); break;
        case LOAD_I32: load<int>(part, s, at.result, c.input[at.a]); break;
        case LOAD_U8: load<unsigned char>(part, s, at.result, c.input[at.a]); break;
        case LOAD_BOOL: load<type_bool>(part, s, at.result, c.input[at.a]); break;
        case ROW_F32: load_of_row<float>(part, s, at.result, c.input[at.a]); break;
        case ROW_BF16: load_of_row<type_bf16>(part, s, at.result, c.input[at.a]); break;
        case ROW_F16: load_of_row<type_f16>(part, s, at.result, c.input[at.a]); break;
        case ROW_I32: load_of_row<int>(part, s, at.result, c.input[at.a]); break;
        case ROW_U8: load_of_row<unsigned char>(part, s, at.result, c.input[at.a]); break;
        case ROW_BOOL: load_of_row<type_bool>(part, s, at.result, c.input[at.a]); break;
        case SPREAD_F32: spread<float>(part, s, at.result, c.input[at.a], c.spread[at.a]); break;
        case SPREAD_BF16: spread<type_bf16>(part, s, at.result, c.input[at.a], c.spread[at.a]); break;
        case SPREAD_F16: spread<type_f16>(part, s, at.result, c.input[at.a], c.spread[at.a]); break;
        case SPREAD_I32: spread<int>(part, s, at.result, c.input[at.a], c.spread[at.a]); break;
        case SPREAD_U8: spread<unsigned char>(part, s, at.result, c.input[at.a], c.spread[at.a]); break;
        case SPREAD_BOOL: spread<type_bool>(part, s, at.result, c.input[at.a], c.spread[at.a]); break;
        case BARRIER: part.sync(); break;
        case STORE_F32: store<float>(part, s, at.a, c.output[at.result]); break;
        case STORE_BF16: store<type_bf16>(part, s, at.a, c.output[at.result]); break;
        case STORE_F16: store<type_f16>(part, s, at.a, c.output[at.result]); break;
        case STORE_I32: store<int>(part, s, at.a, c.output[at.result]); break;
        case STORE_BOOL: store<type_bool>(part, s, at.a, c.output[at.result]); break;
        case STORE_ROW_F32: store_of_row<float>(part, s, at.a, c.output[at.result]); break;
        case STORE_ROW_BF16: store_of_row<type_bf16>(part, s, at.a, c.output[at.result]); break;
        case STORE_ROW_F16: store_of_row<type_f16>(part, s, at.a, c.output[at.result]); break;
        case STORE_ROW_I32: store_of_row<int>(part, s, at.a, c.output[at.result]); break;
        case STORE_ROW_BOOL: store_of_row<type_bool>(part, s, at.a, c.output[at.result]); break;
        EACH(CONSTANT, UNROLLED, c.constant[at.a])
        ELEMENTWISE_CASES(EACH)
        EACH(ADD_I32, UNROLLED, BITS(a) + BITS(b))
        EACH(ONE_HOT, UNROLLED, (int)BITS(a) == part.column(k) ? c.constant[at.b] : 0)
        case REDUCE_SUM:
        case REDUCE_MAX:
        case REDUCE_MIN: {
            const float* x = part.staged(s, at.a);
            float v = code == REDUCE_SUM ? reduced<Summation>(part, x)
                : code == REDUCE_MAX     ? reduced<Largest>(part, x)
                                         : reduced<Smallest>(part, x);
            FOR_ALL_ELEMENTS { s.at[at.result][k] = bits_of(v); }
            break;
        }
        case ARGMAX:
        case ARGMIN: {
            const float* x = part.staged(s, at.a);
            i64 found = code == ARGMAX ? arg_row<true>(x, part.columns, part.warp, (float*)nullptr, (i64*)nullptr)
                                       : arg_row<false>(x, part.columns, part.warp, (float*)nullptr, (i64*)nullptr);
            FOR_ALL_ELEMENTS { s.at[at.result][k] = (unsigned)found; }
            break;
        }
        case SOFTMAX:
        case LOG_SOFTMAX:
        case SPARSE_CROSS_ENTROPY:
        case CROSS_ENTROPY: run_softmax(part, s, code, at); break;
        case SOFTMAX_BACKWARD: {
            FOR_ALL_ELEMENTS { s.at[OWN][k] = bits_of(FLOAT(a) * FLOAT(b)); }
            float inner = row_sum(part, part.staged(s, OWN));
            FOR_ALL_ELEMENTS { s.at[at.result][k] = bits_of(FLOAT(a) * (FLOAT(b) - inner)); }
            break;
        }
        case SPARSE_CROSS_ENTROPY_BACKWARD: {
            int label = (int)s.at[at.b][0];
            FOR_ALL_ELEMENTS {
                float g = is_valid(part, label) ? FLOAT(d) : not_a_number(0.0f);
                float softmax = math_exp(FLOAT(a) - FLOAT(c));
                s.at[at.result][k] = bits_of(g * (part.column(k) == label ? softmax - 1.0f : softmax));
            }
            break;
        }
        case CROSS_ENTROPY_BACKWARD: {
            float sum = row_sum(part, part.staged(s, at.b));
            FOR_ALL_ELEMENTS {
                float softmax = math_exp(FLOAT(a) - FLOAT(c));
                s.at[at.result][k] = bits_of(FLOAT(d) * (sum * softmax - FLOAT(b)));
            }
            break;
        }
        }
    }
}

KERNEL row_program(const Chain c, i64 rows, i64 columns) {
    __shared__ float stage[MOST_COLUMNS];
    Slots s;
    bool warps = columns <= TEAM_COLUMNS;
    Part part;
    part.member = warps ? threadIdx.x % 32 : threadIdx.x;
    part.size = warps ? 32 : BLOCK;
    part.columns = (int)columns;
    part.width = (int)ceil_div(columns, part.size);
    part.stage = warps ? stage + threadIdx.x / 32 * TEAM_COLUMNS : stage;
    part.warp = Team::of(1);
    i64 step = warps ? (i64)gridDim.x * WARPS : gridDim.x;
    ROLLED
    for (part.row = warps ? (i64)blockIdx.x * WARPS + threadIdx.x / 32 : blockIdx.x; part.row < rows; part.row += step) {
        run(c, part, s);
    }
}
