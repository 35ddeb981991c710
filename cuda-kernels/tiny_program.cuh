// Programs of elementwise ops and ops along rows, as those of row_program, on values in shared memory: a row is shared by few threads.
#pragma once
#include "chain.cuh"
#include "reduction_index.cuh"
#include "tiny.cuh"

constexpr int SLOTS = 24;
constexpr int WIDTH = 8;  // elements of a row that a thread holds

struct Slots {
    unsigned at[SLOTS][WIDTH];
};

/** A thread's part of a row: the columns member, member + size ... of those threads that share it. */
struct Part {
    unsigned char* memory;
    const Program* program;
    int member;
    int size;
    int columns;
    int width;
    int row;
    bool active;  // false past the last row

    __device__ __forceinline__ int column(int k) const {
        int column = member + k * size;
        return column < columns ? column : columns - 1;
    }

    __device__ __forceinline__ bool inside(int k) const { return member + k * size < columns; }

    /** Whether an element is there to be read: others may be writing what lies past the row's end, or past the last row. */
    __device__ __forceinline__ bool has(int k) const { return active && inside(k); }

    template <class T> __device__ __forceinline__ const T* input(int number) const {
        return ::at<T>(memory, ::at<int>(memory, program->input_at)[number]);
    }

    template <class T> __device__ __forceinline__ T* output(int number) const {
        return ::at<T>(memory, ::at<int>(memory, program->output_at)[number]);
    }

    __device__ __forceinline__ unsigned constant(int number) const {
        return ::at<unsigned>(memory, program->constant_at)[number];
    }

    /** Combines one value of each thread of the row; every thread gets the result. */
    template <class C> __device__ __forceinline__ float combine(float v) const {
        ROLLED
        for (int offset = size / 2; offset > 0; offset /= 2) {
            v = C::combine(v, __shfl_xor_sync(ALL_LANES, v, offset));
        }
        return v;
    }
};

#define EACH_ELEMENT                                                           \
    ROLLED                                                                     \
    for (int k = 0; k < part.width; k++)
#define EACH(name, pragma, expression)                                         \
    case name: {                                                               \
        EACH_ELEMENT { s.at[at.result][k] = expression; }                      \
        break;                                                                 \
    }

/** Combines expressions of the elements inside the row, which read k. */
#define COMBINED(C, expression)                                                \
    ({                                                                         \
        float own = C::start(0.0f);                                            \
        EACH_ELEMENT {                                                         \
            if (part.inside(k)) {                                              \
                own = C::combine(own, expression);                             \
            }                                                                  \
        }                                                                      \
        part.template combine<C>(own);                                         \
    })

template <class T> INLINE void load(const Part& part, Slots& s, const Arguments& at) {
    const T* from = part.input<T>(at.a) + part.row * part.columns;
    EACH_ELEMENT { s.at[at.result][k] = part.has(k) ? bits_of(from[part.column(k)]) : 0; }
}

template <class T> INLINE void load_of_row(const Part& part, Slots& s, const Arguments& at) {
    unsigned bits = part.active ? bits_of(part.input<T>(at.a)[part.row]) : 0;
    EACH_ELEMENT { s.at[at.result][k] = bits; }
}

template <class T> INLINE void spread(const Part& part, Slots& s, const Arguments& at) {
    const T* from = part.input<T>(at.a);
    const Spread& by = ::at<Spread>(part.memory, part.program->spread_at)[at.a];
    EACH_ELEMENT {
        unsigned place = (unsigned)(part.row * part.columns + part.column(k));
        s.at[at.result][k] = part.has(k) ? bits_of(from[by.of(place)]) : 0;
    }
}

template <class T> INLINE void store(const Part& part, const Slots& s, const Arguments& at) {
    T* to = part.output<T>(at.result) + part.row * part.columns;
    EACH_ELEMENT {
        if (part.has(k)) {
            to[part.column(k)] = element_of<T>(s.at[at.a][k]);
        }
    }
}

