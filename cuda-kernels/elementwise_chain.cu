// A chain of elementwise ops of one shape as one kernel: a small program that every thread runs over four neighbouring elements at a
// time, so that memory is read and written once. Each instruction computes what the kernel of its op computes, bit for bit.
//
// elementwise_chain: (Chain c, i64 n). Values are float or, as numbers of 32 bits, i32, u8 and bool. They lie in SLOTS places of four
// elements; an instruction names those of its arguments and of its result. Inputs are loaded before they are first used, results stored
// at the end: a result may lie over an input of its own shape. 16-bit types are held as float; what an instruction computes of them is
// rounded by another one where it is read again. One thread: the packs of four t, t + threads, ...; the last may be a part.
#include "functions.cuh"

constexpr int SLOTS = 16;
constexpr int WIDTH = 4;

/** The numbers are those of Java's ChainCode, in this order. */
enum Code {
    LOAD_F32, LOAD_BF16, LOAD_F16, LOAD_I32, LOAD_U8, LOAD_BOOL,
    SPREAD_F32, SPREAD_BF16, SPREAD_F16, SPREAD_I32, SPREAD_U8, SPREAD_BOOL, CONSTANT, STORE_F32, STORE_BF16, STORE_F16, STORE_BOOL,
    MOVE, ROUND_BF16, ROUND_F16, F32_TO_BOOL, I32_TO_BOOL, I32_TO_F32, SELECT, IS_NAN, IS_FINITE, LOGICAL_NOT, LOGICAL_AND, LOGICAL_OR,
    EQUAL_F32, NOT_EQUAL_F32, LESS_F32, LESS_EQUAL_F32, GREATER_F32, GREATER_EQUAL_F32,
    EQUAL_I32, NOT_EQUAL_I32, LESS_I32, LESS_EQUAL_I32, GREATER_I32, GREATER_EQUAL_I32,
    NEGATE, ABS, SIGN, SQUARE, RELU, RECIPROCAL, SQRT, RSQRT, FLOOR, CEIL, ROUND,
    EXP, EXPM1, LOG, LOG1P, SIN, COS, TANH, ERF, SIGMOID, GELU, SILU, SOFTPLUS,
    ADD, SUBTRACT, MULTIPLY, DIVIDE, FLOOR_DIVIDE, MOD, POWER, MAXIMUM, MINIMUM,
    RELU_BACKWARD, TANH_BACKWARD, SIGMOID_BACKWARD, GELU_BACKWARD, SILU_BACKWARD
};

/** An input that is repeated: element i lies at the sum over two terms of i / divisor % size * stride. */
struct Spread {
    unsigned divisor[2];
    unsigned size[2];
    unsigned stride[2];
};

/**
 * The program. An instruction's bytes, the lowest first: code, result, a, b, c; slots, but that a load's a is the number of an input,
 * a constant's a that of a constant, a store's result that of an output.
 */
struct Chain {
    int instructions;
    int packed;  // 1 if the inputs that are loaded and the outputs are all aligned for packs of four
    const void* input[16];
    void* output[16];
    Spread spread[16];
    unsigned constant[16];  // bits
    u64 code[112];
};
static_assert(sizeof(Chain) == 1608, "the ABI's size");

struct alignas(16) Slots {
    unsigned at[SLOTS][WIDTH];
};

struct Arguments {
    int result, a, b, c;
};

INLINE unsigned bits_of(float x) { return bits_as<unsigned>(x); }
INLINE unsigned bits_of(type_bf16 x) { return bits_of(value_of(x)); }
INLINE unsigned bits_of(type_f16 x) { return bits_of(value_of(x)); }
INLINE unsigned bits_of(int x) { return (unsigned)x; }
INLINE unsigned bits_of(unsigned char x) { return x; }
INLINE unsigned bits_of(type_bool x) { return x.bits != 0; }

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
        unsigned i = (unsigned)first + (k < count ? k : 0);
        unsigned at = i / by.divisor[0] % by.size[0] * by.stride[0] + i / by.divisor[1] % by.size[1] * by.stride[1];
        s.at[slot][k] = bits_of(from[at]);
    }
}

