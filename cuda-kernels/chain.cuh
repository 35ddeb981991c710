// Programs of elementwise ops, as launches pass them: what a program looks like, and what its instructions compute. Each computes what
// the kernel of its op computes, bit for bit.
#pragma once
#include "functions.cuh"

/** The numbers are those of Java's ChainCode, in this order. */
enum Code {
    LOAD_F32, LOAD_BF16, LOAD_F16, LOAD_I32, LOAD_U8, LOAD_BOOL,
    SPREAD_F32, SPREAD_BF16, SPREAD_F16, SPREAD_I32, SPREAD_U8, SPREAD_BOOL, DRAW_F32, DRAW_BF16, DRAW_F16,
    CONSTANT, STORE_F32, STORE_BF16, STORE_F16, STORE_BOOL,
    MOVE, ROUND_BF16, ROUND_F16, F32_TO_BOOL, I32_TO_BOOL, I32_TO_F32, SELECT, IS_NAN, IS_FINITE, LOGICAL_NOT, LOGICAL_AND, LOGICAL_OR,
    EQUAL_F32, NOT_EQUAL_F32, LESS_F32, LESS_EQUAL_F32, GREATER_F32, GREATER_EQUAL_F32,
    EQUAL_I32, NOT_EQUAL_I32, LESS_I32, LESS_EQUAL_I32, GREATER_I32, GREATER_EQUAL_I32,
    NEGATE, ABS, SIGN, SQUARE, RELU, RECIPROCAL, SQRT, RSQRT, FLOOR, CEIL, ROUND,
    EXP, EXPM1, LOG, LOG1P, SIN, COS, TANH, ERF, SIGMOID, GELU, GELU_TANH, SILU, SOFTPLUS,
    ADD, SUBTRACT, MULTIPLY, DIVIDE, FLOOR_DIVIDE, MOD, POWER, MAXIMUM, MINIMUM,
    RELU_BACKWARD, TANH_BACKWARD, SIGMOID_BACKWARD, GELU_BACKWARD, GELU_TANH_BACKWARD, SILU_BACKWARD
};

/** What programs along rows have beyond those; the numbers are those of Java's RowCode, in this order. */
enum RowCode {
    ROW_F32 = 128, ROW_BF16, ROW_F16, ROW_I32, ROW_U8, ROW_BOOL, STORE_I32,
    STORE_ROW_F32, STORE_ROW_BF16, STORE_ROW_F16, STORE_ROW_I32, STORE_ROW_BOOL, BARRIER, ADD_I32, ONE_HOT,
    REDUCE_SUM, REDUCE_MAX, REDUCE_MIN, ARGMAX, ARGMIN, SOFTMAX, LOG_SOFTMAX, SOFTMAX_BACKWARD,
    SPARSE_CROSS_ENTROPY, SPARSE_CROSS_ENTROPY_BACKWARD, CROSS_ENTROPY, CROSS_ENTROPY_BACKWARD
};

/** An input that is repeated: element i lies at the sum over two terms of i / divisor % size * stride. */
struct Spread {
    unsigned divisor[2];
    unsigned size[2];
    unsigned stride[2];

    __device__ __forceinline__ unsigned of(unsigned i) const {
        return i / divisor[0] % size[0] * stride[0] + i / divisor[1] % size[1] * stride[1];
    }
};

/**
 * The program. An instruction's bytes, the lowest first: code, result, a, b, c, d, second result; slots, but that a load's a is the
 * number of an input, a constant's a that of a constant, a store's result that of an output.
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

struct Arguments {
    int result, a, b, c, d, second;

    INLINE Arguments of(u64 word) {
        return {(int)(word >> 8 & 255), (int)(word >> 16 & 255), (int)(word >> 24 & 255), (int)(word >> 32 & 255),
            (int)(word >> 40 & 255), (int)(word >> 48 & 255)};
    }
};

INLINE unsigned bits_of(float x) { return bits_as<unsigned>(x); }
INLINE unsigned bits_of(type_bf16 x) { return bits_of(value_of(x)); }
INLINE unsigned bits_of(type_f16 x) { return bits_of(value_of(x)); }
INLINE unsigned bits_of(int x) { return (unsigned)x; }
INLINE unsigned bits_of(unsigned char x) { return x; }
INLINE unsigned bits_of(type_bool x) { return x.bits != 0; }

/** A value's bits as an element. A bool's are 0 or 1 already. */
template <class T> INLINE T element_of(unsigned bits) {
    if constexpr (Same<T, type_bool>::yes) {
        return type_bool{(unsigned char)bits};
    } else if constexpr (Same<T, int>::yes) {
        return (int)bits;
    } else {
        return from_value(bits_as<float>(bits), T());
    }
}

// In the cases below s.at[slot][k] are the bits of element k of a value.
#define BITS(slot) (s.at[at.slot][k])
#define FLOAT(slot) bits_as<float>(BITS(slot))
#define WHOLE(slot) ((i64)(int)BITS(slot))