template <class T> INLINE void store_of_row(const Part& part, const Slots& s, const Arguments& at) {
    if (part.active && part.member == 0) {
        part.output<T>(at.result)[part.row] = element_of<T>(s.at[at.a][0]);
    }
}

/** The place of a row's first extreme. */
template <bool LARGEST> INLINE int extreme(const Part& part, const Slots& s, int slot) {
    // Behind all places, with what loses to all numbers: for a thread that holds no element of the row.
    float best = LARGEST ? Largest::start(0.0f) : Smallest::start(0.0f);
    int found = 0x7fffffff;
    EACH_ELEMENT {
        float v = bits_as<float>(s.at[slot][k]);
        int place = part.column(k);
        if (part.inside(k) && beats<LARGEST>(v, (i64)place, best, (i64)found)) {
            best = v;
            found = place;
        }
    }
    ROLLED
    for (int offset = part.size / 2; offset > 0; offset /= 2) {
        float v = __shfl_xor_sync(ALL_LANES, best, offset);
        int place = __shfl_xor_sync(ALL_LANES, found, offset);
        if (beats<LARGEST>(v, (i64)place, best, (i64)found)) {
            best = v;
            found = place;
        }
    }
    return found;
}

/** softmax, log_softmax and the cross-entropies, which begin alike. */
INLINE void run_softmax(const Part& part, Slots& s, int code, const Arguments& at) {
    float max = COMBINED(Largest, FLOAT(a));
    float sum = COMBINED(Summation, math_exp(FLOAT(a) - max));
    if (code == SOFTMAX) {
        EACH_ELEMENT { s.at[at.result][k] = bits_of(math_exp(FLOAT(a) - max) / sum); }
        return;
    }
    float log_sum = math_log(sum);
    if (code == LOG_SOFTMAX) {
        EACH_ELEMENT { s.at[at.result][k] = bits_of(FLOAT(a) - max - log_sum); }
        return;
    }
    float loss;
    if (code == SPARSE_CROSS_ENTROPY) {
        int label = (int)s.at[at.b][0];
        float chosen = COMBINED(Summation, part.column(k) == label ? FLOAT(a) : 0.0f);
        loss = (label >= 0 && label < part.columns ? max - chosen : not_a_number(0.0f)) + log_sum;
    } else {
        loss = COMBINED(Summation, FLOAT(b) * (max - FLOAT(a) + log_sum));
    }
    EACH_ELEMENT {
        s.at[at.result][k] = bits_of(loss);
        s.at[at.second][k] = bits_of(max + log_sum);
    }
}

