// A chain of elementwise ops of one shape as one kernel: a small program that every thread runs over four neighbouring elements at a
// time, so that memory is read and written once. Each instruction computes what the kernel of its op computes, bit for bit.
//
// elementwise_chain: (Chain c, i64 n). Values are float or, as numbers of 32 bits, i32, u8 and bool. They lie in SLOTS places of four
// elements; an instruction names those of its arguments and of its result. Inputs are loaded before they are first used, results stored
// at the end: a result may lie over an input of its own shape. An input that is the state of a generator is not loaded but drawn with. 16-bit types are held as float; what an instruction computes of them is
// rounded by another one where it is read again. One thread: the packs of four t, t + threads, ...; the last may be a part.
#include "chain.cuh"
#include "philox.cuh"

constexpr int SLOTS = 16;
constexpr int WIDTH = 4;

struct alignas(16) Slots {
    unsigned at[SLOTS][WIDTH];
};

/** Elements first to first + count - 1 of an input; what is behind them repeats the first. */
template <class T> INLINE void load(Slots& s, int slot, const void* input, i64 first, int count, bool packed) {
    const T* from = static_cast<const T*>(input) + first;
    if (packed && count == WIDTH) {
        Pack<T, WIDTH> pack = Pack<T, WIDTH>::load(from);
        UNROLLED
        for (int k = 0; k < WIDTH; k++) {
            s.at[slot][k] = bits_of(pack.item[k]);
        }
        return;
    }
    ROLLED
    for (int k = 0; k < WIDTH; k++) {
        s.at[slot][k] = bits_of(from[k < count ? k : 0]);
    }
}

template <class T> INLINE void spread(Slots& s, int slot, const void* input, const Spread& by, i64 first, int count) {
    const T* from = static_cast<const T*>(input);
    ROLLED
    for (int k = 0; k < WIDTH; k++) {
        s.at[slot][k] = bits_of(from[by.of((unsigned)first + (k < count ? k : 0))]);
    }
}

/** Uniform numbers for elements first and on, those that random_uniform draws with the same state {seed, draws}. */
template <class T> INLINE void draw(Slots& s, int slot, const void* input, i64 first) {
    const i64* state = static_cast<const i64*>(input);
    float values[WIDTH];
    Uniform<float>::values(philox((u64)state[0], (u64)state[1], (u64)first / WIDTH), values);
    UNROLLED
    for (int k = 0; k < WIDTH; k++) {
        s.at[slot][k] = bits_of(truncated<T>(values[k]));
    }
}

template <class T> INLINE void store(const Slots& s, int slot, void* output, i64 first, int count, bool packed) {
    T* to = static_cast<T*>(output) + first;
    Pack<T, WIDTH> pack;
    UNROLLED
    for (int k = 0; k < WIDTH; k++) {
        pack.item[k] = element_of<T>(s.at[slot][k]);
    }
    if (packed && count == WIDTH) {
        pack.store(to);
        return;
    }
    ROLLED
    for (int k = 0; k < count; k++) {
        to[k] = pack.item[k];
    }
}

#define EACH(name, pragma, expression)                                         \
    case name: {                                                               \
        pragma                                                                 \
        for (int k = 0; k < WIDTH; k++) {                                      \
            s.at[at.result][k] = expression;                                   \
        }                                                                      \
        break;                                                                 \
    }

INLINE void run(const Chain& c, Slots& s, i64 first, int count) {
    bool packed = c.packed != 0;
    ROLLED
    for (int step = 0; step < c.instructions; step++) {
        u64 word = c.code[step];
        Arguments at = Arguments::of(word);
        switch ((int)(word & 255)) {
        case LOAD_F32: load<float>(s, at.result, c.input[at.a], first, count, packed); break;
        case LOAD_BF16: load<type_bf16>(s, at.result, c.input[at.a], first, count, packed); break;
        case LOAD_F16: load<type_f16>(s, at.result, c.input[at.a], first, count, packed); break;
        case LOAD_I32: load<int>(s, at.result, c.input[at.a], first, count, packed); break;
        case LOAD_U8: load<unsigned char>(s, at.result, c.input[at.a], first, count, packed); break;
        case LOAD_BOOL: load<type_bool>(s, at.result, c.input[at.a], first, count, packed); break;
        case SPREAD_F32: spread<float>(s, at.result, c.input[at.a], c.spread[at.a], first, count); break;
        case SPREAD_BF16: spread<type_bf16>(s, at.result, c.input[at.a], c.spread[at.a], first, count); break;
        case SPREAD_F16: spread<type_f16>(s, at.result, c.input[at.a], c.spread[at.a], first, count); break;
        case SPREAD_I32: spread<int>(s, at.result, c.input[at.a], c.spread[at.a], first, count); break;
        case SPREAD_U8: spread<unsigned char>(s, at.result, c.input[at.a], c.spread[at.a], first, count); break;
        case SPREAD_BOOL: spread<type_bool>(s, at.result, c.input[at.a], c.spread[at.a], first, count); break;
        case DRAW_F32: draw<float>(s, at.result, c.input[at.a], first); break;
        case DRAW_BF16: draw<type_bf16>(s, at.result, c.input[at.a], first); break;
        case DRAW_F16: draw<type_f16>(s, at.result, c.input[at.a], first); break;
        case STORE_F32: store<float>(s, at.a, c.output[at.result], first, count, packed); break;
        case STORE_BF16: store<type_bf16>(s, at.a, c.output[at.result], first, count, packed); break;
        case STORE_F16: store<type_f16>(s, at.a, c.output[at.result], first, count, packed); break;
        case STORE_BOOL: store<type_bool>(s, at.a, c.output[at.result], first, count, packed); break;
        EACH(CONSTANT, UNROLLED, c.constant[at.a])
        ELEMENTWISE_CASES(EACH)
        RARE_CASES(EACH)
        }
    }
}

KERNEL elementwise_chain(const Chain c, i64 n) {
    Slots s;
    i64 packs = ceil_div(n, WIDTH);
    ROLLED
    for (i64 p = thread_index(); p < packs; p += thread_count()) {
        i64 first = p * WIDTH;
        run(c, s, first, (int)(n - first < WIDTH ? n - first : WIDTH));
    }
}