template <class T> INLINE void store(const Slots& s, int slot, void* output, i64 first, int count, bool packed) {
    T* to = static_cast<T*>(output) + first;
    Pack<T, WIDTH> pack;
    UNROLLED
    for (int k = 0; k < WIDTH; k++) {
        // A bool's bits are 0 or 1 already.
        if constexpr (Same<T, type_bool>::yes) {
            pack.item[k] = type_bool{(unsigned char)s.at[slot][k]};
        } else {
            pack.item[k] = from_value(bits_as<float>(s.at[slot][k]), T());
        }
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

#define FLOAT(slot) bits_as<float>(s.at[at.slot][k])
#define WHOLE(slot) ((i64)(int)s.at[at.slot][k])
#define BITS(slot) (s.at[at.slot][k])
#define EACH(name, pragma, expression)                                         \
    case name: {                                                               \
        pragma                                                                 \
        for (int k = 0; k < WIDTH; k++) {                                      \
            s.at[at.result][k] = expression;                                   \
        }                                                                      \
        break;                                                                 \
    }
#define UNARY_FLOAT(name, Name) EACH(name, UNROLLED, bits_of(Name::value(FLOAT(a))))
#define LONG_FLOAT(name, Name) EACH(name, ROLLED, bits_of(Name<float>::value(FLOAT(a))))
#define BINARY_FLOAT(name, Name) EACH(name, UNROLLED, bits_of(Name<float>::value(FLOAT(a), FLOAT(b))))
#define LONG_BINARY(name, Name) EACH(name, ROLLED, bits_of(Name<float>::value(FLOAT(a), FLOAT(b))))
#define COMPARE(name, Name)                                                    \
    EACH(name##_F32, UNROLLED, (unsigned)Name<float>::value(FLOAT(a), FLOAT(b))) \
    EACH(name##_I32, UNROLLED, (unsigned)Name<i64>::value(WHOLE(a), WHOLE(b)))

INLINE void run(const Chain& c, Slots& s, i64 first, int count) {
    bool packed = c.packed != 0;
    ROLLED
    for (int step = 0; step < c.instructions; step++) {
        u64 word = c.code[step];
        Arguments at = {(int)(word >> 8 & 255), (int)(word >> 16 & 255), (int)(word >> 24 & 255), (int)(word >> 32 & 255)};
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
        case STORE_F32: store<float>(s, at.a, c.output[at.result], first, count, packed); break;
        case STORE_BF16: store<type_bf16>(s, at.a, c.output[at.result], first, count, packed); break;
        case STORE_F16: store<type_f16>(s, at.a, c.output[at.result], first, count, packed); break;
        case STORE_BOOL: store<type_bool>(s, at.a, c.output[at.result], first, count, packed); break;
        EACH(CONSTANT, UNROLLED, c.constant[at.a])
        EACH(MOVE, UNROLLED, BITS(a))
        EACH(ROUND_BF16, UNROLLED, bits_of(from_value(FLOAT(a), type_bf16())))
        EACH(ROUND_F16, UNROLLED, bits_of(from_value(FLOAT(a), type_f16())))
        EACH(F32_TO_BOOL, UNROLLED, FLOAT(a) != 0.0f)
        EACH(I32_TO_BOOL, UNROLLED, BITS(a) != 0)
        EACH(I32_TO_F32, UNROLLED, bits_of((float)(int)BITS(a)))
        EACH(SELECT, UNROLLED, BITS(a) != 0 ? BITS(b) : BITS(c))
        EACH(IS_NAN, UNROLLED, (unsigned)IsNan::value(FLOAT(a)))
        EACH(IS_FINITE, UNROLLED, (unsigned)IsFinite::value(FLOAT(a)))
        EACH(LOGICAL_NOT, UNROLLED, (unsigned)LogicalNot::value(WHOLE(a)))
        EACH(LOGICAL_AND, UNROLLED, BITS(a) & BITS(b))
        EACH(LOGICAL_OR, UNROLLED, BITS(a) | BITS(b))
        COMPARE(EQUAL, Equal)
        COMPARE(NOT_EQUAL, NotEqual)
        COMPARE(LESS, Less)
        COMPARE(LESS_EQUAL, LessEqual)
        COMPARE(GREATER, Greater)
        COMPARE(GREATER_EQUAL, GreaterEqual)
        UNARY_FLOAT(NEGATE, Negate)
        UNARY_FLOAT(ABS, Abs)
        UNARY_FLOAT(SIGN, Sign)
        UNARY_FLOAT(SQUARE, Square)
        UNARY_FLOAT(RELU, Relu)
        UNARY_FLOAT(RECIPROCAL, Reciprocal)
        UNARY_FLOAT(SQRT, Sqrt)
        UNARY_FLOAT(RSQRT, Rsqrt)
        UNARY_FLOAT(FLOOR, Floor)
        UNARY_FLOAT(CEIL, Ceil)
        UNARY_FLOAT(ROUND, Round)
        LONG_FLOAT(EXP, Exp)
        LONG_FLOAT(EXPM1, Expm1)
        LONG_FLOAT(LOG, Log)
        LONG_FLOAT(LOG1P, Log1p)
        LONG_FLOAT(SIN, Sin)
        LONG_FLOAT(COS, Cos)
        LONG_FLOAT(TANH, Tanh)
        LONG_FLOAT(ERF, Erf)
        LONG_FLOAT(SIGMOID, Sigmoid)
        LONG_FLOAT(GELU, Gelu)
        LONG_FLOAT(SILU, Silu)
        LONG_FLOAT(SOFTPLUS, Softplus)
        BINARY_FLOAT(ADD, Add)
        BINARY_FLOAT(SUBTRACT, Subtract)
        BINARY_FLOAT(MULTIPLY, Multiply)
        BINARY_FLOAT(DIVIDE, Divide)
        LONG_BINARY(FLOOR_DIVIDE, FloorDivide)
        LONG_BINARY(MOD, Mod)
        LONG_BINARY(POWER, Power)
        BINARY_FLOAT(MAXIMUM, Maximum)
        BINARY_FLOAT(MINIMUM, Minimum)
        BINARY_FLOAT(RELU_BACKWARD, ReluBackward)
        BINARY_FLOAT(TANH_BACKWARD, TanhBackward)
        BINARY_FLOAT(SIGMOID_BACKWARD, SigmoidBackward)
        LONG_BINARY(GELU_BACKWARD, GeluBackward)
        LONG_BINARY(SILU_BACKWARD, SiluBackward)
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