INLINE void run(const Part& part, Slots& s) {
    const u64* words = at<u64>(part.memory, part.program->code_at);
    u64 next = words[0];
    ROLLED
    for (int step = 0; step < part.program->instructions; step++) {
        u64 word = next;
        next = words[step + 1];  // one more than there are lies there
        Arguments at = Arguments::of(word);
        int code = (int)(word & 255);
        switch (code) {
        case LOAD_F32: load<float>(part, s, at); break;
        case LOAD_BF16: load<type_bf16>(part, s, at); break;
        case LOAD_F16: load<type_f16>(part, s, at); break;
        case LOAD_I32: load<int>(part, s, at); break;
        case LOAD_U8: load<unsigned char>(part, s, at); break;
        case LOAD_BOOL: load<type_bool>(part, s, at); break;
        case ROW_F32: load_of_row<float>(part, s, at); break;
        case ROW_BF16: load_of_row<type_bf16>(part, s, at); break;
        case ROW_F16: load_of_row<type_f16>(part, s, at); break;
        case ROW_I32: load_of_row<int>(part, s, at); break;
        case ROW_U8: load_of_row<unsigned char>(part, s, at); break;
        case ROW_BOOL: load_of_row<type_bool>(part, s, at); break;
        case SPREAD_F32: spread<float>(part, s, at); break;
        case SPREAD_BF16: spread<type_bf16>(part, s, at); break;
        case SPREAD_F16: spread<type_f16>(part, s, at); break;
        case SPREAD_I32: spread<int>(part, s, at); break;
        case SPREAD_U8: spread<unsigned char>(part, s, at); break;
        case SPREAD_BOOL: spread<type_bool>(part, s, at); break;
        case BARRIER: __syncwarp(); break;
        case STORE_F32: store<float>(part, s, at); break;
        case STORE_BF16: store<type_bf16>(part, s, at); break;
        case STORE_F16: store<type_f16>(part, s, at); break;
        case STORE_I32: store<int>(part, s, at); break;
        case STORE_BOOL: store<type_bool>(part, s, at); break;
        case STORE_ROW_F32: store_of_row<float>(part, s, at); break;
        case STORE_ROW_BF16: store_of_row<type_bf16>(part, s, at); break;
        case STORE_ROW_F16: store_of_row<type_f16>(part, s, at); break;
        case STORE_ROW_I32: store_of_row<int>(part, s, at); break;
        case STORE_ROW_BOOL: store_of_row<type_bool>(part, s, at); break;
        EACH(CONSTANT, UNROLLED, part.constant(at.a))
        ELEMENTWISE_CASES(EACH)
        EACH(ADD_I32, UNROLLED, BITS(a) + BITS(b))
        EACH(ONE_HOT, UNROLLED, (int)BITS(a) == part.column(k) ? part.constant(at.b) : 0)
        case REDUCE_SUM:
        case REDUCE_MAX:
        case REDUCE_MIN: {
            float v = code == REDUCE_SUM ? COMBINED(Summation, FLOAT(a))
                : code == REDUCE_MAX     ? COMBINED(Largest, FLOAT(a))
                                         : COMBINED(Smallest, FLOAT(a));
            EACH_ELEMENT { s.at[at.result][k] = bits_of(v); }
            break;
        }
        case ARGMAX:
        case ARGMIN: {
            int found = code == ARGMAX ? extreme<true>(part, s, at.a) : extreme<false>(part, s, at.a);
            EACH_ELEMENT { s.at[at.result][k] = (unsigned)found; }
            break;
        }
        case SOFTMAX:
        case LOG_SOFTMAX:
        case SPARSE_CROSS_ENTROPY:
        case CROSS_ENTROPY: run_softmax(part, s, code, at); break;
        case SOFTMAX_BACKWARD: {
            float inner = COMBINED(Summation, FLOAT(a) * FLOAT(b));
            EACH_ELEMENT { s.at[at.result][k] = bits_of(FLOAT(a) * (FLOAT(b) - inner)); }
            break;
        }
        case SPARSE_CROSS_ENTROPY_BACKWARD: {
            int label = (int)s.at[at.b][0];
            bool valid = label >= 0 && label < part.columns;
            EACH_ELEMENT {
                float g = valid ? FLOAT(d) : not_a_number(0.0f);
                float softmax = math_exp(FLOAT(a) - FLOAT(c));
                s.at[at.result][k] = bits_of(g * (part.column(k) == label ? softmax - 1.0f : softmax));
            }
            break;
        }
        case CROSS_ENTROPY_BACKWARD: {
            float sum = COMBINED(Summation, FLOAT(b));
            EACH_ELEMENT {
                float softmax = math_exp(FLOAT(a) - FLOAT(c));
                s.at[at.result][k] = bits_of(FLOAT(d) * (sum * softmax - FLOAT(b)));
            }
            break;
        }
        }
    }
}

INLINE void run_program(unsigned char* memory, const Program& p, int thread, int threads) {
    Slots s;
    Part part = {memory, &p, thread % p.team, p.team, p.columns, p.width, 0, false};
    int teams = threads / p.team;
    ROLLED
    for (int first = 0; first < p.rows; first += teams) {
        int row = first + thread / p.team;
        part.active = row < p.rows;
        part.row = part.active ? row : p.rows - 1;
        run(part, s);
    }
}