/** EACH(code, pragma, expression): a case that gives an element of the result. The pragma unrolls where that is no long code. */
#define UNARY_CASE(EACH, name, Name) EACH(name, UNROLLED, bits_of(Name::value(FLOAT(a))))
#define LONG_CASE(EACH, name, Name) EACH(name, ROLLED, bits_of(Name<float>::value(FLOAT(a))))
#define BINARY_CASE(EACH, name, Name) EACH(name, UNROLLED, bits_of(Name<float>::value(FLOAT(a), FLOAT(b))))
#define LONG_BINARY_CASE(EACH, name, Name) EACH(name, ROLLED, bits_of(Name<float>::value(FLOAT(a), FLOAT(b))))
#define COMPARE_CASES(EACH, name, Name)                                        \
    EACH(name##_F32, UNROLLED, (unsigned)Name<float>::value(FLOAT(a), FLOAT(b))) \
    EACH(name##_I32, UNROLLED, (unsigned)Name<i64>::value(WHOLE(a), WHOLE(b)))
#define ELEMENTWISE_CASES(EACH)                                                \
    EACH(MOVE, UNROLLED, BITS(a))                                              \
    EACH(ROUND_BF16, UNROLLED, bits_of(from_value(FLOAT(a), type_bf16())))     \
    EACH(ROUND_F16, UNROLLED, bits_of(from_value(FLOAT(a), type_f16())))       \
    EACH(F32_TO_BOOL, UNROLLED, FLOAT(a) != 0.0f)                              \
    EACH(I32_TO_BOOL, UNROLLED, BITS(a) != 0)                                  \
    EACH(I32_TO_F32, UNROLLED, bits_of((float)(int)BITS(a)))                   \
    EACH(SELECT, UNROLLED, BITS(a) != 0 ? BITS(b) : BITS(c))                   \
    EACH(IS_NAN, UNROLLED, (unsigned)IsNan::value(FLOAT(a)))                   \
    EACH(IS_FINITE, UNROLLED, (unsigned)IsFinite::value(FLOAT(a)))             \
    EACH(LOGICAL_NOT, UNROLLED, (unsigned)LogicalNot::value(WHOLE(a)))         \
    EACH(LOGICAL_AND, UNROLLED, BITS(a) & BITS(b))                             \
    EACH(LOGICAL_OR, UNROLLED, BITS(a) | BITS(b))                              \
    COMPARE_CASES(EACH, EQUAL, Equal)                                          \
    COMPARE_CASES(EACH, NOT_EQUAL, NotEqual)                                   \
    COMPARE_CASES(EACH, LESS, Less)                                            \
    COMPARE_CASES(EACH, LESS_EQUAL, LessEqual)                                 \
    COMPARE_CASES(EACH, GREATER, Greater)                                      \
    COMPARE_CASES(EACH, GREATER_EQUAL, GreaterEqual)                           \
    UNARY_CASE(EACH, NEGATE, Negate)                                           \
    UNARY_CASE(EACH, ABS, Abs)                                                 \
    UNARY_CASE(EACH, SIGN, Sign)                                               \
    UNARY_CASE(EACH, SQUARE, Square)                                           \
    UNARY_CASE(EACH, RELU, Relu)                                               \
    UNARY_CASE(EACH, RECIPROCAL, Reciprocal)                                   \
    UNARY_CASE(EACH, SQRT, Sqrt)                                               \
    UNARY_CASE(EACH, RSQRT, Rsqrt)                                             \
    UNARY_CASE(EACH, FLOOR, Floor)                                             \
    UNARY_CASE(EACH, CEIL, Ceil)                                               \
    UNARY_CASE(EACH, ROUND, Round)                                             \
    LONG_CASE(EACH, EXP, Exp)                                                  \
    LONG_CASE(EACH, LOG, Log)                                                  \
    LONG_CASE(EACH, LOG1P, Log1p)                                              \
    LONG_CASE(EACH, TANH, Tanh)                                                \
    LONG_CASE(EACH, SIGMOID, Sigmoid)                                          \
    LONG_CASE(EACH, SILU, Silu)                                                \
    LONG_CASE(EACH, SOFTPLUS, Softplus)                                        \
    BINARY_CASE(EACH, ADD, Add)                                                \
    BINARY_CASE(EACH, SUBTRACT, Subtract)                                      \
    BINARY_CASE(EACH, MULTIPLY, Multiply)                                      \
    BINARY_CASE(EACH, DIVIDE, Divide)                                          \
    BINARY_CASE(EACH, MAXIMUM, Maximum)                                        \
    BINARY_CASE(EACH, MINIMUM, Minimum)                                        \
    BINARY_CASE(EACH, RELU_BACKWARD, ReluBackward)                             \
    BINARY_CASE(EACH, TANH_BACKWARD, TanhBackward)                             \
    BINARY_CASE(EACH, SIGMOID_BACKWARD, SigmoidBackward)
/** What is long code, and needed by few programs. */
#define RARE_CASES(EACH)                                                       \
    LONG_CASE(EACH, EXPM1, Expm1)                                              \
    LONG_CASE(EACH, SIN, Sin)                                                  \
    LONG_CASE(EACH, COS, Cos)                                                  \
    LONG_CASE(EACH, ERF, Erf)                                                  \
    LONG_CASE(EACH, GELU, Gelu)                                                \
    LONG_CASE(EACH, GELU_TANH, GeluTanh)                                       \
    LONG_BINARY_CASE(EACH, FLOOR_DIVIDE, FloorDivide)                          \
    LONG_BINARY_CASE(EACH, MOD, Mod)                                           \
    LONG_BINARY_CASE(EACH, POWER, Power)                                       \
    LONG_BINARY_CASE(EACH, GELU_BACKWARD, GeluBackward)                        \
    LONG_BINARY_CASE(EACH, GELU_TANH_BACKWARD, GeluTanhBackward)               \
    LONG_BINARY_CASE(EACH, SILU_BACKWARD, SiluBackward)
